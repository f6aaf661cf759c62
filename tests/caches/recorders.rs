//! Recorders that panic.

use std::future::{Future, pending};
use std::sync::Arc;
use std::task::{Context, Waker};

use fujita::{future, sync};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, SharedString, Unit,
};

use crate::{ends, together};

/// Not of size zero, or it would be taken for the no-op.
struct Bad(u8);

impl HistogramFn for Bad {
    fn record(&self, _: f64) {
        panic!("as asked")
    }
}

impl CounterFn for Bad {
    fn increment(&self, _: u64) {
        panic!("as asked")
    }

    fn absolute(&self, _: u64) {}
}

impl metrics::Recorder for Bad {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Bad(self.0)))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Bad(self.0)))
    }
}

#[test]
fn a_call_does_not_notice() {
    let cache = sync::Cache::<u32, u32>::builder("bad recorder").build();
    metrics::with_local_recorder(&Bad(1), || {
        assert_eq!(cache.get_with(1, || 1), 1);
        assert_eq!(cache.get_with(1, || 2), 1);
        assert_eq!(cache.try_get_with(2, || Err("down")), Err("down"));
    });
    let values = together(8, |_| metrics::with_local_recorder(&Bad(1), || cache.get_with(3, || 3)));
    assert_eq!(values, [3; 8]);
    let stats = cache.stats();
    assert_eq!((stats.requests(), stats.hits + stats.coalesced, stats.loads), (11, 8, 3));
}

#[test]
fn a_load_that_is_cancelled_or_panics_frees_its_key() {
    ends(|| {
        let cache = future::Cache::<u32, u32>::builder("bad recorder, cancelled").build();
        metrics::with_local_recorder(&Bad(1), || {
            let mut load = Box::pin(cache.get_with(1, pending()));
            assert!(load.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            drop(load);
            let panics = cache.get_with(2, async { panic!("as asked") });
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                futures::executor::block_on(panics)
            }));
            assert!(caught.is_err());
        });
        let load = |key| futures::executor::block_on(cache.get_with(key, async { 7 }));
        assert_eq!((load(1), load(2)), (7, 7));
    });
}
