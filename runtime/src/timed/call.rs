//! One running call. The value is a guard: dropped without [`Call::finish`], it records what that means.

use std::panic::AssertUnwindSafe;
use std::thread::panicking;

use metrics::Gauge;

use super::outcome::{Ending, Outcome};
use super::{Value, events, series};
use crate::site::Site;
use crate::{clock, recorder};

/// A call that is, or will be, measured.
///
/// `X` is `()` for most functions, and [`Extras`] for those with options that need room in every call.
#[derive(Debug)]
#[must_use = "a call is measured until this guard is dropped"]
pub struct Call<X: More = ()> {
    site: &'static Site,
    start: u64,
    state: State,
    /// What a drop without `finish` means.
    otherwise: Ending,
    /// Began while the thread was unwinding, so `panicking()` says nothing about this call.
    unwinding: bool,
    pub(super) extras: X,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A future that was not polled yet.
    Waiting,
    Running,
    /// Nothing to record: it is over, or nobody listens.
    Done,
}

/// Starts to measure a sync call.
#[inline]
pub fn enter(site: &'static Site) -> Call {
    enter_with(site, ())
}

/// As [`enter`], for functions with [`Extras`].
#[inline]
pub fn enter_with<X: More>(site: &'static Site, extras: X) -> Call<X> {
    let mut call = Call::waiting(site, extras);
    call.otherwise = Ending::Ok;
    call.start();
    call
}

impl<X: More> Call<X> {
    #[inline]
    pub(super) fn waiting(site: &'static Site, extras: X) -> Self {
        let (state, otherwise) = (State::Waiting, Ending::Cancelled);
        Self { site, start: 0, state, otherwise, unwinding: false, extras }
    }

    /// Hands the place of this call to a future that has not begun.
    #[inline]
    pub(super) fn into_waiting(mut self) -> Self
    where
        X: Default,
    {
        self.state = State::Done;
        let mut extras = std::mem::take(&mut self.extras);
        if let Some(gauge) = extras.get().and_then(|extras| extras.gauge.0.take()) {
            gauge.decrement(1.0);
        }
        Self::waiting(self.site, extras)
    }

    #[inline]
    pub(super) fn start(&mut self) {
        if is_measured(self.site) {
            self.state = State::Running;
            self.unwinding = panicking();
            if let Some(extras) = self.extras.get() {
                extras.start(self.site);
            }
            self.start = clock::now();
        } else {
            self.state = State::Done;
        }
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        self.state
    }

    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.state == State::Running
    }

    pub(super) fn site(&self) -> &'static Site {
        self.site
    }

    /// The function may return early without its value being seen; `outcome` is what that means.
    #[inline]
    pub fn otherwise(&mut self, outcome: Outcome) {
        self.otherwise = outcome.ending;
    }

    /// The call is over and its value is known.
    #[inline]
    pub fn finish(mut self, outcome: Outcome) {
        self.close(outcome);
    }

    /// As [`Call::finish`], classified only if anything is recorded.
    #[inline]
    pub fn finish_with<T: ?Sized>(mut self, returned: &T, classify: impl Fn(&T) -> Outcome) {
        if self.is_running() {
            self.close(classify(returned));
        }
    }

    #[inline]
    pub(super) fn close(&mut self, outcome: Outcome) {
        if self.state == State::Running {
            self.state = State::Done;
            close(self.site, self.start, outcome, self.extras.get().map(|extras| &*extras));
        }
    }
}

impl<X: More> Drop for Call<X> {
    #[inline]
    fn drop(&mut self) {
        if self.state == State::Running {
            let outcome = match self.otherwise {
                _ if panicking() && !self.unwinding => Outcome::PANIC,
                Ending::Cancelled => Outcome::CANCELLED,
                Ending::Error => Outcome::ERROR,
                Ending::Ok | Ending::Panic => Outcome::OK,
            };
            self.close(outcome);
        }
    }
}

#[inline]
fn is_measured(site: &'static Site) -> bool {
    recorder::enabled(site.timed.metric) || site.timed.has_events()
}

fn close(site: &'static Site, start: u64, outcome: Outcome, extras: Option<&Extras>) {
    let end = clock::now();
    let values = extras.map_or(&[][..], Extras::values);
    series::record_duration(site, values, outcome, end, clock::seconds(start, end));
    if let Some(extras) = extras {
        extras.end(site, end);
    }
    if site.timed.has_events() {
        events::call_ended(site, clock::between(start, end), outcome, values);
    }
}

/// Room for options that need something in every call.
#[derive(Debug, Default)]
pub struct Extras {
    values: Option<Box<[Value]>>,
    /// Owned, so that the one that was incremented is decremented, whatever recorder is current by then.
    gauge: AssertUnwindSafe<Option<Gauge>>,
    busy_ticks: u64,
}

impl Extras {
    /// `values` is not asked when nothing is measured.
    #[inline]
    pub fn new<const N: usize>(site: &'static Site, values: impl FnOnce() -> [String; N]) -> Self {
        let values = (N > 0 && is_measured(site)).then(|| values().map(Value::Owned).into());
        Self { values, ..Self::default() }
    }

    pub(super) fn values(&self) -> &[Value] {
        self.values.as_deref().unwrap_or_default()
    }

    pub(super) fn add_busy(&mut self, ticks: u64) {
        self.busy_ticks = self.busy_ticks.saturating_add(ticks);
    }

    fn start(&mut self, site: &'static Site) {
        if site.timed.in_flight {
            let gauge = series::in_flight(site, self.values());
            gauge.increment(1.0);
            self.gauge.0 = Some(gauge);
        }
    }

    fn end(&self, site: &'static Site, end: u64) {
        if let Some(gauge) = &self.gauge.0 {
            gauge.decrement(1.0);
        }
        if site.timed.busy {
            series::record_busy(site, self.values(), end, clock::seconds(0, self.busy_ticks));
        }
    }
}

/// `()` or [`Extras`]: thin shells over the same code, and small futures for functions without options.
pub trait More: Default {
    fn get(&mut self) -> Option<&mut Extras>;
}

impl More for () {
    #[inline]
    fn get(&mut self) -> Option<&mut Extras> {
        None
    }
}

impl More for Extras {
    #[inline]
    fn get(&mut self) -> Option<&mut Extras> {
        Some(self)
    }
}
