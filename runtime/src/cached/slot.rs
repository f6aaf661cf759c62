//! The static behind one `#[cached]` function: its cache, or one for each instantiation of a generic one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, OnceLock, PoisonError};

use metrics::SharedString;

use super::key::{Key, Value};
use crate::site::Site;
use crate::{future, sync};

type AnyCache = &'static (dyn Any + Send + Sync);

pub struct Slot {
    site: &'static Site,
    name: Option<&'static str>,
    /// Most functions have one.
    first: OnceLock<(TypeId, AnyCache)>,
    others: Mutex<Option<HashMap<TypeId, AnyCache>>>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("site", &self.site).finish_non_exhaustive()
    }
}

impl Slot {
    #[must_use]
    pub const fn new(site: &'static Site, name: Option<&'static str>) -> Self {
        Self { site, name, first: OnceLock::new(), others: Mutex::new(None) }
    }

    /// The cache of the instantiation that `build` was written in: a closure's type names the generics around it.
    #[inline]
    pub fn sync_cache<K, V, S, F>(&'static self, build: F) -> &'static sync::Cache<K, V, S>
    where
        K: Key,
        V: Value,
        S: BuildHasher + Clone + Send + Sync + 'static,
        F: FnOnce(sync::Builder<K, V>) -> sync::Builder<K, V, S>,
    {
        self.cache::<_, F>(|name| build(sync::Cache::<K, V, RandomState>::builder(name)).build())
    }

    /// As [`sync_cache`](Self::sync_cache).
    #[inline]
    pub fn future_cache<K, V, S, F>(&'static self, build: F) -> &'static future::Cache<K, V, S>
    where
        K: Key,
        V: Value,
        S: BuildHasher + Clone + Send + Sync + 'static,
        F: FnOnce(future::Builder<K, V>) -> future::Builder<K, V, S>,
    {
        self.cache::<_, F>(|name| build(future::Cache::<K, V, RandomState>::builder(name)).build())
    }

    #[inline]
    fn cache<C: Any + Send + Sync, F>(&'static self, build: impl FnOnce(SharedString) -> C) -> &'static C {
        // Without lifetimes: they do not tell instantiations apart.
        let id = typeid::of::<F>();
        let any = match self.first.get() {
            Some((first, cache)) if *first == id => *cache,
            _ => self.other(id, || Box::leak(Box::new(build(self.cache_name())))),
        };
        any.downcast_ref().expect("the closure's type fixes that of the cache")
    }

    /// As [`sync_cache`](Self::sync_cache), in a function that has one instantiation.
    #[inline]
    pub fn only_sync_cache<K, V, S, F>(&'static self, build: F) -> &'static sync::Cache<K, V, S>
    where
        K: Key,
        V: Value,
        S: BuildHasher + Clone + Send + Sync + 'static,
        F: FnOnce(sync::Builder<K, V>) -> sync::Builder<K, V, S>,
    {
        self.only(|name| build(sync::Cache::<K, V, RandomState>::builder(name)).build())
    }

    /// As [`only_sync_cache`](Self::only_sync_cache).
    #[inline]
    pub fn only_future_cache<K, V, S, F>(&'static self, build: F) -> &'static future::Cache<K, V, S>
    where
        K: Key,
        V: Value,
        S: BuildHasher + Clone + Send + Sync + 'static,
        F: FnOnce(future::Builder<K, V>) -> future::Builder<K, V, S>,
    {
        self.only(|name| build(future::Cache::<K, V, RandomState>::builder(name)).build())
    }

    #[inline]
    fn only<C: Any + Send + Sync>(&'static self, build: impl FnOnce(SharedString) -> C) -> &'static C {
        let any = match self.first.get() {
            Some((_, cache)) => *cache,
            None => self.other(TypeId::of::<C>(), || Box::leak(Box::new(build(self.cache_name())))),
        };
        any.downcast_ref().expect("there is one cache")
    }

    #[cold]
    fn other(&'static self, id: TypeId, build: impl FnOnce() -> AnyCache) -> AnyCache {
        let find = |others: &Option<HashMap<TypeId, AnyCache>>| others.as_ref()?.get(&id).copied();
        let lock = || self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cache) = find(&lock()) {
            return cache;
        }
        // Held while building, so that a cache is built once. Whoever builds is told what a cache is made of by
        // expressions of the user's; one that calls the function itself would wait here for ever, as it would in any
        // `OnceLock`.
        let mut others = lock();
        if let Some(cache) = find(&others) {
            return cache;
        }
        let cache = build();
        others.get_or_insert_default().insert(id, cache);
        let _ = self.first.set((id, cache));
        cache
    }

    fn cache_name(&'static self) -> SharedString {
        match self.name {
            Some(name) => SharedString::const_str(name),
            None => self.site.path().into(),
        }
    }
}
