//! The table at the end of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::ledger::{Ledger, Totals};

/// What every called function did so far, busiest first. Print it: `println!("{report}")`.
#[derive(Debug, Clone)]
pub struct Report {
    rows: Vec<Row>,
    not_called: usize,
    /// By name, the most requested first.
    #[cfg(feature = "cached")]
    caches: Vec<(String, crate::Stats)>,
}

/// One function in a [`Report`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Row {
    /// The label `module`.
    pub module: String,
    /// The label `function`.
    pub function: String,
    /// Calls that have ended, however they ended.
    pub calls: u64,
    /// Calls that ended as `error` or `panic`.
    pub errors: u64,
    /// Calls that were cancelled.
    pub cancelled: u64,
    /// Median time, within 6.25 %.
    pub p50: Duration,
    /// 95th percentile, within 6.25 %.
    pub p95: Duration,
    /// 99th percentile, within 6.25 %.
    pub p99: Duration,
    /// The longest call.
    pub max: Duration,
    /// The time of all calls together.
    pub total: Duration,
}

impl Report {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let mut functions: BTreeMap<(String, String), (Totals, u64, u64)> = BTreeMap::new();
        for ((module, function, result), totals) in ledger.totals() {
            let (all, errors, cancelled) = functions.entry((module, function)).or_default();
            match result.as_str() {
                "error" | "panic" => *errors += totals.count,
                "cancelled" => *cancelled += totals.count,
                _ => {}
            }
            all.merge(&totals);
        }
        let called = functions.into_iter().filter(|(_, (all, ..))| all.count > 0);
        let mut rows: Vec<_> = called
            .map(|((module, function), (all, errors, cancelled))| Row {
                module,
                function,
                calls: all.count,
                errors,
                cancelled,
                p50: all.quantile(0.5),
                p95: all.quantile(0.95),
                p99: all.quantile(0.99),
                max: all.longest,
                total: all.total,
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.total));
        let not_called = crate::site::sites()
            .filter(|site| site.is_timed())
            .filter(|site| {
                !rows.iter().any(|row| row.function == site.function() && row.module == site.module())
            })
            .count();
        Self {
            rows,
            not_called,
            #[cfg(feature = "cached")]
            caches: caches(),
        }
    }

    /// The caches that were asked for something, the most requested first.
    #[cfg(feature = "cached")]
    #[must_use]
    pub fn caches(&self) -> &[(String, crate::Stats)] {
        &self.caches
    }

    /// The functions, busiest first.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum: Duration = self.rows.iter().map(|row| row.total).sum();
        let mut table = vec![
            ["function", "calls", "errors", "cancelled", "p50", "p95", "p99", "max", "total", "share"]
                .map(String::from),
        ];
        table.extend(self.rows.iter().map(|row| {
            let share = 100.0 * row.total.as_secs_f64() / sum.as_secs_f64().max(f64::MIN_POSITIVE);
            [
                format!("{}::{}", row.module, row.function),
                row.calls.to_string(),
                row.errors.to_string(),
                row.cancelled.to_string(),
                human(row.p50),
                human(row.p95),
                human(row.p99),
                human(row.max),
                human(row.total),
                format!("{share:.1} %"),
            ]
        }));
        write_table(f, &table)?;
        match self.not_called {
            0 => {}
            1 => writeln!(f, "1 annotated function was not called.")?,
            n => writeln!(f, "{n} annotated functions were not called.")?,
        }
        #[cfg(feature = "cached")]
        write_caches(f, &self.caches)?;
        Ok(())
    }
}

#[cfg(feature = "cached")]
fn caches() -> Vec<(String, crate::Stats)> {
    let of = |cache: crate::AnyCache| (cache.name().to_owned(), cache.stats());
    let mut caches: Vec<_> = crate::caches().into_iter().map(of).collect();
    caches.retain(|(_, stats)| stats.requests() > 0);
    caches.sort_by_key(|(_, stats)| std::cmp::Reverse(stats.requests()));
    caches
}

#[cfg(feature = "cached")]
fn write_caches(f: &mut fmt::Formatter<'_>, caches: &[(String, crate::Stats)]) -> fmt::Result {
    if caches.is_empty() {
        return Ok(());
    }
    let mut table = vec![
        [
            "cache",
            "requests",
            "hits",
            "stale",
            "coalesced",
            "misses",
            "load errors",
            "mean load",
            "evictions",
            "entries",
            "hit rate",
        ]
        .map(String::from),
    ];
    table.extend(caches.iter().map(|(name, stats)| {
        [
            name.clone(),
            stats.requests().to_string(),
            stats.hits.to_string(),
            stats.stale.to_string(),
            stats.coalesced.to_string(),
            stats.misses.to_string(),
            stats.load_errors.to_string(),
            human(stats.mean_load),
            stats.evictions.total().to_string(),
            stats.entries.to_string(),
            format!("{:.1} %", 100.0 * stats.hit_rate()),
        ]
    }));
    writeln!(f)?;
    write_table(f, &table)
}

/// The first column to the left, the others to the right.
fn write_table<const N: usize>(f: &mut fmt::Formatter<'_>, table: &[[String; N]]) -> fmt::Result {
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in table {
        write!(f, "{:<width$}", row[0], width = widths[0])?;
        for (cell, width) in row.iter().zip(widths).skip(1) {
            write!(f, "  {cell:>width$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// Three digits and a fitting unit.
fn human(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "us"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s if s < 600.0 => (s, "s"),
        s if s < 36_000.0 => (s / 60.0, "min"),
        s => (s / 3600.0, "h"),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_unit() {
        for (nanos, text) in [
            (0, "0.00 ns"),
            (999, "999 ns"),
            (1_500, "1.50 us"),
            (12_345_678, "12.3 ms"),
            (59_000_000_000, "59.0 s"),
            (3_600_000_000_000, "60.0 min"),
        ] {
            assert_eq!(human(Duration::from_nanos(nanos)), text);
        }
    }
}
