//! What an exporter has come to in the end, read from whatever it sends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use metrics_util::debugging::{DebugValue, Snapshotter};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

/// The kind of a series, and the series as `metric{a=b,c=d}`.
type Series = (&'static str, String);

/// Counters and gauges by their value, histograms by the number of records and their sum. A series at zero is the same as none:
/// not every exporter has those.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    values: BTreeMap<Series, f64>,
    sums: BTreeMap<String, f64>,
}

pub(crate) const COUNTER: &str = "counter";
pub(crate) const GAUGE: &str = "gauge";
pub(crate) const HISTOGRAM: &str = "histogram";

impl Totals {
    pub(crate) fn add(&mut self, kind: &'static str, series: String, value: f64) {
        *self.values.entry((kind, series)).or_default() += value;
    }

    pub(crate) fn set(&mut self, kind: &'static str, series: String, value: f64) {
        self.values.insert((kind, series), value);
    }

    fn add_to_sum(&mut self, series: String, value: f64) {
        *self.sums.entry(series).or_default() += value;
    }

    /// Replaces what `newer` has too.
    pub(crate) fn update(&mut self, newer: Self) {
        self.values.extend(newer.values);
    }

    pub(crate) fn without(mut self, metric: &str) -> Self {
        self.values.retain(|(_, series), _| metric_of(series) != metric);
        self
    }

    /// Our own StatsD exporter writes the paths of modules in this way.
    pub(crate) fn with_dots(self) -> Self {
        let dotted = |series: String| series.replace("::", ".");
        Self {
            values: self
                .values
                .into_iter()
                .map(|((kind, series), value)| ((kind, dotted(series)), value))
                .collect(),
            sums: self.sums.into_iter().map(|(series, sum)| (dotted(series), sum)).collect(),
        }
    }

    /// Where this is not what was expected; nothing if it is.
    pub(crate) fn differences(&self, expected: &Self) -> String {
        let mut differences = String::new();
        let series: std::collections::BTreeSet<_> =
            self.values.keys().chain(expected.values.keys()).collect();
        for series in series {
            let value = |totals: &Self| totals.values.get(series).copied().unwrap_or(0.0);
            if value(self) != value(expected) {
                let (kind, name) = series;
                writeln!(differences, "{kind} {name}: {}, not {}", value(self), value(expected)).unwrap();
            }
        }
        differences
    }

    /// The sums of the histograms: the same records come to the same sum, to the nanosecond each.
    pub(crate) fn assert_same_sums(&self, other: &Self, who: &str) {
        assert!(!self.sums.is_empty());
        for (series, sum) in &self.sums {
            let records = self.values.get(&(HISTOGRAM, series.clone())).copied().unwrap_or(0.0);
            let theirs = other.sums.get(series).copied().unwrap_or(0.0);
            assert!((theirs - sum).abs() <= 1e-9 * records, "{who}: {series} sums up to {theirs}, not {sum}");
        }
    }

    /// Prometheus' text format.
    pub(crate) fn of_prometheus(text: &str) -> Self {
        let mut totals = Self::default();
        let mut types = BTreeMap::new();
        for line in text.lines() {
            if let Some(declared) = line.strip_prefix("# TYPE ") {
                types.extend(declared.split_once(' '));
                continue;
            }
            let Some((series, value)) = line.rsplit_once(' ').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty());
            let labels = labels.filter_map(|label| label.split_once('='));
            let labels: Vec<_> = labels.map(|(name, value)| (name, value.trim_matches('"'))).collect();
            let value: f64 = value.parse().unwrap();
            match types.get(name) {
                Some(&COUNTER) => totals.set(COUNTER, written(name, labels), value),
                Some(&GAUGE) => totals.set(GAUGE, written(name, labels), value),
                _ => {
                    if let Some(name) = name.strip_suffix("_count") {
                        totals.set(HISTOGRAM, written(name, labels), value);
                    } else if let Some(name) = name.strip_suffix("_sum") {
                        totals.add_to_sum(written(name, labels), value);
                    }
                }
            }
        }
        totals
    }

    /// Empties the recorder.
    pub(crate) fn of_debugging(snapshotter: &Snapshotter) -> Self {
        let mut totals = Self::default();
        for (key, _, _, value) in snapshotter.snapshot().into_vec() {
            let series =
                written(key.key().name(), key.key().labels().map(|label| (label.key(), label.value())));
            match value {
                DebugValue::Counter(count) => totals.set(COUNTER, series, count as f64),
                DebugValue::Gauge(value) => totals.set(GAUGE, series, value.into_inner()),
                DebugValue::Histogram(records) => {
                    totals.set(HISTOGRAM, series.clone(), records.len() as f64);
                    totals.add_to_sum(series, records.iter().map(|record| record.into_inner()).sum());
                }
            }
        }
        totals
    }

    /// A StatsD line with tags, as Datadog has extended it: several values and `|#name:value,...`.
    pub(crate) fn take_statsd(&mut self, line: &str) {
        let (name, rest) = line.split_once(':').unwrap_or_else(|| panic!("{line:?}"));
        let mut parts = rest.split('|');
        let values = parts.next().unwrap().split(':').map(|value| value.parse::<f64>().unwrap());
        let kind = parts.next().unwrap_or_else(|| panic!("{line:?}"));
        let tags = parts.find_map(|part| part.strip_prefix('#')).unwrap_or_default();
        let tags = tags.split(',').filter(|tag| !tag.is_empty());
        let series = written(name, tags.map(|tag| tag.split_once(':').unwrap_or((tag, ""))));
        for value in values {
            match kind {
                "c" => self.add(COUNTER, series.clone(), value),
                "g" => self.set(GAUGE, series.clone(), value),
                "h" | "d" | "ms" => {
                    let unit = if kind == "ms" { 1e-3 } else { 1.0 };
                    self.add(HISTOGRAM, series.clone(), 1.0);
                    self.add_to_sum(series.clone(), value * unit);
                }
                other => panic!("{other} in {line:?}"),
            }
        }
    }

    /// What OpenTelemetry's SDK would send. metrics-exporter-opentelemetry makes an instrument for each handle, and only the first
    /// has a description: to the SDK that is another stream of the same name, and who reads it adds them up.
    pub(crate) fn of_opentelemetry(collected: &ResourceMetrics) -> Self {
        let mut totals = Self::default();
        for metric in collected.scope_metrics().flat_map(|scope| scope.metrics()) {
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    for point in sum.data_points() {
                        totals.add(COUNTER, otel(metric.name(), point.attributes()), point.value() as f64);
                    }
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    for point in gauge.data_points() {
                        totals.set(GAUGE, otel(metric.name(), point.attributes()), point.value());
                    }
                }
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    for point in histogram.data_points() {
                        let series = otel(metric.name(), point.attributes());
                        totals.add(HISTOGRAM, series.clone(), point.count() as f64);
                        totals.add_to_sum(series, point.sum());
                    }
                }
                other => panic!("{}: {other:?}", metric.name()),
            }
        }
        totals
    }
}

impl<'a> FromIterator<(&'a str, String, f64)> for Totals {
    fn from_iter<I: IntoIterator<Item = (&'a str, String, f64)>>(rows: I) -> Self {
        let mut totals = Self::default();
        for (kind, series, value) in rows {
            let known = [COUNTER, GAUGE, HISTOGRAM].into_iter().find(|known| *known == kind);
            totals.set(known.unwrap_or_else(|| panic!("{kind}")), series, value);
        }
        totals
    }
}

fn otel<'a>(name: &str, attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let labels: Vec<_> =
        attributes.map(|pair| (pair.key.as_str().to_owned(), pair.value.as_str().into_owned())).collect();
    written(name, labels.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// With its labels in order, whatever order they came in.
pub(crate) fn written<'a>(name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut labels: Vec<_> = labels.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    labels.sort();
    format!("{name}{{{}}}", labels.join(","))
}

fn metric_of(series: &str) -> &str {
    series.split('{').next().unwrap_or(series)
}

/// Reads until it is what it must come to.
pub(crate) fn eventually(read: impl Fn() -> Totals, expected: &Totals) -> Totals {
    let start = Instant::now();
    loop {
        let totals = read();
        let differences = totals.differences(expected);
        if differences.is_empty() {
            return totals;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{differences}");
        thread::sleep(Duration::from_millis(10));
    }
}
