//! Our StatsD exporter and the original daemon.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use fujita::timed;
use fujita_tests::alone::alone;

use crate::servers::{Arrived, StatsD, free_address};
use crate::totals::{self, COUNTER, GAUGE, HISTOGRAM, Totals};
use crate::workload;

#[timed]
fn work() {}

#[timed(in_flight)]
fn in_flight(then: impl FnOnce()) {
    then();
}

/// The calls of the test target `exporters`.
#[test]
fn everything_arrives_once() {
    alone("statsd::everything_arrives_once", || {
        let mut daemon = StatsD::start();
        let telemetry = fujita::telemetry().statsd(daemon.address).install().unwrap();
        let under_way = workload::run();
        telemetry.flush();
        let expected = workload::recorded().with_dots();
        daemon.wait_for("what was recorded", |daemon| {
            as_totals(daemon.arrived()).differences(&expected).is_empty()
        });
        under_way.end();
        // The gauges of the pool follow by themselves, the rest when this goes.
        drop(telemetry);
        let expected = workload::recorded_in_the_end().with_dots();
        daemon.wait_for("the rest of it", |daemon| {
            as_totals(daemon.arrived()).differences(&expected).is_empty()
        });
        assert_eq!(daemon.bad_lines(), 0.0, "{}", daemon.log());
    });
}

#[test]
fn counts_are_exact_and_times_are_those_recorded() {
    alone("statsd::counts_are_exact_and_times_are_those_recorded", || {
        const THREADS: usize = 4;
        const CALLS: usize = 50_000;
        let mut daemon = StatsD::start();
        let telemetry = fujita::telemetry().statsd(daemon.address).install().unwrap();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..CALLS).for_each(|_| work()));
            }
        });
        // So few that all of them are sent as they are.
        let millis = [0.000_25, 0.5, 12.5, 1_000.0, 86_400_000.0];
        millis.iter().for_each(|millis| metrics::histogram!("waited_seconds").record(millis / 1e3));
        metrics::histogram!("rows").record(7.25);
        metrics::gauge!("level").set(-2.5);
        telemetry.flush();

        let calls = "function_duration_seconds;function=work;module=live.statsd;result=ok";
        daemon.wait_for("all calls", |daemon| {
            let arrived = daemon.arrived();
            let counted = arrived.timer_counts.get(calls).copied().unwrap_or_default();
            counted == (THREADS * CALLS) as f64 && arrived.gauges.contains_key("level")
        });
        let arrived = daemon.arrived();
        let sent = arrived.timers[calls].len();
        println!("{sent} lines for {} calls", THREADS * CALLS);
        assert!(sent < THREADS * CALLS / 10, "{sent}");
        // To the nanosecond.
        assert_eq!(arrived.timers["waited_seconds"], [0.000_25, 0.5, 12.5, 1_000.0, 86_400_000.0]);
        assert_eq!(arrived.timers["rows"], [7.25], "no seconds, no milliseconds");
        assert_eq!(arrived.gauges["level"], -2.5);
        assert_eq!(daemon.bad_lines(), 0.0, "{}", daemon.log());
    });
}

/// Nobody waits for it, nobody is told, and nothing fails.
#[test]
fn a_daemon_that_is_absent_is_nothing_to_the_program() {
    alone("statsd::a_daemon_that_is_absent_is_nothing_to_the_program", || {
        const CALLS: usize = 200_000;
        let nobody = free_address();
        let telemetry = fujita::telemetry().prometheus_recorder().statsd(nobody).install().unwrap();
        let start = Instant::now();
        for round in 0..10 {
            (0..CALLS / 10).for_each(|_| work());
            for n in 0..100 {
                metrics::counter!("of_many_series", "n" => n.to_string(), "round" => round.to_string())
                    .increment(1);
            }
            // By the second, the system has answered the first that nobody is there.
            telemetry.flush();
        }
        assert!(start.elapsed() < Duration::from_secs(30));
        let text = telemetry.render();
        let counted = format!(
            r#"function_duration_seconds_count{{function="work",module="live::statsd",result="ok"}} {CALLS}"#
        );
        assert!(text.lines().any(|line| line == counted), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("of_many_series{")).count(), 1_000);

        // It comes up at last.
        let mut daemon = StatsD::start_at(nobody);
        work();
        telemetry.flush();
        let calls = "function_duration_seconds;function=work;module=live.statsd;result=ok";
        daemon.wait_for("the call", |daemon| daemon.arrived().timer_counts.get(calls) == Some(&1.0));
    });
}

#[test]
fn after_a_restart_of_the_daemon_it_goes_on() {
    alone("statsd::after_a_restart_of_the_daemon_it_goes_on", || {
        let mut daemon = StatsD::start();
        let address = daemon.address;
        let telemetry = fujita::telemetry().statsd(address).install().unwrap();
        let count = |by| {
            metrics::counter!("counted").increment(by);
            telemetry.flush();
        };
        let counted = |daemon: &StatsD, value: f64| daemon.arrived().counters.get("counted") == Some(&value);
        in_flight(|| {
            count(100);
            daemon.wait_for("what was counted before", |daemon| counted(daemon, 100.0));

            drop(daemon);
            (0..10).for_each(|_| count(5));

            let mut daemon = StatsD::start_at(address);
            (0..5).for_each(|_| count(5));
            // What was lost stays lost, and nothing comes twice.
            daemon.wait_for("what was counted after", |daemon| counted(daemon, 25.0));
            // A new daemon knows no gauges until somebody tells it, though they have not changed.
            (0..10).for_each(|_| telemetry.flush());
            let gauge = "function_in_flight;function=in_flight;module=live.statsd";
            daemon.wait_for("the gauge", |daemon| daemon.arrived().gauges.get(gauge) == Some(&1.0));
            assert!(counted(&daemon, 25.0));
        });
    });
}

fn as_totals(arrived: Arrived) -> Totals {
    let Arrived { counters, timer_counts, gauges, .. } = arrived;
    let kinds = [(COUNTER, counters), (HISTOGRAM, timer_counts), (GAUGE, gauges)];
    let own = |(name, _): &(String, f64)| name.starts_with("function_");
    let series = kinds.into_iter().flat_map(|(kind, all): (_, BTreeMap<_, _>)| {
        all.into_iter().filter(own).map(move |(name, value)| {
            let (name, tags) = name.split_once(';').unwrap_or((&name, ""));
            (kind, totals::written(name, tags.split(';').filter_map(|tag| tag.split_once('='))), value)
        })
    });
    series.collect()
}
