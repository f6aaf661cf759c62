//! From a judged `#[timed]` to the function that measures itself. Cannot fail.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::model::Timed;
use super::options::{LabelValue, Level};
use crate::boxed_future;
use crate::function::{Function, mentions, plain_name};
use crate::returns::{FutureOutput, Returns, without_impl};
use crate::site::Site;

/// Everything generated has this span: its locals are invisible to the user's code, and the other way round.
fn site() -> Span {
    Span::mixed_site()
}

/// Wraps the body of `function` in its measurement.
pub(crate) fn wrap(timed: &Timed, mut function: Function) -> Function {
    let statements = match function.returns() {
        _ if function.is_async() => async_fn(timed, &mut function),
        Returns::ImplFuture(output) => impl_future(timed, &mut function, &output),
        _ if function.is_cached && function.boxed_output().is_none() => straight(timed, &function),
        Returns::Plain if !timed.looks_at_value() => guard(timed, &function),
        Returns::Plain | Returns::Unknown => boxed_tail(timed, &function).unwrap_or_else(|| {
            if function.is_track_caller() {
                track_caller(timed, &function)
            } else {
                closure(timed, &mut function)
            }
        }),
    };
    if let Some(body) = &mut function.body {
        body.statements = statements;
    }
    function
}

// Input:   fn f(a: A) { BODY }
// Output:  fn f(a: A) { let call = enter(SITE); BODY }
/// The body stays untouched: nothing of its value needs to be seen.
fn guard(timed: &Timed, function: &Function) -> TokenStream {
    let enter = enter(timed, function);
    let body = function.statements();
    quote_spanned! {site()=>
        let __fujita_call = #enter;
        #body
    }
}

// Input:   fn f(a: A) -> R { let cache = …; let found = …; settle(…) }
// Output:  fn f(a: A) -> R {
//              let call = enter(SITE);
//              let ret: R = { let cache = …; let found = …; settle(…) };
//              call.finish_with(&ret, |ret| OUTCOME); ret
//          }
/// What asks a cache first has the user's body in a closure already, and is left at its end alone.
fn straight(timed: &Timed, function: &Function) -> TokenStream {
    let private = timed.private();
    let enter = enter(timed, function);
    let returned = function.output_with(&quote! { _ });
    let classify = classify(timed, function, returned.as_ref());
    let (returned, body) = (returned.unwrap_or_else(|| quote! { _ }), function.block());
    quote_spanned! {site()=>
        let __fujita_call = #enter;
        let __fujita_ret: #returned = #body;
        #private::timed::Call::finish_with(__fujita_call, &__fujita_ret, #classify);
        __fujita_ret
    }
}

// Input:   fn f(a: A) -> R { BODY }
// Output:  fn f(a: A) -> R {
//              let call = enter(SITE);
//              let ret = call_once(move || -> R { let _ = &a; BODY });
//              call.finish_with(&ret, |ret| OUTCOME); ret
//          }
fn closure(timed: &Timed, function: &mut Function) -> TokenStream {
    let private = timed.private();
    let enter = enter(timed, function);
    let arguments = function.move_arguments(&timed.label_values(), &[]);
    let allow = arguments.allow_assignments();
    let hidden = function.hides_types();
    let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
    let body = function.block_with(&arguments, &TokenStream::new(), Some(&returned));
    let head = function.keywords(&quote! { move || });
    if hidden {
        let classify = classify(timed, function, None);
        // Hidden types cannot be written here. A `return` that never runs ties the closure's type to them.
        return quote_spanned! {site()=>
            let __fujita_call = #enter;
            let __fujita_hint = #private::None;
            if false {
                return #private::unwrap(__fujita_hint);
            }
            #allow
            let __fujita_ret = #private::call_once_as(&__fujita_hint, #head -> #returned #body);
            #private::timed::Call::finish_with(__fujita_call, &__fujita_ret, #classify);
            __fujita_ret
        };
    }
    let finish = if function.may_return_boxed_future() {
        let classify = classify(timed, function, None);
        quote_spanned! {site()=> {
            use #private::timed::AnyReturned as _;
            #private::timed::Returned(__fujita_ret).__fujita_finish(__fujita_call, #classify)
        }}
    } else {
        let classify = classify(timed, function, Some(&returned));
        quote_spanned! {site()=>
            #private::timed::Call::finish_with(__fujita_call, &__fujita_ret, #classify);
            __fujita_ret
        }
    };
    quote_spanned! {site()=>
        let __fujita_call = #enter;
        #allow
        let __fujita_ret = #private::call_once(#head -> #returned #body);
        #finish
    }
}

// Input:   #[track_caller] fn f(a: A) -> R { BODY }
// Output:  #[track_caller] fn f(a: A) -> R {
//              let mut call = enter(SITE);
//              call.otherwise(what leaving by `?` means for R);
//              let ret: R = 'body: { BODY, with `return x` written as `break 'body x` };
//              call.finish(OUTCOME of ret);
//              ret
//          }
/// In a closure, `Location::caller` would name the closure.
fn track_caller(timed: &Timed, function: &Function) -> TokenStream {
    let private = timed.private();
    let enter = enter(timed, function);
    let label = quote_spanned! {site()=> '__fujita_body };
    let (label, body) = match function.with_returns_as_breaks(&label) {
        Ok(Some(body)) => (quote_spanned! {site()=> #label: }, body),
        Ok(None) | Err(_) => (TokenStream::new(), function.block()),
    };
    let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
    let early = function.output_with(&quote! { () }).map(|probed| {
        quote_spanned! {site()=> {
            use #private::timed::AnyReturnType as _;
            #private::timed::Call::otherwise(
                &mut __fujita_call,
                #private::timed::TypeProbe::<#probed>::NEW.__fujita_early_return(),
            );
        }}
    });
    let classify = classify(timed, function, None);
    quote_spanned! {site()=>
        let mut __fujita_call = #enter;
        #early
        #[allow(unused_braces, unused_labels, clippy::let_and_return, clippy::diverging_sub_expression)]
        let __fujita_ret: #returned = #label #body;
        #private::timed::Call::finish_with(__fujita_call, &__fujita_ret, #classify);
        __fujita_ret
    }
}

// Input:   async fn f(a: A) -> R { BODY }
// Output:  async fn f(a: A) -> R {
//              future(SITE, async move { let _ = &a; if false { return _: R } BODY }, |ret| OUTCOME).await
//          }
fn async_fn(timed: &Timed, function: &mut Function) -> TokenStream {
    let arguments = function.move_arguments(&timed.label_values(), &[]);
    let returned = function.output_with(&quote! { _ });
    let edge = function.fix_output(returned.as_ref());
    let body = function.block_with(&arguments, &edge, returned.as_ref());
    let (begin, head) = (begin_future(timed, function), function.keywords(&quote! { async move }));
    let future = measured(timed, function, returned.as_ref(), &quote! { #head #body });
    let allow = arguments.allow_assignments();
    if allow.is_some() {
        return quote_spanned! {site()=> {
            #begin
            #allow
            let __fujita_future = #future;
            __fujita_future
        }.await };
    }
    quote_spanned! {site()=> { #begin #future }.await }
}

// Input:   fn f(a: A) -> impl Future<Output = R> { BODY }
// Output:  fn f(a: A) -> impl Future<Output = R> {
//              future(SITE, call_once(move || { let _ = &a; BODY }), |ret| OUTCOME)
//          }
fn impl_future(timed: &Timed, function: &mut Function, output: &FutureOutput) -> TokenStream {
    let returns_early = function.body.as_ref().is_some_and(|body| mentions(&body.statements, "return"));
    let made = if function.is_track_caller() && !returns_early {
        function.block()
    } else {
        let arguments = function.move_arguments(&timed.label_values(), &[]);
        let body = function.block_with(&arguments, &TokenStream::new(), None);
        let head = function.keywords(&quote! { move || });
        // Where the type is spelled, so that what is said of a wrong one is said there.
        let at = output.0.as_ref().map_or_else(site, syn::spanned::Spanned::span).resolved_at(site());
        let private = timed.private_at(at);
        quote_spanned! {at=> #private::call_once(#head #body) }
    };
    let made = expect_output(timed, Some(output), &made);
    let begin = begin_future(timed, function);
    let measured = measured(timed, function, None, &made);
    quote_spanned! {site()=> { #begin #measured } }
}

// Input:   fn f(a: A) -> Pin<Box<dyn Future<Output = R>>> { statements Box::pin(FUTURE) }
// Output:  fn f(a: A) -> Pin<Box<dyn Future<Output = R>>> {
//              let site = SITE; let extras = EXTRAS;
//              statements Box::pin(future(site, extras, FUTURE, |ret| OUTCOME))
//          }
fn boxed_tail(timed: &Timed, function: &Function) -> Option<TokenStream> {
    let statements = &function.body.as_ref()?.statements;
    let output = function.boxed_output();
    let begin = begin_future(timed, function);
    let wrapped = boxed_future::wrap_tail(statements, output.is_some(), |made| {
        measured(timed, function, None, &expect_output(timed, output.as_ref(), &made))
    })?;
    Some(quote! { #begin #wrapped })
}

/// `made`, with its output fixed where the function spells it.
fn expect_output(timed: &Timed, output: Option<&FutureOutput>, made: &TokenStream) -> TokenStream {
    match output.and_then(|output| without_impl(output.0.as_ref()?, &quote! { _ })) {
        Some(spelled) => {
            let span =
                output.and_then(|output| output.0.as_ref()).map_or_else(site, syn::spanned::Spanned::span);
            let at = span.resolved_at(site());
            let private = timed.private_at(at);
            quote_spanned! {at=> #private::timed::expect_output::<#spelled, _>(#made) }
        }
        None => made.clone(),
    }
}

/// What a measured future needs, read before the body.
fn begin_future(timed: &Timed, function: &Function) -> TokenStream {
    let place = place(timed, function);
    let extras = timed.needs_extras().then(|| {
        let extras = extras(timed);
        quote_spanned! {site()=> let __fujita_extras = #extras; }
    });
    quote_spanned! {site()=>
        let __fujita_site = #place;
        #extras
    }
}

/// `made`, which resolves to `output`, as a measured future; after [`begin_future`].
fn measured(
    timed: &Timed,
    function: &Function,
    output: Option<&TokenStream>,
    made: &TokenStream,
) -> TokenStream {
    let private = timed.private();
    let classify = classify(timed, function, output);
    if timed.needs_extras() {
        quote_spanned! {site()=>
            #private::timed::future_with(__fujita_site, __fujita_extras, #made, #classify)
        }
    } else {
        quote_spanned! {site()=> #private::timed::future(__fujita_site, #made, #classify) }
    }
}

fn enter(timed: &Timed, function: &Function) -> TokenStream {
    let private = timed.private();
    let place = place(timed, function);
    if timed.needs_extras() {
        let extras = extras(timed);
        quote_spanned! {site()=> {
            let __fujita_site = #place;
            #private::timed::enter_with(__fujita_site, #extras)
        }}
    } else {
        quote_spanned! {site()=> #private::timed::enter(#place) }
    }
}

fn extras(timed: &Timed) -> TokenStream {
    let private = timed.private();
    let values = timed.labels.iter().filter_map(|label| match &label.value {
        LabelValue::Literal(_) => None,
        LabelValue::Expression(value) => {
            let span = syn::spanned::Spanned::span(value).resolved_at(site());
            Some(quote_spanned! {span=> #private::ToString::to_string(&(#value)) })
        }
    });
    quote_spanned! {site()=> #private::timed::Extras::new(__fujita_site, || [#(#values),*]) }
}

/// How the value that was returned, an `output` if that can be written, says how the call ended.
fn classify(timed: &Timed, function: &Function, output: Option<&TokenStream>) -> TokenStream {
    let private = timed.private();
    if function.returns_nothing() && timed.ok_if.is_none() {
        return quote_spanned! {site()=> #private::timed::always_ok };
    }
    // The compiler takes longer for a closure than for a path to a function. A path must outlive what it names, though,
    // and in a boxed future that may be asking too much.
    let plain = output.filter(|_| !timed.looks_at_value() && !function.hides_types() && !function.is_cached);
    if let Some(output) = plain {
        return quote_spanned! {site()=> {
            use #private::timed::AnyReturnType as _;
            #private::timed::TypeProbe::<#output>::__fujita_classify
        }};
    }
    let outcome = if let Some(ok_if) = &timed.ok_if {
        quote_spanned! {site()=> #private::timed::ok_if(__fujita_ret, #ok_if) }
    } else {
        quote_spanned! {site()=> {
            use #private::timed::AnyReturn as _;
            #private::timed::Probe(__fujita_ret).__fujita_outcome()
        }}
    };
    let outcome = match &timed.error_kind {
        Some(kind) => {
            let span = syn::spanned::Spanned::span(kind).resolved_at(site());
            let kind = quote_spanned! {span=> #private::timed::error_kind(__fujita_ret, #kind) };
            quote_spanned! {site()=> #private::timed::Outcome::with_error_kind(#outcome, || #kind) }
        }
        None => outcome,
    };
    let outcome = if function.is_cached {
        quote_spanned! {site()=> #private::timed::with_cache(#outcome) }
    } else {
        outcome
    };
    if timed.ok_if.is_none() && timed.error_kind.is_none() {
        return quote_spanned! {site()=> |__fujita_ret: &_| #outcome };
    }
    // The options ask for closures; the user could not follow advice against them.
    quote_spanned! {site()=> |__fujita_ret: &_| {
        #[allow(clippy::redundant_closure, clippy::redundant_closure_for_method_calls)]
        let __fujita_outcome = #outcome;
        __fujita_outcome
    }}
}

/// The static of this function, its entry in the inventory, and a reference to it.
fn place(timed: &Timed, function: &Function) -> TokenStream {
    let (own, options) = options(timed, function);
    let registered = Site {
        private: &timed.private(),
        ident: &function.signature.ident,
        layers: &timed.layers,
        options: &options,
        cache_name: function.cache_name.as_deref(),
        offload: function.offload.as_ref(),
        is_beside: function.is_beside,
    }
    .registered();
    quote_spanned! {site()=> { #own #registered &__FUJITA_SITE } }
}

/// The options of this function, as a static of its own where they are not those of most functions, and a reference
/// to them.
fn options(timed: &Timed, function: &Function) -> (TokenStream, TokenStream) {
    let private = timed.private();
    let mut options = TokenStream::new();
    let mut add = |option: TokenStream| options.extend(quote_spanned! {site()=> .#option });
    if let Some(metric) = &timed.metric {
        add(quote! { metric(#metric) });
    }
    if let Some(function) = &timed.function {
        add(quote! { function(#function) });
    }
    if !timed.labels.is_empty() {
        let labels = timed.labels.iter().map(|label| {
            let name = plain_name(&label.name);
            match &label.value {
                LabelValue::Literal(value) => quote! { (#name, #private::Some(#value)) },
                LabelValue::Expression(_) => quote! { (#name, #private::None) },
            }
        });
        add(quote! { labels(&[#(#labels),*]) });
    }
    if let Some(most) = timed.max_label_sets {
        add(quote! { max_label_sets(#most) });
    }
    if timed.in_flight {
        add(quote! { in_flight() });
    }
    if timed.busy {
        add(quote! { busy() });
    }
    if let Some(nanos) = timed.slow_poll {
        add(quote! { slow_poll(#nanos) });
    }
    if let Some(nanos) = timed.slow {
        add(quote! { slow(#nanos) });
    }
    if let Some(level) = timed.log {
        let level = match level {
            Level::Error => quote! { ERROR },
            Level::Warn => quote! { WARN },
            Level::Info => quote! { INFO },
            Level::Debug => quote! { DEBUG },
            Level::Trace => quote! { TRACE },
        };
        add(quote! { log(#private::Level::#level) });
    }
    let (is_async, fallible) = (function.makes_future(), function.looks_fallible());
    if options.is_empty() {
        let shared = match (is_async, fallible) {
            (false, false) => quote! { PLAIN },
            (true, false) => quote! { ASYNC },
            (false, true) => quote! { FALLIBLE },
            (true, true) => quote! { ASYNC_FALLIBLE },
        };
        return (TokenStream::new(), quote_spanned! {site()=> &#private::timed::#shared });
    }
    let is_async = is_async.then(|| quote! { .is_async() });
    let fallible = fallible.then(|| quote! { .fallible() });
    let own = quote_spanned! {site()=>
        static __FUJITA_OPTIONS: #private::timed::Timed =
            #private::timed::Timed::new() #options #is_async #fallible;
    };
    (own, quote_spanned! {site()=> &__FUJITA_OPTIONS })
}

impl Timed {
    fn private(&self) -> TokenStream {
        self.private_at(site())
    }

    fn private_at(&self, at: Span) -> TokenStream {
        crate::options::private(self.krate.as_ref(), at)
    }

    /// The expressions of labels, as tokens.
    fn label_values(&self) -> TokenStream {
        let values = self.labels.iter().map(|label| match &label.value {
            LabelValue::Literal(_) => TokenStream::new(),
            LabelValue::Expression(value) => quote! { #value },
        });
        values.collect()
    }

    fn looks_at_value(&self) -> bool {
        self.ok_if.is_some() || self.error_kind.is_some()
    }

    /// Whether a call needs more than to read the clock twice and record: room of its own, or log lines.
    fn needs_extras(&self) -> bool {
        let logs = self.log.is_some() || self.slow.is_some() || self.slow_poll.is_some();
        let dynamic = self.labels.iter().any(|label| matches!(label.value, LabelValue::Expression(_)));
        self.in_flight || self.busy || logs || dynamic
    }
}
