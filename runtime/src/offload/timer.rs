//! Deadlines, on a thread of our own.
//!
//! Not on the runtime's timer: pools work under any executor, and a test's paused clock, which leaps ahead whenever
//! the runtime is idle, knows nothing of work on other threads.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::job::quietly;
use super::pool::Core;

static ALARMS: Mutex<Alarms> = Mutex::new(Alarms { list: BTreeMap::new(), next: 0 });
static SOONER: Condvar = Condvar::new();

struct Alarms {
    /// By time, and a number to tell those of one moment apart.
    list: BTreeMap<(Instant, u64), Waker>,
    next: u64,
}

/// Wakes at a moment, unless it is dropped before.
pub(super) struct Alarm {
    key: (Instant, u64),
    waker: Waker,
}

impl Alarm {
    pub(super) fn new(at: Instant, waker: &Waker) -> Self {
        Self { key: schedule(at, waker.clone()), waker: waker.clone() }
    }

    /// The same for whoever waits now.
    pub(super) fn set_waker(&mut self, waker: &Waker) {
        if !self.waker.will_wake(waker) {
            self.waker.clone_from(waker);
            let new = waker.clone();
            let last = lock().list.get_mut(&self.key).map(|set| std::mem::replace(set, new));
            drop(last);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let waker = lock().list.remove(&self.key);
        // Outside of the lock, here and above: a waker's code is not ours, and with one a task may go that has alarms.
        drop(waker);
    }
}

/// Shows the gauges of a pool a little later.
pub(super) fn after(lag: Duration, core: &'static Core) {
    struct Show(&'static Core);
    impl Wake for Show {
        fn wake(self: Arc<Self>) {
            self.0.show_planned();
        }
    }
    schedule(Instant::now() + lag, Waker::from(Arc::new(Show(core))));
}

fn schedule(at: Instant, waker: Waker) -> (Instant, u64) {
    start();
    let mut alarms = lock();
    alarms.next += 1;
    let key = (at, alarms.next);
    alarms.list.insert(key, waker);
    let is_first = alarms.list.first_key_value().is_some_and(|(first, _)| *first == key);
    drop(alarms);
    if is_first {
        SOONER.notify_one();
    }
    key
}

fn lock() -> MutexGuard<'static, Alarms> {
    ALARMS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let thread = thread::Builder::new().name("fujita-timer".into()).spawn(|| {
            let mut alarms = lock();
            loop {
                alarms = ring(alarms);
            }
        });
        if let Err(error) = thread {
            tracing::error!(target: "fujita::offload", %error, "no thread could be started: timeouts do not fire");
        }
    });
}

/// Sleeps until the first alarm, or a sooner one, and wakes all that are due.
fn ring(mut alarms: MutexGuard<'static, Alarms>) -> MutexGuard<'static, Alarms> {
    let Some((&(at, _), _)) = alarms.list.first_key_value() else {
        return SOONER.wait(alarms).unwrap_or_else(PoisonError::into_inner);
    };
    let now = Instant::now();
    if at > now {
        return SOONER.wait_timeout(alarms, at - now).unwrap_or_else(PoisonError::into_inner).0;
    }
    let waker = alarms.list.pop_first();
    drop(alarms);
    if let Some((_, waker)) = waker {
        quietly(|| waker.wake());
    }
    lock()
}
