//! Prometheus' text format.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use metrics::Key;
use metrics_exporter_prometheus::formatting::{sanitize_label_key, sanitize_metric_name};

use super::buckets::{BOUNDS, Counted};

/// The name and the labels of a series as they are written.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    /// `a="b",c="d"`.
    pub(super) labels: String,
}

impl Series {
    pub(super) fn of(key: &Key) -> Self {
        // Of two labels of one name, the later; in the place of the first.
        let mut labels: Vec<(String, &str)> = Vec::new();
        for label in key.labels() {
            let name = sanitize_label_key(label.key());
            match labels.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = label.value(),
                None => labels.push((name, label.value())),
            }
        }
        let mut written = String::new();
        for (name, value) in labels {
            let comma = if written.is_empty() { "" } else { "," };
            let _ = write!(written, "{comma}{name}=\"");
            push_escaped(&mut written, value, &['\\', '"', '\n']);
            written.push('"');
        }
        Self { name: name(key.name()), labels: written }
    }
}

pub(super) fn name(name: &str) -> String {
    sanitize_metric_name(name)
}

fn push_escaped(to: &mut String, text: &str, special: &[char]) {
    for c in text.chars() {
        if special.contains(&c) {
            to.push('\\');
        }
        to.push(if c == '\n' { 'n' } else { c });
    }
}

/// In the place of the value that a metric without labels has.
#[cfg(feature = "process")]
pub(in super::super) fn put_value(text: &mut String, metric: &str, value: f64) {
    let before = format!("\n{metric} ");
    if let Some(at) = text.find(&before) {
        let begin = at + before.len();
        let end = text[begin..].find('\n').map_or(text.len(), |length| begin + length);
        text.replace_range(begin..end, &value.to_string());
    }
}

/// All series of one metric.
pub(super) fn write_histogram(
    to: &mut String,
    name: &str,
    help: Option<&str>,
    series: &BTreeMap<&str, Counted>,
) {
    if let Some(help) = help {
        let _ = write!(to, "# HELP {name} ");
        push_escaped(to, help, &['\\', '\n']);
        to.push('\n');
    }
    let _ = writeln!(to, "# TYPE {name} histogram");
    for (labels, counted) in series {
        let up_to = counted.up_to();
        let [.., count] = up_to;
        let comma = if labels.is_empty() { "" } else { "," };
        for (bound, up_to) in BOUNDS.iter().zip(up_to) {
            let _ = writeln!(to, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {up_to}");
        }
        let _ = writeln!(to, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}");
        let braced = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(to, "{name}_sum{braced} {}", counted.sum);
        let _ = writeln!(to, "{name}_count{braced} {count}");
    }
    to.push('\n');
}

#[cfg(test)]
mod tests {
    use metrics::{HistogramFn as _, Label};

    use super::super::buckets::Buckets;
    use super::*;

    fn written(labels: &[(&'static str, &'static str)]) -> String {
        let labels: Vec<_> = labels.iter().map(|(name, value)| Label::new(*name, *value)).collect();
        Series::of(&Key::from_parts("a.b", labels)).labels
    }

    #[test]
    fn whatever_a_label_says_can_be_read_back() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[("a", "b"), ("c.d", "")]), r#"a="b",c_d="""#);
        assert_eq!(written(&[("a", "1"), ("b", "2"), ("a", "3")]), r#"a="3",b="2""#);
        assert_eq!(written(&[("q", "\\\"\n\\n\\\\ é🌪\r")]), "q=\"\\\\\\\"\\n\\\\n\\\\\\\\ é🌪\r\"");
    }

    #[test]
    fn as_prometheus_expects_it() {
        let buckets = Buckets::default();
        buckets.record(0.25);
        buckets.record(20.5);
        let series = BTreeMap::from([("", buckets.counted()), (r#"a="b""#, Counted::default())]);
        let mut text = String::new();
        write_histogram(&mut text, "a_seconds", Some("Says\n\\what it \"is\"."), &series);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "# HELP a_seconds Says\\n\\\\what it \"is\".",
                "# TYPE a_seconds histogram",
                "a_seconds_bucket{le=\"0.00001\"} 0",
            ]
        );
        assert_eq!(lines[14..16], ["a_seconds_bucket{le=\"0.1\"} 0", "a_seconds_bucket{le=\"0.25\"} 1"]);
        assert_eq!(
            lines[20..25],
            [
                "a_seconds_bucket{le=\"10\"} 1",
                "a_seconds_bucket{le=\"+Inf\"} 2",
                "a_seconds_sum 20.75",
                "a_seconds_count 2",
                "a_seconds_bucket{a=\"b\",le=\"0.00001\"} 0",
            ]
        );
        assert_eq!(lines[45..], ["a_seconds_count{a=\"b\"} 0", ""]);
    }
}
