//! As much of Grafana as shows whether its dashboard has something to show: panels, queries and variables.

use std::collections::BTreeMap;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::servers::Prometheus;

/// Where the files are that the crate ships.
pub(crate) fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/dashboards").join(name)
}

/// `fujita.json`.
pub(crate) struct Dashboard(Value);

/// One query of one panel.
#[derive(Debug)]
pub(crate) struct Query {
    /// Its title.
    pub(crate) panel: String,
    pub(crate) expression: String,
    /// The labels that name its series.
    pub(crate) legend: Vec<String>,
}

/// What is chosen at the top of the dashboard, as it is put into queries.
pub(crate) type Choice = BTreeMap<String, String>;

impl Dashboard {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(shipped("fujita.json")).unwrap();
        Self(serde_json::from_str(&text).unwrap_or_else(|error| panic!("fujita.json: {error}")))
    }

    /// The rows, and all panels, those in rows that are closed too.
    pub(crate) fn rows_and_panels(&self) -> impl Iterator<Item = &Value> {
        let all = self.0["panels"].as_array().into_iter().flatten();
        all.flat_map(|panel| iter::once(panel).chain(panel["panels"].as_array().into_iter().flatten()))
    }

    pub(crate) fn panels(&self) -> impl Iterator<Item = &Value> {
        self.rows_and_panels().filter(|panel| panel["type"] != "row")
    }

    /// Every query of every panel.
    pub(crate) fn queries(&self) -> Vec<Query> {
        let of = |panel: &Value| {
            let title = panel["title"].as_str().expect("a title").to_owned();
            let targets = panel["targets"].as_array().cloned().unwrap_or_default();
            assert!(!targets.is_empty(), "{title} asks for nothing");
            targets.into_iter().map(move |target| Query {
                panel: title.clone(),
                expression: target["expr"].as_str().expect("an expression").to_owned(),
                legend: legend(target["legendFormat"].as_str().unwrap_or_default()),
            })
        };
        self.panels().flat_map(of).collect()
    }

    /// The variables that are queries, in their order: name, and `label_values(...)`.
    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0["templating"]["list"].as_array().expect("variables");
        let queries = all.iter().filter(|variable| variable["type"] == "query");
        queries.map(|variable| {
            assert_eq!(variable["allValue"], ".*", "{variable}");
            let query = variable["query"]["query"].as_str().expect("a query");
            (variable["name"].as_str().expect("a name"), query)
        })
    }

    /// Chooses *All* everywhere.
    pub(crate) fn all(&self) -> Choice {
        self.variables().map(|(name, _)| (name.to_owned(), ".*".to_owned())).collect()
    }

    /// Ticks every value that each variable offers, which depends on those before it.
    pub(crate) fn every_value(&self, prometheus: &Prometheus) -> Choice {
        let mut choice = Choice::new();
        for (name, query) in self.variables() {
            let query = interpolate(query, &choice);
            let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
            let (series, label) =
                inner.and_then(|inner| inner.rsplit_once(", ")).expect("label_values(series, label)");
            let values = prometheus.ask(&format!("/api/v1/label/{label}/values"), &[("match[]", series)]);
            let values = values.unwrap_or_else(|error| panic!("{name}: {query}: {error}"));
            let values: Vec<String> = serde_json::from_value(values).unwrap();
            assert!(!values.is_empty(), "{name} offers nothing: {query}");
            eprintln!("{name}: {}", values.join(", "));
            choice.insert(name.to_owned(), format!("({})", values.join("|")));
        }
        choice
    }
}

/// Replaces the variables in a query.
pub(crate) fn interpolate(query: &str, choice: &Choice) -> String {
    // Four times the interval of scrapes is what Grafana takes at least for the first; ours are not on time while tests
    // compile beside us.
    let mut query = query.replace("$__rate_interval", "15s").replace("$__range", "1m");
    for (name, value) in choice {
        query = query.replace(&format!("\"${name}\""), &format!("{value:?}"));
    }
    assert!(!query.contains('$'), "a variable that nobody sets: {query}");
    query
}

/// The labels in `{{module}}::{{function}}`.
fn legend(format: &str) -> Vec<String> {
    let parts = format.split("{{").skip(1);
    parts.map(|part| part.split_once("}}").expect("}}").0.trim().to_owned()).collect()
}
