//! Telemetry when something is wrong around it: addresses, crowds, slow readers, an end in the middle.
#![allow(missing_docs, clippy::pedantic)]
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fujita::{Rotation, TelemetryError, timed};
use fujita_tests::alone::alone;
use fujita_tests::http;
use fujita_tests::scratch::Scratch;
use fujita_tests::wait_until;
use metrics_util::debugging::DebuggingRecorder;

#[timed(labels(n = n), max_label_sets = 1_000)]
fn labelled(n: usize) {}

#[timed]
fn called() {}

#[test]
fn a_daemon_that_cannot_be_found_is_refused() {
    alone("a_daemon_that_cannot_be_found_is_refused", || {
        for (address, why) in [
            ("no.such.host.invalid:8125", "lookup"),
            ("127.0.0.1", "invalid socket address"),
            ("127.0.0.1:port", "invalid port"),
            ("", "invalid socket address"),
        ] {
            let error = fujita::telemetry().statsd(address).install().unwrap_err();
            assert!(matches!(error, TelemetryError::UnknownHost { .. }), "{error:?}");
            let said = error.to_string();
            assert!(
                said.starts_with(&format!("`{address}` is not the address of a StatsD daemon")),
                "{said}"
            );
            assert!(said.contains(why), "{said}");
        }
        fujita::telemetry().statsd("localhost:8125").install().unwrap();
    });
}

#[test]
fn a_set_up_that_fails_leaves_nothing_behind() {
    alone("a_set_up_that_fails_leaves_nothing_behind", || {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let dir = Scratch::new("faults");
        let everything = || fujita::telemetry().json_logs().statsd("127.0.0.1:8125").process_metrics();
        let error = everything().prometheus(taken.local_addr().unwrap()).install().unwrap_err();
        assert!(matches!(error, TelemetryError::CannotListen { .. }), "{error:?}");
        std::fs::write(dir.join("file"), "").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error =
            everything().prometheus(free).log_file(dir.join("file"), Rotation::DAILY).install().unwrap_err();
        assert!(matches!(error, TelemetryError::CannotLog { .. }), "{error:?}");

        // No subscriber, no recorder, no port.
        tracing_subscriber::fmt().try_init().unwrap();
        let error = everything().prometheus(free).install().unwrap_err();
        assert!(matches!(error, TelemetryError::SubscriberExists), "{error:?}");
        metrics::set_global_recorder(DebuggingRecorder::new()).unwrap();
        let error = everything().without_logs().prometheus(free).install().unwrap_err();
        assert!(matches!(error, TelemetryError::RecorderExists), "{error:?}");
        TcpListener::bind(free).unwrap();
    });
}

#[test]
fn a_hundred_scrapes_at_once_are_all_answered_and_cost_no_count() {
    alone("a_hundred_scrapes_at_once_are_all_answered_and_cost_no_count", || {
        const SCRAPES: usize = 100;
        const SERIES: usize = 100;
        let telemetry = fujita::telemetry().prometheus(0).process_metrics().install().unwrap();
        let endpoint = telemetry.prometheus_address().unwrap();
        (0..SERIES).for_each(labelled);

        let (barrier, stop) = (Barrier::new(SCRAPES), AtomicBool::new(false));
        let caller = || {
            let mut calls = 0;
            while !stop.load(Ordering::Relaxed) {
                called();
                calls += 1;
            }
            calls
        };
        let scrape = || {
            barrier.wait();
            http::get(endpoint, "/metrics")
        };
        let (answers, calls): (Vec<_>, u64) = thread::scope(|scope| {
            let callers = [scope.spawn(caller), scope.spawn(caller)];
            let all: Vec<_> = (0..SCRAPES).map(|_| scope.spawn(scrape)).collect();
            let answers = all.into_iter().map(|one| one.join().unwrap()).collect();
            stop.store(true, Ordering::Relaxed);
            (answers, callers.into_iter().map(|caller| caller.join().unwrap()).sum())
        });
        let text = telemetry.render();
        let count = text.lines().find_map(|line| {
            line.strip_prefix("function_duration_seconds_count{function=\"called\",module=\"telemetry_faults\",result=\"ok\"} ")
        });
        println!("{calls} calls meanwhile");
        assert_eq!(count, Some(&*calls.to_string()));
        for answer in answers {
            assert_eq!(answer.status, 200, "{}", answer.head);
            assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
            let counts = answer.body.lines().filter(|line| {
                line.starts_with("function_duration_seconds_count{function=\"labelled\"")
                    && line.ends_with(" 1")
            });
            assert_eq!(counts.count(), SERIES);
            assert!(answer.body.ends_with('\n'));
        }
    });
}

/// As many connections as there are places, from which nothing comes; the next is answered when one of them goes.
#[test]
fn those_who_connect_and_say_nothing_do_not_keep_others_waiting() {
    alone("those_who_connect_and_say_nothing_do_not_keep_others_waiting", || {
        let telemetry = fujita::telemetry().prometheus(0).install().unwrap();
        let endpoint = telemetry.prometheus_address().unwrap();
        called();
        let is_complete = |text: &str| text.contains("function_duration_seconds_count{function=\"called\"");
        let mut silent: Vec<_> = (0..255).map(|_| http::connect(endpoint)).collect();
        assert!(is_complete(&http::get(endpoint, "/metrics").body));
        silent.push(http::connect(endpoint));

        let mut late = http::connect(endpoint);
        late.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        // One in the middle of its request.
        silent[100].write_all(b"GET /met").unwrap();
        drop(silent.remove(100));
        let mut text = String::new();
        late.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && is_complete(&text), "{text}");
    });
}

/// More than there are places, who stay, and one that has something to say.
#[test]
fn a_scrape_is_answered_in_time_though_others_are_silent() {
    alone("a_scrape_is_answered_in_time_though_others_are_silent", || {
        let telemetry = fujita::telemetry().prometheus(0).install().unwrap();
        let endpoint = telemetry.prometheus_address().unwrap();
        let mut silent: Vec<_> = (0..300).map(|_| http::connect(endpoint)).collect();
        // Those who begin and never end are no better.
        silent.iter_mut().step_by(2).for_each(|stream| stream.write_all(b"GET /metrics HTT").unwrap());
        let begin = Instant::now();
        assert_eq!(http::get(endpoint, "/metrics").status, 200);
        let elapsed = begin.elapsed();
        println!("answered after {elapsed:?}");
        assert!(elapsed < Duration::from_secs(10), "Prometheus has gone: {elapsed:?}");
        drop(silent);
    });
}

/// While thousands of series are written, which takes its time.
#[test]
fn a_scrape_keeps_nobody_from_describing_metrics() {
    alone("a_scrape_keeps_nobody_from_describing_metrics", || {
        let telemetry = fujita::telemetry().prometheus_recorder().install().unwrap();
        let of_one = |n: usize| metrics::histogram!("of_many", "n" => n.to_string());
        (0..20_000).for_each(|n| of_one(n).record(1.0));
        let (stop, described) = (AtomicBool::new(false), Mutex::new((0, Duration::ZERO)));
        let describe = || {
            while !stop.load(Ordering::Relaxed) {
                let begin = Instant::now();
                metrics::describe_histogram!("of_many", "It has many series.");
                let mut described = described.lock().unwrap();
                *described = (described.0 + 1, described.1.max(begin.elapsed()));
            }
        };
        // Once is enough: on a machine that is busy, threads wait for a processor too.
        let waits_for_none = |_| {
            described.lock().unwrap().1 = Duration::ZERO;
            let begin = Instant::now();
            let text = telemetry.render();
            let scrape = begin.elapsed();
            // The one that waits, perhaps, is over.
            let so_far = described.lock().unwrap().0;
            wait_until(|| described.lock().unwrap().0 > so_far);
            let longest = described.lock().unwrap().1;
            println!("{} bytes took {scrape:?}, a description {longest:?} at most", text.len());
            longest < scrape / 4
        };
        thread::scope(|scope| {
            scope.spawn(describe);
            let found = (0..20).any(waits_for_none);
            stop.store(true, Ordering::Relaxed);
            assert!(found);
        });
    });
}

/// The process ends when its `main` does, and the scraper sees that there is something missing.
#[test]
fn a_scrape_in_progress_does_not_keep_the_process() {
    let steps = ["prometheus=127.0.0.1:0", "install", "series=20000", "where", "wait"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatty"));
    let mut chatty = command.args(steps).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(chatty.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let address: SocketAddr = address.trim().parse().unwrap();

    let mut scrape = TcpStream::connect(address).unwrap();
    scrape.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    scrape.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut scrape = BufReader::new(scrape);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(scrape.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let length: usize = length.unwrap_or_else(|| panic!("{head}"));

    writeln!(chatty.stdin.take().unwrap()).unwrap();
    let status = ends_soon(chatty);
    assert!(status.success(), "{status}");
    // What was on its way, and then an end or a reset.
    let mut text = Vec::new();
    _ = scrape.read_to_end(&mut text);
    println!("{} of {length} bytes", text.len());
    assert!(text.len() < length, "it was not in progress any more");
}

fn ends_soon(mut child: Child) -> ExitStatus {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < patience, "it does not end");
        thread::sleep(Duration::from_millis(10));
    }
}
