//! A measured call does not allocate, once its thread has its handles.
#![allow(missing_docs, clippy::pedantic)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use fujita::timed;
use metrics_exporter_prometheus::PrometheusBuilder;

#[timed]
fn plain(x: u64) -> u64 {
    std::hint::black_box(x)
}

#[timed(in_flight, labels(route = "search"))]
fn gauged(x: u64) -> Result<u64, &'static str> {
    if x.is_multiple_of(2) { Ok(x) } else { Err("odd") }
}

#[timed(error_kind = |e: &&'static str| e)]
fn with_kind(x: u64) -> Result<u64, &'static str> {
    if x.is_multiple_of(2) { Ok(x) } else { Err("odd") }
}

#[timed]
async fn asynchronous(x: &u64) -> Result<u64, ()> {
    if x.is_multiple_of(2) { Ok(*x) } else { Err(()) }
}

#[timed(busy, in_flight, slow_poll = "1h")]
async fn watched(x: u64) -> u64 {
    x
}

fn poll_to_end<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("pending"),
    }
}

fn calls(rounds: u64) {
    for x in 0..rounds {
        plain(x);
        let _ = gauged(x);
        let _ = with_kind(x);
        let _ = poll_to_end(asynchronous(&x));
        poll_to_end(watched(x));
    }
}

/// Few enough that the exporter's own buckets, blocks of 64 samples, need not grow.
const ROUNDS: u64 = 12;

#[test]
fn no_call_allocates() {
    // Without any recorder.
    calls(2);
    let idle = allocation_counter::measure(|| calls(1_000));
    assert_eq!(idle.count_total, 0, "under the no-op: {idle:?}");

    let recorder = PrometheusBuilder::new().set_buckets(&[0.1, 1.0]).unwrap().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();
    calls(2);
    let kept = allocation_counter::measure(|| calls(ROUNDS));
    assert_eq!(kept.count_total, 0, "with kept handles: {kept:?}");

    // The same count does see what allocates: handles that may not be kept.
    fujita::keep_handles(false);
    let registered = allocation_counter::measure(|| calls(ROUNDS));
    assert!(registered.count_total >= ROUNDS * 5, "{registered:?}");
    fujita::keep_handles(true);
    calls(ROUNDS);

    // And every call was counted.
    let counted: u64 = handle
        .render()
        .lines()
        .filter(|line| line.starts_with("function_duration_seconds_count"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(counted, (2 + ROUNDS * 3) * 5);
}
