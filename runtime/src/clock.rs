//! The clock of every measurement: the processor's counter where it is steady, the system's monotonic clock
//! elsewhere. [`quanta`] decides and converts; a read costs less than half of `std::time::Instant::now`.

use std::sync::OnceLock;
use std::time::Duration;

use quanta::Clock;

static CLOCK: OnceLock<Ticker> = OnceLock::new();

struct Ticker {
    clock: Clock,
    per_second: u64,
}

impl Ticker {
    #[cold]
    fn calibrate() -> Self {
        const SAMPLE: u64 = 1 << 30;
        let clock = Clock::new();
        let nanos = u128::from(clock.delta_as_nanos(0, SAMPLE)).max(1);
        let per_second = u64::try_from(u128::from(SAMPLE) * 1_000_000_000 / nanos).unwrap_or(u64::MAX);
        Self { clock, per_second }
    }
}

#[inline]
fn ticker() -> &'static Ticker {
    CLOCK.get_or_init(Ticker::calibrate)
}

/// A moment, in ticks.
#[inline]
pub(crate) fn now() -> u64 {
    ticker().clock.raw()
}

/// The time from `start` to `end`, both from [`now`]; zero when the counter ran backwards between two cores.
#[inline]
pub(crate) fn between(start: u64, end: u64) -> Duration {
    ticker().clock.delta(start, end)
}

/// As [`between`], in seconds, the unit of every histogram.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "exact below 104 days of nanoseconds")]
pub(crate) fn seconds(start: u64, end: u64) -> f64 {
    ticker().clock.delta_as_nanos(start, end) as f64 * 1e-9
}

/// Whether `now` lies more than a second after `then`.
#[inline]
pub(crate) fn more_than_a_second(then: u64, now: u64) -> bool {
    now.saturating_sub(then) > ticker().per_second
}
