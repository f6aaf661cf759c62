//! Borrowed arguments of a body that runs behind its call: they are copied before, and the body borrows from the copies.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    CapturedParam, FnArg, GenericArgument, Lifetime, Pat, PatType, Path, PathArguments, Token, Type,
    TypeImplTrait, TypeParamBound, TypeTraitObject,
};

use crate::arguments::{Arguments, conditions, is_variable, whole_name};
use crate::blame::{suspect, values_at};
use crate::function::Function;
use crate::returns::{arguments_of, ungrouped};

#[derive(Default)]
pub(crate) struct Copies {
    /// Copies the borrowed arguments.
    pub(crate) before: TokenStream,
    /// What the body begins with: the names as they were, borrowed from the copies.
    pub(crate) inside: TokenStream,
    /// The arguments that are copied, and what of them is owned then: `str` of `Option<&str>`.
    pub(crate) of: Vec<(usize, TokenStream)>,
    /// The arguments that the function binds under one name each.
    pub(crate) whole: Vec<usize>,
    /// The arguments that are variables of the body, `mut` there if at all.
    renewed: Vec<usize>,
}

impl Copies {
    // Input:   name: &str                            name: Option<&str>
    // Before:  let name = to_owned(&*name);          let name = name.map(to_owned);
    // Inside:  let name: &str = borrow(&name);       let name: Option<&str> = name.as_ref().map(borrow);
    /// Whether there is a way to copy this argument.
    pub(crate) fn copy(&mut self, index: usize, argument: &PatType) -> bool {
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
        let (copied, before, of, inside) = match ungrouped(&argument.ty) {
            Type::Reference(_) => {
                let (mut of, mut depth) = (ungrouped(&argument.ty), 0);
                while let Type::Reference(reference) = of {
                    if reference.mutability.is_some() {
                        return false;
                    }
                    of = ungrouped(&reference.elem);
                    depth += 1;
                }
                if borrowed_in(of).is_some() || is_unnamed(of) {
                    return false;
                }
                let stars = std::iter::repeat_n(quote! { * }, depth);
                let (and, more) = (vec![quote! { & }; depth], vec![quote! { & }; depth - 1]);
                (
                    of.to_token_stream(),
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
                        if reference.mutability.is_none()
                            && borrowed_in(&reference.elem).is_none()
                            && !is_unnamed(&reference.elem) =>
                    {
                        let of = &reference.elem;
                        (
                            of.to_token_stream(),
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
                    ("Cow", of) if borrowed_in(of).is_none() && !is_unnamed(of) => {
                        let cow = quote_spanned! {site=> ::std::borrow::Cow };
                        (
                            of.to_token_stream(),
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
        // What cannot be copied is reported where it is written.
        let at = suspect(copied.clone()).unwrap_or(site);
        let before = values_at(at, before);
        let conditions = conditions(argument);
        self.before.extend(quote_spanned! {site=>
            #(#conditions)*
            #[allow(clippy::shadow_reuse)]
            let #name = #before;
        });
        self.of.push((index, copied));
        let mutability = mutability.map(ToTokens::into_token_stream);
        self.inside.extend(quote_spanned! {site=>
            #(#conditions)*
            #[allow(clippy::shadow_reuse)]
            let #mutability #name: #of = #inside;
        });
        true
    }

    /// [`Function::move_arguments`], where those that are copied stay whole.
    pub(crate) fn move_arguments(
        &self,
        function: &mut Function,
        needed: &TokenStream,
        whole: &[usize],
    ) -> Arguments {
        for index in &self.renewed {
            if let Some(FnArg::Typed(argument)) = function.signature.inputs.get_mut(*index)
                && let Pat::Ident(variable) = &mut *argument.pat
            {
                variable.mutability = None;
            }
        }
        function.move_arguments(needed, &[whole, &self.whole].concat())
    }

    /// Has the body begin with the copies.
    pub(crate) fn rebind(&self, arguments: &mut Arguments) {
        if self.inside.is_empty() {
            return;
        }
        let (inside, moved) = (&self.inside, &arguments.statements);
        arguments.statements = quote! { #inside #moved };
        arguments.has_locals = true;
    }
}

/// `dyn Trait` and `impl Trait`: nobody owns the one, and the other has no name to own it under.
fn is_unnamed(of: &Type) -> bool {
    matches!(ungrouped(of), Type::TraitObject(_) | Type::ImplTrait(_))
}

/// What in a type is borrowed for less than `'static`.
pub(crate) fn borrowed_in(of: &Type) -> Option<TokenStream> {
    match of {
        Type::Reference(reference) if reference.lifetime.as_ref().is_some_and(is_static) => {
            borrowed_in(&reference.elem)
        }
        Type::Reference(_) => Some(of.to_token_stream()),
        Type::Group(group) => borrowed_in(&group.elem),
        Type::Paren(paren) => borrowed_in(&paren.elem),
        Type::Slice(slice) => borrowed_in(&slice.elem),
        Type::Array(array) => borrowed_in(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(borrowed_in),
        Type::Path(path) => borrowed_in_path(&path.path, of),
        Type::TraitObject(TypeTraitObject { bounds, .. }) | Type::ImplTrait(TypeImplTrait { bounds, .. }) => {
            bounds.iter().find_map(|bound| match bound {
                TypeParamBound::Lifetime(lifetime) if !is_static(lifetime) => Some(of.to_token_stream()),
                // With `for<'a>`, it borrows from whoever uses it.
                TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => {
                    borrowed_in_path(&bound.path, of)
                }
                TypeParamBound::PreciseCapture(captured) => captured.params.iter().find_map(|captured| {
                    matches!(captured, CapturedParam::Lifetime(lifetime) if !is_static(lifetime))
                        .then(|| of.to_token_stream())
                }),
                _ => None,
            })
        }
        _ => None,
    }
}

fn is_static(lifetime: &Lifetime) -> bool {
    lifetime.ident == "static"
}

/// `of` is the type that the path stands in.
fn borrowed_in_path(path: &Path, of: &Type) -> Option<TokenStream> {
    path.segments.iter().find_map(|segment| {
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
        let mut elided = segment.ident == "Cow";
        let inner = arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Lifetime(lifetime) => {
                elided = false;
                (!is_static(lifetime)).then(|| of.to_token_stream())
            }
            GenericArgument::Type(of) => borrowed_in(of),
            GenericArgument::AssocType(assigned) => borrowed_in(&assigned.ty),
            _ => None,
        });
        inner.or_else(|| elided.then(|| of.to_token_stream()))
    })
}
