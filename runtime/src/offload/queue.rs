//! Calls in the order in which they came.
//!
//! One that is not wanted any more is left where it is, empty, until its turn comes: only the counts change. Should too
//! many gather, they are swept out. What is passed over or swept out is handed to the caller, to be dropped when no lock
//! is held: spans close there.

use std::collections::VecDeque;
use std::sync::Arc;

use super::job::Run;

pub(super) type Jobs = Vec<Arc<dyn Run>>;

/// What whoever comes for a call does with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Taken,
    /// It was put elsewhere.
    Parked,
    /// Nobody wants it any more.
    Dead,
}

impl Take {
    pub(super) const fn if_true(taken: bool) -> Self {
        if taken { Self::Taken } else { Self::Dead }
    }
}

#[derive(Default)]
pub(super) struct Queue {
    list: VecDeque<Arc<dyn Run>>,
    /// Those that still wait. Whoever discards a call says so a moment later, so both may be off by it, below zero too.
    live: isize,
    dead: isize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.live).unwrap_or(0)
    }

    pub(super) fn push(&mut self, job: Arc<dyn Run>) {
        self.live += 1;
        self.list.push_back(job);
    }

    /// Before all others.
    pub(super) fn push_first(&mut self, job: Arc<dyn Run>) {
        self.live += 1;
        self.list.push_front(job);
    }

    /// The first that `take` takes. What waits and does not fit stays where it is.
    pub(super) fn pop(
        &mut self,
        fits: impl Fn(&Arc<dyn Run>) -> bool,
        take: impl Fn(&Arc<dyn Run>) -> Take,
        passed: &mut Jobs,
    ) -> Option<Arc<dyn Run>> {
        let mut at = 0;
        loop {
            let job = self.list.get(at)?;
            if !fits(job) && job.header().is_waiting() {
                at += 1;
                continue;
            }
            // The first is what it is, as a rule, and leaves without the others being looked at.
            let job = if at == 0 { self.list.pop_front() } else { self.list.remove(at) }?;
            match take(&job) {
                Take::Taken => {
                    self.live -= 1;
                    return Some(job);
                }
                Take::Parked => {
                    self.live -= 1;
                    passed.push(job);
                }
                Take::Dead => {
                    self.dead -= 1;
                    passed.push(job);
                }
            }
        }
    }

    /// Discards all that fit, for whoever waits for them to be told.
    pub(super) fn discard_all(&mut self, fits: impl Fn(&Arc<dyn Run>) -> bool, passed: &mut Jobs) -> Jobs {
        let discard = |job: &Arc<dyn Run>| Take::if_true(job.header().discard());
        std::iter::from_fn(|| self.pop(&fits, discard, passed)).collect()
    }

    /// The first that waits and fits.
    pub(super) fn first(&self, fits: impl Fn(&Arc<dyn Run>) -> bool) -> Option<&Arc<dyn Run>> {
        self.list.iter().find(|job| job.header().is_waiting() && fits(job))
    }

    /// One that is in here was discarded.
    pub(super) fn withdraw(&mut self, swept: &mut Jobs) {
        const MANY: usize = 64;
        self.live -= 1;
        self.dead += 1;
        let dead = usize::try_from(self.dead).unwrap_or(0);
        if dead > MANY && dead > self.len() {
            for job in std::mem::take(&mut self.list) {
                if job.header().is_waiting() {
                    self.list.push_back(job);
                } else {
                    self.dead -= 1;
                    swept.push(job);
                }
            }
        }
    }
}
