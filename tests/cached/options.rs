//! Every option once.

use fujita::cached;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
#[cached(max_capacity = 1 << 20, weigher = |k: &String, v: &String| (k.len() + v.len()) as u32, policy = "lru", ttl = HOUR, tti = "10m",
    expire_after = |_k, v| (!v.is_empty()).then_some(HOUR), cache_if = |v| v != "no", stale_if_error = "1h", name = "all", handle = everything)]
fn all(s: &str) -> String {
    s.to_owned()
}
#[cached(max_capacity = unbounded, hasher = BuildHasherDefault<DefaultHasher>)]
fn hasher(n: u8) -> u8 {
    n
}
#[cached(hasher = std::hash::RandomState, handle = _)]
fn hasher2(n: u8) -> u8 {
    n
}
#[cached(cache_err = "1s", tags("a", format!("n:{n}")))]
fn err(n: u8) -> Result<u8, String> {
    if n == 0 { Err("".into()) } else { Ok(n) }
}
#[cached(cache_none = Duration::from_secs(1), policy = "tiny_lfu")]
fn none(n: u8) -> Option<u8> {
    (n > 0).then_some(n)
}
#[cached(cache_none)]
fn none_flag(n: u8) -> Option<u8> {
    (n > 0).then_some(n)
}
#[cfg(any())]
#[cached]
fn off(n: u8) -> u8 {
    n
}
#[cached]
#[cfg(any())]
fn off2(n: u8) -> u8 {
    n
}
#[cached(crate = ::fujita)]
#[must_use]
#[inline]
/// Doc.
fn krate(n: u8) -> u8 {
    n
}
#[test]
fn tests() {
    all("x");
    all("no");
    assert_eq!(everything().entry_count(), 1);
    assert_eq!(everything().name(), "all");
    assert_eq!(hasher(1), hasher(1));
    assert_eq!(hasher_cache().stats().hits, 1);
    hasher2(1);
    for _ in 0..2 {
        let _ = err(0);
        let _ = err(1);
        none(0);
        none_flag(0);
    }
    assert_eq!(err_cache().stats().hits, 2);
    err_cache().invalidate_tag("n:1");
    let _ = err(1);
    assert_eq!(err_cache().stats().hits, 2);
    assert_eq!(none_cache().stats().hits, 1);
    assert_eq!(none_flag_cache().stats().hits, 1);
    assert_eq!(krate(1), 1);
}
