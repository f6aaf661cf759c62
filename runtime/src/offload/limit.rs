//! `max_concurrent`: at most so many calls of one function at once.
//!
//! A call takes its turn when it begins, not when it is queued: whoever has one is running, so that nobody who waits for
//! one waits for somebody who waits for a thread. Where calls are rejected instead the turn is taken at once, and where
//! the caller must not wait for one, as others may wait for the caller.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::job::{Header, Run};
use super::queue::{Jobs, Queue, Take};

#[derive(Default)]
pub(super) struct Limit(Mutex<State>);

#[derive(Default)]
struct State {
    used: usize,
    /// Those that a thread was free for, but no turn.
    parked: Queue,
}

impl State {
    fn park(&mut self, job: &Arc<dyn Run>) {
        let header = job.header();
        header.is_parked.store(true, Ordering::Release);
        if !header.stays {
            header.core.parked();
        }
        self.parked.push(Arc::clone(job));
    }
}

impl std::fmt::Debug for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limit").finish_non_exhaustive()
    }
}

impl Limit {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn, if there is one now.
    pub(super) fn try_take(&self, most: usize, header: &Header) -> bool {
        let mut state = self.lock();
        let free = state.used < most;
        state.used += usize::from(free);
        header.has_turn.store(free, Ordering::Release);
        free
    }

    /// Lets a call begin if it has a turn, or there is one for it; else it is kept until there is.
    pub(super) fn begin(&self, most: usize, job: &Arc<dyn Run>) -> Take {
        let header = job.header();
        let mut state = self.lock();
        if header.has_turn.load(Ordering::Acquire) {
            return Take::if_true(header.claim());
        }
        if state.used < most {
            let claimed = header.claim();
            state.used += usize::from(claimed);
            header.has_turn.store(claimed, Ordering::Release);
            return Take::if_true(claimed);
        }
        if !header.is_waiting() {
            return Take::Dead;
        }
        state.park(job);
        Take::Parked
    }

    /// A turn for a call that stays in its caller; if there is none, it is kept until there is.
    pub(super) fn take_or_wait(&self, most: usize, job: &Arc<dyn Run>) -> bool {
        let mut state = self.lock();
        let free = state.used < most;
        if free {
            state.used += 1;
            job.header().has_turn.store(true, Ordering::Release);
        } else {
            state.park(job);
        }
        free
    }

    /// A turn is over. The call whose turn it is now, which is to be queued, and is counted as long as it cannot be
    /// discarded and taken off again.
    pub(super) fn give_back(&self) -> Option<Arc<dyn Run>> {
        let mut passed = Jobs::new();
        let mut state = self.lock();
        let waits = |job: &Arc<dyn Run>| Take::if_true(job.header().is_waiting());
        let next = state.parked.pop(|_| true, waits, &mut passed);
        match &next {
            Some(job) => {
                if !job.header().stays {
                    job.header().core.unparked();
                }
                job.header().is_parked.store(false, Ordering::Release);
                job.header().has_turn.store(true, Ordering::Release);
            }
            None => state.used -= 1,
        }
        next
    }

    /// Discards those that wait for a turn, but for what stays in its caller.
    pub(super) fn discard_all(&self, passed: &mut Jobs) -> Jobs {
        self.lock().parked.discard_all(|job| !job.header().stays, passed)
    }

    /// A call was discarded. Whether it was waiting for its turn.
    pub(super) fn withdraw(&self, header: &Header) -> bool {
        let mut swept = Jobs::new();
        let mut state = self.lock();
        let parked = header.is_parked.load(Ordering::Acquire);
        if parked {
            state.parked.withdraw(&mut swept);
        }
        parked
    }
}
