//! A pool: calls that wait, threads that take them, and how many there may be of each.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::runtime::{Handle, Id};

#[cfg(feature = "cpu")]
use super::cpu::Stint;
use super::job::{Header, Run, quietly};
use super::limit::Limit;
use super::meter::Gauges;
use super::nested;
use super::queue::{Jobs, Queue, Take};
use super::site::{Kind, OnFull};

pub(super) struct Core {
    name: String,
    pub(super) threads: usize,
    pub(super) queue_capacity: usize,
    pub(super) on: On,
    /// Calls that are queued or run (`BUSY`), and those of them that run (`RUNS`). What is over is taken off before anybody
    /// else can know.
    counts: AtomicU64,
    /// Calls that wait for a turn of their function. Who goes there does so under the lock, and on the way, both ways, is
    /// counted twice rather than not at all.
    parked: AtomicUsize,
    state: Mutex<State>,
    /// No call comes in any more; changes under the lock.
    closed: AtomicBool,
    gauges: Gauges,
}

const BUSY: u64 = 1;
const RUNS: u64 = 1 << 32;

#[allow(clippy::cast_possible_truncation, reason = "half of it, so it fits")]
const fn busy(counts: u64) -> usize {
    (counts % RUNS) as usize
}

#[allow(clippy::cast_possible_truncation, reason = "half of it, so it fits")]
const fn running(counts: u64) -> usize {
    (counts / RUNS) as usize
}

/// Whose threads they are.
pub(super) enum On {
    /// Those of the runtime that a call is made in.
    Tokio,
    #[cfg(feature = "cpu")]
    Rayon(Mutex<Option<Arc<rayon::ThreadPool>>>),
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// Threads that take calls from the queue, or will as soon as they have started.
    workers: usize,
    /// What waits does not begin any more.
    stopped: bool,
    /// Who waits for everything to be over.
    drained: Vec<Waker>,
    /// Of the functions that run here.
    limits: Vec<&'static Limit>,
}

/// What became of a call that was handed in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Submitted {
    Taken,
    Full,
    Closed,
    /// From a thread of a pool: it would have to wait for another, and that one perhaps for this.
    WouldWait,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Core {
    pub(super) fn new(name: String, threads: usize, queue_capacity: usize, on: On) -> Self {
        Self {
            name,
            threads,
            queue_capacity,
            on,
            counts: AtomicU64::new(0),
            parked: AtomicUsize::new(0),
            state: Mutex::default(),
            closed: AtomicBool::new(false),
            gauges: Gauges::default(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn kind(&self) -> Kind {
        match self.on {
            On::Tokio => Kind::Blocking,
            #[cfg(feature = "cpu")]
            On::Rayon(_) => Kind::Cpu,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows how it is now.
    pub(super) fn show(&'static self) {
        self.gauges.show(self);
    }

    pub(super) fn show_planned(&'static self) {
        self.gauges.show_planned(self);
    }

    /// Calls that wait for a thread, those that wait for room in the queue or for a turn too.
    pub(super) fn waiting(&self) -> usize {
        let (counts, parked) = self.counted(&self.lock());
        busy(counts) + parked - running(counts)
    }

    pub(super) fn running(&self) -> usize {
        running(self.counts.load(Ordering::SeqCst))
    }

    /// All calls, under the lock: those that wait for their turn first, so that none is missed that stops to.
    fn counted(&self, _: &State) -> (u64, usize) {
        let parked = self.parked.load(Ordering::SeqCst);
        (self.counts.load(Ordering::SeqCst), parked)
    }

    /// A function with a limit runs here.
    pub(super) fn know(&self, limit: &'static Limit) {
        self.lock().limits.push(limit);
    }

    /// A call that was queued waits for its turn now.
    pub(super) fn parked(&self) {
        self.parked.fetch_add(1, Ordering::SeqCst);
        self.counts.fetch_sub(BUSY, Ordering::SeqCst);
    }

    /// It is the call's turn, and it is queued.
    pub(super) fn unparked(&self) {
        self.counts.fetch_add(BUSY, Ordering::SeqCst);
        self.parked.fetch_sub(1, Ordering::SeqCst);
    }

    /// A call is over that was busy, and ran too if `what` says so.
    fn less(&'static self, what: u64) {
        let is_last = self.counts.fetch_sub(what, Ordering::SeqCst) == what;
        self.lessened(is_last && self.parked.load(Ordering::SeqCst) == 0);
    }

    /// A call is over that waited for its turn.
    fn less_parked(&'static self) {
        let is_last = self.parked.fetch_sub(1, Ordering::SeqCst) == 1;
        self.lessened(is_last && self.counts.load(Ordering::SeqCst) == 0);
    }

    fn lessened(&'static self, is_at_rest: bool) {
        if is_at_rest {
            // Everything is to be seen as it is, before anybody can know.
            self.show();
        } else {
            self.gauges.plan_again(self);
        }
        if self.is_closed() {
            let drained = std::mem::take(&mut self.lock().drained);
            for waker in drained {
                quietly(|| waker.wake());
            }
        }
    }

    /// Hands a call in.
    pub(super) fn submit(&'static self, job: Arc<dyn Run>, on_full: OnFull) -> Submitted {
        // Whoever is refused must not be counted, not even for a moment: others would be refused for it.
        let counted = self.counts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |counts| {
            self.refuses(busy(counts), on_full).is_none().then_some(counts + BUSY)
        });
        if let Err(counts) = counted {
            return self.refuses(busy(counts), on_full).unwrap_or(Submitted::Full);
        }
        let mut state = self.lock();
        if self.is_closed() {
            drop(state);
            self.less(BUSY);
            return Submitted::Closed;
        }
        let starts = self.takes_a_worker(&mut state, Some(&job)).then(|| Arc::clone(&job));
        state.queue.push(job);
        drop(state);
        self.gauges.plan(self);
        if starts.is_some() {
            self.start_worker(starts.as_ref());
        }
        Submitted::Taken
    }

    /// Why a call would not be taken besides so many others.
    fn refuses(&self, busy: usize, on_full: OnFull) -> Option<Submitted> {
        if busy < self.threads {
            return None;
        }
        if on_full != OnFull::Wait && busy >= self.threads.saturating_add(self.queue_capacity) {
            return Some(Submitted::Full);
        }
        nested::is_within().then_some(Submitted::WouldWait)
    }

    /// Whether what was queued just now takes another thread, which is started for `job` then.
    fn takes_a_worker(&self, state: &mut State, job: Option<&Arc<dyn Run>>) -> bool {
        // One that has just run something, and will look again, counts: it is there sooner than a new one.
        let starts = state.workers < self.threads && state.workers < busy(self.counts.load(Ordering::SeqCst));
        state.workers += usize::from(starts);
        if starts && let Some(job) = job {
            job.header().expect_worker();
        }
        starts
    }

    /// A call that was waiting was discarded.
    pub(super) fn withdraw(&'static self, header: &Header) {
        let limit = header.offload.limit();
        let is_parked = limit.is_some_and(|(limit, _)| limit.withdraw(header));
        match (header.stays, is_parked) {
            (false, true) => return self.less_parked(),
            (false, false) => self.remove(),
            (true, _) => {}
        }
        self.give_turn_back(header);
    }

    /// What stands in the queue was discarded.
    fn remove(&'static self) {
        let mut swept = Jobs::new();
        self.lock().queue.withdraw(&mut swept);
        self.less(BUSY);
    }

    /// A call has run.
    pub(super) fn finish(&'static self, header: &Header) {
        // First, so that a pool is not idle before the next call is queued.
        self.give_turn_back(header);
        self.less(BUSY + RUNS);
    }

    /// If the call had a turn, it is that of the next that waits for one.
    pub(super) fn give_turn_back(&'static self, header: &Header) {
        let Some((limit, _)) = header.offload.limit() else { return };
        if !header.has_turn.swap(false, Ordering::AcqRel) {
            return;
        }
        while let Some(next) = limit.give_back() {
            if self.requeue(&next) {
                return;
            }
        }
    }

    /// Queues a call whose turn it is, and that is counted already; or its caller runs it, with the turn. If nobody is
    /// left to do so, its turn is over at once.
    fn requeue(&'static self, job: &Arc<dyn Run>) -> bool {
        let header = job.header();
        let hand_back = || job.hand_back() || !header.has_turn.swap(false, Ordering::AcqRel);
        if header.stays {
            return !header.discard() || hand_back();
        }
        let mut state = self.lock();
        state.queue.push_first(Arc::clone(job));
        let stopped = state.stopped;
        let starts = !stopped && self.takes_a_worker(&mut state, Some(job));
        drop(state);
        self.gauges.plan(self);
        if stopped && header.discard() {
            self.remove();
            return hand_back();
        }
        if starts {
            self.start_worker(Some(job));
        }
        true
    }

    /// The next call for a worker of that runtime, or its leave to end.
    fn next(&'static self, runtime: Option<Id>) -> Next {
        let begin = |job: &Arc<dyn Run>| match job.header().offload.limit() {
            Some((limit, most)) => limit.begin(most, job),
            None => Take::if_true(job.header().claim()),
        };
        let mut passed = Jobs::new();
        // On another runtime's threads a call would hold that one up when it ends.
        let is_shared = self.kind() == Kind::Blocking;
        let is_ours = |job: &Arc<dyn Run>| !is_shared || job.header().context.runtime_id() == runtime;
        let mut state = self.lock();
        let mut elsewhere = None;
        if is_shared && state.workers >= self.threads {
            // Whoever came first and has no worker yet is to have the place of this one.
            let first = state.queue.first(|job| is_ours(job) || !job.header().expects_worker());
            elsewhere = first.filter(|first| !is_ours(first)).cloned();
        }
        let mut next = None;
        if elsewhere.is_none() {
            next = state.queue.pop(is_ours, begin, &mut passed);
            if next.is_none() {
                elsewhere = state.queue.first(|job| !job.header().expects_worker()).cloned();
            }
        }
        if let Some(job) = &elsewhere {
            job.header().expect_worker();
        }
        state.workers -= usize::from(next.is_none() && elsewhere.is_none());
        drop(state);
        if !passed.is_empty() {
            quietly(|| drop(passed));
        }
        let Some(job) = next else { return elsewhere.map_or(Next::Nothing, Next::Elsewhere) };
        self.counts.fetch_add(RUNS, Ordering::SeqCst);
        self.gauges.plan_again(self);
        Next::Job(job)
    }

    /// Runs a call, and those that come after it, until one comes of another runtime: to enter one costs as much as a small
    /// call, for all threads count up and down in one place.
    fn run_those_of_one_runtime(
        &'static self,
        mut job: Arc<dyn Run>,
        ours: Option<Id>,
        is_over: &mut impl FnMut(u64) -> bool,
    ) -> Next {
        let id = |job: &Arc<dyn Run>| job.header().context.runtime_for(self.kind()).map(Handle::id);
        let runtime = job.header().context.runtime_for(self.kind()).cloned();
        let entered = runtime.as_ref().map(Handle::enter);
        let next = loop {
            // A waker that panics, say, must not cost the pool a thread.
            let over = catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or_default();
            if is_over(over) {
                break Next::Others;
            }
            match self.next(ours) {
                Next::Job(next) if id(&next) == runtime.as_ref().map(Handle::id) => job = next,
                next => break next,
            }
        };
        // Should a body have left a guard of its own behind.
        quietly(|| drop(entered));
        next
    }

    /// Starts the thread that a worker of the count runs on, in the runtime of `job` if it takes one.
    pub(super) fn start_worker(&'static self, job: Option<&Arc<dyn Run>>) {
        let mut job = job.cloned();
        loop {
            let worker = Worker { core: self, job: job.clone(), runs: false };
            match &self.on {
                On::Tokio => {
                    let runtime = job.as_ref().and_then(|job| job.header().context.runtime.as_ref());
                    let runtime = runtime.expect("a call to a blocking pool has a runtime");
                    let started = catch_unwind(AssertUnwindSafe(|| {
                        let _starting = Starting::begin();
                        drop(runtime.spawn_blocking(move || worker.work()));
                    }));
                    // There was no thread for it. It stays with the runtime nevertheless, which may find one later.
                    if started.is_err() && job.as_ref().is_some_and(|job| job.header().give_worker_up()) {
                        LOST.set(true);
                    }
                }
                #[cfg(feature = "cpu")]
                On::Rayon(pool) => {
                    let pool = pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    if let Some(pool) = pool {
                        pool.spawn(move || worker.work());
                    }
                }
            }
            if !LOST.replace(false) {
                return;
            }
            job = self.replace_worker(job.as_ref());
            if job.is_none() {
                return;
            }
        }
    }

    /// The runtime that was to run `job` is shutting down, or has no threads. The call for which to start another worker.
    fn replace_worker(&'static self, job: Option<&Arc<dyn Run>>) -> Option<Arc<dyn Run>> {
        if let Some(job) = job.filter(|job| job.header().discard()) {
            job.hand_back();
            self.withdraw(job.header());
        }
        let mut state = self.lock();
        let first = state.queue.first(|job| !job.header().expects_worker()).cloned();
        match &first {
            Some(job) => job.header().expect_worker(),
            None => state.workers -= 1,
        }
        first
    }

    /// A worker lets others go first. What waits for it gets another one, if a thread may be free.
    #[cfg(feature = "cpu")]
    pub(super) fn step_aside(&'static self) {
        let mut state = self.lock();
        let is_one_free = state.workers < self.threads;
        state.workers -= 1;
        let starts = is_one_free && self.takes_a_worker(&mut state, None);
        drop(state);
        if starts {
            self.start_worker(None);
        }
    }

    /// Starts workers if there are too few.
    #[cfg(feature = "cpu")]
    pub(super) fn start_missing(&'static self) {
        loop {
            let starts = self.takes_a_worker(&mut self.lock(), None);
            if !starts {
                return;
            }
            self.start_worker(None);
        }
    }

    /// No call comes in any more.
    pub(super) fn close(&self) {
        let _state = self.lock();
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Whether everything is over, but for so many; else `waker` is woken when it may be.
    pub(super) fn is_drained(&self, waker: &Waker, but: usize) -> bool {
        // Neither cloned nor dropped under the lock.
        let waker = waker.clone();
        let mut state = self.lock();
        if !state.drained.iter().any(|known| known.will_wake(&waker)) {
            state.drained.push(waker.clone());
        }
        let (counts, parked) = self.counted(&state);
        busy(counts) + parked <= but
    }

    /// What has not begun never will: how many calls, and how many still run.
    pub(super) fn stop(&'static self) -> (usize, usize) {
        let mut passed = Jobs::new();
        let mut state = self.lock();
        state.stopped = true;
        let queued = state.queue.discard_all(|_| true, &mut passed);
        let limits = state.limits.clone();
        drop(state);
        // Before any turn is given back, or it would be theirs.
        let parked: Jobs = limits.iter().flat_map(|limit| limit.discard_all(&mut passed)).collect();
        let left = queued.len() + parked.len();
        let queued = queued.into_iter().map(|job| (job, false));
        for (job, was_parked) in queued.chain(parked.into_iter().map(|job| (job, true))) {
            if was_parked {
                self.less_parked();
            } else {
                self.less(BUSY);
            }
            job.hand_back();
            self.give_turn_back(job.header());
        }
        #[cfg(feature = "cpu")]
        if let On::Rayon(pool) = &self.on {
            drop(pool.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        (left, self.running())
    }
}

enum Next {
    Job(Arc<dyn Run>),
    /// The first of the queue is of another runtime.
    Elsewhere(Arc<dyn Run>),
    Nothing,
    /// Other work of the thread comes first.
    Others,
}

thread_local! {
    /// This thread is handing a worker to a runtime; one that is dropped there and then is lost.
    static STARTING: Cell<bool> = const { Cell::new(false) };
    static LOST: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, this thread is handing a worker to a runtime.
struct Starting;

impl Starting {
    fn begin() -> Self {
        STARTING.set(true);
        Self
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        STARTING.set(false);
    }
}

/// What runs on a thread: one call after the other, until there are none.
struct Worker {
    core: &'static Core,
    /// What it was started for.
    job: Option<Arc<dyn Run>>,
    runs: bool,
}

impl Worker {
    fn work(mut self) {
        self.runs = true;
        let core = self.core;
        let mut runtime = None;
        // Not kept: what it holds is to go when it is over.
        if let Some(job) = self.job.take() {
            if !job.header().meet_worker() {
                return;
            }
            runtime = job.header().context.runtime_id();
        }
        let _home = nested::settle_in(core);
        #[cfg(feature = "cpu")]
        let mut stint = Stint::begin(core);
        #[cfg(feature = "cpu")]
        let mut is_over = |now| core.kind() == Kind::Cpu && stint.is_over(now);
        #[cfg(not(feature = "cpu"))]
        let mut is_over = |_| false;
        let mut next = core.next(runtime);
        loop {
            next = match next {
                Next::Job(job) => core.run_those_of_one_runtime(job, runtime, &mut is_over),
                Next::Elsewhere(job) => return core.start_worker(Some(&job)),
                Next::Nothing => return,
                #[cfg(feature = "cpu")]
                Next::Others => return stint.give_way(core),
                #[cfg(not(feature = "cpu"))]
                Next::Others => unreachable!("nothing else runs on the threads of tokio"),
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.runs || self.job.as_ref().is_some_and(|job| !job.header().meet_worker()) {
            return;
        }
        if STARTING.get() {
            LOST.set(true);
        } else if let Some(next) = self.core.replace_worker(self.job.as_ref()) {
            self.core.start_worker(Some(&next));
        }
    }
}
