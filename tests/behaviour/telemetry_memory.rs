//! Nobody scrapes, and memory does not grow with the number of calls.
#![allow(missing_docs, clippy::pedantic)]
#![cfg(target_os = "linux")]

use std::fs;
use std::thread;

use fujita::timed;

#[timed]
fn called() {}

const CALLS: usize = 10_000_000;
const THREADS: usize = 2;

#[test]
fn ten_million_records_take_no_memory_without_a_scrape() {
    // Where nobody listens.
    let telemetry = fujita::telemetry().prometheus_recorder().statsd("127.0.0.1:9").install().unwrap();
    // What a first call and a thread take is not counted.
    call(1_000);
    telemetry.flush();

    let before = resident();
    call(CALLS / THREADS);
    let after = resident();
    println!("resident: {} KiB before, {} KiB after {CALLS} calls", before >> 10, after >> 10);
    // As samples, they would take 80 MB at least.
    assert!(after.saturating_sub(before) < 8 << 20, "{} bytes more", after - before);

    let text = telemetry.render();
    let count =
        text.lines().find(|line| line.starts_with("function_duration_seconds_count{function=\"called\""));
    assert_eq!(count.unwrap().rsplit(' ').next().unwrap(), (CALLS + THREADS * 1_000).to_string());
}

/// On each thread.
fn call(times: usize) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..times).for_each(|_| called()));
        }
    });
}

/// In bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}
