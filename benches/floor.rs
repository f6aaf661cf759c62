//! The floor: what measuring a call with the Prometheus exporter costs at least.

use std::sync::OnceLock;

use metrics::Histogram;
use metrics_exporter_prometheus::PrometheusBuilder;
use quanta::Clock;

use crate::group::{Settle, work};

/// The buckets of `fujita::telemetry()`.
const BUCKETS: [f64; 19] = [
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// Installs the Prometheus exporter's recorder. Its upkeep runs between measurements instead of in a thread:
/// memory stays bounded just as well, and nothing disturbs a measurement.
///
/// # Panics
/// If the process has a recorder already.
#[must_use]
pub fn prometheus() -> Settle {
    let recorder =
        PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets").build_recorder();
    let handle = recorder.handle();
    assert!(metrics::set_global_recorder(recorder).is_ok(), "the recorder of this process is set once");
    Box::new(move || handle.run_upkeep())
}

/// Two clock reads and one record on a kept handle, around the same work as everyone's.
pub fn floor(x: u64) -> u64 {
    static KEPT: OnceLock<(Clock, Histogram)> = OnceLock::new();
    let (clock, histogram) = KEPT.get_or_init(|| {
        let histogram = metrics::histogram!(
            "floor_duration_seconds", "function" => "floor", "module" => module_path!(), "result" => "ok"
        );
        (Clock::new(), histogram)
    });
    measured(clock, histogram, x)
}

#[inline(never)]
#[expect(clippy::cast_precision_loss, reason = "as everyone does")]
fn measured(clock: &Clock, histogram: &Histogram, x: u64) -> u64 {
    let start = clock.raw();
    let returned = work(x);
    let end = clock.raw();
    histogram.record(clock.delta_as_nanos(start, end) as f64 * 1e-9);
    returned
}
