//! From a judged `#[cached]` to the function that asks its cache first. Cannot fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::blame;
use super::companion::{call, maker};
use super::model::{Cached, Form, Source};
use super::shape::Shape;
use crate::arguments::Arguments;
use crate::blame::types_at;
use crate::boxed_future;
use crate::copies::Copies;
use crate::function::Function;
use crate::options::private;
use crate::returns::arguments_of;
use crate::site::Site;

/// Everything generated has this span: its locals are invisible to the user's code, and the other way round.
pub(super) fn site() -> Span {
    Span::mixed_site()
}

/// Puts the cache before the body of `function`, and its companion beside it.
pub(crate) fn wrap(cached: &Cached, mut function: Function) -> Function {
    let siblings = cached.companion(&function);
    let statements = match cached.form {
        Form::Sync if function.is_track_caller() && cached.behind.is_none() => {
            track_caller(cached, &mut function)
        }
        Form::Sync => sync(cached, &mut function),
        Form::Async => async_fn(cached, &mut function),
        Form::ImplFuture => {
            let made = made(cached, &mut function, &TokenStream::new());
            quote_spanned! {site()=> #made }
        }
        Form::Boxed => boxed(cached, &mut function),
        Form::AsyncTrait => async_trait(cached, &function),
    };
    if let Some(body) = &mut function.body {
        body.statements = statements;
    }
    function.is_cached = true;
    function.siblings.extend(siblings);
    function
}

// Input:   fn f(a: A, b: &B) -> R { BODY }
// Output:  fn f(a: A, b: &B) -> R {
//              let cache = f_cache();
//              let found = find(cache.core(), View((&a, &*b)));
//              settle(found, SHAPE, move || -> R { let _ = &b; let _ = &a; BODY })
//          }
// or, where the body may go on behind the call:
//              match early(found, SHAPE) {
//                  Ok(ret) => ret,
//                  Err(found) => {
//                      let b = b.to_owned();
//                      settle_behind(found, SHAPE, move || -> R { let b: &B = b.borrow(); …; BODY })
//                  }
//              }
fn sync(cached: &Cached, function: &mut Function) -> TokenStream {
    let (p, look_up, shape) = (cached.p(), cached.look_up(function), cached.shape());
    let mut arguments = cached.move_arguments(function);
    cached.rebind(&mut arguments);
    let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
    let body = function.block_with(&arguments, &TokenStream::new(), Some(&returned));
    let head = function.keywords(&quote! { move || });
    let load = quote! { #head -> #returned #body };
    let settled = match &cached.behind {
        None => quote_spanned! {site()=> #p::settle(__fujita_found, #shape, #load) },
        Some(Copies { before, .. }) => {
            let settled = cached.settle_behind("settle_behind", &shape, &load);
            cached.unless_early(&shape, before, &settled)
        }
    };
    let settled = allowing(&arguments, settled);
    quote_spanned! {site()=> #look_up #settled }
}

// Input:   #[track_caller] fn f(a: A) -> R { BODY }
// Output:  #[track_caller] fn f(a: A) -> R {
//              let cache = f_cache();
//              let found = find(cache.core(), View(&a));
//              match lead_or(found, SHAPE) {
//                  Ok(ret) => ret,
//                  Err(loading) => {
//                      let ret: R = 'body: { BODY, with `return x` written as `break 'body x` };
//                      loading.finish(ret)
//                  }
//              }
//          }
/// In a closure, `Location::caller` would name the closure. What leaves by `?` is not kept, as it would not be anyway.
fn track_caller(cached: &Cached, function: &mut Function) -> TokenStream {
    let (p, look_up, shape) = (cached.p(), cached.look_up(function), cached.shape());
    let moved = cached.move_arguments(function).statements;
    let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
    let label = quote_spanned! {site()=> '__fujita_load };
    let (label, body) = match function.with_returns_as_breaks(&label) {
        Ok(Some(body)) => (quote_spanned! {site()=> #label: }, body),
        Ok(None) | Err(_) => (TokenStream::new(), function.block()),
    };
    quote_spanned! {site()=>
        #look_up
        match #p::lead_or(__fujita_found, #shape) {
            ::core::result::Result::Ok(__fujita_ret) => __fujita_ret,
            ::core::result::Result::Err(__fujita_loading) => {
                #moved
                #[allow(unused_braces, unused_labels, clippy::let_and_return, clippy::diverging_sub_expression)]
                let __fujita_ret: #returned = #label #body;
                #p::Loading::finish(__fujita_loading, __fujita_ret)
            }
        }
    }
}

// Input:   async fn f(a: A) -> R { BODY }
// Output:  async fn f(a: A) -> R {
//              let cache = f_cache();
//              let found = find(cache.core(), View(&a));
//              settle_async(found, SHAPE, async move { let _ = &a; if false { return _: R } BODY }).await
//          }
fn async_fn(cached: &Cached, function: &mut Function) -> TokenStream {
    let (p, look_up, shape) = (cached.p(), cached.look_up(function), cached.shape());
    let mut arguments = cached.move_arguments(function);
    cached.rebind(&mut arguments);
    let returned = function.output_with(&quote! { _ });
    let edge = function.fix_output(returned.as_ref());
    let body = function.block_with(&arguments, &edge, returned.as_ref());
    let head = function.keywords(&quote! { async move });
    let load = quote! { #head #body };
    let settled = match &cached.behind {
        None => quote_spanned! {site()=> #p::settle_async(__fujita_found, #shape, #load).await },
        Some(Copies { before, .. }) => {
            let settled = cached.settle_behind("settle_async_behind", &shape, &load);
            let settled = quote_spanned! {site()=> #settled.await };
            cached.unless_early(&shape, before, &settled)
        }
    };
    let settled = allowing(&arguments, settled);
    quote_spanned! {site()=> #look_up #settled }
}

// Input:   fn f(a: A) -> Pin<Box<dyn Future<Output = R>>> { BODY }
// Output:  fn f(a: A) -> Pin<Box<dyn Future<Output = R>>> {
//              let cache = f_cache();
//              let found = find(cache.core(), View(&a));
//              Box::pin(settle_made(found, SHAPE, move || -> Pin<Box<…>> { let _ = &a; BODY }))
//          }
fn boxed(cached: &Cached, function: &mut Function) -> TokenStream {
    let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
    let lookup_and_future = made(cached, function, &quote! { -> #returned });
    quote_spanned! {site()=> ::std::boxed::Box::pin({ #lookup_and_future }) }
}

// Input:   fn f(a: A) -> impl Future<Output = R> { BODY }
// Output:  fn f(a: A) -> impl Future<Output = R> {
//              let cache = f_cache();
//              let found = find(cache.core(), View(&a));
//              settle_made(found, SHAPE, move || { let _ = &a; BODY })
//          }
/// The body only makes the future. It runs in the call, for it may read what is gone by the first poll; but not for a hit.
fn made(cached: &Cached, function: &mut Function, output: &TokenStream) -> TokenStream {
    let (p, look_up, shape) = (cached.p(), cached.look_up(function), cached.shape());
    let arguments = cached.move_arguments(function);
    let body = function.block_with(&arguments, &TokenStream::new(), None);
    let head = function.keywords(&quote! { move || });
    if let Some(Copies { before, inside, .. }) = &cached.behind {
        let private = cached.private();
        let made = quote_spanned! {site()=> #private::call_once(#head #output #body).await };
        let head = function.keywords(&quote! { async move });
        let load = quote_spanned! {site()=> #head { #inside #made } };
        let settled = cached.settle_behind("settle_made_behind", &shape, &load);
        return quote_spanned! {site()=> #look_up #before #settled };
    }
    let settled = quote_spanned! {site()=> #p::settle_made(__fujita_found, #shape, #head #output #body) };
    if matches!(cached.source, Source::Held { is_lent: false, .. }) {
        let head = function.keywords(&quote! { async move });
        return quote_spanned! {site()=> #head { #look_up #settled.await } };
    }
    let settled = allowing(&arguments, settled);
    quote_spanned! {site()=> #look_up #settled }
}

// Input:   statements… Box::pin(async move { … })
// Output:  statements… Box::pin(async move {
//              let cache = SLOT.future_cache(…);
//              let found = find(cache.core(), View(&a));
//              settle_async(found, SHAPE, async move { … }).await
//          })
fn async_trait(cached: &Cached, function: &Function) -> TokenStream {
    let (p, look_up, shape) = (cached.p(), cached.look_up(function), cached.shape());
    let statements = function.body.as_ref().map(|body| body.statements.clone()).unwrap_or_default();
    let head = function.keywords(&quote! { async move });
    let wrapped = boxed_future::wrap_tail(&statements, true, |made| {
        let settled = match &cached.behind {
            None => quote_spanned! {site()=> #p::settle_async(__fujita_found, #shape, #made).await },
            Some(Copies { before, inside, .. }) => {
                let load = quote_spanned! {site()=> #head { #inside #made.await } };
                let settled = cached.settle_behind("settle_async_behind", &shape, &load);
                let settled = quote_spanned! {site()=> #settled.await };
                cached.unless_early(&shape, before, &settled)
            }
        };
        quote_spanned! {site()=> #head { #look_up #settled } }
    });
    wrapped.unwrap_or(statements)
}

fn allowing(arguments: &Arguments, value: TokenStream) -> TokenStream {
    match arguments.allow_assignments() {
        None => value,
        Some(allow) => quote_spanned! {site()=>
            #allow
            let __fujita_ret = #value;
            __fujita_ret
        },
    }
}

impl Cached {
    pub(super) fn private(&self) -> TokenStream {
        private(self.krate.as_ref(), site())
    }

    fn private_at(&self, at: Span) -> TokenStream {
        private(self.krate.as_ref(), at)
    }

    /// The runtime's side of this attribute.
    pub(super) fn p(&self) -> TokenStream {
        let private = self.private();
        quote_spanned! {site()=> #private::cached }
    }

    pub(super) fn p_at(&self, at: Span) -> TokenStream {
        let private = self.private_at(at);
        quote_spanned! {at=> #private::cached }
    }

    pub(super) fn is_future(&self) -> bool {
        self.form != Form::Sync
    }

    /// Makes the body fit to run later.
    fn move_arguments(&self, function: &mut Function) -> Arguments {
        let mut needed = self.keys.view.clone();
        needed.extend(self.tags.iter().map(ToTokens::to_token_stream));
        if let Source::Held { value, .. } = &self.source {
            needed.extend(value.to_token_stream());
        }
        match &self.behind {
            None => function.move_arguments(&needed, &self.keys.whole),
            Some(copies) => copies.move_arguments(function, &needed, &self.keys.whole),
        }
    }

    /// For a body that may go on behind the call.
    fn rebind(&self, arguments: &mut Arguments) {
        if let Some(copies) = &self.behind {
            copies.rebind(arguments);
        }
    }

    // Output:  let cache = CACHE; let found = find(cache.core(), View(…)).with_tags(|| […]);
    fn look_up(&self, function: &Function) -> TokenStream {
        let (p, cache, view) = (self.p(), self.cache(function), &self.keys.view);
        let rest = self.rest_of_call();
        let p_there = self.p_at(rest);
        // What is wrong within the view is reported there.
        let mut found =
            quote_spanned! {rest=> #p_there::Call(&__fujita_cache, #p_there::View(#view)).__fujita_find() };
        let any_part = self.keys.written.as_ref().map(|_| quote! { AnyPart as _, });
        if let Some(called) = self.called(function) {
            found = quote_spanned! {site()=> #p::Found::of_site(#found, #called) };
        }
        if !self.tags.is_empty() {
            let tags = self.tags.iter().map(|tag| {
                let at = tag.span().resolved_at(site());
                let private = self.private_at(at);
                quote_spanned! {at=> #private::ToString::to_string(&(#tag)) }
            });
            found = quote_spanned! {site()=> #p::Found::with_tags(#found, || [#(#tags),*]) };
        }
        found = quote_spanned! {site()=> { use #p::{AnyCall as _, #any_part}; #found } };
        let listed = self.registered_site(function);
        let check = self.check();
        // It may be made here, and then lives as long as the call.
        let held = match &self.source {
            Source::Held { value, is_lent: true } => {
                Some(quote_spanned! {site()=> let __fujita_held = &(#value); })
            }
            _ => None,
        };
        quote_spanned! {site()=>
            #listed
            #check
            #held
            let __fujita_cache = #cache;
            #[allow(clippy::used_underscore_binding)]
            let __fujita_found = #found;
        }
    }

    /// For the cache, after the checks.
    pub(super) fn rest(&self) -> Span {
        self.rest.cache.resolved_at(site())
    }

    /// For the call, after them.
    fn rest_of_call(&self) -> Span {
        self.rest.call.resolved_at(site())
    }

    /// An entry in the inventory for a function that has no cache of its own.
    fn registered_site(&self, function: &Function) -> Option<TokenStream> {
        (matches!(self.source, Source::Held { .. }) && !self.is_timed()).then(|| self.site(function, false))
    }

    // Output:  &SITE   or  { static SITE: Site = …; &SITE }
    /// The function's own site, where its cache has another name.
    fn called(&self, function: &Function) -> Option<TokenStream> {
        let of_its_own = match &self.source {
            Source::Own { options, .. } => {
                options.name.as_ref()?;
                Some(self.new_site(function, false, false))
            }
            Source::Held { .. } => self.is_timed().then(|| self.new_site(function, false, false)),
        };
        Some(quote_spanned! {site()=> { #of_its_own &__FUJITA_SITE } })
    }

    fn is_timed(&self) -> bool {
        self.layers.contains(&"timed")
    }

    pub(super) fn site(&self, function: &Function, is_beside: bool) -> TokenStream {
        self.new_site(function, is_beside, !self.is_timed())
    }

    /// Registered, unless the function is in the inventory already.
    fn new_site(&self, function: &Function, is_beside: bool, is_registered: bool) -> TokenStream {
        let private = self.private();
        let site = Site {
            private: &private,
            ident: &function.signature.ident,
            layers: &self.layers,
            options: &quote_spanned! {site()=> &#private::timed::NOT_TIMED },
            cache_name: function.cache_name.as_deref().filter(|_| !self.is_timed()),
            offload: function.offload.as_ref().filter(|_| !self.is_timed()),
            is_beside: is_beside || function.is_beside,
        };
        if is_registered { site.registered() } else { site.unregistered() }
    }

    /// An expression for the cache of a call.
    fn cache(&self, function: &Function) -> TokenStream {
        match &self.source {
            Source::Held { value, is_lent: true } => {
                self.core("core", value.span(), &quote_spanned! {site()=> __fujita_held })
            }
            Source::Held { value, is_lent: false } => {
                let core = self.core("core", value.span(), &quote! { &(#value) });
                quote_spanned! {site()=> ::std::sync::Arc::clone(#core) }
            }
            Source::Own { companion: None, options } => {
                let key = self.keys.owned.clone().unwrap_or_else(|| quote! { _ });
                let slot = self.slot(options, function, &key, &self.value(), false);
                self.core("companion_core", self.rest_of_call(), &slot)
            }
            Source::Own { companion: Some(companion), .. } => {
                let (p, rest) = (self.p(), self.rest());
                let made = if self.keys.owned.is_some() {
                    call(companion, &companion.name, function, None, None, rest)
                } else {
                    let key = quote_spanned! {site()=> #p::KeyOf::NEW };
                    call(companion, &maker(function), function, Some(quote! { _ }), Some(&key), rest)
                };
                self.core("companion_core", self.rest_of_call(), &made)
            }
        }
    }

    /// What is behind a cache.
    fn core(&self, name: &str, at: Span, cache: &TokenStream) -> TokenStream {
        let at = at.resolved_at(site());
        let (p, name, value) = (self.p_at(at), Ident::new(name, at), self.value());
        quote_spanned! {at=> #p::#name::<#value, _>(#cache) }
    }

    /// The type of what is kept, where it will be reported.
    pub(super) fn value(&self) -> TokenStream {
        let of = &self.returned.of;
        let value = match self.returned.shape {
            Shape::OkOnly { .. } | Shape::SomeOnly => {
                let p = self.p();
                quote! { <#of as #p::ResultOrOption>::Value }
            }
            Shape::Value | Shape::Whole | Shape::Kept => of.to_token_stream(),
        };
        blame::at(of, value)
    }

    /// How what is returned relates to what is kept.
    fn shape(&self) -> TokenStream {
        let (p, of) = (self.p(), &self.returned.of);
        let is_std = is_std_result(of);
        let shape = match self.returned.shape {
            Shape::Value => quote! { #p::Whole(#p::never_err) },
            Shape::Whole => quote! {{
                use #p::AnyReturned as _;
                #p::Whole(#p::ReturnProbe::<#of>::__fujita_is_err)
            }},
            Shape::Kept => quote! {{
                use #p::{AnyRest as _, AnyReturned as _};
                #p::Kept(
                    #p::ReturnProbe::<#of>::__fujita_keep,
                    #p::ReturnProbe::<#of>::__fujita_is_err,
                    #p::RestProbe::<#of>::NEW.__fujita_sharing(),
                )
            }},
            Shape::OkOnly { shares: false } if is_std => quote! { #p::OkOnly(#p::no_sharing()) },
            Shape::OkOnly { shares: true } if is_std => quote! {{
                use #p::AnyRest as _;
                #p::OkOnly(#p::RestProbe::<<#of as #p::ResultOrOption>::Rest>::NEW.__fujita_sharing())
            }},
            Shape::OkOnly { shares: false } => quote! {{
                use #p::AnyReturned as _;
                #p::ReturnProbe::<#of>::__fujita_ok_only(#p::no_sharing())
            }},
            Shape::OkOnly { shares: true } => quote! {{
                use #p::{AnyRest as _, AnyReturned as _};
                #p::ReturnProbe::<#of>::__fujita_ok_only(
                    #p::RestProbe::<<#of as #p::ResultOrOption>::Rest>::NEW.__fujita_sharing()
                )
            }},
            Shape::SomeOnly => quote! {{
                use #p::AnyReturned as _;
                #p::ReturnProbe::<#of>::__fujita_some_only()
            }},
        };
        types_at(self.rest(), shape)
    }

    // Output:  { let load = LOAD; settle_behind(found, SHAPE, load) }
    /// What keeps the load from running behind the call is reported at the option that asks for it.
    fn settle_behind(&self, name: &str, shape: &TokenStream, load: &TokenStream) -> TokenStream {
        let at = self.stale.unwrap_or_else(site).resolved_at(site());
        let (p, name) = (self.p_at(at), Ident::new(name, at));
        let settle = quote_spanned! {at=> #p::#name(__fujita_found, #shape, __fujita_load) };
        quote_spanned! {site()=> { let __fujita_load = #load; #settle } }
    }

    /// A fresh hit needs no copies of the arguments.
    fn unless_early(&self, shape: &TokenStream, before: &TokenStream, settled: &TokenStream) -> TokenStream {
        let p = self.p();
        quote_spanned! {site()=>
            match #p::early(__fujita_found, #shape) {
                ::core::result::Result::Ok(__fujita_ret) => __fujita_ret,
                ::core::result::Result::Err(__fujita_found) => {
                    #before
                    #settled
                }
            }
        }
    }
}

/// Whether a type is spelled `Result<T, E>`: nobody else has one with two parameters, so it is not asked whether this is one.
fn is_std_result(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.len() == 1
        && path.path.segments[0].ident == "Result"
        && arguments_of(path).count() == 2)
}
