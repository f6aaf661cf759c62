//! `max_concurrent`: at most so many calls of one function at once.
//!
//! A call takes its turn when it begins, not when it is queued: whoever has one is running, so that nobody who waits for
//! one waits for somebody who waits for a thread. Only where calls are rejected instead is the turn taken at once.

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
        header.is_parked.store(true, Ordering::Release);
        state.parked.push(Arc::clone(job));
        Take::Parked
    }

    /// A turn is over. The call whose turn it is now, which is to be queued, and is counted as long as it cannot be
    /// discarded and taken off again.
    pub(super) fn give_back(&self, count: impl Fn()) -> Option<Arc<dyn Run>> {
        let mut passed = Jobs::new();
        let mut state = self.lock();
        let next = state.parked.pop(|job| Take::if_true(job.header().is_waiting()), &mut 0, &mut passed);
        match &next {
            Some(job) => {
                count();
                job.header().is_parked.store(false, Ordering::Release);
                job.header().has_turn.store(true, Ordering::Release);
            }
            None => state.used -= 1,
        }
        next
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
