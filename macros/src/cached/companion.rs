//! What stands beside the function: `f_cache()`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{FnArg, ReceiverKind};

use super::expand::site;
use super::model::{Cached, Companion, Source};
use super::shape::with_static_lifetimes;
use crate::arguments::{bound_names, is_used};
use crate::blame::types_at;
use crate::function::{Function, mentions, plain_name};

impl Cached {
    // Output:  /// The cache of `f`.
    //          pub fn f_cache<T>() -> &'static Cache<K, V, S> where … { SLOT }
    // or, where only the compiler can tell K:
    //          fn make_f_cache<T, K: Key>(_: KeyOf<K>) -> &'static Cache<K, V, S> where … { SLOT }
    //          pub fn f_cache<T>() -> &'static Cache<impl Key, V, S> where … {
    //              make_f_cache::<T, _>(key_of(|(a, b): (A, B)| Owns(View((Of(&(…)).part(), …))).key()))
    //          }
    pub(super) fn companion(&self, function: &Function) -> Option<TokenStream> {
        let Source::Own { options, companion: Some(companion) } = &self.source else { return None };
        let p = self.p();
        let signature = &function.signature;
        let rest = self.rest();
        let value = with_static_lifetimes(self.value());
        let cache = {
            let private = self
                .krate
                .as_ref()
                .map_or_else(|| quote_spanned! {rest=> ::fujita }, ToTokens::to_token_stream);
            let kind = format_ident!("{}", if self.is_future() { "future" } else { "sync" }, span = rest);
            let hasher =
                options.hasher.as_ref().map(|hasher| &hasher.value).map(|hasher| quote! { , #hasher });
            let value = value.clone();
            move |key: TokenStream| quote_spanned! {rest=> &'static #private::#kind::Cache<#key, #value #hasher> }
        };
        let conditions: Vec<_> =
            function.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
        let mut doc = format!("The cache of `{}`.", plain_name(&signature.ident));
        if self.keys.owned.is_none() {
            doc += "\n\nOnly the compiler knows the type of its keys, so none can be asked for or invalidated: with `key: Type = ...` they can.";
        }
        let hidden = function.attributes.iter().filter(|attribute| {
            attribute.path().is_ident("doc") && mentions(&attribute.meta.to_token_stream(), "hidden")
        });
        let (visibility, name) = (&function.visibility, &companion.name);
        let (generics, clause) = (&signature.generics, &signature.generics.where_clause);
        let parameters = &generics.params;
        let allow = quote_spanned! {site()=>
            #[allow(
                dead_code,
                deprecated,
                single_use_lifetimes,
                unreachable_pub,
                unused_lifetimes,
                clippy::extra_unused_lifetimes,
                clippy::extra_unused_type_parameters,
                clippy::type_complexity,
            )]
        };
        let head = quote_spanned! {site()=>
            #(#conditions)*
            #[doc = #doc]
            #(#hidden)*
            #allow
            #[inline]
            #[must_use]
        };
        if let Some(key) = &self.keys.owned {
            let slot = self.slot(options, function, key, &value, true);
            let cache = cache(key.clone());
            return Some(quote_spanned! {site()=>
                #head
                #visibility fn #name<#parameters>() -> #cache #clause #slot
            });
        }
        let maker = maker(function);
        let comma = (!parameters.empty_or_trailing()).then(|| quote! { , });
        let key = quote_spanned! {site()=> __FujitaKey };
        let slot = self.slot(options, function, &key, &value, true);
        let (named, hidden) = (cache(key.clone()), cache(quote_spanned! {site()=> impl #p::Key }));
        let key_of = self.key_of(function);
        let made = call(companion, &maker, function, Some(quote! { _ }), Some(&key_of), rest);
        Some(quote_spanned! {site()=>
            #(#conditions)*
            #[doc(hidden)]
            #allow
            #[inline]
            fn #maker<#parameters #comma #key: #p::Key>(_: #p::KeyOf<#key>) -> #named #clause #slot
            #head
            #visibility fn #name<#parameters>() -> #hidden #clause { #made }
        })
    }

    // Output:  key_of(|(a, b): (A, B)| Owns(View((Of(&(…)).part(), …))).key())
    /// A closure that is never called, whose type says what the key is.
    pub(super) fn key_of(&self, function: &Function) -> TokenStream {
        let (p, view) = (self.p(), &self.keys.view);
        let written = self.keys.written.to_token_stream();
        let (mut patterns, mut types) = (Vec::new(), Vec::new());
        for argument in &function.signature.inputs {
            match argument {
                FnArg::Receiver(receiver) if mentions(&written, "self") => {
                    patterns.push(format_ident!("__fujita_self", span = site()).into_token_stream());
                    types.push(match &receiver.kind {
                        ReceiverKind::Typed(_, of) => of.to_token_stream(),
                        ReceiverKind::Reference(_, _, mutability) => quote! { &#mutability Self },
                        _ => quote! { Self },
                    });
                }
                FnArg::Typed(argument)
                    if bound_names(&argument.pat).iter().any(|name| is_used(&written, name)) =>
                {
                    patterns.push(argument.pat.to_token_stream());
                    types.push(argument.ty.to_token_stream());
                }
                _ => {}
            }
        }
        let view = without_self(view.clone());
        let import = quote_spanned! {site()=> use #p::{AnyOwns as _, AnyPart as _}; };
        let rest = self.rest();
        let p_there = self.p_at(rest);
        let made = quote_spanned! {rest=> #p_there::Owns(#p_there::View(#view)).__fujita_key() };
        quote_spanned! {site()=> {
            #import
            #[allow(unused, clippy::all, clippy::pedantic)]
            let __fujita_key = #p::key_of(|(#(#patterns,)*): (#(#types,)*)| #made);
            __fujita_key
        }}
    }
}

/// The name of what makes the cache of a function whose key only the compiler knows.
pub(super) fn maker(function: &Function) -> Ident {
    let name = &function.signature.ident;
    format_ident!("__fujita_{}_cache", plain_name(name), span = name.span())
}

// Output:  Self::name::<T, N>()
pub(super) fn call(
    companion: &Companion,
    name: &Ident,
    function: &Function,
    more: Option<TokenStream>,
    argument: Option<&TokenStream>,
    at: Span,
) -> TokenStream {
    let path = types_at(at, function.path_beside(name, companion.is_associated, more));
    quote_spanned! {at=> #path(#argument) }
}

/// `self` under a name that a closure's argument can have.
pub(super) fn without_self(tokens: TokenStream) -> TokenStream {
    use proc_macro2::{Group, TokenTree};
    let renamed = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(word) if word == "self" => format_ident!("__fujita_self", span = site()).into(),
        TokenTree::Group(group) => {
            let mut renamed = Group::new(group.delimiter(), without_self(group.stream()));
            renamed.set_span(group.span());
            TokenTree::Group(renamed)
        }
        other => other,
    });
    renamed.collect()
}
