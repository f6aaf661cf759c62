//! What goes over the wire to StatsD, as the daemons that there are read it.
#![allow(missing_docs, clippy::pedantic)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use fujita::Telemetry;
use fujita_tests::alone::alone;
use metrics::Label;

/// What StatsD's documentation advises for an Ethernet.
const PACKET: usize = 1_432;

/// What was sent is there; this is for what was not.
const PATIENCE: Duration = Duration::from_secs(10);

struct Daemon {
    socket: UdpSocket,
    telemetry: Telemetry,
}

/// In a process of its own.
fn with_daemon(test: &str, body: impl FnOnce(&Daemon)) {
    alone(test, || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let telemetry = fujita::telemetry().statsd(socket.local_addr().unwrap()).install().unwrap();
        body(&Daemon { socket, telemetry });
    });
}

/// One line: its name, its value, its kind, the text of its sample rate, its tags.
#[derive(Debug, Clone)]
struct Line {
    name: String,
    value: String,
    kind: String,
    rate: Option<f64>,
    tags: Vec<String>,
    packet: usize,
}

impl Daemon {
    /// Flushes, and reads lines until they are `enough`, or nothing comes any more.
    fn lines(&self, enough: impl Fn(&[Line]) -> bool) -> Vec<Line> {
        self.telemetry.flush();
        let (begin, mut lines, mut packet) = (Instant::now(), Vec::new(), vec![0; 65_536]);
        // Gauges come again and again.
        while !enough(&lines) && begin.elapsed() < PATIENCE {
            match self.socket.recv(&mut packet) {
                Ok(size) => {
                    let text = str::from_utf8(&packet[..size]).unwrap();
                    lines.extend(text.split('\n').map(|line| Line::read(line, size)));
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => panic!("{error}"),
            }
        }
        lines
    }
}

impl Line {
    fn read(line: &str, packet: usize) -> Self {
        let (name, rest) = line.split_once(':').unwrap_or_else(|| panic!("{line:?}"));
        let mut parts = rest.split('|');
        let (value, kind) = (parts.next().unwrap(), parts.next().unwrap_or_else(|| panic!("{line:?}")));
        let mut read = Self {
            name: name.into(),
            value: value.into(),
            kind: kind.into(),
            rate: None,
            tags: vec![],
            packet,
        };
        for part in parts {
            match part.split_at(1) {
                ("@", rate) => read.rate = Some(rate.parse().unwrap()),
                ("#", tags) => read.tags = tags.split(',').map(str::to_owned).collect(),
                _ => panic!("{line:?}"),
            }
        }
        read
    }

    /// What StatsD itself adds to the count.
    fn exact(&self) -> f64 {
        1.0 / self.rate.unwrap_or(1.0)
    }

    /// What daemons add that work with whole numbers: statsd_exporter, Telegraf, Vector, Datadog's agent.
    fn whole(&self) -> u64 {
        self.exact() as u64
    }
}

/// Counts of one timer between two flushes, and how many of them are read in one go: what they take fits the socket's buffer.
const TOGETHER: usize = 4;

#[test]
fn counts_are_exact_in_floating_point_and_in_whole_numbers() {
    let large = [5_001, 10_000, 65_535, 65_536, 65_537, 100_000, 123_457, 999_999];
    let counts: Vec<u64> = (1..=5_000).chain(large).collect();
    with_daemon("counts_are_exact_in_floating_point_and_in_whole_numbers", |daemon| {
        let timers: Vec<_> =
            (0..TOGETHER).map(|n| metrics::histogram!("counted_seconds", "n" => n.to_string())).collect();
        for counts in counts.chunks(TOGETHER) {
            for (timer, count) in timers.iter().zip(counts) {
                (0..*count).for_each(|n| timer.record(n as f64));
            }
            let own = |lines: &[Line]| -> f64 {
                lines.iter().filter(|line| line.name == "counted_seconds").map(Line::exact).sum()
            };
            let all = counts.iter().sum::<u64>() as f64;
            let lines = daemon.lines(|lines| own(lines) >= all - 0.5);
            let mut sums = BTreeMap::<&str, (usize, f64, u64)>::new();
            for line in lines.iter().filter(|line| line.name == "counted_seconds") {
                assert_eq!(line.kind, "ms");
                let (sent, exact, whole) = sums.entry(line.tags[0].as_str()).or_default();
                (*sent, *exact, *whole) = (*sent + 1, *exact + line.exact(), *whole + line.whole());
            }
            for (n, count) in counts.iter().enumerate() {
                let (sent, exact, whole) = sums[&*format!("n:{n}")];
                assert_eq!((exact, whole), (*count as f64, *count), "{count} in {sent} lines");
                // It may have been flushed in between, in two halves.
                assert!(sent as u64 <= *count && sent < 2 * 280, "{count} in {sent} lines");
            }
        }
    });
}

#[test]
fn a_line_fits_a_packet_whatever_its_labels_are() {
    with_daemon("a_line_fits_a_packet_whatever_its_labels_are", |daemon| {
        let long = "é".repeat(32 * 1024);
        let labels = |count: usize, key: &str, value: &str| -> Vec<Label> {
            (0..count).map(|n| Label::new(format!("{key}{n}"), format!("{n}{value}"))).collect()
        };
        // The largest and the longest that there are.
        for (n, value) in [-f64::MAX, -5e-324, 1.0].into_iter().enumerate() {
            metrics::gauge!(format!("g{n}{long}"), labels(n + 30, "key", &long)).set(value);
        }
        metrics::histogram!("h_seconds", labels(12, "key", &long)).record(f64::MAX / 1e4);
        metrics::histogram!("many_seconds", labels(400, "k", "value")).record(1.5);
        metrics::counter!("many", labels(3, &long, &long)).increment(u64::MAX);
        // A value that is short beside long ones is as it was.
        let mut mixed = labels(12, "key", &long);
        mixed.insert(6, Label::new("short", "a short value"));
        metrics::counter!("mixed", mixed).increment(1);
        metrics::counter!("last").increment(1);
        let seen = |lines: &[Line], name: &str| lines.iter().any(|line| line.name.starts_with(name));
        let names = ["g0", "g1", "g2", "h_seconds", "many_seconds", "many", "mixed", "last"];
        let lines = daemon.lines(|lines| names.iter().all(|name| seen(lines, name)));
        for name in names {
            assert!(seen(&lines, name), "{name} is missing");
        }
        let longest = lines.iter().map(|line| line.packet).max();
        assert!(lines.iter().all(|line| line.packet <= PACKET), "a packet of {longest:?} bytes");

        let of = |name: &str| lines.iter().find(|line| line.name == name).unwrap();
        let tags = &of("mixed").tags;
        assert_eq!(tags.len(), 13, "{tags:?}");
        assert_eq!(tags[6], "short:a_short_value");
        let lengths: BTreeSet<_> =
            tags.iter().filter(|tag| tag.starts_with("key")).map(|tag| tag.len() / 4).collect();
        assert!(lengths.len() <= 2 && lengths.iter().all(|length| *length > 10), "cut alike: {tags:?}");
        // The first of too many labels; more than fifty have room.
        let tags = &of("many_seconds").tags;
        assert!(tags.len() > 50 && tags.iter().enumerate().all(|(n, tag)| *tag == format!("k{n}:{n}value")));

        // The series stays the same one.
        metrics::counter!("mixed", {
            let mut mixed = labels(12, "key", &long);
            mixed.insert(6, Label::new("short", "a short value"));
            mixed
        })
        .increment(2);
        let again = daemon.lines(|lines| seen(lines, "mixed"));
        let again = again.iter().find(|line| line.name == "mixed").unwrap();
        assert_eq!((&again.tags, &*again.value), (&of("mixed").tags, "2"));
    });
}

/// StatsD takes a sign for a change.
#[test]
fn zero_has_no_sign() {
    with_daemon("zero_has_no_sign", |daemon| {
        let gauge = metrics::gauge!("below_zero");
        let values = |value: f64| {
            gauge.set(value);
            let is_own = |line: &&Line| line.name == "below_zero";
            let lines = daemon.lines(|lines| lines.iter().any(|line| is_own(&line)));
            lines.iter().filter(is_own).map(|line| line.value.clone()).collect::<BTreeSet<_>>()
        };
        assert_eq!(values(1.5), BTreeSet::from(["1.5".to_owned()]));
        let zero = BTreeSet::from(["0".to_owned()]);
        assert_eq!(values(-0.0), zero);
        assert!(values(-2.5).is_superset(&zero), "first to zero, as a change would");
    });
}
