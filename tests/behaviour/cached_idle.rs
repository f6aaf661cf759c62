//! A cache that nobody calls: it costs its recorder next to nothing, and its series do not look abandoned.
#![allow(missing_docs, clippy::pedantic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use fujita::sync;
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// How often counters were registered, changed, and by how much in all.
#[derive(Default)]
struct Counts {
    registered: AtomicU64,
    changed: AtomicU64,
    sum: AtomicU64,
}

struct Counting(Arc<Counts>);
struct Counted(Arc<Counts>);

impl CounterFn for Counted {
    fn increment(&self, by: u64) {
        self.0.changed.fetch_add(1, Ordering::SeqCst);
        self.0.sum.fetch_add(by, Ordering::SeqCst);
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counting {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        self.0.registered.fetch_add(1, Ordering::SeqCst);
        Counter::from_arc(Arc::new(Counted(self.0.clone())))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn counters_are_kept_and_touched() {
    let counts = Arc::new(Counts::default());
    metrics::set_global_recorder(Counting(counts.clone())).unwrap();
    let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
    let cache = sync::Cache::<u32, u32>::builder("idle").build();
    cache.insert(1, 1);
    for _ in 0..3 {
        let _ = cache.get(&1);
    }
    fujita_tests::wait_until(|| read(&counts.sum) == 3);
    let (registered, changed) = (read(&counts.registered), read(&counts.changed));
    thread::sleep(Duration::from_secs(4));
    // Eight times; more than a second late, it may have been once that they were registered anew.
    assert!(read(&counts.registered) <= registered + 8);
    assert!(read(&counts.changed) >= changed + 8);
    assert_eq!(read(&counts.sum), 3);
}
