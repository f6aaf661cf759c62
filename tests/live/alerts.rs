//! `runtime/dashboards/alerts.yml`: Prometheus takes the rules, they fire when they should, and they see what happens.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use fujita_tests::codesearch::Server;
use serde_json::Value;

use crate::grafana::shipped;
use crate::load::Load;
use crate::servers::{Prometheus, installed};

#[test]
fn promtool_finds_the_rules_right() {
    let checked = run(promtool(&["check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"]), "");
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn each_alert_fires_when_it_should_and_not_before() {
    let tested = run(promtool(&["test", "rules", "alerts_test.yml"]), "");
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stdout));

    // Every alert has a case of either kind.
    let tests = fs::read_to_string(shipped("alerts_test.yml")).unwrap();
    let mut cases = tests.split("- alertname: ").skip(1).map(|case| {
        let name = case.lines().next().unwrap().to_owned();
        (name, case.contains("exp_labels:"), case.contains("exp_alerts: []"))
    });
    let (mut fire, mut stay) = (BTreeSet::new(), BTreeSet::new());
    assert!(cases.by_ref().all(|(name, fires, stays)| {
        (if fires { &mut fire } else { &mut stay }).insert(name);
        fires != stays
    }));
    assert_eq!((&fire, &stay), (&alerts(), &alerts()));
}

/// The names of all alerts.
fn alerts() -> BTreeSet<String> {
    let rules = fs::read_to_string(shipped("alerts.yml")).unwrap();
    let names = rules.lines().filter_map(|line| line.trim_start().strip_prefix("- alert: "));
    names.map(ToOwned::to_owned).collect()
}

#[test]
fn promtool_finds_the_metrics_right() {
    let server = Server::start();
    // Once as they are from the beginning, once with some more.
    for _ in 0..2 {
        promtool_takes(&server.get("/metrics").body);
        for target in
            ["/search?q=needle", "/search?q=%28&regex=1", "/file?path=served/src/hay.rs", "/tree?path=a"]
        {
            server.get(target);
        }
    }
}

#[test]
fn rules_see_what_happens() {
    let server = Server::start();
    let load = Load::on(&server);
    let alerts_yml = shipped("alerts.yml");
    let every = Duration::from_secs(1);
    let mut prometheus = Prometheus::start(&[("codesearch", server.address)], &[&alerts_yml], every);

    prometheus.wait_for("all rules were evaluated", |prometheus| {
        rules(prometheus).iter().all(|rule| rule["health"] != "unknown")
    });
    let rules = rules(&prometheus);
    for rule in &rules {
        assert_eq!((&rule["health"], rule["lastError"].as_str()), (&"ok".into(), None), "{rule}");
        for metric in metrics_in(rule["query"].as_str().unwrap()) {
            assert!(!prometheus.query(metric).is_empty(), "{}: there is no {metric}", rule["name"]);
        }
    }
    let of_kind = |kind: &str| -> BTreeSet<String> {
        let rules = rules.iter().filter(|rule| rule["type"] == kind);
        rules.map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of_kind("alerting"), alerts());
    for name in of_kind("recording") {
        prometheus.wait_for(&name, |prometheus| !prometheus.query(&name).is_empty());
    }
    // They would fire if it went on for some minutes.
    for name in ["FujitaErrorRatio", "FujitaPoolTurnsAway"] {
        let pending = format!(r#"ALERTS{{alertname="{name}", alertstate="pending"}}"#);
        prometheus.wait_for(&pending, |prometheus| !prometheus.query(&pending).is_empty());
    }
    drop(load);
}

/// The names of fujita's metrics in an expression; of what rules record, a name has colons.
fn metrics_in(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')));
    words.filter(|word| word.starts_with("function_"))
}

fn rules(prometheus: &Prometheus) -> Vec<Value> {
    let all = prometheus.ask("/api/v1/rules", &[]).unwrap();
    let groups = all["groups"].as_array().into_iter().flatten();
    groups.flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default()).collect()
}

/// `text` is metrics as they are expected to be, to promtool's taste in names and help too.
#[track_caller]
pub(crate) fn promtool_takes(text: &str) {
    let checked = run(promtool(&["check", "metrics"]), text);
    assert!(
        checked.status.success() && checked.stdout.is_empty() && checked.stderr.is_empty(),
        "{checked:?}"
    );
}

/// `promtool`, where the rules are.
fn promtool(arguments: &[&str]) -> Command {
    let mut command = installed("promtool", "prometheus");
    command.args(arguments).current_dir(shipped(""));
    command
}

fn run(mut command: Command, input: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}
