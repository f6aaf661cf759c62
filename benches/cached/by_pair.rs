//! Functions of two numbers.

#![expect(clippy::unused_async, reason = "what is cached is next to nothing")]

use std::sync::LazyLock;

use cached::macros::{cached, concurrent_cached};
use fujita_benches::work;
use memoize::memoize;
use moka::notification::RemovalCause;

use super::{CAPACITY, TTL};

/// What everyone caches.
#[inline]
fn load(id: u64, shard: u32) -> u64 {
    work(id ^ u64::from(shard))
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000)]
#[inline(never)]
pub(crate) fn ours(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000, hasher = foldhash::fast::RandomState)]
#[inline(never)]
pub(crate) fn ours_foldhash(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000)]
pub(crate) async fn ours_async(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

static MOKA: LazyLock<moka::sync::Cache<(u64, u32), u64>> =
    LazyLock::new(|| moka::sync::Cache::builder().time_to_live(TTL).max_capacity(CAPACITY).build());

#[inline(never)]
pub(crate) fn moka_get(id: u64, shard: u32) -> u64 {
    MOKA.get(&(id, shard)).unwrap_or_else(|| {
        let value = load(id, shard);
        MOKA.insert((id, shard), value);
        value
    })
}

#[inline(never)]
pub(crate) fn moka_get_with(id: u64, shard: u32) -> u64 {
    MOKA.get_with_by_ref(&(id, shard), || load(id, shard))
}

/// Evictions can be counted by cause with a listener only.
#[inline(never)]
pub(crate) fn moka_listener_get_with(id: u64, shard: u32) -> u64 {
    static MOKA: LazyLock<moka::sync::Cache<(u64, u32), u64>> = LazyLock::new(|| {
        let ignore = |_, _, _: RemovalCause| {};
        let builder = moka::sync::Cache::builder().time_to_live(TTL).max_capacity(CAPACITY);
        builder.eviction_listener(ignore).build()
    });
    MOKA.get_with_by_ref(&(id, shard), || load(id, shard))
}

static MOKA_FUTURE: LazyLock<moka::future::Cache<(u64, u32), u64>> =
    LazyLock::new(|| moka::future::Cache::builder().time_to_live(TTL).max_capacity(CAPACITY).build());

pub(crate) async fn moka_future_get(id: u64, shard: u32) -> u64 {
    if let Some(value) = MOKA_FUTURE.get(&(id, shard)).await {
        return value;
    }
    let value = load(id, shard);
    MOKA_FUTURE.insert((id, shard), value).await;
    value
}

pub(crate) async fn moka_future_get_with(id: u64, shard: u32) -> u64 {
    MOKA_FUTURE.get_with_by_ref(&(id, shard), async { load(id, shard) }).await
}

static QUICK: LazyLock<quick_cache::sync::Cache<(u64, u32), u64>> =
    LazyLock::new(|| quick_cache::sync::Cache::new(usize::try_from(CAPACITY).expect("not so large")));

#[inline(never)]
pub(crate) fn quick_get(id: u64, shard: u32) -> u64 {
    QUICK.get(&(id, shard)).unwrap_or_else(|| {
        let value = load(id, shard);
        QUICK.insert((id, shard), value);
        value
    })
}

#[inline(never)]
pub(crate) fn quick_get_or_insert_with(id: u64, shard: u32) -> u64 {
    QUICK.get_or_insert_with(&(id, shard), || Ok::<_, ()>(load(id, shard))).unwrap_or_default()
}

pub(crate) async fn quick_get_or_insert_async(id: u64, shard: u32) -> u64 {
    QUICK.get_or_insert_async(&(id, shard), async { Ok::<_, ()>(load(id, shard)) }).await.unwrap_or_default()
}

#[cached]
#[inline(never)]
pub(crate) fn cached_plain(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[cached(max_size = 10_000, ttl_secs = 60)]
#[inline(never)]
pub(crate) fn cached_bounded(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[cached(max_size = 10_000, ttl_secs = 60, sync_writes = "by_key")]
#[inline(never)]
pub(crate) fn cached_by_key(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[concurrent_cached(max_size = 10_000, ttl_secs = 60)]
#[inline(never)]
pub(crate) fn cached_concurrent(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[cached]
pub(crate) async fn cached_plain_async(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[cached(max_size = 10_000, ttl_secs = 60)]
pub(crate) async fn cached_bounded_async(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[cached(max_size = 10_000, ttl_secs = 60, sync_writes = "by_key")]
pub(crate) async fn cached_by_key_async(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[concurrent_cached(max_size = 10_000, ttl_secs = 60)]
pub(crate) async fn cached_concurrent_async(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[memoize]
#[inline(never)]
pub(crate) fn memoize_plain(id: u64, shard: u32) -> u64 {
    load(id, shard)
}

#[memoize(SharedCache, Capacity: 10_000, TimeToLive: TTL)]
#[inline(never)]
pub(crate) fn memoize_shared(id: u64, shard: u32) -> u64 {
    load(id, shard)
}
