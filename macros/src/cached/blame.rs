//! Where to report a type that cannot be cached.
//!
//! Each part of the key, the value and the hasher are checked first, each at its own type. What comes after asks again, at
//! one place, and is typed even so (see `fit.rs` of the runtime). Three things the compiler says there in any case: that a
//! type parameter may not live long enough, which is why no check asks for that; that what is borrowed has no `Clone`; and that
//! what is named like a `Result` is none. So that place is the first type of which this may be true.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;

use super::keys::Keys;
use super::shape::{Returned, Shape, is_static};
use crate::blame::{suspect, types_at};
use crate::function::{Function, mentions};
use crate::returns::mentions_parameter;

/// The part of a type that may not be fit; the first token, if all of it is known to be.
pub(super) fn place(of: &impl ToTokens) -> Span {
    suspect(of.to_token_stream()).unwrap_or_else(|| of.span())
}

/// A type that was made of another, where that one will be reported.
pub(super) fn at(of: &impl ToTokens, made: TokenStream) -> TokenStream {
    types_at(place(of), made)
}

/// Where there is something to say beside what the checks have said.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    /// Of the cache.
    pub(super) cache: Span,
    /// Of the call: there, a key is not that of its cache.
    pub(super) call: Span,
}

/// The places for what comes after the checks.
pub(super) fn rest(keys: &Keys, returned: &Returned, function: &Function) -> Rest {
    let generics = &function.signature.generics;
    let own =
        |of: &TokenStream| generics.type_params().any(|parameter| mentions(of, &parameter.ident.to_string()));
    let is_loose = |of: &TokenStream| {
        let mut loose = generics.type_params().filter(|parameter| !is_static(&parameter.ident, function));
        let outer: Vec<_> = function.outer_parameters.iter().collect();
        loose.any(|parameter| mentions(of, &parameter.ident.to_string()))
            || (!own(of) && mentions_parameter(of, &outer))
    };
    let is_made = |of: &TokenStream| mentions(of, "ToOwned") && suspect(of.clone()).is_some();
    let of = returned.of.to_token_stream();
    let types = || keys.parts.iter().chain([&of]);
    if let Some(of) = types().find(|of| is_loose(of)).or_else(|| types().find(|of| is_made(of))) {
        return Rest { cache: place(of), call: place(of) };
    }
    let call = keys.written.as_ref().map_or_else(|| function.signature.ident.span(), Spanned::span);
    // Of a key that only the compiler knows it may say the same.
    let is_split = matches!(returned.shape, Shape::OkOnly { .. } | Shape::SomeOnly) && keys.owned.is_some();
    Rest { cache: if is_split { place(&of) } else { call }, call }
}
