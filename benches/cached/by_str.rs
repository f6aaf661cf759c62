//! Functions of one borrowed string.

#![expect(clippy::unused_async, reason = "what is cached is next to nothing")]
#![expect(clippy::needless_pass_by_value, reason = "what `memoize` takes")]

use std::sync::LazyLock;

use cached::macros::{cached, concurrent_cached};
use fujita_benches::work;
use memoize::memoize;
use moka::notification::RemovalCause;

use super::{CAPACITY, TTL};

/// What everyone caches.
#[inline]
fn load(key: &str) -> u64 {
    work(key.len() as u64)
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000)]
#[inline(never)]
pub(crate) fn ours(key: &str) -> u64 {
    load(key)
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000, hasher = foldhash::fast::RandomState)]
#[inline(never)]
pub(crate) fn ours_foldhash(key: &str) -> u64 {
    load(key)
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000)]
pub(crate) async fn ours_async(key: &str) -> u64 {
    load(key)
}

static MOKA: LazyLock<moka::sync::Cache<String, u64>> =
    LazyLock::new(|| moka::sync::Cache::builder().time_to_live(TTL).max_capacity(CAPACITY).build());

#[inline(never)]
pub(crate) fn moka_get(key: &str) -> u64 {
    MOKA.get(key).unwrap_or_else(|| {
        let value = load(key);
        MOKA.insert(key.to_owned(), value);
        value
    })
}

#[inline(never)]
pub(crate) fn moka_get_with(key: &str) -> u64 {
    MOKA.get_with_by_ref(key, || load(key))
}

/// Evictions can be counted by cause with a listener only.
#[inline(never)]
pub(crate) fn moka_listener_get_with(key: &str) -> u64 {
    static MOKA: LazyLock<moka::sync::Cache<String, u64>> = LazyLock::new(|| {
        let ignore = |_, _, _: RemovalCause| {};
        let builder = moka::sync::Cache::builder().time_to_live(TTL).max_capacity(CAPACITY);
        builder.eviction_listener(ignore).build()
    });
    MOKA.get_with_by_ref(key, || load(key))
}

static MOKA_FUTURE: LazyLock<moka::future::Cache<String, u64>> =
    LazyLock::new(|| moka::future::Cache::builder().time_to_live(TTL).max_capacity(CAPACITY).build());

pub(crate) async fn moka_future_get(key: &str) -> u64 {
    if let Some(value) = MOKA_FUTURE.get(key).await {
        return value;
    }
    let value = load(key);
    MOKA_FUTURE.insert(key.to_owned(), value).await;
    value
}

pub(crate) async fn moka_future_get_with(key: &str) -> u64 {
    MOKA_FUTURE.get_with_by_ref(key, async { load(key) }).await
}

static QUICK: LazyLock<quick_cache::sync::Cache<String, u64>> =
    LazyLock::new(|| quick_cache::sync::Cache::new(usize::try_from(CAPACITY).expect("not so large")));

#[inline(never)]
pub(crate) fn quick_get(key: &str) -> u64 {
    QUICK.get(key).unwrap_or_else(|| {
        let value = load(key);
        QUICK.insert(key.to_owned(), value);
        value
    })
}

#[inline(never)]
pub(crate) fn quick_get_or_insert_with(key: &str) -> u64 {
    QUICK.get_or_insert_with(key, || Ok::<_, ()>(load(key))).unwrap_or_default()
}

pub(crate) async fn quick_get_or_insert_async(key: &str) -> u64 {
    QUICK.get_or_insert_async(key, async { Ok::<_, ()>(load(key)) }).await.unwrap_or_default()
}

// The macros of `cached` want a key that is owned: there is no way to look one up that is borrowed.

#[cached(key = "String", convert = { key.to_owned() })]
#[inline(never)]
pub(crate) fn cached_plain(key: &str) -> u64 {
    load(key)
}

#[cached(max_size = 10_000, ttl_secs = 60, key = "String", convert = { key.to_owned() })]
#[inline(never)]
pub(crate) fn cached_bounded(key: &str) -> u64 {
    load(key)
}

#[cached(max_size = 10_000, ttl_secs = 60, sync_writes = "by_key", key = "String", convert = { key.to_owned() })]
#[inline(never)]
pub(crate) fn cached_by_key(key: &str) -> u64 {
    load(key)
}

#[concurrent_cached(max_size = 10_000, ttl_secs = 60, key = "String", convert = { key.to_owned() })]
#[inline(never)]
pub(crate) fn cached_concurrent(key: &str) -> u64 {
    load(key)
}

#[cached(key = "String", convert = { key.to_owned() })]
pub(crate) async fn cached_plain_async(key: &str) -> u64 {
    load(key)
}

#[cached(max_size = 10_000, ttl_secs = 60, key = "String", convert = { key.to_owned() })]
pub(crate) async fn cached_bounded_async(key: &str) -> u64 {
    load(key)
}

#[cached(max_size = 10_000, ttl_secs = 60, sync_writes = "by_key", key = "String", convert = { key.to_owned() })]
pub(crate) async fn cached_by_key_async(key: &str) -> u64 {
    load(key)
}

#[concurrent_cached(max_size = 10_000, ttl_secs = 60, key = "String", convert = { key.to_owned() })]
pub(crate) async fn cached_concurrent_async(key: &str) -> u64 {
    load(key)
}

// `memoize` takes owned arguments only.

pub(crate) fn memoize_plain(key: &str) -> u64 {
    owned_plain(key.to_owned())
}

#[memoize]
fn owned_plain(key: String) -> u64 {
    load(&key)
}

pub(crate) fn memoize_shared(key: &str) -> u64 {
    owned_shared(key.to_owned())
}

#[memoize(SharedCache, Capacity: 10_000, TimeToLive: TTL)]
fn owned_shared(key: String) -> u64 {
    load(&key)
}
