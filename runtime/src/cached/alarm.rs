//! Leaders that sleep through their alarm.
//!
//! A future that was polled, and then is neither polled nor dropped, keeps all waiting who wait for its load: as one does
//! that lost in a `select!` whose other branch now asks for the same key. A reload does, too, whose runtime never gets to
//! it. So a leading future's waker notes when it was woken. One that has not been polled a second after that loses its
//! lead to one of those who wait. That one must run itself: where everybody is late, nobody is asleep.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use crate::clock;

#[derive(Debug)]
pub(super) struct Alarm {
    /// When it rang first since the last poll, in ticks; or one of these.
    state: AtomicU64,
    /// How many seconds it may be slept through.
    patience: u64,
    task: Mutex<Waker>,
}

/// It has not rung: what the leader waits for has not happened yet.
const SILENT: u64 = 0;
/// The leader is being polled, or was for the last time.
const UP: u64 = u64::MAX;
/// As `UP`, and it rang meanwhile: there is another poll to come.
const UP_AND_RANG: u64 = u64::MAX - 1;
/// The lead was lost.
const DEPOSED: u64 = u64::MAX - 2;

impl Alarm {
    /// Of a leader that is to be polled, or called, by others from now on.
    pub(super) fn rung() -> Self {
        Self::new(clock::now(), 1)
    }

    /// Of the leader after one that was deposed. It has more time, or an overloaded runtime would depose each of them
    /// before it is done.
    pub(super) fn after(&self) -> Option<Self> {
        let was_deposed = self.state.load(Ordering::Relaxed) == DEPOSED;
        was_deposed.then(|| Self::new(UP, (2 * self.patience).min(60)))
    }

    fn new(state: u64, patience: u64) -> Self {
        Self { state: AtomicU64::new(state), patience, task: Mutex::new(Waker::noop().clone()) }
    }

    /// The leader is up. Whether it still leads.
    pub(super) fn answer(&self) -> bool {
        self.change(|state| (state != DEPOSED).then_some(UP)).is_some()
    }

    /// From now on it wakes `task`.
    pub(super) fn set(&self, task: &Waker) {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(task);
    }

    /// The leader was polled, and waits.
    pub(super) fn rest(&self) {
        self.change(|state| match state {
            UP => Some(SILENT),
            UP_AND_RANG => Some(clock::now()),
            _ => None,
        });
    }

    pub(super) fn is_slept_through(&self) -> bool {
        self.is_long_ago(self.state.load(Ordering::Relaxed))
    }

    /// Takes the lead from one that still sleeps. Whether it was this caller who did.
    pub(super) fn depose(&self) -> bool {
        self.change(|state| self.is_long_ago(state).then_some(DEPOSED)).is_some()
    }

    fn is_long_ago(&self, state: u64) -> bool {
        let slept = || clock::now().saturating_sub(state) / self.patience;
        !matches!(state, SILENT | UP | UP_AND_RANG | DEPOSED) && clock::more_than_a_second(0, slept())
    }

    fn change(&self, to: impl Fn(u64) -> Option<u64>) -> Option<u64> {
        self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, to).ok()
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.change(|state| match state {
            SILENT => Some(clock::now()),
            UP => Some(UP_AND_RANG),
            _ => None,
        });
        // Not within the lock: executors may poll there and then.
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        task.wake();
    }
}
