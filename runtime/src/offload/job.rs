//! One call on its way: the body, what it comes to, and who still wants it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread;

use super::context::Context;
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

/// What does not depend on types.
pub(super) struct Header {
    pub(super) offload: &'static Offload,
    pub(super) core: &'static Core,
    stage: AtomicU8,
    settled: AtomicU8,
    /// It waits for its function's turn, not in the pool's queue; both change under the lock of the function's limit.
    pub(super) is_parked: AtomicBool,
    pub(super) has_turn: AtomicBool,
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
            called,
            context: Context::here(),
            tally: Tally::here(offload, core),
            ancestors: nested::ancestors(),
        }
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
    /// Runs the body, of a call that was claimed: for so many seconds.
    fn run(self: Arc<Self>) -> f64;
    /// Hands the body back to whoever waits, of a call that was discarded because its pool is closed or cannot run it.
    fn hand_back(&self);
}

pub(super) struct Job<F, R> {
    pub(super) header: Header,
    body: Mutex<Option<F>>,
    slot: Mutex<Slot<R>>,
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
        Self { header, body: Mutex::new(Some(body)), slot: Mutex::new(Slot::Empty(None)) }
    }

    pub(super) fn take_body(&self) -> Option<F> {
        lock(&self.body).take()
    }

    /// The end, if it has come; else `waker` is woken when it does.
    pub(super) fn look(&self, waker: &Waker) -> Found<F, R> {
        let mut slot = lock(&self.slot);
        match &mut *slot {
            Slot::Empty(Some(last)) => last.clone_from(waker),
            Slot::Empty(none) => *none = Some(waker.clone()),
            Slot::Done(_) | Slot::Closed | Slot::Unwatched => {
                let found = std::mem::replace(&mut *slot, Slot::Unwatched);
                drop(slot);
                return match found {
                    Slot::Done(result) => Found::Done(result),
                    _ => Found::Closed(self.take_body()),
                };
            }
        }
        Found::Nothing
    }

    /// Stores the end for whoever waits, and wakes them. What nobody waits for is given back.
    fn store(&self, end: Slot<R>) -> Option<Slot<R>> {
        let mut slot = lock(&self.slot);
        match &mut *slot {
            Slot::Empty(waker) => {
                let waker = waker.take();
                *slot = end;
                drop(slot);
                if let Some(waker) = waker {
                    waker.wake();
                }
                None
            }
            _ => Some(end),
        }
    }

    /// If it has not begun, it never will. `outcome` is why.
    pub(super) fn withdraw(&self, outcome: Outcome) -> bool {
        let header = &self.header;
        let withdrawn = header.discard();
        if withdrawn {
            header.settle(ABANDONED);
            header.tally.unqueued();
            header.tally.count(header, outcome);
            // First the place, for others, then the arguments, whose destructors may take their time.
            header.core.withdraw(header);
            drop(self.take_body());
        }
        withdrawn
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
            // A panic must not vanish.
            Slot::Done(Err(panic)) => {
                log_panic(&self.header, &*panic);
                quietly(|| drop(panic));
            }
            Slot::Closed => {
                self.header.tally.count(&self.header, Outcome::Cancelled);
                drop(self.take_body());
            }
            Slot::Done(Ok(_)) | Slot::Empty(_) | Slot::Unwatched => {}
        }
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

    fn run(self: Arc<Self>) -> f64 {
        let header = &self.header;
        let Some(body) = self.take_body() else { return 0.0 };
        let began = clock::now();
        header.tally.began();
        let this: Arc<dyn Run> = self.clone();
        let result = nested::enter(this, || {
            header.context.enter(header.core.kind(), || catch_unwind(AssertUnwindSafe(body)))
        });
        let ended = clock::now();
        let outcome = if result.is_ok() { Outcome::Completed } else { Outcome::Panicked };
        header.tally.ran(header, began, ended, header.settle(COMPLETED).then_some(outcome));
        // Whoever waits finds the pool and the counts as they are after this call.
        header.core.finish(header);
        if let Some(unseen) = self.store(Slot::Done(result)) {
            quietly(|| match unseen {
                Slot::Done(Err(panic)) => {
                    log_panic(header, &*panic);
                    drop(panic);
                }
                other => drop(other),
            });
        }
        clock::seconds(began, ended)
    }

    fn hand_back(&self) {
        self.header.settle(COMPLETED);
        self.header.tally.unqueued();
        if self.store(Slot::Closed).is_some() {
            // It was detached: nobody is left to run it.
            self.header.tally.count(&self.header, Outcome::Cancelled);
            quietly(|| drop(self.take_body()));
        }
    }
}

fn log_panic(header: &Header, panic: &(dyn Any + Send)) {
    let what = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("something that is not a string");
    // Where its caller would have seen it.
    header.context.enter(header.core.kind(), || {
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

/// A destructor of the user's that panics where nobody can be told must not end a thread.
fn quietly(then: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(then));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
