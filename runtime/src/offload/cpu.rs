//! CPU pools: rayon's threads.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use super::builder::PoolError;
use super::nested;
use super::pool::{Core, On};
use super::site::Kind;

pub(super) fn build(
    name: String,
    threads: usize,
    queue_capacity: usize,
    thread_name: Option<String>,
) -> Result<&'static Core, PoolError> {
    let prefix = thread_name.unwrap_or_else(|| name.clone());
    // The threads begin before the pool that they belong to is there.
    let home: Arc<OnceLock<&'static Core>> = Arc::default();
    let theirs = Arc::clone(&home);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{prefix}-{index}"))
        .start_handler(move |_| nested::settle_for_good(theirs.wait()))
        // Calls catch their own panics; what else may be spawned on the pool must not end the process.
        .panic_handler(
            |_| tracing::error!(target: "fujita::offload", "a task that a call had spawned panicked"),
        )
        .build()
        .map_err(|error| PoolError::Spawn(name.clone(), io::Error::other(error)));
    let on = match pool {
        Ok(pool) => On::Rayon(Mutex::new(Some(Arc::new(pool)))),
        Err(error) => return Err(error),
    };
    let core = Box::leak(Box::new(Core::new(name, threads, queue_capacity, on)));
    let _ = home.set(core);
    Ok(core)
}

thread_local! {
    static LOOP: Cell<Loop> = const { Cell::new(Loop::None) };
}

/// The worker of this thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loop {
    None,
    One,
    /// Another one came along while it let others go first.
    Another,
}

/// How long a worker has kept its thread to itself.
pub(super) struct Turns {
    core: &'static Core,
    /// Further up its thread runs a call, which has let this worker go first.
    is_guest: bool,
    calls: u32,
    seconds: f64,
}

impl Turns {
    /// `None` if the thread has a worker: two on one thread would leave another thread without.
    pub(super) fn begin(core: &'static Core) -> Option<Self> {
        let is_guest = nested::runs_a_call();
        if !is_guest && core.kind() == Kind::Cpu {
            if LOOP.get() != Loop::None {
                LOOP.set(Loop::Another);
                core.step_back();
                return None;
            }
            LOOP.set(Loop::One);
        }
        Some(Self { core, is_guest, calls: 0, seconds: 0.0 })
    }

    /// Now and then, parts of parallel iterators come first: the calls that they belong to have begun.
    pub(super) fn ran(&mut self, seconds: f64) {
        const MOST_CALLS: u32 = 16;
        const MOST_SECONDS: f64 = 20e-6;
        self.calls += 1;
        self.seconds += seconds;
        if self.calls < MOST_CALLS && self.seconds < MOST_SECONDS {
            return;
        }
        (self.calls, self.seconds) = (0, 0.0);
        rayon::yield_now();
        if LOOP.replace(Loop::One) == Loop::Another {
            self.core.start_missing();
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        if !self.is_guest {
            LOOP.set(Loop::None);
        }
    }
}
