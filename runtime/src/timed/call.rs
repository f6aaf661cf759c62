//! One running call. The value is a guard: dropped without [`Call::finish`], it records what that means.

use std::panic::AssertUnwindSafe;
use std::thread::panicking;

use metrics::Gauge;

use super::outcome::{Ending, Outcome};
use super::{Value, events, series};
use crate::clock;
use crate::recorder::{self, Handles};
use crate::site::Site;

/// A call that is, or will be, measured.
///
/// `X` is `()` for most functions, and [`Extras`] for those with options that need room in every call.
#[derive(Debug)]
#[must_use = "a call is measured until this guard is dropped"]
pub struct Call<X: More = ()> {
    site: &'static Site,
    start: u64,
    standing: Standing,
    pub(super) extras: X,
}

/// How a call stands: some of the bits below, and above them the [`Ending`] that a drop without `finish` means. One
/// whole word on purpose: bytes that are written apart and moved together stall the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing(usize);

impl Standing {
    /// Nothing to record: it is over, or nobody listens.
    const DONE: usize = 0;
    const RUNNING: usize = 1;
    /// A future that was not polled yet.
    const WAITING: usize = 1 << 1;
    /// Begun under the global recorder: this thread may keep the handles.
    const KEEPS: usize = 1 << 2;
    /// Began while the thread was unwinding, so `panicking()` says nothing about this call.
    const UNWINDING: usize = 1 << 3;
    const OTHERWISE: u32 = 4;

    #[inline]
    const fn new(bits: usize, otherwise: Ending) -> Self {
        Self(bits | (otherwise as usize) << Self::OTHERWISE)
    }

    #[inline]
    const fn is(self, bit: usize) -> bool {
        self.0 & bit != 0
    }

    #[inline]
    const fn otherwise(self) -> Ending {
        match self.0 >> Self::OTHERWISE {
            0 => Ending::Ok,
            1 => Ending::Error,
            2 => Ending::Panic,
            _ => Ending::Cancelled,
        }
    }

    /// Other bits, the same ending.
    #[inline]
    const fn with(self, bits: usize) -> Self {
        Self(bits | self.0 & !((1 << Self::OTHERWISE) - 1))
    }
}

/// Starts to measure a sync call.
#[inline]
pub fn enter(site: &'static Site) -> Call {
    enter_with(site, ())
}

/// As [`enter`], for functions with [`Extras`].
#[inline]
pub fn enter_with<X: More>(site: &'static Site, extras: X) -> Call<X> {
    let mut call = Call { site, start: 0, standing: Standing::new(Standing::DONE, Ending::Ok), extras };
    call.start();
    call
}

impl<X: More> Call<X> {
    #[inline]
    pub(super) fn waiting(site: &'static Site, extras: X) -> Self {
        Self { site, start: 0, standing: Standing::new(Standing::WAITING, Ending::Cancelled), extras }
    }

    /// Hands the place of this call to a future that has not begun.
    #[inline]
    pub(super) fn into_waiting(mut self) -> Self
    where
        X: Default,
    {
        self.standing = Standing(Standing::DONE);
        let mut extras = std::mem::take(&mut self.extras);
        if let Some(gauge) = extras.get().and_then(|extras| extras.gauge.0.take()) {
            gauge.decrement(1.0);
        }
        Self::waiting(self.site, extras)
    }

    #[inline]
    pub(super) fn start(&mut self) {
        let (start, bits) = match self.extras.get() {
            None => begin(self.site),
            Some(extras) => extras.begin(self.site),
        };
        self.start = start;
        self.standing = self.standing.with(bits);
    }

    /// A future that was not polled yet.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.standing.is(Standing::WAITING)
    }

    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.standing.is(Standing::RUNNING)
    }

    pub(super) fn site(&self) -> &'static Site {
        self.site
    }

    /// The function may return early without its value being seen; `outcome` is what that means.
    #[inline]
    pub fn otherwise(&mut self, outcome: Outcome) {
        let bits = self.standing.0 & ((1 << Standing::OTHERWISE) - 1);
        self.standing = Standing::new(bits, outcome.ending);
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
        if self.is_running() {
            let keeps = self.standing.is(Standing::KEEPS) && !self.has_moved();
            self.standing = Standing(Standing::DONE);
            match self.extras.get() {
                None if outcome.is_plain() => close_plain(self.site, self.start, keeps, outcome.ending),
                extras => close(self.site, self.start, keeps, outcome, extras.map(|extras| &*extras)),
            }
        }
    }
}

impl<X: More> Call<X> {
    /// A future may be polled last under another recorder than at first; a sync call ends where it began.
    #[inline]
    fn has_moved(&self) -> bool {
        let is_future = matches!(self.standing.otherwise(), Ending::Cancelled);
        is_future && recorder::handles(self.site.timed.metric) != Handles::Kept
    }

    /// Apart from `drop`, which stands in every measured function and in each of its landing pads.
    #[inline(never)]
    fn dropped(&mut self) {
        let outcome = match self.standing.otherwise() {
            _ if panicking() && !self.standing.is(Standing::UNWINDING) => Outcome::PANIC,
            Ending::Cancelled => Outcome::CANCELLED,
            Ending::Error => Outcome::ERROR,
            Ending::Ok | Ending::Panic => Outcome::OK,
        };
        self.close(outcome);
    }
}

impl<X: More> Drop for Call<X> {
    #[inline]
    fn drop(&mut self) {
        if self.is_running() {
            self.dropped();
        }
    }
}

/// The beginning of a call: when it was, and how it stands. That nobody listens is found out in the measured function
/// itself, the rest is not its business.
#[inline]
fn begin(site: &'static Site) -> (u64, usize) {
    recorder::with_current(|recorder| match recorder {
        recorder::NOOP => (0, Standing::DONE),
        _ => begin_under(recorder, site),
    })
}

#[inline(never)]
fn begin_under(recorder: usize, site: &'static Site) -> (u64, usize) {
    let bits = bits(recorder::handles_of(recorder, site.timed.metric), site);
    (if bits == Standing::DONE { 0 } else { clock::now() }, bits)
}

#[inline]
fn bits(handles: Handles, site: &'static Site) -> usize {
    let mut bits = match handles {
        Handles::Kept => Standing::RUNNING | Standing::KEEPS,
        Handles::Once => Standing::RUNNING,
        Handles::Nothing if site.timed.events_wanted => Standing::RUNNING,
        Handles::Nothing => return Standing::DONE,
    };
    if panicking() {
        bits |= Standing::UNWINDING;
    }
    bits
}

#[inline]
fn is_measured(site: &'static Site) -> bool {
    recorder::handles(site.timed.metric) != Handles::Nothing || site.timed.events_wanted
}

/// The end of most calls: nothing but a time and a result, for a series whose handle is kept.
#[inline(never)]
fn close_plain(site: &'static Site, start: u64, keeps: bool, ending: Ending) {
    let ticker = clock::ticker();
    let end = ticker.now();
    if !keeps || !series::record_kept(site, ending, ticker, end, ticker.seconds(start, end)) {
        record(site, start, end, Outcome::of(ending), &[]);
    }
}

fn close(site: &'static Site, start: u64, keeps: bool, outcome: Outcome, extras: Option<&Extras>) {
    let ticker = clock::ticker();
    let end = ticker.now();
    let values = extras.map_or(&[][..], Extras::values);
    let recorded = keeps
        && !site.timed.events_wanted
        && values.is_empty()
        && outcome.is_plain()
        && series::record_kept(site, outcome.ending, ticker, end, ticker.seconds(start, end));
    if !recorded {
        record(site, start, end, outcome, values);
    }
    if let Some(extras) = extras {
        extras.end(site, end);
    }
}

#[cold]
fn record(site: &'static Site, start: u64, end: u64, outcome: Outcome, values: &[Value]) {
    series::record_duration(site, values, outcome, end, clock::seconds(start, end));
    if site.timed.events_wanted {
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

    #[inline(never)]
    fn begin(&mut self, site: &'static Site) -> (u64, usize) {
        let bits = bits(recorder::handles(site.timed.metric), site);
        if bits == Standing::DONE {
            return (0, bits);
        }
        if site.timed.in_flight {
            let gauge = series::in_flight(site, self.values());
            gauge.increment(1.0);
            self.gauge.0 = Some(gauge);
        }
        (clock::now(), bits)
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
