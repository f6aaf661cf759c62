//! What the store holds for a key: the value, and what decides how long it may be served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::notification::RemovalCause;

use super::epoch::{Generation, Mark};
use super::tags::Stamp;
use crate::clock;

const ALWAYS: u64 = u64::MAX;

#[derive(Debug, Clone)]
pub(super) struct Entry<V> {
    pub(super) value: V,
    /// In nanoseconds of the cache's clock; `ALWAYS` where the store itself keeps the time.
    fresh_until: u64,
    pub(super) mark: Mark,
    extra: Option<Arc<Extra>>,
}

#[derive(Debug)]
struct Extra {
    tags: Box<[Stamp]>,
    /// How long the store may keep it, where that differs from entry to entry.
    lives: Option<Duration>,
    /// An error or a `None`: past its time it is good for nothing.
    is_negative: bool,
    /// When it was served last, in nanoseconds of a clock that a test moves.
    used: AtomicU64,
}

/// What an entry is worth at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Fresh,
    /// Past its time, but good enough while it is being reloaded.
    Stale,
    /// Past its time, but better than an error.
    Fallback,
    Nothing,
}

/// The times of a cache.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    pub(super) ttl: Option<Duration>,
    pub(super) tti: Option<Duration>,
    pub(super) stale_while_revalidate: Option<Duration>,
    pub(super) stale_if_error: Option<Duration>,
    /// A clock that a test moves: the store's own cannot be moved, so entries keep all times.
    pub(super) mock: Option<quanta::Clock>,
}

impl Times {
    /// Whether entries must keep the time themselves: the store never returns what has expired.
    pub(super) fn in_entries(&self) -> bool {
        self.mock.is_some() || self.stale_for() > Duration::ZERO
    }

    /// For how long an entry past its time may still be good for something.
    pub(super) fn stale_for(&self) -> Duration {
        self.stale_while_revalidate.max(self.stale_if_error).unwrap_or_default()
    }

    /// In nanoseconds since the clock began.
    pub(super) fn now(&self) -> u64 {
        match &self.mock {
            Some(clock) => clock.delta_as_nanos(0, clock.raw()),
            None => nanos(clock::between(0, clock::now())),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl<V> Entry<V> {
    /// An entry that is fresh for `fresh_for` from now on.
    pub(super) fn new(
        value: V,
        (fresh_for, is_negative): (Option<Duration>, bool),
        (generation, tags): (Generation, Box<[Stamp]>),
        times: &Times,
        each_its_own: bool,
    ) -> Self {
        let stale_for = if is_negative { Duration::ZERO } else { times.stale_for() };
        let now = if times.in_entries() { times.now() } else { ALWAYS };
        let fresh_until = fresh_for.map_or(ALWAYS, |fresh_for| now.saturating_add(nanos(fresh_for)));
        let lives = fresh_for.filter(|_| each_its_own).map(|fresh| fresh.saturating_add(stale_for));
        let idles = times.mock.is_some() && times.tti.is_some();
        let extra = (!tags.is_empty() || lives.is_some() || is_negative || idles)
            .then(|| Arc::new(Extra { tags, lives, is_negative, used: AtomicU64::new(now) }));
        let mark = Mark::new(generation, fresh_until == ALWAYS && extra.is_none());
        Self { value, fresh_until, mark, extra }
    }

    pub(super) fn lives(&self) -> Option<Duration> {
        self.extra.as_ref()?.lives
    }

    /// Whether it was invalidated by a tag.
    fn is_outdated(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.tags.iter().any(Stamp::is_outdated))
    }

    /// Why it really leaves: the store knows neither tags nor the times that entries keep.
    pub(super) fn cause_to_leave(&self, cause: RemovalCause, times: &Times) -> RemovalCause {
        match cause {
            RemovalCause::Replaced | RemovalCause::Explicit if self.is_outdated() => RemovalCause::Explicit,
            RemovalCause::Replaced | RemovalCause::Explicit if self.worth(times) == Worth::Nothing => {
                RemovalCause::Expired
            }
            cause => cause,
        }
    }

    pub(super) fn worth(&self, times: &Times) -> Worth {
        if self.is_outdated() {
            return Worth::Nothing;
        }
        if let (Some(extra), Some(_), Some(tti)) = (&self.extra, &times.mock, times.tti)
            && times.now().saturating_sub(extra.used.load(Ordering::Relaxed)) >= nanos(tti)
        {
            return Worth::Nothing;
        }
        if self.fresh_until == ALWAYS {
            return Worth::Fresh;
        }
        let now = times.now();
        let past = self.past(now);
        if now < self.fresh_until {
            Worth::Fresh
        } else if self.extra.as_ref().is_some_and(|extra| extra.is_negative) {
            Worth::Nothing
        } else if times.stale_while_revalidate.is_some_and(|window| past < window) {
            Worth::Stale
        } else if times.stale_if_error.is_some_and(|window| past < window) {
            Worth::Fallback
        } else {
            Worth::Nothing
        }
    }

    /// Of a value that is stale: whether it is better than an error, too.
    pub(super) fn is_fallback(&self, times: &Times) -> bool {
        times.stale_if_error.is_some_and(|window| self.past(times.now()) < window)
    }

    /// For how long it has been past its time.
    fn past(&self, now: u64) -> Duration {
        Duration::from_nanos(now.saturating_sub(self.fresh_until))
    }

    /// It was served.
    #[inline]
    pub(super) fn touch(&self, times: &Times) {
        if let (Some(_), Some(extra)) = (&times.mock, &self.extra) {
            extra.used.store(times.now(), Ordering::Relaxed);
        }
    }
}
