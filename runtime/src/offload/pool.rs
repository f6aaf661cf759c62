//! A pool: calls that wait, threads that take them, and how many there may be of each.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::runtime::Id;

#[cfg(feature = "cpu")]
use super::cpu::Turns;
use super::job::{Header, Run};
use super::meter::Gauges;
use super::nested;
use super::queue::{Jobs, Queue, Take};
use super::site::{Kind, OnFull};

pub(super) struct Core {
    name: String,
    pub(super) threads: usize,
    pub(super) queue_capacity: usize,
    pub(super) on: On,
    /// Calls that are queued or run. What is not any more is taken off before anybody else can know.
    busy: AtomicUsize,
    running: AtomicUsize,
    state: Mutex<State>,
    /// No call comes in any more; changes under the lock.
    closed: AtomicBool,
    gauges: Gauges,
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
            busy: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
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

    /// Calls that wait for a thread, those that wait for room in the queue too.
    pub(super) fn waiting(&self) -> usize {
        self.busy.load(Ordering::SeqCst).saturating_sub(self.running())
    }

    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// A call is neither queued nor running any more.
    fn less(&'static self) {
        if self.busy.fetch_sub(1, Ordering::SeqCst) > 1 {
            return self.gauges.plan(self);
        }
        // At rest, everything is to be seen as it is, before anybody can know.
        self.show();
        if self.closed.load(Ordering::SeqCst) {
            let drained = std::mem::take(&mut self.lock().drained);
            drained.into_iter().for_each(Waker::wake);
        }
    }

    /// Hands a call in.
    pub(super) fn submit(&'static self, job: &Arc<dyn Run>, on_full: OnFull) -> Submitted {
        // Whoever is refused must not be counted, not even for a moment: others would be refused for it.
        let counted = self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |busy| {
            self.refuses(busy, on_full).is_none().then_some(busy + 1)
        });
        if let Err(busy) = counted {
            return self.refuses(busy, on_full).unwrap_or(Submitted::Full);
        }
        let mut state = self.lock();
        if self.closed.load(Ordering::SeqCst) {
            drop(state);
            self.less();
            return Submitted::Closed;
        }
        state.queue.push(Arc::clone(job));
        let starts = self.takes_a_worker(&mut state);
        drop(state);
        self.gauges.plan(self);
        if starts {
            self.start_worker(Some(job));
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

    /// Whether what was queued just now takes another thread.
    fn takes_a_worker(&self, state: &mut State) -> bool {
        // One that has just run something, and will look again, counts: it is there sooner than a new one.
        let starts = state.workers < self.threads && state.workers < self.busy.load(Ordering::SeqCst);
        state.workers += usize::from(starts);
        starts
    }

    /// A call that was waiting was discarded.
    pub(super) fn withdraw(&'static self, header: &Header) {
        let limit = header.offload.limit();
        if limit.is_some_and(|(limit, _)| limit.withdraw(header)) {
            return;
        }
        self.remove();
        self.give_turn_back(header);
    }

    /// What stands in the queue was discarded.
    fn remove(&'static self) {
        let mut swept = Jobs::new();
        self.lock().queue.withdraw(&mut swept);
        self.less();
    }

    /// A call has run.
    pub(super) fn finish(&'static self, header: &Header) {
        // First, so that a pool is not idle before the next call is queued.
        self.give_turn_back(header);
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.less();
    }

    /// If the call had a turn, it is that of the next that waits for one.
    pub(super) fn give_turn_back(&'static self, header: &Header) {
        let Some((limit, _)) = header.offload.limit() else { return };
        if !header.has_turn.swap(false, Ordering::AcqRel) {
            return;
        }
        let count = || {
            self.busy.fetch_add(1, Ordering::SeqCst);
        };
        while let Some(next) = limit.give_back(count) {
            if self.requeue(&next) {
                return;
            }
        }
    }

    /// Queues a call whose turn it is, and that is counted already. If it is too late for that, its turn is over at once.
    fn requeue(&'static self, job: &Arc<dyn Run>) -> bool {
        let mut state = self.lock();
        state.queue.push_first(Arc::clone(job));
        let stopped = state.stopped;
        let starts = !stopped && self.takes_a_worker(&mut state);
        drop(state);
        self.gauges.plan(self);
        if stopped && job.header().discard() {
            job.hand_back();
            self.remove();
            return false;
        }
        if starts {
            self.start_worker(Some(job));
        }
        true
    }

    /// The next call for a worker of that runtime, or its leave to end.
    fn next(&'static self, runtime: Option<Id>) -> Next {
        let mut parked = 0;
        let begin = |job: &Arc<dyn Run>| match job.header().offload.limit() {
            Some((limit, most)) => limit.begin(most, job),
            None => Take::if_true(job.header().claim()),
        };
        let mut passed = Jobs::new();
        let mut state = self.lock();
        if self.kind() == Kind::Blocking
            && let Some(first) = state.queue.first()
            && first.header().context.runtime_id() != runtime
        {
            // On another runtime's threads it would hold that one up when it ends.
            return Next::Elsewhere(Arc::clone(first));
        }
        let next = state.queue.pop(begin, &mut parked, &mut passed);
        state.workers -= usize::from(next.is_none());
        drop(state);
        for _ in 0..parked {
            self.less();
        }
        let Some(job) = next else { return Next::Nothing };
        self.running.fetch_add(1, Ordering::SeqCst);
        self.gauges.plan(self);
        Next::Job(job)
    }

    /// Starts the thread that a worker of the count runs on, in the runtime of `job` if it takes one.
    fn start_worker(&'static self, job: Option<&Arc<dyn Run>>) {
        let mut job = job.cloned();
        loop {
            let worker = Worker { core: self, job: job.clone(), runs: false };
            match &self.on {
                On::Tokio => {
                    let runtime = job.as_ref().and_then(|job| job.header().context.runtime.as_ref());
                    let runtime = runtime.expect("a call to a blocking pool has a runtime");
                    STARTING.set(true);
                    drop(runtime.spawn_blocking(move || worker.work()));
                    STARTING.set(false);
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

    /// The runtime that was to run `job` is shutting down. The call for which to start another worker.
    fn replace_worker(&'static self, job: Option<&Arc<dyn Run>>) -> Option<Arc<dyn Run>> {
        if let Some(job) = job.filter(|job| job.header().discard()) {
            job.hand_back();
            self.withdraw(job.header());
        }
        let mut state = self.lock();
        let first = state.queue.first().cloned();
        state.workers -= usize::from(first.is_none());
        first
    }

    /// A worker ends, of which there are enough on its thread; another thread may need one.
    #[cfg(feature = "cpu")]
    pub(super) fn step_back(&self) {
        self.lock().workers -= 1;
    }

    /// Starts workers if there are too few.
    #[cfg(feature = "cpu")]
    pub(super) fn start_missing(&'static self) {
        loop {
            let starts = self.takes_a_worker(&mut self.lock());
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

    /// Whether everything is over; else `waker` is woken when it is.
    pub(super) fn is_drained(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        if !state.drained.iter().any(|known| known.will_wake(waker)) {
            state.drained.push(waker.clone());
        }
        self.busy.load(Ordering::SeqCst) == 0
    }

    /// What has not begun never will: how many calls, and how many still run.
    pub(super) fn stop(&'static self) -> (usize, usize) {
        let mut passed = Jobs::new();
        let mut state = self.lock();
        state.stopped = true;
        let left = state.queue.discard_all(&mut passed);
        drop(state);
        for job in &left {
            job.hand_back();
            self.less();
            self.give_turn_back(job.header());
        }
        #[cfg(feature = "cpu")]
        if let On::Rayon(pool) = &self.on {
            drop(pool.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        (left.len(), self.running())
    }
}

enum Next {
    Job(Arc<dyn Run>),
    /// The first of the queue is of another runtime.
    Elsewhere(Arc<dyn Run>),
    Nothing,
}

thread_local! {
    /// This thread is handing a worker to a runtime; one that is dropped there and then is lost.
    static STARTING: Cell<bool> = const { Cell::new(false) };
    static LOST: Cell<bool> = const { Cell::new(false) };
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
        // Not kept: its span is to close when it is over.
        let runtime = self.job.take().and_then(|job| job.header().context.runtime_id());
        let _home = nested::settle_in(core);
        #[cfg(feature = "cpu")]
        let Some(mut turns) = Turns::begin(core) else { return };
        loop {
            let ran = match core.next(runtime) {
                // A waker that panics, say, must not cost the pool a thread.
                Next::Job(job) => catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or_default(),
                Next::Elsewhere(job) => return core.start_worker(Some(&job)),
                Next::Nothing => return,
            };
            #[cfg(feature = "cpu")]
            if core.kind() == Kind::Cpu {
                if nested::runs_a_call() {
                    // The thread has work of its own, further up, which this must not hold up.
                    return core.start_worker(None);
                }
                turns.ran(ran);
            }
            #[cfg(not(feature = "cpu"))]
            let _ = ran;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.runs {
            return;
        }
        if STARTING.get() {
            LOST.set(true);
        } else if let Some(next) = self.core.replace_worker(self.job.as_ref()) {
            self.core.start_worker(Some(&next));
        }
    }
}
