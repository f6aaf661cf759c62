//! What the exporter sees of caches: exact after a second, whoever called on whichever thread.
#![allow(missing_docs, clippy::pedantic)]

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use fujita::{cached, sync};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

#[cached(max_capacity = 50, name = "numbers")]
fn number(n: u64) -> Result<u64, &'static str> {
    if n.is_multiple_of(10) { Err("ten") } else { Ok(n) }
}

#[cached(name = "weighed", max_capacity = 1_000, weigher = |_, value: &Vec<u8>| value.len() as u32)]
fn bytes(n: usize) -> Vec<u8> {
    vec![0; n]
}

#[cached]
fn generic<T: 'static>(n: u64) -> u64 {
    n + size_of::<T>() as u64
}

fn value(text: &str, series: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().unwrap()
}

fn sum(text: &str, name: &str, label: &str) -> u64 {
    let of = |line: &str| {
        let (series, value) = line.rsplit_once(' ')?;
        (series.starts_with(name) && series.contains(label)).then(|| value.parse::<u64>().unwrap())
    };
    text.lines().filter_map(of).sum()
}

/// Once what was counted has been handed over.
fn after_a_second(handle: &PrometheusHandle) -> String {
    thread::sleep(Duration::from_millis(1_100));
    handle.run_upkeep();
    handle.render()
}

#[test]
fn everything_is_counted_once() {
    // Nobody listens yet: not for the exporter.
    for n in 1..10 {
        number(n).unwrap();
    }
    thread::sleep(Duration::from_millis(1_100));
    let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();

    const THREADS: u64 = 16;
    const CALLS: u64 = 10_000;
    let before = number_cache().stats();
    let barrier = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                for n in 0..CALLS {
                    let _ = number((n * (thread + 1)) % 100);
                }
            });
        }
    });
    let text = after_a_second(&handle);
    let stats = number_cache().stats();
    assert_eq!(stats.requests() - before.requests(), THREADS * CALLS);
    let requests = |result: &str| {
        value(&text, &format!(r#"function_cache_requests_total{{cache="numbers",result="{result}"}}"#))
    };
    assert_eq!(
        (requests("hit"), requests("miss"), requests("stale"), requests("coalesced")),
        (stats.hits - before.hits, stats.misses - before.misses, 0, stats.coalesced - before.coalesced)
    );
    let loads = |result: &str| {
        value(&text, &format!(r#"function_cache_load_seconds_count{{cache="numbers",result="{result}"}}"#))
    };
    assert_eq!(loads("ok") + loads("error"), stats.loads - before.loads);
    assert_eq!((loads("error"), stats.misses), (stats.load_errors, stats.loads));
    assert!(stats.load_errors > 0 && stats.hits > 0);
    let evictions = sum(&text, "function_cache_evictions_total", r#"cache="numbers""#);
    assert_eq!(evictions, (stats.evictions.total() - before.evictions.total()));
    assert_eq!(value(&text, r#"function_cache_entries{cache="numbers"}"#), stats.entries);

    for n in [100, 200, 300] {
        bytes(n);
    }
    bytes_cache().invalidate(&100);
    let text = after_a_second(&handle);
    assert_eq!(value(&text, r#"function_cache_weight{cache="weighed"}"#), 500);
    assert_eq!(value(&text, r#"function_cache_entries{cache="weighed"}"#), 2);
    assert_eq!(value(&text, r#"function_cache_evictions_total{cache="weighed",cause="explicit"}"#), 1);

    // The instantiations of a generic function share a name, and their entries are added up.
    for n in 0..3 {
        generic::<u8>(n);
        generic::<u16>(n + 1);
    }
    let text = after_a_second(&handle);
    assert_eq!(value(&text, r#"function_cache_entries{cache="cached_metrics::generic"}"#), 6);
    assert_eq!(
        value(&text, r#"function_cache_requests_total{cache="cached_metrics::generic",result="miss"}"#),
        6
    );
    for help in [
        "# TYPE function_cache_requests_total counter",
        "# TYPE function_cache_load_seconds histogram",
        "# TYPE function_cache_evictions_total counter",
        "# TYPE function_cache_entries gauge",
        "# HELP function_cache_weight",
    ] {
        assert!(text.contains(help), "{help}");
    }

    // A local recorder sees the calls made under it at once, and the global one does not.
    let ((), seen) = fujita_tests::record(|| {
        let cache = sync::Cache::builder("local").build();
        cache.get_with(1, || 1);
        cache.get_with(1, || 1);
        number_cache().invalidate(&11);
        let _ = number(11);
    });
    let local = |cache: &str, result: &str| {
        seen.sum("function_cache_requests_total", &[&format!("cache={cache}"), &format!("result={result}")])
    };
    assert_eq!((local("local", "hit"), local("local", "miss"), local("numbers", "miss")), (1.0, 1.0, 1.0));
    assert_eq!(seen.sum("function_cache_load_seconds", &["cache=numbers", "result=ok"]), 1.0);
    let after = after_a_second(&handle);
    assert_eq!(
        sum(&after, "function_cache_requests_total", r#"cache="numbers""#),
        sum(&text, "function_cache_requests_total", r#"cache="numbers""#)
    );

    // What a cache counted just before it was dropped is not lost, however short it lived, and nothing of it is left.
    let dropped = sync::Cache::<u32, u32>::builder("dropped").build();
    for key in 0..5 {
        dropped.insert(key, key);
    }
    let text = after_a_second(&handle);
    assert_eq!(value(&text, r#"function_cache_entries{cache="dropped"}"#), 5);
    for _ in 0..1_000 {
        let _ = dropped.get(&1);
    }
    drop(dropped);
    for _ in 0..100 {
        let short = sync::Cache::<u32, u32>::builder("short-lived").build();
        short.insert(1, 1);
        let _ = (short.get(&1), short.get(&2));
    }
    let kept = sync::Cache::<u32, u32>::builder("short-lived").build();
    kept.insert(1, 1);
    let text = after_a_second(&handle);
    let hits = |cache: &str| {
        value(&text, &format!(r#"function_cache_requests_total{{cache="{cache}",result="hit"}}"#))
    };
    assert_eq!((hits("dropped"), hits("short-lived")), (1_000, 100));
    let left = |metric: &str, cache: &str| value(&text, &format!(r#"{metric}{{cache="{cache}"}}"#));
    assert_eq!(left("function_cache_entries", "dropped"), 0);
    assert_eq!(left("function_cache_weight", "dropped"), 0);
    assert_eq!(left("function_cache_entries", "short-lived"), 1, "of one that lives");
    assert!(!fujita::caches().iter().any(|cache| cache.name() == "dropped"));
}
