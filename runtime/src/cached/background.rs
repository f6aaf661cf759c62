//! Reloads that nobody waits for: on the current tokio runtime, or on a thread of their own.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};

use metrics::SharedString;
use tokio::runtime::Handle;

use super::leading::Leading;
use crate::timed::CacheStatus;

/// What the compiler says a body lacks that `stale_while_revalidate` may run on another thread.
pub trait RunsAfterTheCall: Send + 'static {}

impl<T: Send + 'static> RunsAfterTheCall for T {}

/// Runs `job` where it may block. Should that be impossible, or too many run, it is dropped, and with it its place: the next caller tries
/// again.
pub(super) fn run(job: impl FnOnce() + Send + 'static) {
    match Handle::try_current() {
        // Dropped by a runtime that shuts down.
        Ok(runtime) => drop(runtime.spawn_blocking(job)),
        Err(_) => on_thread(job),
    }
}

/// Runs `future` to its end.
pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(future)),
        // Another executor, which cannot be asked.
        Err(_) => on_thread(|| block_on(future)),
    }
}

/// How many threads may run reloads at a time, for all caches: a caller who walks through stale keys must not start one for
/// each. As many as are of use to bodies that wait for others.
const MOST_THREADS: usize = 64;

/// One of them.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let one_more = |taken| (taken < MOST_THREADS).then_some(taken + 1);
        TAKEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        TAKEN.fetch_sub(1, Ordering::Relaxed);
    }
}

static TAKEN: AtomicUsize = AtomicUsize::new(0);

fn on_thread(job: impl FnOnce() + Send + 'static) {
    let Some(place) = Place::take() else { return };
    let job = move || {
        let _place = place;
        job();
    };
    if let Err(error) = thread::Builder::new().name("fujita-reload".into()).spawn(job) {
        tracing::warn!(target: "fujita::cached", %error, "no thread could be started for a reload");
    }
}

fn block_on(future: impl Future<Output = ()>) {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        thread::park();
    }
}

/// Says in the log if a reload fails: nobody else hears of it.
pub(super) struct Report {
    cache: SharedString,
    is_over: bool,
}

impl Report {
    pub(super) fn of<K, V, S>(leading: &Leading<K, V, S>) -> Self {
        Self { cache: leading.cache_name().clone(), is_over: false }
    }

    /// What the load came to, and whether that is a failure.
    pub(super) fn ended<V, E>(&mut self, (parts, status, failed): &(Result<V, E>, CacheStatus, bool)) {
        self.is_over = true;
        match (parts, status) {
            _ if !failed => {}
            (Ok(_), CacheStatus::Miss) => self.warn("failed, and its error is kept"),
            _ => self.warn("failed; the old value stays for now"),
        }
    }

    fn warn(&self, what: &str) {
        tracing::warn!(target: "fujita::cached", cache = %self.cache, "reload {what}");
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.is_over && thread::panicking() {
            self.warn("panicked; the old value stays for now");
        }
    }
}
