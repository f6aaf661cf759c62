//! What a cache counts.

use std::time::Duration;

use fujita::{future, sync};

#[test]
fn every_way_out_is_counted_by_its_cause() {
    let cache = sync::Cache::<u32, u32>::builder("causes").max_capacity(100).build();
    for key in 0..10 {
        cache.insert(key, 0);
    }
    cache.invalidate(&0);
    cache.insert(1, 1);
    let evictions = cache.stats().evictions;
    assert_eq!((evictions.explicit, evictions.replaced, evictions.expired, evictions.size), (1, 1, 0, 0));
    for key in 10..1_000 {
        cache.insert(key, 0);
    }
    let stats = cache.stats();
    assert!(stats.evictions.size >= 890 && stats.entries <= 100, "{stats:?}");
    cache.invalidate_all();
    let stats = cache.stats();
    assert_eq!(stats.entries, 0);
    assert_eq!(stats.evictions.explicit + stats.evictions.size, 1_000, "{stats:?}");
    assert!(stats.evictions > 1_000 && stats.evictions == stats.evictions.total());

    let short = sync::Cache::<u32, u32>::builder("short").ttl(Duration::from_millis(1)).build();
    for key in 0..10 {
        short.insert(key, 0);
    }
    std::thread::sleep(Duration::from_millis(5));
    let stats = short.stats();
    assert_eq!((stats.evictions.expired, stats.evictions.total(), stats.entries), (10, 10, 0));
}

#[test]
fn reads_by_hand_are_requests() {
    let cache = sync::Cache::<u32, u32>::builder("by hand").build();
    assert_eq!(cache.stats().hit_rate(), 1.0);
    cache.insert(1, 1);
    let _ = (cache.get(&1), cache.get(&1), cache.get(&1), cache.get(&2));
    assert!(cache.contains_key(&1) && !cache.contains_key(&2));
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.requests()), (3, 1, 4));
    assert_eq!(stats.hit_rate(), 0.75);
}

#[test]
fn loads_are_timed() {
    let cache = sync::Cache::<u32, u32>::builder("timed").build();
    assert_eq!(cache.stats().mean_load, Duration::ZERO);
    for key in 0..4 {
        cache.get_with(key, || {
            std::thread::sleep(Duration::from_millis(u64::from(key) * 4));
            key
        });
    }
    let mean = cache.stats().mean_load;
    assert!(mean >= Duration::from_millis(6) && mean < Duration::from_secs(1), "{mean:?}");
}

#[test]
fn counts_are_exact_over_threads_that_come_and_go() {
    let cache = sync::Cache::<u32, u32>::builder("threads").build();
    cache.insert(1, 1);
    // More at a time than have a counter of their own, and more rounds than counters.
    for _ in 0..5 {
        crate::together(100, |_| (0..1_000).for_each(|_| assert_eq!(cache.get(&1), Some(1))));
    }
    assert_eq!(cache.stats().hits, 500_000);
}

#[test]
fn all_caches_are_listed_as_long_as_they_live() {
    let is_listed = |name: &str| fujita::caches().iter().any(|cache| cache.name() == name);
    let cache = sync::Cache::<u32, u32>::builder("listed: sync").build();
    let other = future::Cache::<u32, u32>::builder("listed: future").build();
    assert!(is_listed("listed: sync") && is_listed("listed: future"));
    assert_eq!((cache.name(), other.name()), ("listed: sync", "listed: future"));
    let handle = cache.clone();
    drop(cache);
    handle.insert(1, 1);
    assert!(is_listed("listed: sync"));
    drop(handle);
    assert!(!is_listed("listed: sync"));
}
