//! One call on its way: the body, what it comes to, and who still wants it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread;

use tokio::runtime::Handle;

use super::context::{Context, Traced, in_span};
use super::meter::{Outcome, Tally};
use super::nested::{self, Chain};
use super::pool::Core;
use super::site::Offload;
use crate::clock;

/// A call's way: each step is taken once, by whoever is first.
const WAITING: u8 = 0;
/// A thread runs it.
const STARTED: u8 = 1;
/// It will not run here: nobody wants it any more, or its pool is closed.
const DISCARDED: u8 = 2;

/// Nobody has said yet what the call came to.
const OPEN: u8 = 0;
const COMPLETED: u8 = 1;
/// Whoever waited has left.
const ABANDONED: u8 = 2;

/// Workers that are on their way for a call: one, or more if it has waited for a turn meanwhile.
const EXPECTED: u32 = 1;
/// Should they begin after all, they are to end at once.
const GIVEN_UP: u32 = 1 << 16;

/// What does not depend on types.
pub(super) struct Header {
    pub(super) offload: &'static Offload,
    pub(super) core: &'static Core,
    stage: AtomicU8,
    settled: AtomicU8,
    /// It waits for its function's turn, not in the pool's queue; both change under the lock of the function's limit.
    pub(super) is_parked: AtomicBool,
    pub(super) has_turn: AtomicBool,
    /// Those that were started for it, `EXPECTED` or `GIVEN_UP`.
    workers: AtomicU32,
    /// Its pool has given it up: it waits for its turn to run in its caller.
    pub(super) stays: bool,
    /// In ticks.
    pub(super) called: u64,
    pub(super) context: Context,
    pub(super) tally: Tally,
    /// The pools whose threads wait for this call, directly or not.
    pub(super) ancestors: Option<Arc<Chain>>,
}

impl Header {
    pub(super) fn new(offload: &'static Offload, core: &'static Core, called: u64) -> Self {
        Self {
            offload,
            core,
            stage: AtomicU8::new(WAITING),
            settled: AtomicU8::new(OPEN),
            is_parked: AtomicBool::new(false),
            has_turn: AtomicBool::new(false),
            workers: AtomicU32::new(0),
            stays: false,
            called,
            context: Context::here(),
            tally: Tally::here(offload, core),
            ancestors: nested::ancestors(),
        }
    }

    /// For a body that its pool has given up.
    pub(super) fn in_its_caller(mut self) -> Self {
        self.stays = true;
        self
    }

    fn step(&self, to: u8) -> bool {
        self.stage.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Takes the call to run it.
    pub(super) fn claim(&self) -> bool {
        self.step(STARTED)
    }

    /// It will not run here.
    pub(super) fn discard(&self) -> bool {
        self.step(DISCARDED)
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.stage.load(Ordering::Acquire) == WAITING
    }

    /// A worker is to be started for it. Under the lock of the pool, so that two are not.
    pub(super) fn expect_worker(&self) {
        self.workers.fetch_add(EXPECTED, Ordering::AcqRel);
    }

    pub(super) fn expects_worker(&self) -> bool {
        !self.workers.load(Ordering::Acquire).is_multiple_of(GIVEN_UP)
    }

    /// A worker is there, or will never be. Not if one was given up, for this may be it.
    pub(super) fn meet_worker(&self) -> bool {
        let one_less = |workers: u32| Some(workers - if workers < GIVEN_UP { EXPECTED } else { GIVEN_UP });
        let before = self.workers.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        before.is_ok_and(|workers| workers < GIVEN_UP)
    }

    /// Its place goes to others. Not if it is there.
    pub(super) fn give_worker_up(&self) -> bool {
        let give_up =
            |workers: u32| (!workers.is_multiple_of(GIVEN_UP)).then(|| workers - EXPECTED + GIVEN_UP);
        self.workers.fetch_update(Ordering::AcqRel, Ordering::Acquire, give_up).is_ok()
    }

    /// It does not wait in its pool any more.
    fn unqueued(&self) {
        if !self.stays {
            self.tally.unqueued();
        }
    }

    fn settle(&self, as_what: u8) -> bool {
        self.settled.compare_exchange(OPEN, as_what, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.settled.load(Ordering::Acquire) == ABANDONED
    }
}

pub(super) trait Run: Send + Sync {
    fn header(&self) -> &Header;
    /// Runs the body, of a call that was claimed, on a thread that its runtime was entered on. When it was over, in ticks.
    fn run(self: Arc<Self>) -> u64;
    /// Hands the body back to whoever waits, of a call that was discarded because its pool is closed or cannot run it.
    /// Whether somebody does.
    fn hand_back(&self) -> bool;
}

pub(super) struct Job<F, R> {
    pub(super) header: Header,
    body: Mutex<Body<F>>,
    slot: Mutex<Slot<R>>,
}

struct Body<F> {
    body: Option<F>,
    /// Beside it, for its span is to close when nobody wants the body any more.
    traced: Option<Traced>,
}

enum Slot<R> {
    Empty(Option<Waker>),
    Done(thread::Result<R>),
    /// The pool gave the body back.
    Closed,
    /// Nobody will look again.
    Unwatched,
}

/// What a look at a call finds.
pub(super) enum Found<F, R> {
    Nothing,
    Done(thread::Result<R>),
    Closed(Option<F>),
}

impl<F, R> Job<F, R> {
    pub(super) fn new(header: Header, body: F) -> Self {
        let body = Body { body: Some(body), traced: Traced::here() };
        Self { header, body: Mutex::new(body), slot: Mutex::new(Slot::Empty(None)) }
    }

    fn take(&self) -> Body<F> {
        let mut body = lock(&self.body);
        Body { body: body.body.take(), traced: body.traced.take() }
    }

    pub(super) fn take_body(&self) -> Option<F> {
        self.take().body
    }

    /// The end, if it has come; else `waker` is woken when it does.
    pub(super) fn look(&self, waker: &Waker) -> Found<F, R> {
        let mut slot = lock(&self.slot);
        // With a waker a task may go, and with it other calls: not under the lock.
        let _last = match &mut *slot {
            Slot::Empty(Some(last)) if last.will_wake(waker) => None,
            Slot::Empty(last) => last.replace(waker.clone()),
            Slot::Done(_) | Slot::Closed | Slot::Unwatched => {
                let found = std::mem::replace(&mut *slot, Slot::Unwatched);
                drop(slot);
                return match found {
                    Slot::Done(result) => Found::Done(result),
                    _ => Found::Closed(self.take_body()),
                };
            }
        };
        drop(slot);
        Found::Nothing
    }

    /// Stores the end for whoever waits, and says whom to wake. What nobody waits for is given back.
    fn store(&self, end: Slot<R>) -> Result<Option<Waker>, Slot<R>> {
        let mut slot = lock(&self.slot);
        match &mut *slot {
            Slot::Empty(waker) => {
                let waker = waker.take();
                *slot = end;
                Ok(waker)
            }
            _ => Err(end),
        }
    }

    /// If it has not begun, it never will. `outcome` is why.
    pub(super) fn withdraw(&self, outcome: Outcome) -> bool {
        let header = &self.header;
        let withdrawn = header.discard();
        if withdrawn {
            header.settle(ABANDONED);
            header.unqueued();
            header.tally.count(header, outcome);
            // First the place, for others, then the arguments, whose destructors may take their time.
            header.core.withdraw(header);
            drop(self.take());
        }
        withdrawn
    }

    /// If it has not begun, it never will, and whoever waits gets its body.
    pub(super) fn reclaim(&self) -> Option<F> {
        let header = &self.header;
        if !header.discard() {
            return None;
        }
        header.settle(COMPLETED);
        header.unqueued();
        header.core.withdraw(header);
        self.take_body()
    }

    /// As [`withdraw`](Self::withdraw), and if it has begun, nobody waits for it any more; unless it is over just now.
    pub(super) fn abandon(&self, outcome: Outcome) -> bool {
        if self.withdraw(outcome) {
            return true;
        }
        let abandoned = self.header.settle(ABANDONED);
        if abandoned {
            self.header.tally.count(&self.header, outcome);
        }
        abandoned
    }

    /// Nobody looks any more, and it runs all the same.
    pub(super) fn leave(&self) {
        let end = std::mem::replace(&mut *lock(&self.slot), Slot::Unwatched);
        match end {
            Slot::Done(result @ Err(_)) => self.lose(result),
            Slot::Closed => {
                if !self.header.is_abandoned() {
                    self.header.tally.count(&self.header, Outcome::Cancelled);
                }
                self.header.core.give_turn_back(&self.header);
                drop(self.take());
            }
            Slot::Done(Ok(_)) | Slot::Empty(_) | Slot::Unwatched => {}
        }
    }

    /// Nobody sees what it came to. A panic must not vanish, and a destructor's not end a thread.
    fn lose(&self, result: thread::Result<R>) {
        if let Err(panic) = &result {
            let traced = self.take().traced;
            quietly(|| log_panic(&self.header, traced.as_ref(), &**panic));
        }
        quietly(|| drop(result));
    }
}

impl<F, R> Run for Job<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    fn header(&self) -> &Header {
        &self.header
    }

    fn run(self: Arc<Self>) -> u64 {
        let header = &self.header;
        let Body { body: Some(body), traced } = self.take() else { return clock::now() };
        let began = header.tally.began();
        let this: Arc<dyn Run> = self.clone();
        let mut result = None;
        // A subscriber may panic, too, as the span is entered or left.
        let entered = catch_unwind(AssertUnwindSafe(|| {
            nested::enter(this, || {
                in_span(traced.as_ref(), || result = Some(catch_unwind(AssertUnwindSafe(body))));
            });
        }));
        let result = entered.and_then(|()| result.expect("whoever enters a call runs it"));
        let ended = clock::now();
        let outcome = if result.is_ok() { Outcome::Completed } else { Outcome::Panicked };
        header.tally.ran(header, began, ended, header.settle(COMPLETED).then_some(outcome));
        if result.is_err() {
            // For the log, should nobody see it.
            lock(&self.body).traced = traced;
        } else {
            // Its span closes before anybody can know.
            quietly(|| drop(traced));
        }
        // The thread is not free before a destructor is over that nobody else would run.
        let has_left = || header.offload.detaches && matches!(*lock(&self.slot), Slot::Unwatched);
        if header.is_abandoned() || has_left() {
            self.lose(result);
            header.core.finish(header);
            return ended;
        }
        // Whoever waits finds the pool and the counts as they are after this call.
        header.core.finish(header);
        match self.store(Slot::Done(result)) {
            Ok(waker) => {
                // Memory is cheapest to free for the thread that asked for it.
                drop(self);
                wake(waker);
            }
            Err(Slot::Done(unseen)) => self.lose(unseen),
            Err(_) => unreachable!("what is given back is what was to be stored"),
        }
        ended
    }

    fn hand_back(&self) -> bool {
        // Else whoever left has said what it came to.
        let is_open = self.header.settle(COMPLETED);
        self.header.unqueued();
        if let Ok(waker) = self.store(Slot::Closed) {
            wake(waker);
            return true;
        }
        if is_open {
            // It was detached: nobody is left to run it.
            self.header.tally.count(&self.header, Outcome::Cancelled);
        }
        quietly(|| drop(self.take()));
        false
    }
}

fn log_panic(header: &Header, traced: Option<&Traced>, panic: &(dyn Any + Send)) {
    let what = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("something that is not a string");
    // Where its caller would have seen it.
    let _runtime = header.context.runtime_for(header.core.kind()).map(Handle::enter);
    in_span(traced, || {
        tracing::error!(
            target: "fujita::offload",
            function = header.offload.function(),
            module = header.offload.site.module(),
            pool = header.core.name(),
            panic = what,
            "a function panicked while nobody waited for it"
        );
    });
}

/// Code of the user's that panics where nobody can be told, a destructor, a waker or a recorder, must not end a thread, nor
/// keep a call from its end.
pub(super) fn quietly(then: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(then));
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        quietly(|| waker.wake());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
