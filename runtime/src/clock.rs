//! The clock of every measurement: the processor's counter where it is steady, the system's monotonic clock
//! elsewhere. [`quanta`] decides and converts; a read costs less than half of `std::time::Instant::now`.

use std::sync::OnceLock;
use std::time::Duration;

use quanta::Clock;

static CLOCK: OnceLock<Ticker> = OnceLock::new();

/// The clock once it is calibrated; whoever needs several of its answers asks for it once.
pub(crate) struct Ticker {
    clock: Clock,
    per_second: u64,
    seconds_per_tick: f64,
}

impl Ticker {
    #[cold]
    #[expect(clippy::cast_precision_loss, reason = "2^40 is exact, and its nanoseconds to fifteen digits")]
    fn calibrate() -> Self {
        const SAMPLE: u64 = 1 << 40;
        let clock = Clock::new();
        let nanos = clock.delta_as_nanos(0, SAMPLE).max(1);
        let per_second =
            u64::try_from(u128::from(SAMPLE) * 1_000_000_000 / u128::from(nanos)).unwrap_or(u64::MAX);
        Self { clock, per_second, seconds_per_tick: nanos as f64 * 1e-9 / SAMPLE as f64 }
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.clock.raw()
    }

    /// The time from `start` to `end` in seconds, the unit of every histogram; zero when the counter ran backwards
    /// between two cores.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 ticks, a month")]
    pub(crate) fn seconds(&self, start: u64, end: u64) -> f64 {
        end.saturating_sub(start) as f64 * self.seconds_per_tick
    }

    /// Whether `now` lies more than a second after `then`.
    #[inline]
    pub(crate) fn more_than_a_second(&self, then: u64, now: u64) -> bool {
        now.saturating_sub(then) > self.per_second
    }
}

#[inline]
pub(crate) fn ticker() -> &'static Ticker {
    match CLOCK.get() {
        Some(ticker) => ticker,
        None => first_ticker(),
    }
}

#[cold]
#[inline(never)]
fn first_ticker() -> &'static Ticker {
    CLOCK.get_or_init(Ticker::calibrate)
}

/// A moment, in ticks.
#[inline]
pub(crate) fn now() -> u64 {
    ticker().now()
}

/// The time from `start` to `end`, both from [`now`]; zero when the counter ran backwards between two cores.
#[inline]
pub(crate) fn between(start: u64, end: u64) -> Duration {
    ticker().clock.delta(start, end)
}

/// As [`between`], in seconds.
#[inline]
pub(crate) fn seconds(start: u64, end: u64) -> f64 {
    ticker().seconds(start, end)
}

/// Whether `now` lies more than a second after `then`.
#[inline]
pub(crate) fn more_than_a_second(then: u64, now: u64) -> bool {
    ticker().more_than_a_second(then, now)
}
