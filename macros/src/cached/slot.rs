//! The cache of a function, and what its builder is told.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Type};

use super::blame;
use super::expand::site;
use super::model::{Cached, Source};
use super::options::{Capacity, Options, Policy};
use crate::blame::types_at;
use crate::function::Function;
use crate::options::Time;

impl Cached {
    // Output:  { static SITE: Site = …; static SLOT: Slot = …; SLOT.sync_cache::<K, V, S, _>(|builder| builder.ttl(…)) }
    pub(super) fn slot(
        &self,
        options: &Options,
        function: &Function,
        key: &TokenStream,
        value: &TokenStream,
        is_beside: bool,
    ) -> TokenStream {
        let (p, private) = (self.p(), self.private());
        let listed = self.site(function, is_beside);
        let name = options.name.as_ref().map(|name| &name.value.0);
        let name = name.map_or_else(|| quote! { #private::None }, |name| quote! { #private::Some(#name) });
        let method = match (self.is_future(), is_beside && self.is_only(function)) {
            (false, false) => "__fujita_sync",
            (true, false) => "__fujita_future",
            (false, true) => "__fujita_only_sync",
            (true, true) => "__fujita_only_future",
        };
        let method = Ident::new(method, self.rest());
        let hasher = hasher(options);
        let settings = self.settings(options);
        let check = is_beside.then(|| self.check());
        let rest = self.rest();
        let p_there = self.p_at(rest);
        let cache = quote_spanned! {rest=> #p_there::Types::<#key, #value, #hasher>::NEW };
        quote_spanned! {site()=> {
            #listed
            use #p::AnyTypes as _;
            static __FUJITA_SLOT: #p::Slot = #p::Slot::new(&__FUJITA_SITE, #name);
            #check
            #cache.#method(&__FUJITA_SLOT, |__fujita_builder| __fujita_builder #settings)
        }}
    }

    /// Whether the function has one instantiation for sure: there is less to ask then, on every hit.
    pub(super) fn is_only(&self, function: &Function) -> bool {
        let Source::Own { companion: Some(companion), .. } = &self.source else { return false };
        let signature = &function.signature;
        let is_lifetime = |parameter: &GenericParam| matches!(parameter, GenericParam::Lifetime(_));
        !companion.is_associated && signature.generics.params.iter().all(is_lifetime)
    }

    /// What the builder is told.
    pub(super) fn settings(&self, options: &Options) -> TokenStream {
        let p = self.p();
        let mut settings = TokenStream::new();
        let mut add = |setting: TokenStream| settings.extend(quote_spanned! {site()=> .#setting });
        match options.max_capacity.as_ref().map(|set| &set.value) {
            Some(Capacity::Unbounded) => add(quote! { unbounded() }),
            Some(Capacity::Most(most)) => add(quote! { max_capacity(#most) }),
            None => {}
        }
        match options.policy.as_ref().map(|set| set.value) {
            Some(Policy::TinyLfu) => add(quote_spanned! {site()=> policy(#p::Policy::TinyLfu) }),
            Some(Policy::Lru) => add(quote_spanned! {site()=> policy(#p::Policy::Lru) }),
            None => {}
        }
        let closures = [
            ("weigher", &options.weigher),
            ("expire_after", &options.expire_after),
            ("cache_if", &options.cache_if),
            ("clock", &options.clock),
        ];
        for (name, set) in closures {
            if let Some(set) = set {
                let (name, value) = (Ident::new(name, site()), &set.value);
                add(quote! { #name(#value) });
            }
        }
        let times = [
            ("ttl", options.ttl.as_ref().map(|set| &set.value)),
            ("tti", options.tti.as_ref().map(|set| &set.value)),
            ("stale_if_error", options.stale_if_error.as_ref().map(|set| &set.value)),
            ("cache_err", options.cache_err.as_ref().and_then(|set| set.value.as_ref())),
            ("cache_none", options.cache_none.as_ref().and_then(|set| set.value.as_ref())),
            (
                "stale_while_revalidate",
                options.stale_while_revalidate.as_ref().and_then(|set| set.value.as_ref()),
            ),
        ];
        for (name, time) in times {
            let Some(time) = time else { continue };
            let name = Ident::new(name, site());
            let time = match time {
                Time::Known(time) => {
                    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
                    quote_spanned! {site()=> #p::nanos(#nanos) }
                }
                Time::Computed(value) => value.to_token_stream(),
            };
            add(quote! { #name(#time) });
        }
        // Last, because it changes the builder's type.
        if let Some(hasher) = &options.hasher {
            let hasher = &hasher.value;
            let at = blame::place(hasher).resolved_at(site());
            let p = self.p_at(at);
            let made = types_at(at, quote! { #p::new_hasher::<#hasher>() });
            add(quote_spanned! {site()=> hasher(#made) });
        }
        settings
    }
}

/// The hasher of the cache, as a type.
pub(super) fn hasher(options: &Options) -> TokenStream {
    let given: Option<&Type> = options.hasher.as_ref().map(|hasher| &hasher.value);
    given.map_or_else(|| quote_spanned! {site()=> ::std::hash::RandomState }, ToTokens::to_token_stream)
}
