//! The samples of one timer since the last flush, in memory of fixed size.

use std::sync::{Mutex, PoisonError};

use metrics::HistogramFn;

/// So many are sent as they are; of more, a random choice with the share that it is.
const MOST: usize = 256;

/// "Algorithm R" of Jeffrey S. Vitter, *Random sampling with a reservoir*, ACM Transactions on Mathematical Software 11
/// (1985): each sample is among those kept with the same probability.
#[derive(Debug)]
pub(super) struct Samples(Mutex<Reservoir>);

#[derive(Debug)]
struct Reservoir {
    kept: Vec<f64>,
    count: u64,
    random: u64,
}

/// What was recorded between two flushes.
pub(super) struct Drained {
    pub(super) kept: Vec<f64>,
    /// All that were recorded, those that were not kept too.
    pub(super) count: u64,
}

impl Default for Samples {
    fn default() -> Self {
        // Any odd number will do; each timer has the same choice, which nobody can notice.
        Self(Mutex::new(Reservoir { kept: Vec::new(), count: 0, random: 0x9e37_79b9_7f4a_7c15 }))
    }
}

impl Samples {
    pub(super) fn drain(&self) -> Drained {
        let mut reservoir = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = Vec::with_capacity(reservoir.kept.len());
        let kept = std::mem::replace(&mut reservoir.kept, empty);
        Drained { kept, count: std::mem::take(&mut reservoir.count) }
    }
}

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        // They cannot be written.
        if !value.is_finite() {
            return;
        }
        let mut reservoir = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reservoir.count += 1;
        if reservoir.kept.len() < MOST {
            reservoir.kept.push(value);
            return;
        }
        let count = reservoir.count;
        let place = reservoir.random_below(count);
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| reservoir.kept.get_mut(place)) {
            *kept = value;
        }
    }
}

impl Reservoir {
    /// By xorshift64* (Sebastiano Vigna, 2016), scaled by multiplication (Daniel Lemire, 2019).
    fn random_below(&mut self, bound: u64) -> u64 {
        let mut x = self.random;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.random = x;
        let random = x.wrapping_mul(0x2545_f491_4f6c_dd1d);
        u64::try_from((u128::from(random) * u128::from(bound)) >> 64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_kept_as_they_are() {
        let samples = Samples::default();
        for n in 0..256_u32 {
            samples.record(f64::from(n));
        }
        samples.record(f64::NAN);
        let Drained { kept, count } = samples.drain();
        assert_eq!((kept, count), ((0..256_u32).map(f64::from).collect(), 256));
        assert_eq!(samples.drain().count, 0);
    }

    #[test]
    fn of_many_each_is_as_likely_as_any_other() {
        let samples = Samples::default();
        let mut tenths = [0_u32; 10];
        for _ in 0..100 {
            for n in 0..10_000_u32 {
                samples.record(f64::from(n));
            }
            let Drained { kept, count } = samples.drain();
            assert_eq!((kept.len(), count), (MOST, 10_000));
            for sample in kept {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small and positive"
                )]
                let tenth = (sample / 1_000.0) as usize;
                tenths[tenth] += 1;
            }
        }
        // 2560 in each, and the same ones in every run; six standard deviations are 288.
        assert!(tenths.iter().all(|count| count.abs_diff(2_560) < 288), "{tenths:?}");
    }
}
