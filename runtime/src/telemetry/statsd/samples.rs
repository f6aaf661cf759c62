//! The samples of one timer since the last flush, in memory of fixed size.

use std::sync::{Mutex, PoisonError};

use metrics::HistogramFn;

/// So many are sent as they are; of more, a random choice, each of which stands for several.
const MOST: u64 = 256;

/// What is left when the count is divided is sent too: a line for each bit of it, at most.
const KEPT: usize = 256 + 64;

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

/// A value, and how many of those that were recorded it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) value: f64,
    /// A power of two: a sample rate of `1 / weight` is written exactly, and its inverse is a whole number. Daemons that work
    /// with whole ones (`statsd_exporter`, Telegraf, Vector, Datadog's agent) would cut off the rest of any other.
    pub(super) weight: u64,
}

impl Default for Samples {
    fn default() -> Self {
        // Any odd number will do; each timer has the same choice, which nobody can notice.
        Self(Mutex::new(Reservoir { kept: Vec::new(), count: 0, random: 0x9e37_79b9_7f4a_7c15 }))
    }
}

impl Samples {
    /// What was recorded since the last time: samples whose weights add up to its count.
    pub(super) fn drain(&self) -> Vec<Sample> {
        let mut reservoir = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = std::mem::take(&mut reservoir.count);
        if count > MOST {
            // Which of them get which weight is as random as which were kept: each place in the reservoir is not.
            reservoir.shuffle();
        }
        let samples = reservoir
            .kept
            .iter()
            .zip(weights(count))
            .map(|(&value, weight)| Sample { value, weight })
            .collect();
        reservoir.kept.clear();
        samples
    }
}

/// Powers of two that add up to `count`: as many ones as fit in [`MOST`] lines, or the smallest that does, and the bits of what is
/// left.
fn weights(count: u64) -> impl Iterator<Item = u64> {
    let weight = count.div_ceil(MOST).next_power_of_two();
    let (whole, rest) = (count / weight, count % weight);
    let bits = (0..u64::BITS).rev().map(|bit| 1 << bit).filter(move |bit| rest & bit != 0);
    (0..whole).map(move |_| weight).chain(bits)
}

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        // They cannot be written.
        if !value.is_finite() {
            return;
        }
        let mut reservoir = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reservoir.count += 1;
        if reservoir.kept.len() < KEPT {
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
    /// By Ronald Fisher and Frank Yates, as Richard Durstenfeld wrote it.
    fn shuffle(&mut self) {
        for last in (1..self.kept.len()).rev() {
            let other = usize::try_from(self.random_below(last as u64 + 1)).unwrap_or_default();
            self.kept.swap(last, other);
        }
    }

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
        let expected: Vec<_> = (0..256_u32).map(|n| Sample { value: f64::from(n), weight: 1 }).collect();
        assert_eq!(samples.drain(), expected);
        assert_eq!(samples.drain(), []);
    }

    #[test]
    fn weights_are_few_powers_of_two_that_add_up() {
        let large = (8..64).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
        for count in (0..10_000).chain(large).chain([u64::MAX]) {
            let all: Vec<_> = weights(count).collect();
            assert!(
                all.len() < KEPT && all.iter().all(|weight| weight.is_power_of_two()),
                "{count}: {all:?}"
            );
            assert_eq!(all.iter().sum::<u64>(), count);
            assert!(count <= MOST || all.len() as u64 >= MOST / 2, "{count}: {all:?}");
        }
    }

    #[test]
    fn of_many_each_is_as_likely_as_any_other() {
        // With nothing left over, with much, and where the reservoir is just full.
        for count in [16_384, 10_000, 321] {
            let samples = Samples::default();
            let (mut tenths, mut squares) = ([0_u64; 10], 0);
            for _ in 0..500 {
                (0..count).for_each(|n| samples.record(f64::from(n)));
                for Sample { value, weight } in samples.drain() {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "small and positive"
                    )]
                    let tenth = (value * 10.0 / f64::from(count)) as usize;
                    tenths[tenth] += weight;
                    squares += weight * weight;
                }
            }
            // The same ones in every run. Six standard deviations, of samples that are drawn without regard to each other.
            let expected = 500 * u64::try_from(count).unwrap() / 10;
            let limit = 6 * (squares * 9 / 100).isqrt();
            println!("{count}: {tenths:?}, {expected} up to {limit}");
            assert!(tenths.iter().all(|sum| sum.abs_diff(expected) < limit), "{count}: {tenths:?}");
        }
    }
}
