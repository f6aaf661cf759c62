//! What was recorded up to now, as figures; `table.rs` and `json.rs` write them.

mod json;
mod table;
mod width;

use std::collections::BTreeMap;
use std::time::Duration;

use super::ledger::{Ledger, Totals};
#[cfg(feature = "cached")]
use crate::cached::Snapshot;
use crate::site::{self, Site};

/// What every called function, every cache that was asked and every pool that had work did so far, busiest first.
///
/// Print it, or hand it on as JSON:
///
/// ```
/// let telemetry = fujita::telemetry().install()?;
/// // … the program …
/// println!("{}", telemetry.report());
/// let json = telemetry.report().to_json();
/// # assert!(json.starts_with('{'));
/// # Ok::<(), fujita::TelemetryError>(())
/// ```
///
/// Functions are those with `#[timed]`: pools and caches have rows of their own. All of it is counted from `install` on, but for
/// the entries of caches and their weight, which are those that are there.
#[derive(Debug, Clone)]
pub struct Report {
    rows: Vec<Row>,
    not_called: usize,
    /// By name, the most requested first.
    #[cfg(feature = "cached")]
    caches: Vec<(String, crate::Stats)>,
    #[cfg(feature = "offload")]
    pools: Vec<PoolRow>,
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

/// One pool in a [`Report`].
#[cfg(feature = "offload")]
#[cfg_attr(docsrs, doc(cfg(feature = "offload")))]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PoolRow {
    /// The name of the pool.
    pub pool: String,
    /// The threads it may use.
    pub threads: usize,
    /// Calls that came to an end, whatever it was.
    pub jobs: u64,
    /// Calls that found no place in the queue.
    pub rejected: u64,
    /// Calls that began or ended too late.
    pub timed_out: u64,
    /// Calls that were dropped before they were done.
    pub cancelled: u64,
    /// Calls whose body panicked.
    pub panicked: u64,
    /// From the call to the beginning of the body, in calls that began.
    pub wait: Times,
    /// From the beginning of the body to its end.
    pub run: Times,
}

/// How long something took, in a [`PoolRow`]. Quantiles are within 6.25 %.
#[cfg(feature = "offload")]
#[cfg_attr(docsrs, doc(cfg(feature = "offload")))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Times {
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
    /// All of it together.
    pub total: Duration,
}

impl Report {
    pub(super) fn of(ledger: &Ledger, #[cfg(feature = "cached")] before: &Snapshot) -> Self {
        let rows = functions(ledger);
        let was_called = |site: &'static Site| {
            rows.iter().any(|row| row.function == site.function() && row.module == site.module())
        };
        let not_called = site::sites().filter(|site| site.is_timed() && !was_called(site)).count();
        Self {
            rows,
            not_called,
            #[cfg(feature = "cached")]
            caches: caches(before),
            #[cfg(feature = "offload")]
            pools: pools(ledger),
        }
    }

    /// The functions, busiest first.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The caches that were asked for something since `install`, the most requested first. [`caches`](crate::caches) has what each
    /// did since it was built.
    #[cfg(feature = "cached")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cached")))]
    #[must_use]
    pub fn caches(&self) -> &[(String, crate::Stats)] {
        &self.caches
    }

    /// The pools that were called, busiest first.
    #[cfg(feature = "offload")]
    #[cfg_attr(docsrs, doc(cfg(feature = "offload")))]
    #[must_use]
    pub fn pools(&self) -> &[PoolRow] {
        &self.pools
    }

    /// The same figures as one JSON object, with times in seconds:
    ///
    /// ```json
    /// {
    ///   "functions": [{"module": "shop", "function": "search", "calls": 3, "errors": 1, "cancelled": 0,
    ///                  "p50_seconds": 0.01, "p95_seconds": 0.02, "p99_seconds": 0.02, "max_seconds": 0.02,
    ///                  "total_seconds": 0.04, "share": 1.0}],
    ///   "not_called": 0,
    ///   "caches": [{"cache": "shop::search", "requests": 9, "hits": 6, "stale": 0, "coalesced": 0, "misses": 3,
    ///               "loads": 3, "load_errors": 1, "mean_load_seconds": 0.01, "time_saved_seconds": 0.06,
    ///               "hit_rate": 0.667, "entries": 2, "weight": 2,
    ///               "evictions": {"expired": 0, "explicit": 0, "replaced": 0, "size": 0}}],
    ///   "pools": [{"pool": "cpu", "threads": 2, "jobs": 3, "rejected": 0, "timed_out": 0, "cancelled": 0,
    ///              "panicked": 0,
    ///              "wait": {"p50_seconds": 0.0001, "p95_seconds": …, "p99_seconds": …, "max_seconds": …, "total_seconds": …},
    ///              "run": {"p50_seconds": 0.01, …}}]
    /// }
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json::of(self)
    }
}

fn functions(ledger: &Ledger) -> Vec<Row> {
    let mut functions: BTreeMap<(String, String), (Totals, u64, u64)> = BTreeMap::new();
    for ([module, function, result], totals) in ledger.functions() {
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
    rows
}

#[cfg(feature = "cached")]
fn caches(before: &Snapshot) -> Vec<(String, crate::Stats)> {
    let of = |cache: crate::AnyCache| (cache.name().to_owned(), before.since(&cache));
    let mut caches: Vec<_> = crate::caches().into_iter().map(of).collect();
    caches.retain(|(_, stats)| stats.requests() > 0);
    caches.sort_by_key(|(_, stats)| std::cmp::Reverse(stats.requests()));
    caches
}

#[cfg(feature = "offload")]
fn pools(ledger: &Ledger) -> Vec<PoolRow> {
    let (jobs, mut waits, mut runs) = (ledger.jobs(), ledger.waits(), ledger.runs());
    let mut rows: Vec<_> = crate::offload::pools()
        .into_iter()
        .map(|pool| {
            let name = [pool.name().to_owned()];
            let of =
                |outcome: &str| jobs.get(&[name[0].clone(), outcome.to_owned()]).copied().unwrap_or_default();
            PoolRow {
                threads: pool.threads(),
                jobs: jobs.iter().filter(|([pool, _], _)| *pool == name[0]).map(|(_, count)| count).sum(),
                rejected: of("rejected"),
                timed_out: of("timed_out"),
                cancelled: of("cancelled"),
                panicked: of("panicked"),
                wait: waits.remove(&name).unwrap_or_default().into(),
                run: runs.remove(&name).unwrap_or_default().into(),
                pool: pool.name().to_owned(),
            }
        })
        .filter(|row| row.jobs > 0)
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.run.total));
    rows
}

#[cfg(feature = "offload")]
impl From<Totals> for Times {
    fn from(all: Totals) -> Self {
        Self {
            p50: all.quantile(0.5),
            p95: all.quantile(0.95),
            p99: all.quantile(0.99),
            max: all.longest,
            total: all.total,
        }
    }
}

/// What part each is of all of them, from 0 to 1.
fn shares(rows: &[Row]) -> impl Iterator<Item = f64> {
    let sum: Duration = rows.iter().map(|row| row.total).sum();
    rows.iter().map(move |row| row.total.as_secs_f64() / sum.as_secs_f64().max(f64::MIN_POSITIVE))
}
