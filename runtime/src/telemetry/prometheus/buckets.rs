//! One histogram: how many values were in each bucket, and their sum.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::HistogramFn;

/// In seconds: 1, 2.5 and 5 of each power of ten from 10 us to 10 s, Prometheus' own steps.
pub(super) const BOUNDS: [f64; 19] = [
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// The last is for what is above all bounds.
const BUCKETS: usize = BOUNDS.len() + 1;

#[derive(Debug)]
pub(super) struct Buckets {
    counts: [AtomicU64; BUCKETS],
    /// The bits of a float.
    sum: AtomicU64,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; BUCKETS], sum: AtomicU64::new(0.0_f64.to_bits()) }
    }
}

impl HistogramFn for Buckets {
    fn record(&self, value: f64) {
        self.record_many(value, 1);
    }

    #[expect(clippy::cast_precision_loss, reason = "a count")]
    fn record_many(&self, value: f64, count: usize) {
        // It is in no bucket, and no sum would be one after it.
        if value.is_nan() {
            return;
        }
        let bucket = BOUNDS.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(count as u64, Ordering::Relaxed);
        let by = value * count as f64;
        let mut sum = self.sum.load(Ordering::Relaxed);
        loop {
            let new = (f64::from_bits(sum) + by).to_bits();
            match self.sum.compare_exchange_weak(sum, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => sum = now,
            }
        }
    }
}

impl Buckets {
    pub(super) fn counted(&self) -> Counted {
        Counted {
            counts: self.counts.each_ref().map(|count| count.load(Ordering::Relaxed)),
            sum: f64::from_bits(self.sum.load(Ordering::Relaxed)),
        }
    }
}

/// A plain copy.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counted {
    counts: [u64; BUCKETS],
    pub(super) sum: f64,
}

impl Counted {
    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
        self.sum += other.sum;
    }

    /// For each bound, how many values were not above it; at last, how many there were.
    pub(super) fn up_to(&self) -> [u64; BUCKETS] {
        let mut below = 0;
        self.counts.map(|count| {
            below += count;
            below
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_a_bound_is_not_above_it() {
        let buckets = Buckets::default();
        for value in [0.0, -1.0, 1e-5, 1.1e-5, 10.0, 10.1, f64::INFINITY, f64::NAN] {
            buckets.record(value);
        }
        let up_to = buckets.counted().up_to();
        assert_eq!((up_to[0], up_to[1], up_to[17], up_to[18], up_to[19]), (3, 4, 4, 5, 7));
    }

    #[test]
    fn many_threads_lose_nothing() {
        let buckets = Buckets::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|n| buckets.record(if n % 2 == 0 { 0.5 } else { 16.0 })));
            }
            scope.spawn(|| (0..100).for_each(|_| assert!(buckets.counted().up_to()[19] <= 40_000)));
        });
        let counted = buckets.counted();
        assert_eq!((counted.up_to()[18], counted.up_to()[19]), (20_000, 40_000));
        // Each is a sum of halves, so it is exact.
        assert_eq!(counted.sum.to_bits(), 330_000.0_f64.to_bits());
    }
}
