//! What arrives when something is wrong: with labels, with the disk, in the middle of the work.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fujita::timed;
use fujita_tests::alone::alone;
use serde_json::Value;

use crate::alerts::promtool_takes;
use crate::servers::{Prometheus, StatsD};

#[timed(labels(q = q), max_label_sets = 1_000)]
fn asked(q: &str) -> Result<(), ()> {
    if q.is_empty() { Err(()) } else { Ok(()) }
}

/// What is said, and what Prometheus makes of it.
fn hostile() -> BTreeMap<String, String> {
    let large = "🌪\"\n\\x".repeat(64 * 1024 / 8);
    let as_said = [
        "\"",
        "\\",
        "\n",
        "\\n",
        "a\\",
        "\"} 1\nup 0",
        "a\r\nb",
        "\t",
        "{}",
        "a,b=c",
        "# HELP",
        "x:1|c",
        "|#a:b,c",
        "@0.1",
        ";a=b",
        "::",
        "a::b",
        "%",
        "'",
        " ",
        "",
        "é",
        "🌪",
        "\u{202e}gnp",
        "\u{2028}",
        "\u{feff}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{1}",
        "\0",
        "\u{10ffff}",
        &"q".repeat(64 * 1024),
        &large,
    ];
    // metrics-exporter-prometheus takes some backslashes for escapes that are there already.
    let otherwise = [("b\\\"", "b\""), ("c\\\\", "c\\"), ("d\\\n", "d\n\\")];
    as_said
        .into_iter()
        .map(|q| (q, q))
        .chain(otherwise)
        .map(|(said, seen)| (said.into(), seen.into()))
        .collect()
}

#[test]
fn whatever_a_label_says_arrives() {
    alone("faults::whatever_a_label_says_arrives", || {
        const CALLS: usize = 3;
        let mut daemon = StatsD::start();
        let telemetry = fujita::telemetry().prometheus(0).statsd(daemon.address).install().unwrap();
        let hostile = hostile();
        let values = hostile.len();
        for q in hostile.keys() {
            (0..CALLS).for_each(|_| _ = asked(q));
        }
        telemetry.flush();

        promtool_takes(&telemetry.render());
        let endpoint = telemetry.prometheus_address().unwrap();
        let prometheus = Prometheus::start(&[("hostile", endpoint)], &[], Duration::from_millis(500));
        let samples =
            prometheus.query(&format!(r#"function_duration_seconds_count{{function="asked"}} == {CALLS}"#));
        // To it, a label without a value is none.
        let seen: BTreeSet<_> =
            samples.iter().map(|sample| sample.labels.get("q").cloned().unwrap_or_default()).collect();
        let differences: Vec<_> =
            seen.symmetric_difference(&hostile.into_values().collect()).cloned().collect();
        assert!(differences.is_empty(), "{differences:?}");

        let calls = (CALLS * values) as f64;
        daemon.wait_for("all calls", |daemon| {
            let timers = daemon.arrived().timer_counts;
            let own = timers
                .iter()
                .filter(|(name, _)| name.starts_with("function_duration_seconds;function=asked;"));
            own.map(|(_, count)| count).sum::<f64>() == calls
        });
        assert_eq!(daemon.bad_lines(), 0.0, "{}", daemon.log());

        let report: Value = serde_json::from_str(&telemetry.report().to_json()).unwrap();
        assert_eq!(report["functions"][0]["calls"], CALLS * values);
    });
}
