//! A zero-sized recorder shares its address with others, the no-op among them, and is none.
#![allow(missing_docs, clippy::pedantic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fujita::timed;
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, NoopRecorder, Recorder, SharedString,
    Unit,
};

static FIRST: AtomicU64 = AtomicU64::new(0);
static SECOND: AtomicU64 = AtomicU64::new(0);

struct Adds(&'static AtomicU64);

impl HistogramFn for Adds {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

macro_rules! zero_sized {
    ($name:ident, $count:ident) => {
        struct $name;

        impl Recorder for $name {
            fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
            fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
            fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
            fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
                Counter::noop()
            }
            fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
                Gauge::noop()
            }
            fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
                Histogram::from_arc(Arc::new(Adds(&$count)))
            }
        }
    };
}

zero_sized!(First, FIRST);
zero_sized!(Second, SECOND);

#[timed]
fn work() {}

#[test]
fn zero_sized_recorders_record() {
    // All of these may stand at one address.
    let (noop, first, second) = ((NoopRecorder,), (First,), (Second,));
    work();
    for _ in 0..5 {
        metrics::with_local_recorder(&noop.0, work);
        metrics::with_local_recorder(&first.0, work);
        metrics::with_local_recorder(&second.0, || {
            work();
            work();
        });
    }
    assert_eq!((FIRST.load(Ordering::Relaxed), SECOND.load(Ordering::Relaxed)), (5, 10));

    assert!(metrics::set_global_recorder(First).is_ok());
    for _ in 0..5 {
        work();
        metrics::with_local_recorder(&second.0, work);
        metrics::with_local_recorder(&noop.0, work);
    }
    std::thread::spawn(work).join().unwrap();
    assert_eq!((FIRST.load(Ordering::Relaxed), SECOND.load(Ordering::Relaxed)), (11, 15));
}
