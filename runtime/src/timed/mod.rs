//! What `#[timed]` does at run time.

mod call;
mod events;
mod future;
mod outcome;
mod series;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use call::{Call, Extras, More, enter, enter_with};
pub(crate) use events::Events;
#[cfg(feature = "logs")]
pub(crate) use events::{ELAPSED_SECONDS, EVENT};
pub use future::{InFuture, expect_output, future, future_with};
#[cfg(feature = "cached")]
pub use outcome::with_cache;
pub use outcome::{
    AnyReturn, AnyReturnType, AnyReturned, CacheStatus, Fallible, Outcome, Probe, Returned, TypeProbe,
    always_ok, error_kind, ok_if,
};
pub(crate) use series::preregister;

/// The default metric: a histogram in seconds, one record per call.
pub(crate) const METRIC: &str = "function_duration_seconds";
pub(crate) const IN_FLIGHT: &str = "function_in_flight";
pub(crate) const BUSY: &str = "function_busy_seconds";
pub(crate) const SLOW_POLLS: &str = "function_slow_polls_total";
/// The metadata target of [`METRIC`], by which the report knows it under any name.
pub(crate) const TARGET: &str = "fujita::timed";

/// The options of one `#[timed]`, as its static holds them.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent flag of the attribute")]
pub struct Timed {
    pub(crate) metric: &'static str,
    pub(crate) function: Option<&'static str>,
    /// In the order written; the dynamic ones have no value here.
    pub(crate) labels: &'static [(&'static str, Option<&'static str>)],
    pub(crate) max_label_sets: usize,
    pub(crate) is_async: bool,
    pub(crate) fallible: bool,
    pub(crate) in_flight: bool,
    pub(crate) busy: bool,
    pub(crate) slow_poll: Option<Duration>,
    pub(crate) slow: Option<Duration>,
    pub(crate) log: Option<tracing::Level>,
    /// `slow`, `log` or `slow_poll`: a call is measured even under a no-op recorder.
    pub(crate) events_wanted: bool,
}

/// The options of most functions, shared: a static of their own would cost each of them compile time.
pub static PLAIN: Timed = Timed::new();
/// As [`PLAIN`].
pub static ASYNC: Timed = Timed::new().is_async();
/// As [`PLAIN`].
pub static FALLIBLE: Timed = Timed::new().fallible();
/// As [`PLAIN`].
pub static ASYNC_FALLIBLE: Timed = Timed::new().is_async().fallible();

/// For functions with other attributes, and without this one.
pub static NOT_TIMED: Timed = Timed { metric: "", ..Timed::new() };

/// Options are set by expansions, in `const` context; only those that differ from the default are spelled.
impl Timed {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            metric: METRIC,
            function: None,
            labels: &[],
            max_label_sets: 100,
            is_async: false,
            fallible: false,
            in_flight: false,
            busy: false,
            slow_poll: None,
            slow: None,
            log: None,
            events_wanted: false,
        }
    }

    #[must_use]
    pub const fn metric(mut self, name: &'static str) -> Self {
        self.metric = name;
        self
    }

    #[must_use]
    pub const fn function(mut self, name: &'static str) -> Self {
        self.function = Some(name);
        self
    }

    #[must_use]
    pub const fn labels(mut self, labels: &'static [(&'static str, Option<&'static str>)]) -> Self {
        self.labels = labels;
        self
    }

    #[must_use]
    pub const fn max_label_sets(mut self, most: usize) -> Self {
        self.max_label_sets = most;
        self
    }

    /// Its calls can be cancelled.
    #[must_use]
    pub const fn is_async(mut self) -> Self {
        self.is_async = true;
        self
    }

    /// Its return type is spelled like a `Result`. A hint for the series that exist from the start, no more:
    /// outcomes are told from the type.
    #[must_use]
    pub const fn fallible(mut self) -> Self {
        self.fallible = true;
        self
    }

    #[must_use]
    pub const fn in_flight(mut self) -> Self {
        self.in_flight = true;
        self
    }

    #[must_use]
    pub const fn busy(mut self) -> Self {
        self.busy = true;
        self
    }

    #[must_use]
    pub const fn slow_poll(mut self, nanos: u64) -> Self {
        self.slow_poll = Some(Duration::from_nanos(nanos));
        self.events_wanted = true;
        self
    }

    #[must_use]
    pub const fn slow(mut self, nanos: u64) -> Self {
        self.slow = Some(Duration::from_nanos(nanos));
        self.events_wanted = true;
        self
    }

    #[must_use]
    pub const fn log(mut self, level: tracing::Level) -> Self {
        self.log = Some(level);
        self.events_wanted = true;
        self
    }

    fn dynamic_labels(&self) -> usize {
        self.labels.iter().filter(|(_, value)| value.is_none()).count()
    }
}

impl Default for Timed {
    fn default() -> Self {
        Self::new()
    }
}

/// The value of one dynamic label.
pub(crate) type Value = std::borrow::Cow<'static, str>;

/// The sets of dynamic label values that one function has been seen with, over all threads.
#[derive(Debug, Default)]
pub(crate) struct LabelSets(Mutex<BTreeSet<Box<[Value]>>>);

impl LabelSets {
    /// Whether `values` has or gets a place among the first `most`.
    fn admit(&self, values: &[Value], most: usize) -> bool {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sets.contains(values) || (sets.len() < most && sets.insert(values.into()))
    }
}
