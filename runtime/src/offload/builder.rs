//! Setting pools up, and finding them by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

use super::handle::Pool;
use super::pool::{Core, On};
use super::site::{BLOCKING, CPU, IN_PLACE};

/// Calls that may wait, for each thread.
const QUEUE_PER_THREAD: usize = 64;
/// They wait for disks and locks more than they compute.
const BLOCKING_PER_CORE: usize = 32;
const MOST_BLOCKING: usize = 256;

static POOLS: Mutex<BTreeMap<String, &'static Core>> = Mutex::new(BTreeMap::new());

/// Sets a pool up. Made by [`Pool::builder`].
#[derive(Debug, Clone)]
#[must_use = "a pool is there once it is installed"]
pub struct Builder {
    name: String,
    threads: Option<usize>,
    queue_capacity: Option<usize>,
    thread_name: Option<String>,
    is_cpu: bool,
}

impl Builder {
    pub(super) const fn new(name: String) -> Self {
        Self { name, threads: None, queue_capacity: None, thread_name: None, is_cpu: false }
    }

    /// How many calls run at once, at least 1. By default one for each core with [`cpu`](Self::cpu), else 32 for each core
    /// and 256 at most, which is half of what tokio has.
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// How many calls may wait for a thread; by default 64 for each thread. With 0, calls either begin at once or are full.
    ///
    /// What happens to a call beyond that, its function says with `on_full`. One that waits is not refused, however many
    /// wait already: it is its caller that is held up.
    pub const fn queue_capacity(mut self, calls: usize) -> Self {
        self.queue_capacity = Some(calls);
        self
    }

    /// What the threads are called, with a number behind; by default the pool's name. For pools with [`cpu`](Self::cpu): the
    /// threads of all others are tokio's, and `tokio::runtime::Builder::thread_name` names those.
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.thread_name = Some(name.into());
        self
    }

    /// A pool of threads of its own, by [rayon](https://docs.rs/rayon), for work that keeps a core busy. Parallel iterators
    /// in a call run on the same pool.
    #[cfg(feature = "cpu")]
    pub const fn cpu(mut self) -> Self {
        self.is_cpu = true;
        self
    }

    /// Makes the pool, for as long as the process lives.
    ///
    /// The pools `blocking` and `cpu`, which every program has, can be set up in this way too, before their first use.
    ///
    /// # Errors
    /// If there is a pool of that name already, if it has no threads or no name, or if threads cannot be started.
    pub fn install(self) -> Result<Pool, PoolError> {
        if self.name.trim().is_empty() {
            return Err(PoolError::NoName);
        }
        let fits = match self.name.as_str() {
            BLOCKING => !self.is_cpu,
            CPU => self.is_cpu,
            IN_PLACE => false,
            _ => true,
        };
        if !fits {
            return Err(PoolError::Reserved(self.name));
        }
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        if pools.contains_key(&self.name) {
            return Err(PoolError::NameTaken(self.name));
        }
        let core = self.build()?;
        pools.insert(core.name().to_owned(), core);
        drop(pools);
        core.show();
        Ok(Pool::new(core))
    }

    fn build(self) -> Result<&'static Core, PoolError> {
        let cores = available_parallelism().map_or(1, usize::from);
        let default = if self.is_cpu { cores } else { (cores * BLOCKING_PER_CORE).min(MOST_BLOCKING) };
        let threads = self.threads.unwrap_or(default);
        if threads == 0 {
            return Err(PoolError::NoThreads(self.name));
        }
        let queue_capacity = self.queue_capacity.unwrap_or_else(|| threads.saturating_mul(QUEUE_PER_THREAD));
        #[cfg(feature = "cpu")]
        if self.is_cpu {
            return super::cpu::build(self.name, threads, queue_capacity, self.thread_name);
        }
        Ok(Box::leak(Box::new(Core::new(self.name, threads, queue_capacity, On::Tokio))))
    }
}

/// The pool of that name. Those that every program has are set up if they are not.
pub(super) fn find(name: &str) -> Result<&'static Core, String> {
    if let Some(core) = get(name) {
        return Ok(core);
    }
    let builder = match name {
        BLOCKING => Builder::new(name.to_owned()),
        #[cfg(feature = "cpu")]
        CPU => Builder::new(name.to_owned()).cpu(),
        _ => {
            let pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that come by themselves are there, whether they have been used or not.
            let mut known: BTreeSet<&str> = pools.keys().map(String::as_str).collect();
            known.insert(BLOCKING);
            #[cfg(feature = "cpu")]
            known.insert(CPU);
            let known: Vec<_> = known.into_iter().map(|known| format!("`{known}`")).collect();
            return Err(format!(
                "there is no pool `{name}`. Set it up before the first call, with \
                 `fujita::offload::Pool::builder(\"{name}\").install()?`. The pools there are: {}",
                known.join(", "),
            ));
        }
    };
    match builder.install() {
        Ok(pool) => Ok(pool.core()),
        // Another thread was quicker.
        Err(PoolError::NameTaken(_)) => get(name).ok_or_else(|| "its pool is gone".into()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn get(name: &str) -> Option<&'static Core> {
    POOLS.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
}

pub(super) fn all() -> Vec<&'static Core> {
    POOLS.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
}

/// Why a pool could not be set up.
///
/// Its `Debug` is its `Display`.
#[non_exhaustive]
pub enum PoolError {
    /// There is a pool of that name, or it was in use already under its default settings.
    NameTaken(String),
    /// A pool without threads would never run anything.
    NoThreads(String),
    /// The name is empty.
    NoName,
    /// The name is that of a kind: `blocking` belongs to a pool without [`Builder::cpu`], `cpu` to one with it, and
    /// `in_place` to none.
    Reserved(String),
    /// The threads of that pool could not be started.
    Spawn(String, io::Error),
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken(name) => {
                write!(f, "there is a pool `{name}` already: set it up once, before its first use")
            }
            Self::NoThreads(name) => write!(f, "the pool `{name}` needs at least one thread"),
            Self::NoName => f.write_str("a pool needs a name"),
            Self::Reserved(name) => {
                write!(f, "the name `{name}` is that of a kind of pool: choose another name")
            }
            Self::Spawn(name, error) => {
                write!(f, "the threads of the pool `{name}` could not be started: {error}")
            }
        }
    }
}

/// `fn main() -> Result<(), Box<dyn Error>>` shows this one, and it is to say what to write.
impl fmt::Debug for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PoolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn(_, error) => Some(error),
            _ => None,
        }
    }
}
