//! The way of every attribute: parse, plan, expand. On any error the item comes out as written, beside every
//! error found, so that nothing else in the user's program fails.

use proc_macro2::TokenStream;
use quote::quote;

use crate::block::Item;
use crate::options::Errors;
use crate::plan::{Kind, Written, says_done};

pub(crate) fn expand(kind: Kind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    if says_done(&arguments) {
        return item;
    }
    let mut errors = Errors::default();
    let written = Written { kind, span: proc_macro2::Span::call_site(), arguments };
    let output = match Item::parse(&item) {
        Ok(Item::Function(function)) => crate::plan::function(written, *function, &mut errors),
        Ok(Item::Block(block)) => match kind.wrong_block() {
            Some(message) => {
                errors.push(written.span, message);
                item
            }
            None => crate::block::expand(&written, block, &mut errors),
        },
        Ok(Item::Other(span, what)) => {
            errors.push(span, kind.wrong_item(what));
            // In expression position nothing may stand beside the error.
            if matches!(what, "a closure" | "an expression") { TokenStream::new() } else { item }
        }
        // Half-typed code in an editor; the compiler itself never hands us anything it cannot parse.
        Err(error) => {
            errors.add(error);
            item
        }
    };
    let errors = errors.into_compile_errors();
    quote! { #output #errors }
}
