//! Nobody scrapes, and memory does not grow with the number of calls.
#![allow(missing_docs, clippy::pedantic)]
#![cfg(target_os = "linux")]

use std::fs;
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use fujita::timed;

#[timed]
fn called() {}

const CALLS: usize = 10_000_000;
const ROUNDS: usize = 8;
const THREADS: usize = 2;

#[test]
fn ten_million_records_take_no_memory_without_a_scrape() {
    // The exporters are tended in turn, StatsD last: a packet says that the others have been.
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    daemon.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let address = daemon.local_addr().unwrap();
    let telemetry = fujita::telemetry().prometheus_recorder().statsd(address).install().unwrap();
    // What a first call, a first packet and a thread take is not counted.
    round(&daemon, THREADS * 1_000);

    let before = resident();
    let mut peak = before;
    for _ in 0..ROUNDS {
        round(&daemon, CALLS / ROUNDS);
        peak = peak.max(resident());
    }
    let after = resident();
    println!(
        "resident: {} MiB before, {} at most, {} after {CALLS} calls",
        mib(before),
        mib(peak),
        mib(after)
    );
    // As they are, they take 160 MiB, and those of one round 20.
    assert!(peak - before < 64 << 20, "{} MiB more", mib(peak - before));

    let text = telemetry.render();
    let count =
        text.lines().find(|line| line.starts_with("function_duration_seconds_count{function=\"called\""));
    assert_eq!(count.unwrap().rsplit(' ').next().unwrap(), (CALLS + THREADS * 1_000).to_string());
}

/// Makes so many calls, and waits until they have been seen to.
fn round(daemon: &UdpSocket, calls: usize) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..calls / THREADS).for_each(|_| called()));
        }
    });
    // One packet may have been on its way, from the middle of the round.
    metrics::counter!("rounds").increment(1);
    let mut packet = [0; 2_000];
    while !daemon.recv(&mut packet).is_ok_and(|length| packet[..length].starts_with(b"rounds:1|c")) {}
}

fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

fn mib(bytes: usize) -> usize {
    bytes >> 20
}
