//! Reloads that nobody waits for: on the current tokio runtime, or on a thread of their own.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};

use metrics::SharedString;
use tokio::runtime::Handle;

use super::join::Leading;

/// What the compiler says a body lacks that `stale_while_revalidate` may run on another thread.
pub trait RunsAfterTheCall: Send + 'static {}

impl<T: Send + 'static> RunsAfterTheCall for T {}

/// Runs `job` where it may block. Should that be impossible, it is dropped, and with it its place: the next caller tries
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

fn on_thread(job: impl FnOnce() + Send + 'static) {
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

    pub(super) fn ended(&mut self, failed: bool) {
        self.is_over = true;
        if failed {
            self.warn("failed");
        }
    }

    fn warn(&self, how: &str) {
        tracing::warn!(target: "fujita::cached", cache = %self.cache, "reload {how}; the old value stays for now");
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.is_over && thread::panicking() {
            self.warn("panicked");
        }
    }
}
