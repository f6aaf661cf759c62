//! The small examples from outside: real processes that print what they promise, with counts that are exact.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use fujita_tests::examples::{example, finished};
use fujita_tests::http;
use fujita_tests::scratch::Scratch;
use serde_json::Value;

/// Of the lines that `logging` writes, which are these, some are the program's own.
const CALLS: [(&str, &str, Option<&str>); 6] = [
    ("INFO", "price", Some("ok")),
    ("INFO", "price", Some("error")),
    ("INFO", "price", Some("ok")),
    ("WARN", "median", Some("ok")),
    ("WARN", "median", Some("ok")),
    // It is not over yet.
    ("WARN", "answer", None),
];

#[test]
fn logging_writes_the_same_lines_to_standard_error_and_into_the_file() {
    let (logged, file) = logs(&[], &[]);
    let lines: Vec<_> = logged.lines().collect();
    assert_eq!(lines.len(), CALLS.len() + 1, "{logged}");
    assert_eq!(timeless(&file), timeless(&logged));
    assert!(!logged.contains('\u{1b}'), "{logged:?}");
    let of_calls = lines.iter().filter(|line| line.contains("function="));
    for (line, (level, function, result)) in of_calls.zip(CALLS) {
        assert!(line.trim_start().starts_with(level), "{line}");
        assert!(line.contains(&format!("function=\"{function}\" elapsed=")), "{line}");
        let result = result.map_or_else(String::new, |result| format!("result=\"{result}\""));
        assert!(line.contains(&result), "{line}");
    }
    assert!(lines[2].starts_with("ERROR") && lines[2].ends_with("error=invalid float literal"), "{logged}");
}

#[test]
fn logging_writes_json() {
    let (logged, file) = logs(&["--json"], &[]);
    assert_eq!(timeless(&file), timeless(&logged));
    let lines = logged
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let lines: Vec<Value> = lines.collect();
    assert_eq!(lines.len(), CALLS.len() + 1, "{logged}");
    let of_calls = lines.iter().filter(|line| line["fields"].get("function").is_some());
    let of_calls = of_calls.map(|line| {
        let fields = &line["fields"];
        assert!(fields["elapsed"].as_str().is_some_and(is_time), "{line}");
        assert!(fields["elapsed_seconds"].is_f64(), "{line}");
        (
            line["level"].as_str().unwrap(),
            fields["function"].as_str().unwrap(),
            fields.get("result").and_then(Value::as_str),
        )
    });
    assert!(of_calls.eq(CALLS), "{logged}");
}

#[test]
fn logging_is_selected_by_rust_log() {
    let (logged, file) = logs(&[], &[("RUST_LOG", "logging=warn")]);
    assert_eq!(timeless(&file), timeless(&logged));
    assert!(!logged.contains("INFO"), "{logged}");
    assert_eq!(logged.lines().count(), 4, "{logged}");
    assert_eq!(logs(&[], &[("RUST_LOG", "off")]), (String::new(), String::new()));
}

/// The lines without the time at which they were written, which is not quite the same in both places.
fn timeless(log: &str) -> Vec<String> {
    let cut = |line: &str| {
        let begin = line.find(|c: char| c.is_ascii_digit()).unwrap();
        let length = line[begin..].find('Z').unwrap();
        format!("{}{}", &line[..begin], &line[begin + length..])
    };
    log.lines().map(cut).collect()
}

/// What it wrote to standard error, and into its files.
fn logs(arguments: &[&str], environment: &[(&str, &str)]) -> (String, String) {
    let dir = Scratch::new("logging");
    let mut command = example("logging");
    command.args(arguments).arg("--dir").arg(dir.path()).envs(environment.iter().copied());
    let Output { status, stderr, .. } = finished(&mut command);
    let logged = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{status}\n{logged}");
    // At midnight there may be two.
    let mut files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    (logged, files.iter().map(|file| fs::read_to_string(file).unwrap()).collect())
}

#[test]
fn monitoring_tells_prometheus_and_statsd_what_it_did() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let daemon = thread::spawn(move || received(&socket));
    let mut command = example("monitoring");
    command.args(["--seconds", "60", "--statsd", &address.to_string()]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let before: Vec<_> = lines.by_ref().take(4).collect();
    let [said, loaded, endpoint, _] = &before[..] else { panic!("{before:?}") };
    assert_eq!((&**said, &**loaded), ("200 orders: 190 placed, 10 sold out", "19 prices loaded"));

    let endpoint =
        endpoint.strip_prefix("Prometheus: curl http://").and_then(|at| at.strip_suffix("/metrics"));
    let scraped = http::get(endpoint.unwrap().parse().unwrap(), "/metrics");
    assert_eq!(scraped.status, 200);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let report: Vec<_> = lines.collect();
    assert!(child.wait().unwrap().success(), "{report:?}");
    // Whatever was sent is there by now; an empty packet ends it.
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&[], address).unwrap();
    let sent = daemon.join().unwrap();

    let order = r#"function="order""#;
    for (metric, labels, expected) in [
        ("function_duration_seconds", &[order, r#"result="ok""#][..], 190.0),
        ("function_duration_seconds", &[order, r#"result="error""#, r#"error="sold_out""#], 10.0),
        ("function_duration_seconds", &[], 200.0),
        ("function_busy_seconds", &[order], 200.0),
        ("function_in_flight", &[order], 0.0),
        ("function_cache_requests_total", &[r#"result="miss""#], 19.0),
        ("function_cache_requests_total", &[], 190.0),
        ("function_cache_load_seconds", &[r#"result="ok""#], 19.0),
        ("function_cache_entries", &[], 19.0),
        ("function_offload_jobs_total", &[r#"function="receipt""#, r#"outcome="completed""#], 190.0),
        ("function_offload_jobs_total", &[], 190.0),
        ("function_offload_run_seconds", &[r#"pool="cpu""#], 190.0),
    ] {
        let (scraped, sent) =
            (of_prometheus(&scraped.body, metric, labels), of_statsd(&sent, metric, labels));
        assert!(scraped.series > 0 && sent.series > 0, "{metric} {labels:?}: {scraped:?}, {sent:?}");
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert_eq!((scraped.value, sent.value), (expected, expected), "{metric} {labels:?}");
        assert!(close(scraped.seconds, sent.seconds), "{metric} {labels:?}: {scraped:?}, {sent:?}");
    }
    for metric in ["process_resident_memory_bytes", "process_threads"] {
        assert!(of_prometheus(&scraped.body, metric, &[]).value > 0.0, "{metric}: {}", scraped.body);
        assert!(of_statsd(&sent, metric, &[]).value > 0.0, "{metric}: {sent}");
    }
    let caches = report.iter().any(|line| line.starts_with("monitoring::price  "));
    let pools = report.iter().any(|line| line.starts_with("cpu  "));
    assert!(caches && pools, "{report:?}");
}

#[test]
fn monitoring_ends_by_itself() {
    let output = finished(example("monitoring").args(["--seconds", "0"]));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && printed.contains("\nmonitoring::order "), "{printed}");
}

/// Everything that reaches the socket, line by line, up to an empty packet.
fn received(socket: &UdpSocket) -> String {
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut packet = vec![0; 65_536];
    let mut lines = String::new();
    loop {
        let size = socket.recv(&mut packet).expect("the program sends something");
        if size == 0 {
            return lines;
        }
        lines.push_str(str::from_utf8(&packet[..size]).unwrap());
        lines.push('\n');
    }
}

/// The sum of some series: of counters and gauges their values, of histograms how many calls, and how long they took.
#[derive(Debug, Default)]
struct Sum {
    series: usize,
    value: f64,
    seconds: f64,
}

/// In Prometheus' text format.
fn of_prometheus(scraped: &str, metric: &str, labels: &[&str]) -> Sum {
    let mut sum = Sum::default();
    let with_labels = |line: &&str| labels.iter().all(|label| line.contains(label));
    for line in scraped.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter(with_labels)
    {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value = || value.parse::<f64>().unwrap();
        match series.split('{').next().and_then(|name| name.strip_prefix(metric)) {
            Some("" | "_count") => (sum.series, sum.value) = (sum.series + 1, sum.value + value()),
            Some("_sum") => sum.seconds += value(),
            _ => {}
        }
    }
    sum
}

/// As a `StatsD` daemon does it: counters and timers are added up, and the last value of a gauge holds.
fn of_statsd(sent: &str, metric: &str, labels: &[&str]) -> Sum {
    let tags = labels.iter().map(|label| label.replace('=', ":").replace('"', "")).collect::<Vec<_>>();
    let mut series = BTreeMap::new();
    let mut seconds = 0.0;
    for line in sent.lines().filter(|line| tags.iter().all(|tag| line.contains(tag))) {
        let (name, rest) = line.split_once(':').unwrap();
        let (value, rest) = rest.split_once('|').unwrap();
        let value: f64 = value.parse().unwrap();
        assert!(!rest.contains("|@"), "so few calls need no sampling: {line}");
        if name != metric {
            continue;
        }
        let total = series.entry(rest).or_insert(0.0);
        match rest.split('|').next().unwrap() {
            "c" => *total += value,
            "g" => *total = value,
            "ms" => (*total, seconds) = (*total + 1.0, seconds + value / 1e3),
            _ => panic!("{line}"),
        }
    }
    Sum { series: series.len(), value: series.into_values().sum(), seconds }
}

#[test]
fn profiling_times_the_wait_and_the_run_apart() {
    let printed = run("profiling");
    let table = Table::after(&printed, "function");
    for (function, calls) in [
        ("profiling::thumbnail_awaited", 16),
        ("profiling::thumbnail_run", 16),
        ("profiling::thumbnail_fetched", 16),
        ("profiling::draw", 17),
    ] {
        assert_eq!(table.number(function, "calls"), calls, "{function} in\n{printed}");
        assert_eq!(table.number(function, "errors"), 0, "{function} in\n{printed}");
    }
    let seconds = |metric: &str| {
        let line =
            printed.lines().find(|line| line.starts_with(metric)).unwrap_or_else(|| panic!("{printed}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let busy = seconds("function_busy_seconds_sum{");
    assert!(busy > 0.0 && busy < seconds("function_duration_seconds_sum{"), "{printed}");
    are_shown(&printed, &["examples/profiling.rs", "runtime/docs/timed.md"]);
}

#[test]
fn fetching_asks_the_site_once_for_each_page() {
    let printed = run("fetching");
    for (step, requests) in [
        ("10 pages, five at a time", 10),
        ("10 pages, from the cache", 0),
        ("10 pages, one after another", 10),
        ("another page, 100 callers", 1),
        ("a slow page, 100 callers", 1),
        ("a broken page, 100 callers", 1),
    ] {
        assert_eq!(counted(&printed, step, "requests: "), requests, "{step} in\n{printed}");
    }
    let functions = Table::after(&printed, "function");
    assert_eq!(functions.number("fetching::fetch", "calls"), 330, "{printed}");
    assert_eq!(functions.number("fetching::fetch", "errors"), 200, "{printed}");
    let caches = Table::after(&printed, "cache");
    for (column, expected) in
        [("requests", 330), ("hits", 10), ("coalesced", 297), ("misses", 23), ("load errors", 2)]
    {
        assert_eq!(caches.number("fetching::fetch", column), expected, "{column} in\n{printed}");
    }
    for kind in ["timeout", "status"] {
        for (cache, expected) in [("miss", 1), ("coalesced", 99)] {
            let labels = format!(r#"result="error",error="{kind}",cache="{cache}"}} "#);
            assert_eq!(counted(&printed, "function_duration_seconds_count", &labels), expected, "{printed}");
        }
    }
    are_shown(&printed, &["examples/fetching.rs"]);
}

#[test]
fn caching_keeps_ages_and_forgets() {
    let printed = run("caching");
    let answers: Vec<(&str, &str)> = printed
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| {
            let (what, rest) = line.split_at(24);
            let [time, answer] = rest.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(is_time(time), "{line}");
            (what.trim_end(), answer)
        })
        .collect();
    assert_eq!(
        answers,
        [
            ("a miss", "function"),
            ("a hit", "function"),
            ("nothing near", "-"),
            ("nothing near, a hit", "-"),
            ("another language", "async"),
            ("english thrown away", "funktion"),
            ("rust was not", "async"),
            ("eleven minutes later", "async"),
            ("and from then on", "asinc"),
            ("ada's", "loom"),
            ("bob's", "loam"),
        ],
        "{printed}"
    );
    for line in [
        "caching::correct  4 hits, 1 stale, 4 misses, 5 loads",
        "ada's             0 hits, 0 stale, 1 misses, 1 loads",
        "bob's             0 hits, 0 stale, 1 misses, 1 loads",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is missing in\n{printed}");
    }
}

#[test]
fn parallel_draws_the_same_picture_in_every_way() {
    let printed = run("parallel");
    for way in [
        "strip after strip, on the event loop",
        "strip after strip, offloaded",
        "all strips at once, offloaded",
        "one job with a parallel iterator",
    ] {
        let times: Vec<_> = rest_of(&printed, way).split_whitespace().collect();
        assert!(times.len() == 3 && times.into_iter().all(is_time), "{way} in\n{printed}");
    }
    let speed_up =
        rest_of(&printed, "four times the same picture; ").strip_suffix(" times as fast when it is spread");
    assert!(speed_up.is_some_and(|times| times.parse::<f64>().is_ok()), "{printed}");
}

#[test]
fn stacked_says_what_each_layer_sees() {
    let printed = run("stacked");
    let table = Table::after(&printed, "requests");
    for (function, timed) in [("asked", 16), ("loaded", 2)] {
        assert_eq!(table.number(function, "requests"), 16, "{printed}");
        assert_eq!(table.number(function, "timed calls"), timed, "{printed}");
        assert_eq!(table.number(function, "loads"), 2, "{printed}");
        assert_eq!(table.number(function, "jobs on the pool"), 2, "{printed}");
    }
    let calls = |function: &str, cache: &str| {
        let series = format!(r#"function_duration_seconds_count{{function="{function}",module="stacked","#);
        counted(&printed, &series, &format!(r#"result="ok"{cache}}} "#))
    };
    assert_eq!(calls("loaded", ""), 2, "{printed}");
    assert_eq!(calls("asked", r#",cache="miss""#), 2, "{printed}");
    // Ten at once, and five when the value was there.
    assert_eq!(calls("asked", r#",cache="coalesced""#), 9, "{printed}");
    assert_eq!(calls("asked", r#",cache="hit""#), 5, "{printed}");
    are_shown(&printed, &["examples/stacked.rs", "runtime/docs/offload.md"]);
}

/// What it printed. It ends by itself, and well.
fn run(name: &str) -> String {
    let Output { status, stdout, stderr } = finished(&mut example(name));
    let (printed, logged) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{status}\n{printed}\n{logged}");
    printed
}

/// Whether these files show the series that were printed, in that order, though with other figures.
#[track_caller]
fn are_shown(printed: &str, files: &[&str]) {
    fn series(text: &str) -> Vec<&str> {
        let lines = text.lines().map(|line| line.trim_start_matches("//! "));
        // A metric with its labels, and a number.
        lines
            .filter(|line| line.starts_with("function_"))
            .filter_map(|line| Some(line.rsplit_once(' ')?.0))
            .collect()
    }
    let printed = series(printed);
    for file in files {
        let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        let shown = series(&text);
        assert!(
            shown.windows(printed.len()).any(|shown| shown == printed),
            "{file} does not show {printed:#?}"
        );
    }
}

/// What follows `begin` in its line.
fn rest_of<'a>(printed: &'a str, begin: &str) -> &'a str {
    let line = printed.lines().find_map(|line| line.strip_prefix(begin));
    line.unwrap_or_else(|| panic!("{begin:?} is missing in\n{printed}"))
}

/// The number behind `before`, at the end of the line that begins so and has it.
fn counted(printed: &str, begin: &str, before: &str) -> u64 {
    let mut lines = printed.lines().filter(|line| line.starts_with(begin));
    let number = lines.find_map(|line| line.split_once(before)?.1.parse().ok());
    number.unwrap_or_else(|| panic!("{begin:?} with {before:?} is missing in\n{printed}"))
}

/// As `Duration` is printed: `1.5ms`.
fn is_time(text: &str) -> bool {
    let units = ["ns", "µs", "ms", "s"];
    units.iter().any(|unit| text.strip_suffix(unit).is_some_and(|number| number.parse::<f64>().is_ok()))
}

/// A table with a heading; two spaces at least stand between its columns.
struct Table<'a>(Vec<Vec<&'a str>>);

impl<'a> Table<'a> {
    /// The table whose heading begins so.
    fn after(printed: &'a str, heading: &str) -> Self {
        let lines = printed.lines().skip_while(|line| !line.trim_start().starts_with(heading));
        let cells = |line: &'a str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        Self(lines.take_while(|line| !line.is_empty()).map(cells).collect())
    }

    /// What stands in this row and column.
    fn number(&self, row: &str, column: &str) -> u64 {
        let cell = || {
            let (heading, rows) = self.0.split_first()?;
            let row = rows.iter().find(|cells| cells[0] == row)?;
            // From the right, as a heading may have nothing above the names.
            let from_right = heading.iter().rev().position(|name| *name == column)?;
            row.iter().rev().nth(from_right)?.parse().ok()
        };
        cell().unwrap_or_else(|| panic!("{row}, {column} in {:?}", self.0))
    }
}
