//! A million keys through a cache of ten thousand entries: memory stays where it was.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::pedantic)]

use fujita::cached;

const CAPACITY: u64 = 10_000;

#[cached(max_capacity = CAPACITY, ttl = "1h")]
fn padded(n: u64) -> Vec<u8> {
    vec![n as u8; 1_000]
}

/// In bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_million_keys() {
    let run = |keys: std::ops::Range<u64>| keys.for_each(|n| assert_eq!(padded(n)[0], n as u8));
    run(0..100_000);
    let warm = resident();
    run(100_000..1_000_000);
    let stats = padded_cache().stats();
    let grown = resident().saturating_sub(warm);
    eprintln!("{} MiB when warm, {} KiB more after a million keys; {stats:?}", warm >> 20, grown >> 10);
    assert!(stats.entries <= CAPACITY, "{stats:?}");
    assert_eq!((stats.misses, stats.evictions.total() + stats.entries), (1_000_000, 1_000_000));
    // As much as the cache itself may hold again, and no more: ninety times as many keys have gone through.
    assert!(grown < CAPACITY * 1_000, "{grown} bytes more than {warm}");
}
