//! The clock of a cache, which a test can move.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The clock by which the entries of a cache expire.
///
/// A test hands one in that stands still until it is moved:
///
/// ```
/// use std::time::Duration;
/// use fujita::{Clock, sync::Cache};
///
/// let (clock, hand) = Clock::mock();
/// let cache = Cache::builder("prices").ttl(Duration::from_secs(60)).clock(clock).build();
/// cache.insert("apple", 3);
/// hand.advance(Duration::from_secs(59));
/// assert_eq!(cache.get("apple"), Some(3));
/// hand.advance(Duration::from_secs(1));
/// assert_eq!(cache.get("apple"), None);
/// ```
#[derive(Clone, Default)]
pub struct Clock(Option<quanta::Clock>);

impl Clock {
    /// The real one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A clock that stands still, and the hand to move it.
    #[must_use]
    pub fn mock() -> (Self, ClockHand) {
        let (clock, mock) = quanta::Clock::mock();
        (Self(Some(clock)), ClockHand(mock))
    }

    pub(super) fn into_mock(self) -> Option<quanta::Clock> {
        self.0
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Clock::mock()" } else { "Clock::new()" })
    }
}

/// Moves a [`Clock::mock`], for every cache that was given it.
#[derive(Clone)]
pub struct ClockHand(Arc<quanta::Mock>);

impl ClockHand {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.0.increment(by);
    }
}

impl fmt::Debug for ClockHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClockHand").field(&self.0.value()).finish()
    }
}
