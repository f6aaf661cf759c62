//! What pools and calls tell the metrics facade.
//!
//! Under the global recorder each thread keeps handles of its own. Under a local recorder, which cannot follow a call to
//! its thread, the handles are made where the call is made and go along.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Unit};

use super::job::{Header, quietly};
use super::pool::Core;
use super::site::{IN_PLACE, Offload};
use super::timer;
use crate::clock;
use crate::recorder::{self, Handle, Handles, Kept, Kind};
use crate::site::Site;

/// Whose metrics these are, for recorders that tell them apart.
pub(crate) const TARGET: &str = "fujita::offload";

pub(crate) const JOBS: &str = "function_offload_jobs_total";
pub(crate) const WAIT: &str = "function_offload_wait_seconds";
pub(crate) const RUN: &str = "function_offload_run_seconds";
const ACTIVE: &str = "function_offload_active";
const DEPTH: &str = "function_offload_queue_depth";
const THREADS: &str = "function_offload_threads";

/// What a call came to. Each comes to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Completed = 0,
    Panicked = 1,
    Rejected = 2,
    TimedOut = 3,
    Cancelled = 4,
    /// It ran in its caller, because there was no room.
    CallerRan = 5,
    /// It ran in its caller, which was a thread of the pool, or a test.
    Inlined = 6,
}

impl Outcome {
    const ALL: [Self; 7] = [
        Self::Completed,
        Self::Panicked,
        Self::Rejected,
        Self::TimedOut,
        Self::Cancelled,
        Self::CallerRan,
        Self::Inlined,
    ];

    const fn as_str(self) -> &'static str {
        ["completed", "panicked", "rejected", "timed_out", "cancelled", "caller_ran", "inlined"]
            [self as usize]
    }
}

/// Whose series: a function, on a pool.
#[derive(Clone, Copy)]
struct Of<'a> {
    site: &'static Site,
    function: &'static str,
    pool: &'a str,
}

/// How a call is recorded.
pub(super) enum Tally {
    /// Nobody listens where it was made.
    Nobody,
    /// By handles of the thread that it happens on.
    Threads,
    Carried(Box<Carried>),
}

/// Handles of a recorder that is current in the caller alone.
pub(super) struct Carried {
    wait: Histogram,
    run: Histogram,
    depth: Gauge,
    active: Gauge,
    outcomes: Vec<(Outcome, Counter)>,
}

impl Tally {
    pub(super) fn here(offload: &'static Offload, core: &'static Core) -> Self {
        match recorder::handles(JOBS) {
            Handles::Nothing => return Self::Nobody,
            Handles::Kept => return Self::Threads,
            Handles::Once => {}
        }
        let of = Of::new(offload, core.name());
        let mut outcomes = vec![Outcome::Completed, Outcome::Panicked];
        if !offload.detaches {
            outcomes.push(Outcome::Cancelled);
        }
        if offload.queue_timeout.is_some() || offload.timeout.is_some() {
            outcomes.push(Outcome::TimedOut);
        }
        let pool_gauge = |metric| register::<Gauge>(metric, pool_labels(core.name()));
        pool_gauge(THREADS).set(as_f64(core.threads));
        Self::Carried(Box::new(Carried {
            wait: of.register(WAIT),
            run: of.register(RUN),
            depth: pool_gauge(DEPTH),
            active: pool_gauge(ACTIVE),
            outcomes: outcomes.into_iter().map(|outcome| (outcome, of.register_outcome(outcome))).collect(),
        }))
    }

    /// It was queued.
    pub(super) fn queued(&self) {
        if let Self::Carried(carried) = self {
            quietly(|| carried.depth.increment(1.0));
        }
    }

    /// It never began.
    pub(super) fn unqueued(&self) {
        if let Self::Carried(carried) = self {
            quietly(|| carried.depth.decrement(1.0));
        }
    }

    /// It begins: now, in ticks, if that is of interest.
    pub(super) fn began(&self) -> u64 {
        if let Self::Carried(carried) = self {
            quietly(|| {
                carried.depth.decrement(1.0);
                carried.active.increment(1.0);
            });
        }
        if matches!(self, Self::Nobody) { 0 } else { clock::now() }
    }

    /// It ran from `began` to `ended`, and came to `outcome`, if that has not been counted.
    pub(super) fn ran(&self, header: &Header, began: u64, ended: u64, outcome: Option<Outcome>) {
        let times = || (clock::seconds(header.called, began), clock::seconds(began, ended));
        match self {
            Self::Carried(carried) => {
                let (wait, run) = times();
                quietly(|| {
                    carried.wait.record(wait);
                    carried.run.record(run);
                    carried.active.decrement(1.0);
                });
                if let Some(outcome) = outcome {
                    self.count(header, outcome);
                }
            }
            Self::Nobody => {}
            Self::Threads => {
                let (wait, run) = times();
                record_run(Of::new(header.offload, header.core.name()), ended, wait, run, outcome);
            }
        }
    }

    pub(super) fn count(&self, header: &Header, outcome: Outcome) {
        if let Self::Carried(carried) = self
            && let Some((_, counter)) = carried.outcomes.iter().find(|(this, _)| *this == outcome)
        {
            return quietly(|| counter.increment(1));
        }
        if !matches!(self, Self::Nobody) {
            count(header.offload, header.core.name(), outcome);
        }
    }
}

/// A call that never began.
pub(super) fn count(offload: &'static Offload, pool: &str, outcome: Outcome) {
    let of = Of::new(offload, pool);
    let now = clock::now();
    with_series(
        of.site,
        |series| series.outcomes[outcome as usize].get(now, || of.register_outcome(outcome)).increment(1),
        || of.register_outcome(outcome).increment(1),
    );
}

/// A call that ran in its caller.
pub(super) fn ran_here(offload: &'static Offload, pool: &str, (called, began): (u64, u64), outcome: Outcome) {
    let ended = clock::now();
    let (wait, run) = (clock::seconds(called, began), clock::seconds(began, ended));
    record_run(Of::new(offload, pool), ended, wait, run, Some(outcome));
}

fn record_run(of: Of<'_>, now: u64, wait: f64, run: f64, outcome: Option<Outcome>) {
    with_series(
        of.site,
        |series| {
            series.wait.get(now, || of.register(WAIT)).record(wait);
            series.run.get(now, || of.register(RUN)).record(run);
            if let Some(outcome) = outcome {
                let counter = &mut series.outcomes[outcome as usize];
                counter.get(now, || of.register_outcome(outcome)).increment(1);
            }
        },
        || {
            of.register::<Histogram>(WAIT).record(wait);
            of.register::<Histogram>(RUN).record(run);
            if let Some(outcome) = outcome {
                of.register_outcome(outcome).increment(1);
            }
        },
    );
}

/// The handles of one thread to the series of one function.
#[derive(Default)]
struct Series {
    wait: Kept<Histogram>,
    run: Kept<Histogram>,
    outcomes: [Kept<Counter>; 7],
}

thread_local! {
    /// By [`Site::index`].
    static SERIES: RefCell<Vec<Option<Box<Series>>>> = const { RefCell::new(Vec::new()) };
}

/// Records by the handles that this thread keeps, or by some that are made for this once.
fn with_series(site: &'static Site, kept: impl FnOnce(&mut Series), once: impl FnOnce()) {
    let through_kept = || {
        SERIES.try_with(|all| {
            let mut all = all.try_borrow_mut().ok()?;
            let index = site.index();
            if index >= all.len() {
                all.resize_with(index + 1, || None);
            }
            kept(all[index].get_or_insert_default());
            Some(())
        })
    };
    quietly(|| match recorder::handles(JOBS) {
        Handles::Nothing => {}
        Handles::Kept => {
            // Not while the thread is torn down, nor in a recorder that is itself offloaded.
            if !matches!(through_kept(), Ok(Some(()))) {
                once();
            }
        }
        Handles::Once => once(),
    });
}

impl<'a> Of<'a> {
    fn new(offload: &'static Offload, pool: &'a str) -> Self {
        Self { site: offload.site, function: offload.function(), pool }
    }

    fn labels(self) -> Vec<Label> {
        let fixed = |key: &'static str, value: &'static str| Label::from_static_parts(key, value);
        let mut labels = pool_labels(self.pool);
        labels.extend([fixed("function", self.function), fixed("module", self.site.module())]);
        labels
    }

    #[cold]
    fn register<H: Handle>(self, metric: &'static str) -> H {
        register(metric, self.labels())
    }

    #[cold]
    fn register_outcome(self, outcome: Outcome) -> Counter {
        let mut labels = self.labels();
        labels.push(Label::from_static_parts("outcome", outcome.as_str()));
        register(JOBS, labels)
    }
}

fn pool_labels(pool: &str) -> Vec<Label> {
    vec![Label::new("pool", pool.to_owned())]
}

fn register<H: Handle>(metric: &'static str, labels: Vec<Label>) -> H {
    describe(metric);
    let metadata = Metadata::new(TARGET, Level::INFO, None);
    let key = Key::from_parts(metric, labels);
    metrics::with_recorder(|recorder| H::register(recorder, &key, &metadata))
}

fn describe(metric: &'static str) {
    let (kind, unit, text) = match metric {
        JOBS => (Kind::Counter, None, "Calls of each offloaded function, by what they came to."),
        WAIT => (Kind::Histogram, Some(Unit::Seconds), "Time from call to the beginning of the body."),
        RUN => (Kind::Histogram, Some(Unit::Seconds), "Time that the body ran."),
        ACTIVE => (Kind::Gauge, None, "Calls that run on each pool."),
        DEPTH => (Kind::Gauge, None, "Calls that wait for a thread of each pool."),
        _ => (Kind::Gauge, None, "Threads that each pool may use."),
    };
    recorder::describe(kind, metric, unit, text);
}

/// Makes the series of a function exist at zero that nobody has called yet.
pub(crate) fn preregister(site: &'static Site, (pool, function): (&'static str, &'static str)) {
    let function = if function.is_empty() { site.function() } else { function };
    let of = Of { site, function, pool };
    for outcome in Outcome::ALL {
        of.register_outcome(outcome).increment(0);
    }
    for metric in [WAIT, RUN] {
        let _: Histogram = of.register(metric);
    }
    // How many threads there will be, nobody knows before the pool is there; in the caller there are none.
    if pool != IN_PLACE {
        for metric in [ACTIVE, DEPTH] {
            let _: Gauge = register(metric, pool_labels(pool));
        }
    }
}

/// The gauges of a pool.
///
/// They are set when the pool comes to rest, and else once in a while: under load, thousands of calls come and go between
/// two looks at them.
#[derive(Default)]
pub(super) struct Gauges {
    kept: Mutex<Shown>,
    /// Something changed since the gauges were last set.
    is_due: AtomicBool,
    /// The timer will set them.
    is_planned: AtomicBool,
}

#[derive(Default)]
struct Shown {
    depth: Kept<Gauge>,
    active: Kept<Gauge>,
    threads: Kept<Gauge>,
}

/// By how much the gauges of a pool may lag.
const LAG: Duration = Duration::from_millis(10);

impl Gauges {
    /// A call was queued: shows it a little later.
    pub(super) fn plan(&self, core: &'static Core) {
        if recorder::has_global() || recorder::handles(ACTIVE) == Handles::Kept {
            self.plan_again(core);
        }
    }

    /// As [`plan`](Self::plan), for what becomes of the call, without looking once more whether there is a recorder now.
    pub(super) fn plan_again(&self, core: &'static Core) {
        let is_due = !self.is_planned.load(Ordering::SeqCst) && recorder::has_global();
        if is_due && !self.is_planned.swap(true, Ordering::SeqCst) {
            timer::after(LAG, core);
        }
    }

    /// As it was planned.
    pub(super) fn show_planned(&self, core: &'static Core) {
        self.is_planned.store(false, Ordering::SeqCst);
        self.show(core);
    }

    /// Shows how the pool is now. Of several threads that come at once, one shows what all have changed.
    pub(super) fn show(&self, core: &'static Core) {
        if recorder::handles(ACTIVE) != Handles::Kept {
            // A local recorder may stand before the global one here, but not where the timer is.
            return self.plan(core);
        }
        self.is_due.store(true, Ordering::SeqCst);
        while self.is_due.load(Ordering::SeqCst) {
            let Ok(mut kept) = self.kept.try_lock() else { return };
            while self.is_due.swap(false, Ordering::SeqCst) {
                quietly(|| kept.set(core));
            }
        }
    }
}

impl Shown {
    fn set(&mut self, core: &Core) {
        let now = clock::now();
        let set = |kept: &mut Kept<Gauge>, metric, value: usize| {
            kept.get(now, || register(metric, pool_labels(core.name()))).set(as_f64(value));
        };
        set(&mut self.depth, DEPTH, core.waiting().min(core.queue_capacity));
        set(&mut self.active, ACTIVE, core.running());
        set(&mut self.threads, THREADS, core.threads);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge")]
const fn as_f64(count: usize) -> f64 {
    count as f64
}
