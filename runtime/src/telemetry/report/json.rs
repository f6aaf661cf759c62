//! The report as a program reads it (RFC 8259). Flat enough to be written without a crate for it.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Report, shares};

pub(super) fn of(report: &Report) -> String {
    let functions = report.rows.iter().zip(shares(&report.rows)).map(|(row, share)| {
        Object::default()
            .text("module", &row.module)
            .text("function", &row.function)
            .number("calls", row.calls)
            .number("errors", row.errors)
            .number("cancelled", row.cancelled)
            .time("p50", row.p50)
            .time("p95", row.p95)
            .time("p99", row.p99)
            .time("max", row.max)
            .time("total", row.total)
            .number("share", share)
    });
    let all = Object::default().list("functions", functions).number("not_called", report.not_called);
    #[cfg(feature = "cached")]
    let all = all.list("caches", report.caches.iter().map(cache));
    #[cfg(feature = "offload")]
    let all = all.list("pools", report.pools.iter().map(pool));
    all.end()
}

#[cfg(feature = "cached")]
fn cache((name, stats): &(String, crate::Stats)) -> Object {
    let evictions = Object::default()
        .number("expired", stats.evictions.expired)
        .number("explicit", stats.evictions.explicit)
        .number("replaced", stats.evictions.replaced)
        .number("size", stats.evictions.size);
    Object::default()
        .text("cache", name)
        .number("requests", stats.requests())
        .number("hits", stats.hits)
        .number("stale", stats.stale)
        .number("coalesced", stats.coalesced)
        .number("misses", stats.misses)
        .number("loads", stats.loads)
        .number("load_errors", stats.load_errors)
        .time("mean_load", stats.mean_load)
        .time("time_saved", stats.time_saved())
        .number("hit_rate", stats.hit_rate())
        .number("entries", stats.entries)
        .number("weight", stats.weight)
        .object("evictions", evictions)
}

#[cfg(feature = "offload")]
fn pool(row: &super::PoolRow) -> Object {
    let times = |times: super::Times| {
        Object::default()
            .time("p50", times.p50)
            .time("p95", times.p95)
            .time("p99", times.p99)
            .time("max", times.max)
            .time("total", times.total)
    };
    Object::default()
        .text("pool", &row.pool)
        .number("threads", row.threads)
        .number("jobs", row.jobs)
        .number("rejected", row.rejected)
        .number("timed_out", row.timed_out)
        .number("cancelled", row.cancelled)
        .number("panicked", row.panicked)
        .object("wait", times(row.wait))
        .object("run", times(row.run))
}

#[derive(Default)]
struct Object(String);

impl Object {
    /// The names are ours, and need no escapes.
    fn member(mut self, name: &str, write: impl FnOnce(&mut String)) -> Self {
        let sign = if self.0.is_empty() { '{' } else { ',' };
        let _ = write!(self.0, "{sign}\"{name}\":");
        write(&mut self.0);
        self
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.member(name, |to| {
            to.push('"');
            for c in text.chars() {
                match c {
                    '"' | '\\' => to.extend(['\\', c]),
                    c if c < ' ' => _ = write!(to, "\\u{:04x}", u32::from(c)),
                    c => to.push(c),
                }
            }
            to.push('"');
        })
    }

    /// Finite ones.
    fn number(self, name: &str, number: impl std::fmt::Display) -> Self {
        self.member(name, |to| _ = write!(to, "{number}"))
    }

    fn time(self, name: &str, time: Duration) -> Self {
        self.number(&format!("{name}_seconds"), time.as_secs_f64())
    }

    #[cfg(any(feature = "cached", feature = "offload"))]
    fn object(self, name: &str, object: Self) -> Self {
        self.member(name, |to| to.push_str(&object.end()))
    }

    fn list(self, name: &str, objects: impl Iterator<Item = Self>) -> Self {
        self.member(name, |to| {
            let objects: Vec<_> = objects.map(Self::end).collect();
            _ = write!(to, "[{}]", objects.join(","));
        })
    }

    fn end(self) -> String {
        self.0 + "}"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        let object = Object::default().text("name", "a \"b\" \\ \n\u{1} é 🌪").number("n", 1.5).end();
        assert_eq!(object, r#"{"name":"a \"b\" \\ \u000a\u0001 é 🌪","n":1.5}"#);
    }
}
