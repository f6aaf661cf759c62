//! From a judged `#[offload]` to the `async fn` that has its body run elsewhere. Cannot fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Token;
use syn::spanned::Spanned;

use super::asked::{Check, Fit};
use super::model::{Offload, Refusal};
use super::options::{Kind, OnDrop, OnFull};
use super::{sibling, this};
use crate::blame::types_at;
use crate::edition::has_async;
use crate::function::Function;
use crate::options::private;
use crate::returns::mentions_parameter;
use crate::site::Site;

/// Everything generated has this span: its locals are invisible to the user's code, and the other way round.
fn site() -> Span {
    Span::mixed_site()
}

// Input:   fn f(a: A, b: &B) -> R { BODY }
// Output:  async fn f(a: A, b: &B) -> R {
//              SITE
//              static OFFLOAD: Offload = Offload::new(&SITE, Kind::Cpu);
//              check_argument::<A, _>(another_thread); check_returned::<R, _>(another_thread);
//              let b = to_owned(&*b);
//              let carried0 = carry(&REQUEST);
//              let body = once(move || carried(carried0, move || -> R { let b: &B = borrow(&b); BODY }));
//              ready(&OFFLOAD, REFUSE, body).await
//          }
// or, where `async_trait` has been at it:
//          fn f<…>(a: A, b: &B) -> Pin<Box<dyn Future<Output = R>>> { Box::pin(async move { … }) }
pub(crate) fn wrap(offload: &Offload, mut function: Function) -> Function {
    function.is_beside = false;
    let kept = offload.sibling.as_ref().map(|sibling| sibling.items(&function));
    let (head, checks) = (offload.head(&function), offload.checks());
    let (run, copies, carried) = (offload.run(&function), &offload.copies.before, offload.carried());
    let conditional = &offload.conditional;
    let this = offload.options.clone_self.as_ref().map(|clone| {
        let this = Ident::new(
            "self",
            function.signature.receiver().map_or_else(site, |receiver| receiver.self_token.span),
        );
        let at = clone.name.resolved_at(site());
        if offload.asked.this.is_none() {
            return quote_spanned! {at=> let __fujita_this = <Self as ::core::clone::Clone>::clone(#this); };
        }
        let p = offload.p_at(at);
        quote_spanned! {at=>
            let __fujita_this = {
                use #p::AnyCloner as _;
                #p::Cloner::<Self>::NEW.__fujita_clone(#this)
            };
        }
    });
    let body = offload.body(&mut function);
    let statements = quote_spanned! {site()=>
        #head
        #conditional
        #checks
        #copies
        #this
        #carried
        #body
        #run
    };
    let statements = if let Some(output) = function.boxed_return.take() {
        function.signature.output = output;
        let head = function.keywords(&quote! { async move });
        quote_spanned! {site()=> ::std::boxed::Box::pin(#head { #statements }) }
    } else {
        // A head that begins with a macro's word is foreign code to lints as `dead_code`; but it is our edition's, and the
        // first edition has no such word.
        let at = function.signature.fn_token.span;
        let at = if has_async() { at } else { at.resolved_at(site()) };
        function.signature.asyncness = Some(Token![async](at));
        // Of this one, nothing was said before, and nothing can be done about it.
        if function.is_in_trait() {
            function.attributes.push(syn::parse_quote_spanned! {site()=> #[allow(async_fn_in_trait)] });
        }
        statements
    };
    if let Some(body) = &mut function.body {
        body.statements = statements;
    }
    // It would name this function, and the compiler would say that it does nothing.
    function.attributes.retain(|attribute| !attribute.path().is_ident("track_caller"));
    if kept.is_some() {
        sibling::expect_nothing(&mut function.attributes);
    }
    function.siblings.extend(kept);
    function
}

impl Offload {
    fn private(&self) -> TokenStream {
        self.private_at(site())
    }

    fn private_at(&self, at: Span) -> TokenStream {
        private(self.options.krate.as_ref().map(|krate| &krate.value), at)
    }

    /// The runtime's side of this attribute.
    fn p(&self) -> TokenStream {
        let private = self.private();
        quote_spanned! {site()=> #private::offload }
    }

    /// Where errors are reported that follow from others; a path of the user's own stays where any error about it is.
    fn p_at(&self, at: Span) -> TokenStream {
        if self.options.krate.is_some() { self.p() } else { types_at(at, self.p()) }
    }

    // Output:  static SITE: Site = …; static OFFLOAD: Offload = Offload::new(&SITE, Kind::Cpu).max_concurrent(4);
    fn head(&self, function: &Function) -> TokenStream {
        let (private, p) = (self.private(), self.p());
        let is_listed = self.layers.iter().any(|layer| matches!(*layer, "timed" | "cached"));
        let place = Site {
            private: &private,
            ident: &function.signature.ident,
            layers: &self.layers,
            options: &quote_spanned! {site()=> &#private::timed::NOT_TIMED },
            cache_name: None,
            offload: function.offload.as_ref().filter(|_| !is_listed),
            is_beside: false,
        };
        let place = if is_listed { place.unregistered() } else { place.registered() };
        let kind = match self.options.kind().unwrap_or(Kind::Blocking) {
            Kind::Blocking => quote! { Blocking },
            Kind::Cpu => quote! { Cpu },
            Kind::InPlace => quote! { InPlace },
        };
        let settings = self.settings(function);
        quote_spanned! {site()=>
            #place
            static __FUJITA_OFFLOAD: #p::Offload = #p::Offload::new(&__FUJITA_SITE, #p::Kind::#kind)#settings;
        }
    }

    fn settings(&self, function: &Function) -> TokenStream {
        let options = &self.options;
        let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let mut settings = TokenStream::new();
        let mut add = |setting: TokenStream| settings.extend(quote_spanned! {site()=> .#setting });
        if let Some(pool) = &options.pool {
            let name = &pool.value.0;
            add(quote! { pool(#name) });
            if options.kind().is_some() {
                add(quote! { of_kind() });
            }
        }
        if let Some(label) =
            function.offload.as_ref().map(|offload| &offload.label).filter(|label| !label.is_empty())
        {
            add(quote! { label(#label) });
        }
        if let Some(most) = &options.max_concurrent {
            let most = most.value.0;
            add(quote! { max_concurrent(#most) });
        }
        match options.on_full.as_ref().map(|on_full| on_full.value) {
            Some(OnFull::Reject) => add(quote! { reject() }),
            Some(OnFull::CallerRuns) => add(quote! { caller_runs() }),
            Some(OnFull::Wait) | None => {}
        }
        if options.on_drop.as_ref().is_some_and(|on_drop| on_drop.value == OnDrop::Detach) {
            add(quote! { detach() });
        }
        if let Some(time) = options.queue_timeout.as_ref().map(|time| nanos(time.value)) {
            add(quote! { queue_timeout(#time) });
        }
        if let Some(time) = options.timeout.as_ref().map(|time| nanos(time.value)) {
            add(quote! { timeout(#time) });
        }
        settings
    }

    // Output:  check_argument::<A, _>(another_thread); check_returned::<R, _>(another_thread);
    fn checks(&self) -> TokenStream {
        let checks = self.asked.checks.iter().map(|Check { conditions, of, at, fit }| {
            let check = match fit {
                Fit::Argument => quote! { ::check_argument::<#of, _> },
                Fit::Returned => quote! { ::check_returned::<#of, _> },
                Fit::Parameter => {
                    let (p, check) = (self.p_at(*at), types_at(*at, quote! { ::check_parameter::<#of>(); }));
                    return quote! { #(#conditions)* #p #check };
                }
            };
            let check = self.of_another_thread(*at, check);
            quote! { #(#conditions)* #check; }
        });
        let this = self.asked.this.map(|at| {
            let check = self.of_another_thread(at, quote! { ::check_this::<Self, _> });
            quote! { #check; }
        });
        checks.chain(this).collect()
    }

    // Output:  CHECK(another_thread)
    fn of_another_thread(&self, at: Span, check: TokenStream) -> TokenStream {
        let (p, check) = (self.p_at(at), types_at(at, check));
        quote_spanned! {at.resolved_at(site())=> #p #check(#p::another_thread) }
    }

    // Output:  let carried0 = carry(&REQUEST);
    fn carried(&self) -> TokenStream {
        let statics = self.propagated().map(|(name, key)| {
            let at = key.span().resolved_at(site());
            let private = self.private_at(at);
            quote_spanned! {at=> let #name = #private::offload::carry(&#key); }
        });
        statics.collect()
    }

    fn propagated(&self) -> impl DoubleEndedIterator<Item = (Ident, &syn::Path)> {
        let paths = self.options.propagate.as_ref().map(|propagate| &propagate.value[..]).unwrap_or_default();
        let paths = paths.iter().enumerate();
        paths.map(|(index, key)| (format_ident!("__fujita_carried{index}", span = site()), key))
    }

    // Output:  let body = once(move || carried(carried0, move || -> R { let _ = &a; BODY }));
    // or, with the body in a function of its own:
    //          let body = once(move || -> R { Self::f_sync::<T>(self, a) });
    fn body(&self, function: &mut Function) -> TokenStream {
        let p = self.p();
        let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
        let head = function.keywords(&quote! { move || });
        let receiver = function.signature.receiver().map(|receiver| receiver.self_token.span);
        let (body, allow) = if let Some(sibling) = &self.sibling {
            let names = function.name_arguments();
            let this = match receiver {
                Some(_) if self.options.clone_self.is_some() => quote_spanned! {site()=> &__fujita_this },
                at => Ident::new("self", at.unwrap_or_else(site)).into_token_stream(),
            };
            let (inside, call) = (&self.copies.inside, sibling.call(function, &names, &this));
            // Who calls a deprecated function is told; it is not told of itself.
            (quote! { { #inside #call } }, Some(quote_spanned! {site()=> #[allow(deprecated)] }))
        } else {
            let mut edge = TokenStream::new();
            if let (Some(at), Some(_)) = (receiver, &self.options.clone_self) {
                let this = this::name(at);
                edge = quote_spanned! {site()=> let #this: &Self = &__fujita_this; };
                if let Some(body) = &mut function.body {
                    body.statements = this::renamed(body.statements.clone());
                }
            }
            let mut arguments = self.copies.move_arguments(function, &self.reads, &[]);
            self.copies.rebind(&mut arguments);
            (function.block_with(&arguments, &edge, Some(&returned)), arguments.allow_assignments())
        };
        let body = quote! { #head -> #returned #body };
        let body = self.propagated().rev().fold(body, |body, (name, _)| {
            quote_spanned! {site()=> move || #p::carried(#name, #body) }
        });
        quote_spanned! {site()=>
            #allow
            let __fujita_body = #p::once(#body);
        }
    }

    // Output:  ready(&OFFLOAD, REFUSE, body).await
    // or, to say nothing of the body where the types have failed already:
    //          { use AnyFits as _; Fits::<(A, R), ()>::NEW.__fujita_run(&OFFLOAD, REFUSE, body) }.await
    /// All at one place, as what is said of it would be said of each of its parts.
    fn run(&self, function: &Function) -> TokenStream {
        let p = self.p();
        if self.options.is_in_place() {
            return quote_spanned! {site()=> #p::run_in_place(&__FUJITA_OFFLOAD, __fujita_body).await };
        }
        let at = self.asked.at.unwrap_or_else(|| function.signature.ident.span()).resolved_at(site());
        let refuse = self.refuse(function, at);
        let arguments = quote_spanned! {at=> (&__FUJITA_OFFLOAD, #refuse, __fujita_body) };
        let p = self.p_at(at);
        let always = self.asked.checks.iter().filter(|check| check.conditions.is_empty());
        let types: Vec<_> = always.map(|check| types_at(check.at, check.of.clone())).collect();
        if types.is_empty() && self.asked.this.is_none() {
            return quote_spanned! {at=> #p::ready #arguments.await };
        }
        let this = self.asked.this.map_or_else(|| quote! { () }, |at| types_at(at, quote! { Self }));
        quote_spanned! {at=>
            {
                use #p::AnyFits as _;
                #p::Fits::<(#(#types,)*), #this>::NEW.__fujita_run #arguments
            }
            .await
        }
    }

    fn refuse(&self, function: &Function, at: Span) -> TokenStream {
        let p = self.p_at(at);
        let returned = function.output_with(&quote! { _ }).unwrap_or_else(|| quote! { _ });
        match self.refusal {
            Refusal::Never => quote_spanned! {at=> ::core::option::Option::None },
            Refusal::Perhaps => quote_spanned! {at=> {
                use #p::AnyRefusal as _;
                #p::RefusalProbe::<#returned>::NEW.__fujita_refuse()
            }},
            Refusal::Needed => {
                let refused = self.refused(function, &returned);
                quote_spanned! {at=> ::core::option::Option::Some(#refused) }
            }
        }
    }

    // Output:  <R as Refusable>::refused
    // or, for what may be a type parameter:
    //          refuse::<R, _>(another_thread)
    // or, for `Result<T, E>` with a type parameter `E`:
    //          refused::<_, E>
    fn refused(&self, function: &Function, returned: &TokenStream) -> TokenStream {
        if let Some(parameter) = function.error_parameter() {
            let at = parameter.span();
            let (p, refused) = (self.p_at(at), types_at(at, quote! { ::refused::<_, #parameter> }));
            return quote! { #p #refused };
        }
        let at = Self::returned_at(function);
        let parameters: Vec<_> = function.signature.generics.type_params().map(|of| &of.ident).collect();
        if returned.clone().into_iter().count() == 1 && mentions_parameter(returned, &parameters) {
            return self.of_another_thread(at, quote! { ::refuse::<#returned, _> });
        }
        let p = self.p_at(at);
        let (of, refused) =
            (types_at(at, quote! { #returned as }), types_at(at, quote! { ::Refusable>::refused }));
        quote_spanned! {at=> <#of #p #refused }
    }
}
