//! The series of a timed function, and the handles to them that each thread keeps.
//!
//! A kept handle is taken without a lock and shares no cache line with other threads. It is registered again when
//! it was idle for over a second, because an exporter may have dropped the idle series meanwhile and left the
//! handle recording into nothing.

use std::cell::RefCell;
use std::collections::HashMap;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, SharedString, Unit};

use super::outcome::{CacheStatus, Ending, Outcome};
use super::{BUSY, IN_FLIGHT, METRIC, SLOW_POLLS, TARGET, Value};
use crate::clock::{self, Ticker};
use crate::recorder::{self, Handle, Handles, Kept, Kind};
use crate::site::Site;

thread_local! {
    /// By [`Site::index`].
    static SLOTS: RefCell<Vec<Option<Box<SiteSlots>>>> = const { RefCell::new(Vec::new()) };
}

/// The handles of one thread to the series of one site.
#[derive(Default)]
struct SiteSlots {
    plain: SetSlots,
    /// By the values of the dynamic labels.
    by_labels: HashMap<Box<[Value]>, SetSlots>,
}

/// The handles for one set of label values.
#[derive(Default)]
struct SetSlots {
    duration: [Kept<Histogram>; 4],
    /// Durations with an error kind or a cache status: a handful at most, so searched one by one.
    refined: Vec<(Refined, Kept<Histogram>)>,
    busy: Kept<Histogram>,
    in_flight: Kept<Gauge>,
    slow_polls: Kept<Counter>,
}

type Refined = (Ending, Option<&'static str>, Option<CacheStatus>);

/// Which series of a site.
#[derive(Clone, Copy)]
enum Series {
    Duration(Outcome),
    Busy,
    InFlight,
    SlowPolls,
}

#[inline]
pub(super) fn record_duration(
    site: &'static Site,
    values: &[Value],
    outcome: Outcome,
    now: u64,
    seconds: f64,
) {
    change(site, Series::Duration(outcome), values, now, seconds, |slots| slots.duration(outcome));
}

/// Records through the handle that this thread keeps for a call without dynamic labels. `false` if it keeps none, or
/// has to register anew, or is torn down, or is recording right now: then nothing was recorded.
#[inline]
pub(super) fn record_kept(
    site: &'static Site,
    ending: Ending,
    ticker: &Ticker,
    now: u64,
    seconds: f64,
) -> bool {
    let recorded = SLOTS.try_with(|slots| {
        let mut slots = slots.try_borrow_mut().ok()?;
        let kept = &mut slots.get_mut(site.index_or_zero())?.as_mut()?.plain.duration[ending as usize];
        let handle = kept.handle.as_ref().filter(|_| !ticker.more_than_a_second(kept.last_used, now))?;
        kept.last_used = now;
        handle.record(seconds);
        Some(())
    });
    matches!(recorded, Ok(Some(())))
}

pub(super) fn record_busy(site: &'static Site, values: &[Value], now: u64, seconds: f64) {
    change(site, Series::Busy, values, now, seconds, |slots| &mut slots.busy);
}

pub(super) fn count_slow_poll(site: &'static Site, values: &[Value], now: u64) {
    change(site, Series::SlowPolls, values, now, 1.0, |slots| &mut slots.slow_polls);
}

pub(super) fn in_flight(site: &'static Site, values: &[Value]) -> Gauge {
    let register = || register(site, Series::InFlight, values);
    let kept = match recorder::handles(IN_FLIGHT) {
        Handles::Nothing => Some(Gauge::noop()),
        Handles::Kept => {
            with_slots(site, values, |slots| slots.in_flight.get(clock::now(), register).clone())
        }
        Handles::Once => None,
    };
    kept.unwrap_or_else(register)
}

/// Changes a series through the kept handle of this thread, or through one registered for this call alone.
#[inline]
fn change<H: Handle>(
    site: &'static Site,
    series: Series,
    values: &[Value],
    now: u64,
    by: f64,
    slot: impl FnOnce(&mut SetSlots) -> &mut Kept<H>,
) {
    let changed = match recorder::handles(name(site, series)) {
        Handles::Nothing => Some(()),
        Handles::Kept => with_slots(site, values, |slots| {
            slot(slots).get(now, || register(site, series, values)).change(by);
        }),
        Handles::Once => None,
    };
    if changed.is_none() {
        change_once::<H>(site, series, values, by);
    }
}

#[cold]
fn change_once<H: Handle>(site: &'static Site, series: Series, values: &[Value], by: f64) {
    let change = move |values: &[Value]| register::<H>(site, series, values).change(by);
    let torn_down = SLOTS.try_with(|_| ()).is_err();
    if !torn_down {
        return change(values);
    }
    // The exporter's thread-locals are gone with ours, and some exporters panic without them. A thread that is being
    // torn down cannot have a local recorder any more, so another thread serves as well.
    let values: Box<[Value]> = values.into();
    let helper = std::thread::Builder::new().name("fujita-teardown".into()).spawn(move || change(&values));
    if let Ok(helper) = helper {
        drop(helper.join());
    }
}

/// `None` while the thread is torn down, and when a recorder that is itself timed comes back here.
#[inline]
fn with_slots<R>(site: &'static Site, values: &[Value], then: impl FnOnce(&mut SetSlots) -> R) -> Option<R> {
    let with = SLOTS.try_with(|slots| {
        let mut slots = slots.try_borrow_mut().ok()?;
        Some(then(set_slots(&mut slots, site, values)))
    });
    with.ok().flatten()
}

#[inline]
fn set_slots<'a>(
    sites: &'a mut Vec<Option<Box<SiteSlots>>>,
    site: &'static Site,
    values: &[Value],
) -> &'a mut SetSlots {
    let index = site.index();
    if index >= sites.len() {
        sites.resize_with(index + 1, || None);
    }
    let slots = sites[index].get_or_insert_default();
    if values.is_empty() { &mut slots.plain } else { by_labels(&mut slots.by_labels, site, values) }
}

fn by_labels<'a>(
    sets: &'a mut HashMap<Box<[Value]>, SetSlots>,
    site: &'static Site,
    values: &[Value],
) -> &'a mut SetSlots {
    if !sets.contains_key(values) {
        return sets.entry(admitted(site, values)).or_default();
    }
    sets.get_mut(values).expect("it is known")
}

/// The values themselves, or as many times `other` once the function has had too many sets.
fn admitted(site: &'static Site, values: &[Value]) -> Box<[Value]> {
    if values.is_empty() || site.late().sets.admit(values, site.timed.max_label_sets) {
        values.into()
    } else {
        others(values.len())
    }
}

fn others(count: usize) -> Box<[Value]> {
    vec![Value::Borrowed("other"); count].into()
}

impl SetSlots {
    #[inline]
    fn duration(&mut self, outcome: Outcome) -> &mut Kept<Histogram> {
        if outcome.error_kind.is_none() && outcome.cache.is_none() {
            return &mut self.duration[outcome.ending as usize];
        }
        let refined = (outcome.ending, outcome.error_kind, outcome.cache);
        let at = self.refined.iter().position(|(this, _)| *this == refined).unwrap_or_else(|| {
            self.refined.push((refined, Kept::default()));
            self.refined.len() - 1
        });
        &mut self.refined[at].1
    }
}

#[cold]
fn register<H: Handle>(site: &'static Site, series: Series, values: &[Value]) -> H {
    register_admitted(site, series, &admitted(site, values))
}

fn register_admitted<H: Handle>(site: &'static Site, series: Series, values: &[Value]) -> H {
    describe(site, series);
    let target = if matches!(series, Series::Duration(_)) { TARGET } else { "fujita" };
    let metadata = Metadata::new(target, Level::INFO, Some(site.module()));
    let key = Key::from_parts(name(site, series), labels(site, series, values));
    metrics::with_recorder(|recorder| H::register(recorder, &key, &metadata))
}

#[inline]
fn name(site: &'static Site, series: Series) -> &'static str {
    match series {
        Series::Duration(_) => site.timed.metric,
        Series::Busy => BUSY,
        Series::InFlight => IN_FLIGHT,
        Series::SlowPolls => SLOW_POLLS,
    }
}

fn describe(site: &'static Site, series: Series) {
    let (kind, unit, text) = match series {
        Series::Duration(_) if site.timed.metric != METRIC => {
            (Kind::Histogram, Some(Unit::Seconds), "Time from call to return, by result.")
        }
        Series::Duration(_) => (
            Kind::Histogram,
            Some(Unit::Seconds),
            "Time from call to return of each annotated function, by result; its count is the number of calls.",
        ),
        Series::Busy => {
            (Kind::Histogram, Some(Unit::Seconds), "Time each call of an async function spent inside polls.")
        }
        Series::InFlight => (Kind::Gauge, None, "Calls that have begun and not ended."),
        Series::SlowPolls => (Kind::Counter, None, "Polls that took longer than the function's slow_poll."),
    };
    recorder::describe(kind, name(site, series), unit, text);
}

fn labels(site: &'static Site, series: Series, values: &[Value]) -> Vec<Label> {
    let fixed = |key: &'static str, value: &'static str| Label::from_static_parts(key, value);
    let mut labels = vec![fixed("function", site.function()), fixed("module", site.module())];
    labels.extend(named_values(site, values).map(|(name, value)| {
        let value = match value {
            Value::Borrowed(value) => SharedString::const_str(value),
            Value::Owned(value) => SharedString::from(value),
        };
        Label::new(name, value)
    }));
    if let Series::Duration(outcome) = series {
        labels.push(fixed("result", outcome.ending.as_str()));
        labels.extend(outcome.error_kind.map(|kind| fixed("error", kind)));
        labels.extend(outcome.cache.map(|cache| fixed("cache", cache.as_str())));
    }
    labels
}

/// The user's labels in the order written: literals from the site, the rest from the call.
pub(super) fn named_values(
    site: &'static Site,
    values: &[Value],
) -> impl Iterator<Item = (&'static str, Value)> {
    let mut dynamic = values.iter();
    site.timed.labels.iter().filter_map(move |&(name, literal)| {
        let value = match literal {
            Some(literal) => Value::Borrowed(literal),
            None => dynamic.next()?.clone(),
        };
        Some((name, value))
    })
}

/// Makes the series of `site` exist at zero. What a dynamic label will say is not known yet; `other` it can say.
pub(crate) fn preregister(site: &'static Site) {
    let values = others(site.timed.dynamic_labels());
    let durations = |outcome: Outcome| {
        #[cfg(feature = "cached")]
        if site.is_timed_around_cache() {
            for status in CacheStatus::ALL {
                let outcome = outcome.with_cache(status);
                let _: Histogram = register_admitted(site, Series::Duration(outcome), &values);
            }
            return;
        }
        let _: Histogram = register_admitted(site, Series::Duration(outcome), &values);
    };
    durations(Outcome::OK);
    if site.timed.fallible {
        durations(Outcome::ERROR);
    }
    if site.timed.busy {
        let _: Histogram = register_admitted(site, Series::Busy, &values);
    }
    if site.timed.in_flight {
        let _: Gauge = register_admitted(site, Series::InFlight, &values);
    }
    if site.timed.slow_poll.is_some() {
        let _: Counter = register_admitted(site, Series::SlowPolls, &values);
    }
}
