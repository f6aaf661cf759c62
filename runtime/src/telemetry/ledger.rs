//! The recorder behind `Telemetry::report`: one histogram for each series of timed functions, and two for each offloaded
//! function, in memory of fixed size.
//!
//! Buckets are log-linear as in `HdrHistogram`: eight per power of two, so a quantile is off by 6.25 % at most,
//! from a nanosecond to five hours.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};

#[cfg(feature = "offload")]
use crate::offload::meter as offload;
use crate::timed::TARGET;

/// Keeps the durations of timed functions and what pools did; everything else passes by.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<Kept>);

type Times = Mutex<HashMap<Key, Arc<Distribution>>>;

#[derive(Debug, Default)]
struct Kept {
    functions: Times,
    #[cfg(feature = "offload")]
    pools: Times,
    #[cfg(feature = "offload")]
    jobs: Mutex<HashMap<Key, Arc<AtomicU64>>>,
}

impl Ledger {
    /// The distributions so far of timed functions, merged by module, function and result.
    pub(super) fn functions(&self) -> HashMap<[String; 3], Totals> {
        merged(&self.0.functions, |_| true, ["module", "function", "result"])
    }

    /// The times that calls waited for a thread of each pool.
    #[cfg(feature = "offload")]
    pub(super) fn waits(&self) -> HashMap<[String; 1], Totals> {
        merged(&self.0.pools, |name| name == offload::WAIT, ["pool"])
    }

    /// The times that bodies ran on each pool.
    #[cfg(feature = "offload")]
    pub(super) fn runs(&self) -> HashMap<[String; 1], Totals> {
        merged(&self.0.pools, |name| name == offload::RUN, ["pool"])
    }

    /// Calls of each pool, by outcome.
    #[cfg(feature = "offload")]
    pub(super) fn jobs(&self) -> HashMap<[String; 2], u64> {
        let mut merged = HashMap::new();
        for (key, count) in &*lock(&self.0.jobs) {
            *merged.entry(labels(key, ["pool", "outcome"])).or_default() += count.load(Ordering::Relaxed);
        }
        merged
    }
}

fn merged<const N: usize>(
    times: &Times,
    is_wanted: impl Fn(&str) -> bool,
    by: [&str; N],
) -> HashMap<[String; N], Totals> {
    let mut merged: HashMap<_, Totals> = HashMap::new();
    for (key, distribution) in &*lock(times) {
        if is_wanted(key.name()) {
            merged.entry(labels(key, by)).or_default().add(distribution);
        }
    }
    merged
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn labels<const N: usize>(key: &Key, names: [&str; N]) -> [String; N] {
    let value = |name| key.labels().find(|label| label.key() == name).map(|label| label.value().to_owned());
    names.map(|name| value(name).unwrap_or_default())
}

impl Recorder for Ledger {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    #[cfg_attr(not(feature = "offload"), expect(unused_variables, reason = "no counter is kept"))]
    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        #[cfg(feature = "offload")]
        if metadata.target() == offload::TARGET {
            return Counter::from_arc(Arc::clone(lock(&self.0.jobs).entry(key.clone()).or_default()));
        }
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let times = match metadata.target() {
            TARGET => &self.0.functions,
            #[cfg(feature = "offload")]
            offload::TARGET => &self.0.pools,
            _ => return Histogram::noop(),
        };
        Histogram::from_arc(Arc::clone(lock(times).entry(key.clone()).or_default()))
    }
}

/// Bits of a bucket's position within its power of two.
const LINEAR_BITS: u32 = 3;
const LINEAR: u64 = 1 << LINEAR_BITS;
/// Of nanoseconds below 2^44, about five hours; longer ones share the last bucket.
const BUCKETS: usize = (44 - LINEAR_BITS as usize + 1) << LINEAR_BITS;

#[derive(Debug)]
pub(super) struct Distribution {
    buckets: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
    longest: AtomicU64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            nanos: AtomicU64::new(0),
            longest: AtomicU64::new(0),
        }
    }
}

impl HistogramFn for Distribution {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, as a duration should"
    )]
    fn record(&self, seconds: f64) {
        let nanos = (seconds * 1e9) as u64;
        self.buckets[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        if nanos > self.longest.load(Ordering::Relaxed) {
            self.longest.fetch_max(nanos, Ordering::Relaxed);
        }
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < LINEAR {
        return usize::try_from(nanos).unwrap_or_default();
    }
    let power = nanos.ilog2() - LINEAR_BITS;
    let index = (u64::from(power) << LINEAR_BITS) + (nanos >> power);
    usize::try_from(index).unwrap_or(usize::MAX).min(BUCKETS - 1)
}

/// The first value of a bucket; the inverse of [`bucket`].
fn floor_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < LINEAR {
        return bucket;
    }
    let power = (bucket >> LINEAR_BITS) - 1;
    (LINEAR + (bucket & (LINEAR - 1))) << power
}

/// A merged, plain copy of distributions.
#[derive(Debug, Clone)]
pub(super) struct Totals {
    buckets: Vec<u64>,
    pub(super) count: u64,
    pub(super) total: Duration,
    pub(super) longest: Duration,
}

impl Default for Totals {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, total: Duration::ZERO, longest: Duration::ZERO }
    }
}

impl Totals {
    fn add(&mut self, distribution: &Distribution) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&distribution.buckets) {
            let count = theirs.load(Ordering::Relaxed);
            *mine += count;
            self.count += count;
        }
        self.total += Duration::from_nanos(distribution.nanos.load(Ordering::Relaxed));
        self.longest = self.longest.max(Duration::from_nanos(distribution.longest.load(Ordering::Relaxed)));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }

    /// The nearest-rank quantile, at the middle of its bucket and never above the longest.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank"
    )]
    pub(super) fn quantile(&self, of: f64) -> Duration {
        let rank = ((self.count as f64 * of).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                let middle = u64::midpoint(floor_of(bucket), floor_of(bucket + 1));
                return Duration::from_nanos(middle).min(self.longest);
            }
        }
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_their_floors_agree() {
        for bucket_index in 0..BUCKETS {
            assert_eq!(bucket(floor_of(bucket_index)), bucket_index);
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_within_a_sixteenth() {
        let distribution = Distribution::default();
        for micros in 1..=10_000_u32 {
            distribution.record(f64::from(micros) * 1e-6);
        }
        let mut totals = Totals::default();
        totals.add(&distribution);
        for (of, micros) in [(0.5, 5_000.0), (0.95, 9_500.0), (0.99, 9_900.0), (1.0, 10_000.0)] {
            let found = totals.quantile(of).as_secs_f64() * 1e6;
            assert!((found / micros - 1.0_f64).abs() <= 0.0625, "{of}: {found}");
        }
        assert_eq!(totals.count, 10_000);
    }
}
