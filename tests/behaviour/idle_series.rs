//! An exporter may drop a series that was idle; the next call makes a new one.
#![allow(missing_docs, clippy::pedantic)]

use std::time::Duration;

use fujita::timed;
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_util::MetricKindMask;

#[timed(in_flight)]
fn work() {}

#[timed(busy)]
async fn work_async() {}

#[test]
fn a_dropped_series_comes_back() {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[1.0])
        .unwrap()
        .idle_timeout(MetricKindMask::ALL, Some(Duration::from_millis(1_000)))
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();
    let counts = || -> Vec<String> {
        let text = handle.render();
        let mut lines: Vec<_> =
            text.lines().filter(|line| line.contains("_count{")).map(String::from).collect();
        lines.sort();
        lines
    };
    let call = || {
        work();
        futures::executor::block_on(work_async());
    };
    for round in 0..3 {
        call();
        call();
        let counted = counts();
        assert_eq!(counted.len(), 3, "round {round}: {counted:?}");
        assert!(counted.iter().all(|line| line.ends_with(" 2")), "round {round}: {counted:?}");
        std::thread::sleep(Duration::from_millis(1_100));
        assert_eq!(counts(), Vec::<String>::new(), "round {round}: the exporter dropped them");
    }
}
