//! The Prometheus exporter: histograms instead of summaries.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

/// In seconds: 1, 2.5 and 5 of each power of ten from 10 us to 10 s, Prometheus' own steps.
const BUCKETS: [f64; 19] = [
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

pub(super) fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets").build_recorder()
}
