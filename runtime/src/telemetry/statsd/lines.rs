//! StatsD's text format, with tags as Datadog defined them: `name:value|type|@rate|#tag:value,...`.
//!
//! Sources: <https://github.com/statsd/statsd/blob/master/docs/metric_types.md>,
//! <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell>.

use std::fmt::{Display, Write as _};

use metrics::Key;

/// What fits into one packet of an Ethernet, as StatsD's documentation counts it.
const PACKET: usize = 1_432;

/// Datadog's limit for a tag.
const LONGEST_VALUE: usize = 200;

/// The name and the tags of a series as they are written.
#[derive(Debug)]
pub(super) struct Series {
    name: String,
    /// With what stands before them; empty if there are none.
    tags: String,
}

impl Series {
    pub(super) fn of(key: &Key) -> Self {
        let name = key.name().chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
        let mut tags = String::new();
        for label in key.labels() {
            tags.push_str(if tags.is_empty() { "|#" } else { "," });
            push_safe(&mut tags, label.key());
            tags.push(':');
            push_safe(&mut tags, label.value());
        }
        Self { name, tags }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Paths with dots instead of `::`, and nothing that has a meaning to the daemon.
fn push_safe(to: &mut String, text: &str) {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= LONGEST_VALUE).last().unwrap_or_default();
    for (index, part) in text[..end].split("::").enumerate() {
        if index > 0 {
            to.push('.');
        }
        to.extend(part.chars().map(|c| if is_safe(c) { c } else { '_' }));
    }
}

fn is_safe(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !matches!(c, ':' | '|' | '#' | '@' | ',' | ';' | '=')
}

/// Lines, gathered into packets.
pub(super) struct Packets<F: FnMut(&[u8])> {
    packet: String,
    line: String,
    send: F,
}

impl<F: FnMut(&[u8])> Packets<F> {
    pub(super) fn new(send: F) -> Self {
        Self { packet: String::with_capacity(PACKET), line: String::new(), send }
    }

    pub(super) fn counter(&mut self, series: &Series, by: u64) {
        self.line(series, by, "c");
    }

    pub(super) fn gauge(&mut self, series: &Series, value: f64) {
        // With a sign it would be a change.
        if value < 0.0 {
            self.line(series, 0, "g");
        }
        self.line(series, value, "g");
    }

    /// `rate` is the share of samples that are sent.
    pub(super) fn timer(&mut self, series: &Series, value: f64, rate: f64) {
        // To the nanosecond, without zeros at the end.
        let digits = format!("{value:.6}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        if rate < 1.0 {
            self.line(series, digits, &format!("ms|@{rate}"));
        } else {
            self.line(series, digits, "ms");
        }
    }

    fn line(&mut self, series: &Series, value: impl Display, kind: &str) {
        let Series { name, tags } = series;
        self.line.clear();
        let _ = write!(self.line, "{name}:{value}|{kind}{tags}");
        if !self.packet.is_empty() && self.packet.len() + 1 + self.line.len() > PACKET {
            self.send();
        }
        if !self.packet.is_empty() {
            self.packet.push('\n');
        }
        self.packet.push_str(&self.line);
    }

    /// What has been gathered.
    pub(super) fn send(&mut self) {
        if !self.packet.is_empty() {
            (self.send)(self.packet.as_bytes());
            self.packet.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use metrics::Label;

    use super::*;

    fn text(packet: &[u8]) -> String {
        String::from_utf8(packet.to_owned()).unwrap()
    }

    fn series(labels: &[(&'static str, &str)]) -> Series {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
        Series::of(&Key::from_parts("a_seconds", labels))
    }

    #[test]
    fn lines_are_written_as_daemons_read_them() {
        let plain = series(&[]);
        let tagged = series(&[("module", "shop::cart"), ("q", "a|b,c:d\n#e é \"🌪\"")]);
        let mut sent = Vec::new();
        let mut to = Packets::new(|packet| sent.push(text(packet)));
        to.counter(&plain, 3);
        to.gauge(&plain, 2.5);
        to.gauge(&plain, -1.0);
        to.timer(&plain, 1.5, 1.0);
        to.timer(&plain, 0.000_001_4, 1.0);
        to.timer(&plain, 20.0, 1.0);
        to.timer(&tagged, 1_000.25, 0.000_012_5);
        to.send();
        assert_eq!(
            sent,
            [
                "a_seconds:3|c\na_seconds:2.5|g\na_seconds:0|g\na_seconds:-1|g\na_seconds:1.5|ms\na_seconds:0.000001|ms\n\
              a_seconds:20|ms\n\
              a_seconds:1000.25|ms|@0.0000125|#module:shop.cart,q:a_b_c_d__e_é_\"🌪\""
            ]
        );
    }

    #[test]
    fn packets_have_a_limit_and_so_have_values() {
        let long = series(&[("q", &"é".repeat(40_000))]);
        let mut sent = Vec::new();
        let mut to = Packets::new(|packet| sent.push(text(packet)));
        (0..100).for_each(|n| to.counter(&long, n));
        to.send();
        assert!(sent.iter().all(|packet| packet.len() <= PACKET), "{sent:?}");
        assert_eq!(sent.join("\n").lines().count(), 100);
        assert!(sent[0].starts_with("a_seconds:0|c|#q:é"));
    }
}
