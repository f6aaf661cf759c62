//! The cache of a call, from whatever holds it.

use std::ops::Deref;
use std::sync::Arc;

use super::core::Core;
use crate::{future, sync};

/// A cache of values `V`, or what can be dereferenced to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fujita cache with values `{V}`",
    label = "not a cache with values `{V}`",
    note = "hold a `fujita::sync::Cache<K, V>`, or for async functions a `fujita::future::Cache<K, V>`, whose `K` is made of the arguments",
    note = "`V` is what is kept: of a `Result` what is `Ok`, of an `Option` what is `Some`; with `cache_err` or `cache_none` all that the function returns"
)]
pub trait Held<V> {
    type Key;
    type Hasher;
    fn core(&self) -> &Arc<Core<Self::Key, V, Self::Hasher>>;
}

impl<K, V, S> Held<V> for sync::Cache<K, V, S> {
    type Key = K;
    type Hasher = S;

    #[inline]
    fn core(&self) -> &Arc<Core<K, V, S>> {
        self.__fujita_core()
    }
}

impl<K, V, S> Held<V> for future::Cache<K, V, S> {
    type Key = K;
    type Hasher = S;

    #[inline]
    fn core(&self) -> &Arc<Core<K, V, S>> {
        self.__fujita_core()
    }
}

#[diagnostic::do_not_recommend]
impl<V, T: Deref<Target: Held<V>> + ?Sized> Held<V> for T {
    type Key = <T::Target as Held<V>>::Key;
    type Hasher = <T::Target as Held<V>>::Hasher;

    #[inline]
    fn core(&self) -> &Arc<Core<Self::Key, V, Self::Hasher>> {
        (**self).core()
    }
}

/// What is behind a cache.
#[inline]
#[must_use]
pub fn core<V, C: Held<V> + ?Sized>(cache: &C) -> &Arc<Core<C::Key, V, C::Hasher>> {
    cache.core()
}

/// What the function beside a function returns, if it is the one that `#[cached]` has put there.
#[diagnostic::on_unimplemented(
    message = "the function that returns the cache has the name of another function",
    label = "its cache cannot be found",
    note = "give it another name: `#[cached(handle = other_name)]`"
)]
pub trait Companion<V> {
    type Key;
    type Hasher;
    fn core(self) -> &'static Arc<Core<Self::Key, V, Self::Hasher>>;
}

impl<K, V, S> Companion<V> for &'static sync::Cache<K, V, S> {
    type Key = K;
    type Hasher = S;

    #[inline]
    fn core(self) -> &'static Arc<Core<K, V, S>> {
        self.__fujita_core()
    }
}

impl<K, V, S> Companion<V> for &'static future::Cache<K, V, S> {
    type Key = K;
    type Hasher = S;

    #[inline]
    fn core(self) -> &'static Arc<Core<K, V, S>> {
        self.__fujita_core()
    }
}

/// As [`core`].
#[inline]
#[must_use]
pub fn companion_core<V, C: Companion<V>>(cache: C) -> &'static Arc<Core<C::Key, V, C::Hasher>> {
    cache.core()
}
