//! With a global recorder: exact counts over threads, on threads being torn down, and in recorders that are
//! themselves measured.
#![allow(missing_docs, clippy::pedantic)]

use std::cell::Cell;
use std::sync::{Arc, Barrier, OnceLock};

use fujita::timed;
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Calls a measured function whenever it records one that is not.
struct Measured(PrometheusRecorder);

struct MeasuredHistogram(Histogram);

#[timed]
fn inside_the_recorder() {}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl HistogramFn for MeasuredHistogram {
    fn record(&self, value: f64) {
        if INSIDE.try_with(|inside| !inside.replace(true)).unwrap_or(false) {
            inside_the_recorder();
            let _ = INSIDE.try_with(|inside| inside.set(false));
        }
        self.0.record(value);
    }
}

impl Recorder for Measured {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.0.register_counter(key, metadata)
    }
    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.0.register_gauge(key, metadata)
    }
    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let histogram = self.0.register_histogram(key, metadata);
        if key.labels().any(|label| label.value() == "re_entered") {
            return Histogram::from_arc(Arc::new(MeasuredHistogram(histogram)));
        }
        histogram
    }
}

fn calls(function: &str) -> u64 {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
        let handle = recorder.handle();
        assert!(metrics::set_global_recorder(Measured(recorder)).is_ok());
        handle
    });
    let label = format!("function=\"{function}\"");
    let text = handle.render();
    let counts =
        text.lines().filter(|l| l.starts_with("function_duration_seconds_count") && l.contains(&label));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[timed]
fn contended() -> Result<(), ()> {
    Ok(())
}

#[test]
fn counts_are_exact_over_threads() {
    assert_eq!(calls("contended"), 0);
    let barrier = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                barrier.wait();
                for _ in 0..5_000 {
                    contended().unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(calls("contended"), 80_000);
}

#[timed(in_flight, labels(who = who))]
fn at_the_end(who: &str) -> usize {
    who.len()
}

struct CallsAtTheEnd(&'static str);

impl Drop for CallsAtTheEnd {
    fn drop(&mut self) {
        at_the_end(self.0);
    }
}

thread_local! {
    static BEFORE: CallsAtTheEnd = const { CallsAtTheEnd("before") };
    static AFTER: CallsAtTheEnd = const { CallsAtTheEnd("after") };
}

#[test]
fn threads_being_torn_down_still_record() {
    assert_eq!(calls("at_the_end"), 0);
    for _ in 0..20 {
        std::thread::spawn(|| {
            // Thread-locals are destroyed in the order of their first use or against it: one of these two outlives
            // the handles that the thread keeps.
            BEFORE.with(|_| ());
            at_the_end("running");
            AFTER.with(|_| ());
        })
        .join()
        .unwrap();
    }
    assert_eq!(calls("at_the_end"), 60);
}

#[timed]
fn re_entered() {}

#[test]
fn a_recorder_may_be_measured_itself() {
    assert_eq!(calls("re_entered"), 0);
    for _ in 0..100 {
        re_entered();
    }
    assert_eq!(calls("re_entered"), 100);
    assert_eq!(calls("inside_the_recorder"), 100);
}
