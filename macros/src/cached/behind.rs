//! The body of a function whose old value may be served while a new one is loaded: it goes on after the call is over, so
//! borrowed arguments are copied for it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, Pat, PatType, ReceiverKind, Token, Type};

use super::keys::{arguments_of, borrowed_in};
use super::shape::Returned;
use crate::arguments::{bound_names, is_variable, whole_name};
use crate::function::{Function, mentions, plain_name};
use crate::options::Errors;
use crate::returns::ungrouped;

#[derive(Default)]
pub(super) struct Behind {
    /// Copies the borrowed arguments.
    pub(super) before: TokenStream,
    /// What the body begins with: the names as they were, borrowed from the copies.
    pub(super) inside: TokenStream,
    /// The arguments that the function binds under one name each.
    pub(super) whole: Vec<usize>,
    /// The arguments that are variables of the body, `mut` there if at all.
    pub(super) renewed: Vec<usize>,
}

pub(super) fn judge(function: &Function, returned: Option<&Returned>, errors: &mut Errors) -> Behind {
    let mut behind = Behind::default();
    let body = function.body.as_ref().map(|body| body.statements.clone()).unwrap_or_default();
    for (index, argument) in function.signature.inputs.iter().enumerate() {
        match argument {
            FnArg::Receiver(receiver) => {
                let is_borrowed = match &receiver.kind {
                    ReceiverKind::Reference(..) => true,
                    ReceiverKind::Typed(_, of) => borrowed_in(of).is_some(),
                    _ => false,
                };
                if is_borrowed && mentions(&body, "self") {
                    errors.push_at(receiver, "`stale_while_revalidate` runs the body after the call is over, when a borrowed `self` is gone\nwrite `self: std::sync::Arc<Self>`, or give the function what it needs of `self` as arguments");
                }
            }
            FnArg::Typed(argument) => {
                if let Some(borrowed) = borrowed_in(&argument.ty)
                    && !behind.copy(index, argument)
                {
                    let name = bound_names(&argument.pat).into_iter().next();
                    let name = name
                        .map_or_else(|| "this argument".into(), |name| format!("`{}`", plain_name(&name)));
                    errors.push_at(&borrowed, format!("`stale_while_revalidate` runs the body after the call is over, and {name} would be gone by then\ntake it as an owned value, as `&T` or as `Option<&T>`"));
                }
            }
        }
    }
    if let Some(borrowed) = returned.and_then(|returned| borrowed_in(&returned.of)) {
        errors.push_at(&borrowed, "`stale_while_revalidate` runs the body after the call is over, when there is nothing left to borrow from: return owned values, also in an `Err`");
    }
    behind
}

impl Behind {
    // Input:   name: &str                            name: Option<&str>
    // Before:  let name = to_owned(&*name);          let name = name.map(to_owned);
    // Inside:  let name: &str = borrow(&name);       let name: Option<&str> = name.as_ref().map(borrow);
    /// Whether there is a way to copy this argument.
    fn copy(&mut self, index: usize, argument: &PatType) -> bool {
        let site = Span::mixed_site();
        let (name, mutability) = match &*argument.pat {
            Pat::Ident(variable) if is_variable(&argument.pat) => {
                self.renewed.push(index);
                (variable.ident.clone(), variable.mutability)
            }
            _ => {
                self.whole.push(index);
                (whole_name(index), None::<Token![mut]>)
            }
        };
        let to_owned = quote_spanned! {site=> ::std::borrow::ToOwned::to_owned };
        let borrow = quote_spanned! {site=> ::std::borrow::Borrow };
        let (before, of, inside) = match ungrouped(&argument.ty) {
            Type::Reference(_) => {
                let (mut of, mut depth) = (ungrouped(&argument.ty), 0);
                while let Type::Reference(reference) = of {
                    if reference.mutability.is_some() {
                        return false;
                    }
                    of = ungrouped(&reference.elem);
                    depth += 1;
                }
                if borrowed_in(of).is_some() {
                    return false;
                }
                let stars = std::iter::repeat_n(quote! { * }, depth);
                let (and, more) = (vec![quote! { & }; depth], vec![quote! { & }; depth - 1]);
                (
                    quote_spanned! {site=> #to_owned(&#(#stars)* #name) },
                    quote_spanned! {site=> #(#and)* #of },
                    quote_spanned! {site=> #(#more)* #borrow::<#of>::borrow(&#name) },
                )
            }
            Type::Path(path) => {
                let (Some(last), Some(inner)) = (path.path.segments.last(), arguments_of(path).next()) else {
                    return false;
                };
                match (last.ident.to_string().as_str(), ungrouped(inner)) {
                    ("Option", Type::Reference(reference))
                        if reference.mutability.is_none() && borrowed_in(&reference.elem).is_none() =>
                    {
                        let of = &reference.elem;
                        (
                            quote_spanned! {site=> ::core::option::Option::map(#name, #to_owned) },
                            quote_spanned! {site=> ::core::option::Option<&#of> },
                            quote_spanned! {site=>
                                ::core::option::Option::map(
                                    ::core::option::Option::as_ref(&#name),
                                    |__fujita_part| #borrow::<#of>::borrow(__fujita_part),
                                )
                            },
                        )
                    }
                    ("Cow", of) if borrowed_in(of).is_none() => {
                        let cow = quote_spanned! {site=> ::std::borrow::Cow };
                        (
                            quote_spanned! {site=> #cow::into_owned(#name) },
                            quote_spanned! {site=> #cow<'_, #of> },
                            quote_spanned! {site=> #cow::Owned(#name) },
                        )
                    }
                    _ => return false,
                }
            }
            _ => return false,
        };
        self.before.extend(quote_spanned! {site=>
            #[allow(clippy::shadow_reuse)]
            let #name = #before;
        });
        let mutability = mutability.map(ToTokens::into_token_stream);
        self.inside.extend(quote_spanned! {site=>
            #[allow(clippy::shadow_reuse)]
            let #mutability #name: #of = #inside;
        });
        true
    }
}
