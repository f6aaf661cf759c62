//! Pools: admission, cancellation, panics, context, calls within calls, shutdown.
#![allow(clippy::pedantic)]

mod admission;
mod bad_input;
mod cancellation;
mod context;
mod counts;
mod held_up;
mod here;
mod inline;
mod nested;
mod panics;
mod runtimes;
mod setup;
mod shutdown;
mod turns;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Runs a test under each kind of runtime.
fn under_each_runtime<F: Future<Output = ()>>(test: impl Fn() -> F) {
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build();
    current.expect("a runtime").block_on(test());
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    multi.expect("a runtime").block_on(test());
}

/// Closed until it is opened, and counts who has come to it.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.1 += 1;
        changed.notify_all();
        drop(changed.wait_while(state, |(open, _)| !*open).unwrap());
    }

    fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().0 = true;
        changed.notify_all();
    }

    /// Until so many have come.
    fn await_arrivals(&self, count: usize) {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let (_state, late) = changed.wait_timeout_while(state, PATIENCE, |(_, come)| *come < count).unwrap();
        assert!(!late.timed_out(), "not everybody came");
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

/// Polls a future that is known to wait, once.
async fn start<F: Future + Unpin>(future: &mut F) {
    let pending = std::future::poll_fn(|task| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(task).is_pending())
    });
    assert!(pending.await, "it was to wait");
}

/// Calls what it was made of when it is woken.
struct OnWake(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl std::task::Wake for OnWake {
    fn wake(self: Arc<Self>) {
        let then = self.0.lock().unwrap().take();
        if let Some(then) = then {
            then();
        }
    }
}

fn on_wake(then: impl FnOnce() + Send + 'static) -> std::task::Waker {
    Arc::new(OnWake(Mutex::new(Some(Box::new(then))))).into()
}

/// What a future says to one poll.
fn poll<F: Future + Unpin>(future: &mut F, waker: &std::task::Waker) -> std::task::Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut std::task::Context::from_waker(waker))
}

/// A runtime with so many threads for blocking calls.
fn runtime(blocking: usize) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).max_blocking_threads(blocking).enable_all().build().unwrap()
}

/// Until something is so, as it soon must be.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Counts how often it is dropped.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicUsize>);

struct Dropped(Drops);

impl Drops {
    fn one(&self) -> Dropped {
        Dropped(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
