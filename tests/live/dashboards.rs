//! `runtime/dashboards/fujita.json`: Grafana takes it, and every panel has something to show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

use fujita_tests::codesearch::Server;
use serde_json::json;

use crate::grafana::{Choice, Dashboard, interpolate, shipped};
use crate::load::Load;
use crate::servers::{Prometheus, Sample, npm};

/// What has happened once all of the load has: more than nothing, each of it.
const HAPPENED: [&str; 13] = [
    r#"function_cache_requests_total{result="hit"}"#,
    r#"function_cache_requests_total{result="miss"}"#,
    r#"function_cache_requests_total{result="stale"}"#,
    r#"function_cache_load_seconds_count{result="ok"}"#,
    r#"function_cache_load_seconds_count{result="error"}"#,
    r#"function_cache_evictions_total{cause="expired"}"#,
    r#"function_cache_evictions_total{cause="size"}"#,
    r#"function_duration_seconds_count{result="error", error="bad_regex"}"#,
    r#"function_duration_seconds_count{result="cancelled"}"#,
    r#"function_offload_jobs_total{outcome="completed"}"#,
    r#"function_offload_jobs_total{outcome="rejected"}"#,
    r#"function_offload_jobs_total{outcome="cancelled"}"#,
    "function_busy_seconds_sum",
];

#[test]
fn every_panel_has_data_under_load() {
    let server = Server::start();
    let load = Load::on(&server);
    let mut prometheus = Prometheus::scraping(&[("codesearch", server.address)]);
    for series in HAPPENED {
        prometheus.wait_for(series, |prometheus| {
            prometheus.query(&format!("sum(rate({series}[15s]))")).iter().any(|sample| sample.value > 0.0)
        });
    }
    // Everything is asked twice, and scrapes go on meanwhile.
    let now = prometheus.now();
    prometheus.wait_for("what was scraped by now", |prometheus| prometheus.now() > now + 2.0);
    let dashboard = Dashboard::read();
    let all = answers(&dashboard, &dashboard.all(), &prometheus, now);
    let ticked = answers(&dashboard, &dashboard.every_value(&prometheus), &prometheus, now);
    drop(load);

    let mut problems = Vec::new();
    for (query, samples) in dashboard.queries().iter().zip(&all) {
        let numbers: Vec<_> = samples.iter().filter(|sample| !sample.value.is_nan()).collect();
        let shown = numbers.iter().max_by(|one, other| one.value.total_cmp(&other.value));
        let shown = shown.map_or("nothing".to_owned(), ToString::to_string);
        eprintln!("{:<34} {:>3} series, the highest {shown}", query.panel, samples.len());
        if numbers.is_empty() {
            problems.push(format!("{}: nothing but NaN: {}", query.panel, query.expression));
        }
        for label in &query.legend {
            if !samples.iter().any(|sample| sample.labels.contains_key(label)) {
                problems.push(format!("{}: no series has the label {label}", query.panel));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let series = |all: &[Vec<Sample>]| all.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(series(&all), series(&ticked), "ticking every value is the same as All");
}

/// Where nobody calls, shares have their resting value, and only quantiles have none: there is nothing to take them of.
#[test]
fn no_panel_is_empty_when_nobody_calls() {
    let server = Server::start();
    let mut prometheus = Prometheus::scraping(&[("codesearch", server.address)]);
    // Prometheus makes a rate of two samples.
    prometheus.wait_for("a second scrape", |prometheus| {
        prometheus.query("count_over_time(up[1m])").iter().all(|sample| sample.value >= 2.0)
    });
    let dashboard = Dashboard::read();
    let answers = answers(&dashboard, &dashboard.all(), &prometheus, prometheus.now());
    for (query, samples) in dashboard.queries().iter().zip(answers) {
        assert!(!samples.is_empty(), "{}: {}", query.panel, query.expression);
        let may_be_nothing = query.expression.starts_with("histogram_quantile(");
        for sample in samples {
            let value = sample.value;
            assert!(may_be_nothing || (0.0..=1e12).contains(&value), "{}: {sample}", query.panel);
            let resting = match query.panel.as_str() {
                "Cache hits" | "Hit ratio" => 1.0,
                "Errors" | "Error ratio" | "Busy share" => 0.0,
                _ => value,
            };
            assert!(may_be_nothing || (value - resting).abs() < 1e-9, "{}: {sample}", query.panel);
        }
    }
}

/// Grafana puts panels of one place on top of each other, or moves them, and mixes up those with one id.
#[test]
fn panels_have_a_place_and_an_id_of_their_own() {
    let dashboard = Dashboard::read();
    let mut ids = BTreeSet::new();
    let mut taken = BTreeMap::new();
    for panel in dashboard.rows_and_panels() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64()), "{title}: its id is another's");
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap_or_else(|| panic!("{title}: {name}"));
        assert!(at("x") + at("w") <= 24, "{title}: beyond the right edge");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                let other = taken.insert((x, y), title);
                assert_eq!(other, None, "{title}");
            }
        }
    }
    for panel in dashboard.panels() {
        let title = panel["title"].as_str().unwrap();
        assert!(
            panel["description"].as_str().is_some_and(|text| text.len() > 30),
            "{title}: what does it show?"
        );
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(
                target["datasource"],
                json!({ "type": "prometheus", "uid": "${datasource}" }),
                "{title}"
            );
        }
    }
}

/// What the compiler must find, for its silence to mean something: a place in the dashboard, and what could stand there.
const MISTAKES: [(&str, &str); 12] = [
    (r#""schemaVersion": 42"#, r#""schemaVersion": "42""#),
    (r#""graphTooltip": 1"#, r#""graphTooltip": 7"#),
    (r#""allValue":"#, r#""allvalue":"#),
    (r#""type": "timeseries""#, r#""type": "timeserie""#),
    (r#""gridPos":"#, r#""gridpos":"#),
    (r#""expr":"#, r#""expression":"#),
    (r#""unit": "reqps""#, r#""unit": "rps""#),
    (r#""fillOpacity":"#, r#""fillOpactiy":"#),
    (r#""displayMode": "table""#, r#""displayMode": "tabel""#),
    (r#""colorMode": "value""#, r#""colorMode": "values""#),
    (r#""custom.lineStyle""#, r#""custom.linestyle""#),
    (r#""id": "organize""#, r#""id": "organise""#),
];

#[test]
fn it_is_a_dashboard_by_grafanas_own_types() {
    let types = include_str!("dashboard.ts");
    let text = fs::read_to_string(shipped("fujita.json")).unwrap();
    let literal = |json: &str| format!("{types}\nexport const dashboard: Written<FujitaDashboard> = {json}");

    // Beside the packages: that is where the compiler looks for them.
    let dir = npm().parent().unwrap().join(format!("types-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("dashboard.ts"), literal(&text)).unwrap();
    for (number, (right, wrong)) in MISTAKES.iter().enumerate() {
        assert!(text.contains(right), "{right} is not in the dashboard");
        fs::write(dir.join(format!("mistake{number}.ts")), literal(&text.replacen(right, wrong, 1))).unwrap();
    }
    let options = json!({
        "strict": true, "noEmit": true, "module": "esnext", "moduleResolution": "bundler", "types": [],
    });
    fs::write(dir.join("tsconfig.json"), json!({ "compilerOptions": options }).to_string()).unwrap();
    let compiler = npm().join(".bin/tsc");
    assert!(compiler.exists(), "{} is missing: run tests/live/install", compiler.display());
    let output =
        Command::new(compiler).args(["--pretty", "false"]).current_dir(&dir).stdin(Stdio::null()).output();
    fs::remove_dir_all(&dir).unwrap();

    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let of = |file: &str| said.lines().filter(|line| line.starts_with(file)).collect::<Vec<_>>();
    assert!(of("dashboard.ts").is_empty(), "{:#?}", of("dashboard.ts"));
    for (number, (_, wrong)) in MISTAKES.iter().enumerate() {
        assert!(
            !of(&format!("mistake{number}.ts(")).is_empty(),
            "{wrong} was not found. The compiler says: {said}"
        );
    }
}

/// What each query came to at a time, in the order of [`Dashboard::queries`].
fn answers(dashboard: &Dashboard, choice: &Choice, prometheus: &Prometheus, time: f64) -> Vec<Vec<Sample>> {
    let ask = |expression: &str| prometheus.query_at(time, &interpolate(expression, choice));
    dashboard.queries().iter().map(|query| ask(&query.expression)).collect()
}
