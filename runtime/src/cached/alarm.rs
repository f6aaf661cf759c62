//! Leaders that sleep through their alarm.
//!
//! A future that was polled, and then is neither polled nor dropped, keeps all waiting who wait for its load: as one does
//! that lost in a `select!` whose other branch now asks for the same key. So a leading future's waker notes when it was
//! woken. One that has not been polled a second after that loses its lead to those who wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use crate::clock;

#[derive(Debug)]
pub(super) struct Alarm {
    /// When it rang first since the last poll, in ticks; 0 if it has not.
    rang: AtomicU64,
    task: Mutex<Waker>,
}

impl Alarm {
    pub(super) fn new(task: &Waker) -> Self {
        Self { rang: AtomicU64::new(0), task: Mutex::new(task.clone()) }
    }

    /// The leader is up: `task` is about to poll it.
    pub(super) fn answer(&self, task: &Waker) {
        self.rang.store(0, Ordering::Relaxed);
        self.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(task);
    }

    pub(super) fn is_slept_through(&self) -> bool {
        let rang = self.rang.load(Ordering::Relaxed);
        rang != 0 && clock::more_than_a_second(rang, clock::now())
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let _ = self.rang.compare_exchange(0, clock::now(), Ordering::Relaxed, Ordering::Relaxed);
        // Not within the lock: executors may poll there and then.
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        task.wake();
    }
}
