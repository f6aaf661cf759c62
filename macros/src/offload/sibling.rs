//! The function as it was written, beside the one that runs it elsewhere: for `keep_sync`, and so that `self` in the body of a
//! method stays what it was.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Attribute, FnArg, Visibility};

use super::borrowed::read_in_pattern;
use super::options::Options;
use crate::function::{Function, mentions, plain_name};
use crate::options::Errors;
use crate::plan::is_done;
use crate::surroundings::Surroundings;

pub(super) struct Sibling {
    /// Of the function that has the body.
    name: Ident,
    /// What the user asked for: that one, or one that calls it.
    kept: Option<Ident>,
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
    let kept = options.keep_sync.as_ref().map(|kept| kept.value.clone());
    let has_body = kept.clone().filter(|_| !function.attributes.iter().any(is_foreign));
    Some(Sibling {
        name: has_body.unwrap_or_else(hidden),
        kept,
        is_associated: surroundings == Surroundings::Inherent,
    })
}

const LINTS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];
const ABOUT_BODIES: [&str; 5] = ["cfg", "cold", "inline", "target_feature", "track_caller"];
const FOR_USERS: [&str; 3] = ["deprecated", "doc", "must_use"];
/// What a program has once.
const ONCE: [&str; 8] =
    ["bench", "export_name", "ignore", "link_section", "main", "no_mangle", "should_panic", "test"];

/// Whether an attribute is one of these, in `cfg_attr` and `unsafe` too.
fn is_among(attribute: &Attribute, names: &[&str]) -> bool {
    let path = attribute.path();
    if path.is_ident("cfg_attr") {
        // What stands behind its condition.
        let tokens = attribute.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        let given: TokenStream = tokens.into_iter().skip_while(|token| !is_comma(token)).collect();
        return names.iter().any(|name| mentions(&given, name));
    }
    if path.is_ident("unsafe") {
        return names.iter().any(|name| mentions(&attribute.meta.to_token_stream(), name));
    }
    path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// Other people's, who may do to the function what they like: as it was written, it has that done to it, too.
fn is_foreign(attribute: &Attribute) -> bool {
    !is_done(attribute)
        && ![&LINTS[..], &ABOUT_BODIES, &FOR_USERS, &ONCE].iter().any(|names| is_among(attribute, names))
}

impl Sibling {
    // Input:   #[test] pub fn f<T>(&self, (a, b): (A, B)) -> R { BODY }
    // Output:  pub fn f_sync<T>(&self, (a, b): (A, B)) -> R { BODY }
    // or:      #[doc(hidden)] fn __fujita_f_sync<T>(&self, (a, b): (A, B)) -> R { BODY }
    // or, where others have a say in what calling it does:
    //          #[instrument] pub fn f_sync<T>(&self, arg1: (A, B)) -> R { Self::__fujita_f_sync(self, arg1) }
    //          #[doc(hidden)] fn __fujita_f_sync<T>(&self, (a, b): (A, B)) -> R { BODY }
    /// A call of the async form is not to do twice what they do.
    pub(super) fn items(&self, function: &Function) -> TokenStream {
        let mut with_body = function.clone();
        with_body.siblings = TokenStream::new();
        // A `const fn` would have been refused.
        let allow = quote_spanned! {Span::mixed_site()=> #[allow(clippy::missing_const_for_fn)] };
        let kept = self.kept.as_ref().map(|name| {
            let mut kept = with_body.clone();
            kept.signature.ident = name.clone();
            kept.attributes.retain(|attribute| !is_done(attribute) && !is_among(attribute, &ONCE));
            kept
        });
        with_body.signature.ident = self.name.clone();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.signature.ident == self.name) {
            return quote_spanned! {Span::mixed_site()=> #allow #kept };
        }
        with_body.visibility = Visibility::Inherited;
        with_body
            .attributes
            .retain(|attribute| is_among(attribute, &LINTS) || is_among(attribute, &ABOUT_BODIES));
        let kept = kept.map(|mut kept| {
            expect_nothing(&mut kept.attributes);
            let names = kept.name_arguments();
            let at =
                kept.signature.receiver().map_or_else(Span::mixed_site, |receiver| receiver.self_token.span);
            let call = self.call(&kept, &names, &Ident::new("self", at).into_token_stream());
            if let Some(body) = &mut kept.body {
                body.inner_attributes.clear();
                body.statements = call;
            }
            quote_spanned! {Span::mixed_site()=> #allow #kept }
        });
        quote_spanned! {Span::mixed_site()=> #kept #[doc(hidden)] #allow #with_body }
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
