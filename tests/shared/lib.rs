//! Shared parts of the tests.
#![allow(clippy::pedantic)]

pub mod alone;
#[cfg(unix)]
pub mod codesearch;
pub mod examples;
pub mod http;
pub mod scratch;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// Waits for something that happens soon; panics if it does not.
#[track_caller]
pub fn wait_until(done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < patience, "it does not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Everything recorded while `run` ran, under a local recorder of its own.
pub fn record<R>(run: impl FnOnce() -> R) -> (R, Recorded) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let result = metrics::with_local_recorder(&recorder, run);
    (result, Recorded::of(&snapshotter))
}

/// The series of one recorder.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Recorded(BTreeMap<String, f64>);

impl Recorded {
    /// Reads a recorder; histograms are emptied by it.
    pub fn of(snapshotter: &Snapshotter) -> Self {
        let series = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
            let value = match value {
                DebugValue::Counter(count) => count as f64,
                DebugValue::Gauge(value) => value.into_inner(),
                DebugValue::Histogram(values) => values.len() as f64,
            };
            let mut labels: Vec<_> =
                key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            labels.sort();
            (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
        });
        Self(series.collect())
    }

    /// The sum over the series of `metric` with all of `labels` (`name=value`): how often histograms were
    /// recorded into, and the value of counters and gauges.
    pub fn sum(&self, metric: &str, labels: &[&str]) -> f64 {
        self.matching(metric, labels).sum()
    }

    /// How many series of `metric` have all of `labels`.
    pub fn series(&self, metric: &str, labels: &[&str]) -> usize {
        self.matching(metric, labels).count()
    }

    /// How often `function` ended as `result`.
    pub fn calls(&self, function: &str, result: &str) -> f64 {
        let (function, result) = (format!("function={function}"), format!("result={result}"));
        self.sum("function_duration_seconds", &[&function, &result])
    }

    /// All series, written as `metric{a=b,c=d}`.
    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn matching(&self, metric: &str, labels: &[&str]) -> impl Iterator<Item = f64> {
        self.0.iter().filter_map(move |(key, value)| {
            let (name, rest) = key.split_once('{')?;
            let own: Vec<_> = rest.trim_end_matches('}').split(',').collect();
            (name == metric && labels.iter().all(|label| own.contains(label))).then_some(*value)
        })
    }
}
