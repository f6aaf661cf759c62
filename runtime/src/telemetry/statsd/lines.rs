//! StatsD's text format, with tags as Datadog defined them: `name:value|type|@rate|#tag:value,...`.
//!
//! Sources: <https://github.com/statsd/statsd/blob/master/docs/metric_types.md>,
//! <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell>.

use std::fmt::{Display, Write as _};

use metrics::Key;

/// What fits into one packet of an Ethernet, as StatsD's documentation counts it.
const PACKET: usize = 1_432;

/// What may stand in a line beside the series: a float can take 330 digits, and a sample rate 35.
const LONGEST_VALUE: usize = 400;

/// The longest name, with its tags.
const LONGEST_SERIES: usize = PACKET - LONGEST_VALUE;

/// Datadog's limit for a name, and for a tag.
const LONGEST_PART: usize = 200;

/// What is left of a tag's value, before tags are left out.
const SHORTEST_CUT: usize = 16;

/// The name and the tags of a series as they are written.
#[derive(Debug)]
pub(super) struct Series {
    name: String,
    /// With what stands before them; empty if there are none.
    tags: String,
}

impl Series {
    /// The same for the same key, whatever else there is, and short enough for a packet.
    pub(super) fn of(key: &Key) -> Self {
        let name: String = beginning(key.name(), LONGEST_PART).chars().map(safe).collect();
        let tags: Vec<_> = key.labels().map(|label| [label.key(), label.value()].map(safe_tag)).collect();
        // Values are cut alike, the long ones first: their beginnings say more than a tag that is not there.
        let room = LONGEST_SERIES - name.len();
        let length_at =
            |limit| tags.iter().map(|[key, value]| 3 + key.len() + value.len().min(limit)).sum::<usize>();
        let limit = (SHORTEST_CUT..=LONGEST_PART).rev().find(|limit| length_at(*limit) <= room);
        let limit = limit.unwrap_or(SHORTEST_CUT);
        let mut written = String::new();
        for [key, value] in &tags {
            let begin = if written.is_empty() { "|#" } else { "," };
            let value = beginning(value, limit);
            if written.len() + begin.len() + key.len() + 1 + value.len() > room {
                break;
            }
            let _ = write!(written, "{begin}{key}:{value}");
        }
        Self { name, tags: written }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Paths with dots instead of `::`, and nothing that has a meaning to the daemon. Longer texts end early.
fn safe_tag(text: &str) -> String {
    let text = beginning(text, LONGEST_PART);
    let parts: Vec<String> = text.split("::").map(|part| part.chars().map(safe).collect()).collect();
    parts.join(".")
}

fn safe(c: char) -> char {
    if is_safe(c) { c } else { '_' }
}

/// As much of it as fits into so many bytes.
fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
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
        // With a sign it would be a change, by nothing for the zero that has one.
        if value < 0.0 {
            self.line(series, 0, "g");
        }
        self.line(series, value + 0.0, "g");
    }

    /// Stands for `weight` samples, a power of two.
    #[expect(clippy::cast_precision_loss, reason = "powers of two have none")]
    pub(super) fn timer(&mut self, series: &Series, value: f64, weight: u64) {
        // To the nanosecond, without zeros at the end.
        let digits = format!("{value:.6}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        if weight > 1 {
            self.line(series, digits, &format!("ms|@{}", 1.0 / weight as f64));
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
        to.timer(&plain, 1.5, 1);
        to.timer(&plain, 0.000_001_4, 1);
        to.timer(&plain, 20.0, 1);
        to.timer(&tagged, 1_000.25, 1 << 20);
        to.send();
        assert_eq!(
            sent,
            [
                "a_seconds:3|c\na_seconds:2.5|g\na_seconds:0|g\na_seconds:-1|g\na_seconds:1.5|ms\na_seconds:0.000001|ms\n\
              a_seconds:20|ms\n\
              a_seconds:1000.25|ms|@0.00000095367431640625|#module:shop.cart,q:a_b_c_d__e_é_\"🌪\""
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

        let many = vec![("q", "é".repeat(40_000)); 100];
        let many: Vec<_> = many.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut longest = 0;
        let mut to = Packets::new(|packet| longest = longest.max(packet.len()));
        to.timer(&series(&many), -f64::MAX, 1 << 56);
        to.gauge(&series(&many), -f64::from_bits(0x001f_ffff_ffff_ffff));
        to.send();
        assert!((PACKET - 100..=PACKET).contains(&longest), "{longest} bytes");
    }
}
