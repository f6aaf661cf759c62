//! The report as a person reads it.

use std::fmt;
use std::time::Duration;

use super::width::columns;
use super::{Report, shares};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["function", "calls", "errors", "cancelled", "p50", "p95", "p99", "max", "total", "share"];
        let rows = self.rows.iter().zip(shares(&self.rows)).map(|(row, share)| {
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
                percent(share),
            ]
        });
        write_table(f, head, rows)?;
        match self.not_called {
            0 => {}
            1 => writeln!(f, "1 annotated function was not called.")?,
            n => writeln!(f, "{n} annotated functions were not called.")?,
        }
        #[cfg(feature = "cached")]
        self.write_caches(f)?;
        #[cfg(feature = "offload")]
        self.write_pools(f)?;
        Ok(())
    }
}

#[cfg(feature = "cached")]
impl Report {
    fn write_caches(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.caches.is_empty() {
            return Ok(());
        }
        let head = [
            "cache",
            "requests",
            "hits",
            "stale",
            "coalesced",
            "misses",
            "load errors",
            "mean load",
            "time saved",
            "evictions",
            "entries",
            "hit rate",
        ];
        let rows = self.caches.iter().map(|(name, stats)| {
            [
                name.clone(),
                stats.requests().to_string(),
                stats.hits.to_string(),
                stats.stale.to_string(),
                stats.coalesced.to_string(),
                stats.misses.to_string(),
                stats.load_errors.to_string(),
                human(stats.mean_load),
                human(stats.time_saved()),
                stats.evictions.total().to_string(),
                stats.entries.to_string(),
                percent(stats.hit_rate()),
            ]
        });
        writeln!(f)?;
        write_table(f, head, rows)
    }
}

#[cfg(feature = "offload")]
impl Report {
    fn write_pools(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pools.is_empty() {
            return Ok(());
        }
        let head = [
            "pool",
            "threads",
            "jobs",
            "rejected",
            "timed out",
            "cancelled",
            "panicked",
            "wait p50",
            "wait p99",
            "run p50",
            "run p99",
            "run max",
            "run total",
        ];
        let rows = self.pools.iter().map(|row| {
            [
                row.pool.clone(),
                row.threads.to_string(),
                row.jobs.to_string(),
                row.rejected.to_string(),
                row.timed_out.to_string(),
                row.cancelled.to_string(),
                row.panicked.to_string(),
                human(row.wait.p50),
                human(row.wait.p99),
                human(row.run.p50),
                human(row.run.p99),
                human(row.run.max),
                human(row.run.total),
            ]
        });
        writeln!(f)?;
        write_table(f, head, rows)
    }
}

/// The first column to the left, the others to the right.
fn write_table<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> fmt::Result {
    let table: Vec<_> = std::iter::once(head.map(String::from)).chain(rows).collect();
    let width = |column: usize| table.iter().map(|row| columns(&row[column])).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in &table {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let space = width - columns(cell);
            match column {
                0 => write!(f, "{cell}{:space$}", "")?,
                _ => write!(f, "  {:space$}{cell}", "")?,
            }
        }
        writeln!(f)?;
    }
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
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
