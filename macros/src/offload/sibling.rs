//! The function as it was written, beside the one that runs it elsewhere: for `keep_sync`, and so that `self` in the body of a
//! method stays what it was.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Attribute, FnArg, Visibility};

use super::borrowed::read_in_pattern;
use super::options::Options;
use crate::function::{Function, mentions, plain_name};
use crate::options::Errors;
use crate::surroundings::Surroundings;

pub(super) struct Sibling {
    name: Ident,
    /// The user asked for it.
    is_kept: bool,
    /// It is called as `Self::name`.
    is_associated: bool,
}

impl Options {
    /// Whether the body goes into a function of its own. What hides a type there may be borrowed from a `&self`.
    pub(crate) fn has_sibling(&self, function: &Function) -> bool {
        let for_self =
            || function.known_surroundings() == Some(Surroundings::Inherent) && !function.hides_types();
        self.keep_sync.is_some() || (self.clone_self.is_some() && for_self())
    }
}

pub(super) fn judge(
    options: &Options,
    function: &Function,
    reads: &TokenStream,
    errors: &mut Errors,
) -> Option<Sibling> {
    if !options.has_sibling(function) {
        return None;
    }
    let own = &function.signature.ident;
    let surroundings = function.surroundings();
    if let Some(kept) = &options.keep_sync {
        if surroundings == Surroundings::Trait {
            errors.push(kept.name, "nothing can stand beside a function of a trait: leave `keep_sync` out, and move the body into a function that both call");
        } else if plain_name(&kept.value) == plain_name(own) {
            errors.push(kept.value.span(), "this is the name of the function itself: choose another one");
        }
    }
    for argument in &function.signature.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        if let Some(condition) = argument.attrs.iter().find(|attribute| attribute.path().is_ident("cfg")) {
            errors.push_at(condition, "an argument that is not always there cannot be handed on to the function that keeps the body: put the condition on the whole function");
        }
        if let Some(name) = read_in_pattern(argument, reads) {
            errors.push_at(&argument.pat, format!("this argument is handed on as a whole, and `{name}` is read before the body takes it apart\ngive the argument a name, and take it apart in the body"));
        }
    }
    // Its name is nobody's mistake: what lints say of the function, they say of the user's name.
    let at = own.span().resolved_at(Span::mixed_site());
    let hidden = || format_ident!("__fujita_{}_sync", plain_name(own), span = at);
    Some(Sibling {
        name: options.keep_sync.as_ref().map_or_else(hidden, |kept| kept.value.clone()),
        is_kept: options.keep_sync.is_some(),
        is_associated: surroundings == Surroundings::Inherent,
    })
}

const LINTS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];

impl Sibling {
    // Input:   #[test] pub fn f<T>(&self, (a, b): (A, B)) -> R { BODY }
    // Output:  pub fn f_sync<T>(&self, (a, b): (A, B)) -> R { BODY }
    // or:      #[doc(hidden)] fn __fujita_f_sync<T>(&self, (a, b): (A, B)) -> R { BODY }
    pub(super) fn item(&self, function: &Function) -> TokenStream {
        const ABOUT_BODIES: [&str; 4] = ["cfg", "inline", "target_feature", "track_caller"];
        const FOR_USERS: [&str; 3] = ["deprecated", "doc", "must_use"];
        let is_among = |attribute: &Attribute, names: &[&str]| {
            let tokens = attribute.meta.to_token_stream();
            let is_conditional = attribute.path().is_ident("cfg_attr");
            names
                .iter()
                .any(|name| attribute.path().is_ident(name) || (is_conditional && mentions(&tokens, name)))
        };
        let mut item = function.clone();
        item.attributes.retain(|attribute| {
            is_among(attribute, &LINTS)
                || is_among(attribute, &ABOUT_BODIES)
                || (self.is_kept && is_among(attribute, &FOR_USERS))
        });
        item.signature.ident = self.name.clone();
        item.siblings = TokenStream::new();
        // A `const fn` would have been refused.
        let allow = quote_spanned! {Span::mixed_site()=> #[allow(clippy::missing_const_for_fn)] };
        if self.is_kept {
            return quote_spanned! {Span::mixed_site()=> #allow #item };
        }
        item.visibility = Visibility::Inherited;
        quote_spanned! {Span::mixed_site()=> #[doc(hidden)] #allow #item }
    }

    // Output:  Self::f_sync::<T>(self, a, __fujita_arg1)
    /// `function` has a name for each argument.
    pub(super) fn call(&self, function: &Function, names: &[Ident], this: &TokenStream) -> TokenStream {
        let path = function.path_beside(&self.name, self.is_associated, None);
        let this = function.signature.receiver().map(|_| this);
        let arguments = this.into_iter().cloned().chain(names.iter().map(ToTokens::to_token_stream));
        let call = quote_spanned! {Span::mixed_site()=> #path(#(#arguments),*) };
        if matches!(function.signature.safety, syn::Safety::Unsafe(_)) {
            return quote_spanned! {Span::mixed_site()=>
                #[allow(unsafe_code, unused_unsafe)]
                unsafe { #call }
            };
        }
        call
    }
}

/// What the function that lost its body no longer fulfils is no longer expected of it.
pub(super) fn expect_nothing(attributes: &mut [Attribute]) {
    for attribute in attributes {
        if attribute.path().is_ident("expect")
            && let syn::Meta::List(list) = &mut attribute.meta
        {
            let allow = Ident::new("allow", list.path.segments[0].ident.span());
            list.path = allow.into();
        }
    }
}
