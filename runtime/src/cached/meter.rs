//! What a cache tells the metrics facade.
//!
//! Requests are too frequent to be recorded one by one: under the global recorder they are only counted, and a thread
//! of ours hands the sums over, twice a second. Under a local recorder each is recorded at once, as nobody could hand it
//! over later. Loads and evictions are recorded when they happen.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, SharedString, Unit};
use moka::notification::RemovalCause;

use super::departed;
use super::stats::{Counts, Requests};
use super::tend::quietly;
use crate::clock;
use crate::recorder::{self, Handles, Kept, Kind};
use crate::timed::CacheStatus;

pub(super) const REQUESTS: &str = "function_cache_requests_total";
const LOAD_SECONDS: &str = "function_cache_load_seconds";
const EVICTIONS: &str = "function_cache_evictions_total";
const ENTRIES: &str = "function_cache_entries";
const WEIGHT: &str = "function_cache_weight";

/// How a load ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum LoadEnd {
    Ok = 0,
    Error = 1,
    Panic = 2,
    Cancelled = 3,
}

impl LoadEnd {
    const fn as_str(self) -> &'static str {
        ["ok", "error", "panic", "cancelled"][self as usize]
    }
}

const fn cause_name(cause: usize) -> &'static str {
    ["expired", "explicit", "replaced", "size"][cause]
}

const fn cause_index(cause: RemovalCause) -> usize {
    match cause {
        RemovalCause::Expired => 0,
        RemovalCause::Explicit => 1,
        RemovalCause::Replaced => 2,
        RemovalCause::Size => 3,
    }
}

/// The counts of one cache, and its handles.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) name: SharedString,
    pub(super) requests: Requests,
    pub(super) counts: Counts,
    /// Of the requests, those that a recorder was told of at once.
    told_at_once: [AtomicU64; 4],
    handed_over: Mutex<HandedOver>,
    loads: Mutex<[Kept<Histogram>; 4]>,
    evictions: Mutex<[Kept<Counter>; 4]>,
}

#[derive(Debug, Default)]
struct HandedOver {
    /// Of the requests, those that were handed over, or that nobody listened to.
    requests: [u64; 4],
    counters: [Kept<Counter>; 4],
}

impl Meter {
    pub(super) fn new(name: SharedString) -> Self {
        Self {
            name,
            requests: Requests::new(),
            counts: Counts::default(),
            told_at_once: Default::default(),
            handed_over: Mutex::default(),
            loads: Mutex::default(),
            evictions: Mutex::default(),
        }
    }

    #[inline]
    pub(super) fn request(&self, status: CacheStatus) {
        recorder::unless_counted_later(|recorder| self.tell(recorder, status));
        // Last: what is handed over must know by then what was told already.
        self.requests.count(status);
    }

    /// Under a local recorder, or a global one that is not known yet or whose handles must not be kept.
    #[cold]
    fn tell(&self, recorder: usize, status: CacheStatus) {
        quietly(|| {
            if recorder::handles_of(recorder, REQUESTS) == Handles::Once {
                self.told_at_once[status as usize].fetch_add(1, Ordering::Relaxed);
                self.register::<Counter>(REQUESTS, ("result", status.as_str())).increment(1);
            }
        });
    }

    pub(super) fn load(&self, ticks: u64, end: LoadEnd) {
        let elapsed = clock::between(0, ticks);
        if !matches!(end, LoadEnd::Cancelled) {
            let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
            self.counts.load_nanos.fetch_add(nanos, Ordering::Relaxed);
            self.counts.loads.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(end, LoadEnd::Error | LoadEnd::Panic) {
            self.counts.load_errors.fetch_add(1, Ordering::Relaxed);
        }
        let register = || self.register(LOAD_SECONDS, ("result", end.as_str()));
        let record = |histogram: &Histogram| histogram.record(elapsed.as_secs_f64());
        quietly(|| with_handle(LOAD_SECONDS, &self.loads, end as usize, register, record));
    }

    pub(super) fn eviction(&self, cause: RemovalCause) {
        let cause = cause_index(cause);
        self.counts.evictions[cause].fetch_add(1, Ordering::Relaxed);
        let register = || self.register(EVICTIONS, ("cause", cause_name(cause)));
        let record = |counter: &Counter| counter.increment(1);
        quietly(|| with_handle(EVICTIONS, &self.evictions, cause, register, record));
    }

    /// Hands over what was counted since the last time, to the recorder that is current here.
    pub(super) fn hand_over(&self) {
        let mut handed_over = lock(&self.handed_over);
        let sums = self.requests.sums();
        let handles = recorder::handles(REQUESTS);
        // A recorder that is told at once, or a local one of whoever asks for it now.
        if handles == Handles::Once {
            return;
        }
        let HandedOver { requests, counters } = &mut *handed_over;
        let due = self.due(sums, requests);
        let now = clock::now();
        for (index, status) in CacheStatus::ALL.into_iter().enumerate() {
            requests[index] += due[index];
            if handles == Handles::Kept {
                let register = || self.register(REQUESTS, ("result", status.as_str()));
                // Also where nothing is due: an exporter that drops what is idle is not to drop these.
                counters[index].get(now, register).increment(due[index]);
            }
        }
    }

    fn due(&self, sums: [u64; 4], handed_over: &[u64; 4]) -> [u64; 4] {
        std::array::from_fn(|index| {
            let told = self.told_at_once[index].load(Ordering::Relaxed);
            sums[index].saturating_sub(told + handed_over[index])
        })
    }

    #[cold]
    fn register<H: recorder::Handle>(&self, metric: &'static str, label: (&'static str, &'static str)) -> H {
        register_of(&self.name, metric, label)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let due = self.due(self.requests.sums(), &lock(&self.handed_over).requests);
        departed::add(&self.name, due);
    }
}

pub(super) fn register_of<H: recorder::Handle>(
    name: &SharedString,
    metric: &'static str,
    label: (&'static str, &'static str),
) -> H {
    let label = Label::from_static_parts(label.0, label.1);
    register_with(metric, vec![Label::new("cache", name.clone()), label])
}

fn register_with<H: recorder::Handle>(metric: &'static str, labels: Vec<Label>) -> H {
    describe(metric);
    let metadata = Metadata::new("fujita", Level::INFO, None);
    let key = Key::from_parts(metric, labels);
    metrics::with_recorder(|recorder| H::register(recorder, &key, &metadata))
}

/// Sets the gauges of all caches of one name: those of the instantiations of one function, say.
pub(super) fn set_gauges(name: &SharedString, entries: u64, weight: u64) {
    if recorder::handles(ENTRIES) == Handles::Nothing {
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
    for (metric, value) in [(ENTRIES, entries as f64), (WEIGHT, weight as f64)] {
        register_with::<Gauge>(metric, vec![Label::new("cache", name.clone())]).set(value);
    }
}

/// Makes the series of a cache exist at zero that nobody has called yet.
pub(crate) fn preregister(name: SharedString) {
    let meter = Meter::new(name);
    for status in CacheStatus::ALL {
        meter.register::<Counter>(REQUESTS, ("result", status.as_str())).increment(0);
    }
    for end in [LoadEnd::Ok, LoadEnd::Error] {
        let _: Histogram = meter.register(LOAD_SECONDS, ("result", end.as_str()));
    }
    for cause in 0..4 {
        meter.register::<Counter>(EVICTIONS, ("cause", cause_name(cause))).increment(0);
    }
    for gauge in [ENTRIES, WEIGHT] {
        let _: Gauge = register_with(gauge, vec![Label::new("cache", meter.name.clone())]);
    }
}

fn with_handle<H>(
    metric: &'static str,
    kept: &Mutex<[Kept<H>; 4]>,
    index: usize,
    register: impl Fn() -> H,
    record: impl Fn(&H),
) {
    match recorder::handles(metric) {
        Handles::Nothing => {}
        // A recorder that itself uses this cache comes back here while the lock is held.
        Handles::Kept => match kept.try_lock() {
            Ok(mut kept) => record(kept[index].get(clock::now(), register)),
            Err(_) => record(&register()),
        },
        Handles::Once => record(&register()),
    }
}

fn describe(metric: &'static str) {
    let (kind, unit, text) = match metric {
        REQUESTS => (Kind::Counter, None, "Requests to each cache, by what answered them."),
        LOAD_SECONDS => (Kind::Histogram, Some(Unit::Seconds), "Time to load a value that was not cached."),
        EVICTIONS => (Kind::Counter, None, "Entries that left each cache, by cause."),
        ENTRIES => (Kind::Gauge, None, "Entries in each cache."),
        _ => (Kind::Gauge, None, "Total weight of the entries in each cache."),
    };
    recorder::describe(kind, metric, unit, text);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
