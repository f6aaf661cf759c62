//! Where to report a type that cannot be cached, so that the compiler says it once.
//!
//! What an expansion asks of the types is asked at one place: there, the compiler leaves out what follows from what it
//! has said already. That place is the one type among the key's parts and the return type that may not be fit, or, if
//! there are several, the function's name; the message names the type.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::Type;
use syn::spanned::Spanned;

use super::keys::Keys;
use crate::blame::suspect;

pub(super) fn span(keys: &Keys, returned: &Type, function: &Ident) -> Span {
    if let Some(written) = &keys.written {
        return written.span();
    }
    let mut suspects = Vec::new();
    for of in keys.types.iter().cloned().chain([returned.to_token_stream()]) {
        suspects.extend(suspect(of));
    }
    match suspects[..] {
        [one] => one,
        _ => function.span(),
    }
}
