//! The caches by hand: what they promise under concurrency, failure and bad input.
#![allow(clippy::pedantic)]

mod around_the_body;
#[expect(clippy::await_holding_lock, reason = "current-thread runtimes, each with a thread of its own")]
mod background;
mod bad_input;
mod circles;
mod expiry;
mod failures;
mod invalidation;
mod layers;
mod negative;
mod recorders;
mod recursion;
mod single_flight;
mod stale;
mod statistics;
mod tags;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Runs `each` on so many threads that begin at the same moment; returns what they returned.
fn together<R: Send>(threads: usize, each: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let barrier = std::sync::Barrier::new(threads);
    let start = |index| {
        barrier.wait();
        each(index)
    };
    let start = &start;
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|index| scope.spawn(move || start(index))).collect();
        all.into_iter().map(|one| one.join().expect("no thread panics")).collect()
    })
}

/// `run`, which must end by itself: a thread that hangs fails the test instead of the suite.
fn ends<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(run()));
    match ended.recv_timeout(Duration::from_secs(60)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("it panicked"),
    }
}

/// Waits until something that another thread is about to do is done.
fn until(done: impl Fn() -> bool) {
    for _ in 0..20_000 {
        if done() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("it never happened");
}
