//! CPU pools: rayon's threads.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use super::builder::PoolError;
use super::nested;
use super::pool::{Core, On};
use crate::clock;

pub(super) fn build(
    name: String,
    threads: usize,
    queue_capacity: usize,
    thread_name: Option<String>,
) -> Result<&'static Core, PoolError> {
    let prefix = thread_name.unwrap_or_else(|| name.clone());
    if prefix.contains('\0') {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "a thread's name has a byte of zero in it");
        return Err(PoolError::Spawn(name, error));
    }
    // The threads begin before the pool that they belong to is there.
    let home: Arc<OnceLock<Option<&'static Core>>> = Arc::default();
    let theirs = Arc::clone(&home);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{prefix}-{index}"))
        .start_handler(move |_| nested::settle_for_good(*theirs.wait()))
        // Calls catch their own panics; what else may be spawned on the pool must not end the process.
        .panic_handler(
            |_| tracing::error!(target: "fujita::offload", "a task that a call had spawned panicked"),
        )
        .build()
        .map_err(|error| PoolError::Spawn(name.clone(), io::Error::other(error)));
    let on = match pool {
        Ok(pool) => On::Rayon(Mutex::new(Some(Arc::new(pool)))),
        Err(error) => {
            // Some may have started.
            let _ = home.set(None);
            return Err(error);
        }
    };
    let core = Box::leak(Box::new(Core::new(name, threads, queue_capacity, on)));
    let _ = home.set(Some(core));
    Ok(core)
}

thread_local! {
    /// This thread's worker lets others go first.
    static YIELDS: Cell<bool> = const { Cell::new(false) };
}

/// How long a worker has kept its thread to itself.
pub(super) struct Stint {
    calls: u32,
    /// In ticks.
    since: u64,
    /// The thread has work of its own, further up, which a worker must not hold up.
    is_guest: bool,
}

impl Stint {
    pub(super) fn begin(core: &'static Core) -> Self {
        let yields = YIELDS.get();
        if yields {
            // Two workers have come to one thread, so another thread may be without.
            core.start_missing();
        }
        Self { calls: 0, since: clock::now(), is_guest: yields || nested::runs_a_call() }
    }

    /// A call is over, now. Whether it is somebody else's turn.
    pub(super) fn is_over(&mut self, now: u64) -> bool {
        const MOST_CALLS: u32 = 64;
        const MOST_SECONDS: f64 = 50e-6;
        self.calls += 1;
        self.is_guest || self.calls >= MOST_CALLS || clock::seconds(self.since, now) >= MOST_SECONDS
    }

    /// Now and then, parts of parallel iterators come first: the calls that they belong to have begun. Meanwhile this thread
    /// has no worker, for such a part may take its time; and afterwards a new one, for there is no telling what this one
    /// stands upon.
    pub(super) fn give_way(&self, core: &'static Core) {
        if self.is_guest {
            return core.start_worker(None);
        }
        core.step_aside();
        YIELDS.set(true);
        rayon::yield_now();
        YIELDS.set(false);
        core.start_missing();
    }
}
