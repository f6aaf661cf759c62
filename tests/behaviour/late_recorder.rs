//! Calls before there is a recorder are lost, and every one from then on arrives: on threads that have called
//! before, in futures, and after local recorders.
#![allow(missing_docs, clippy::pedantic)]

use std::future::Future;
use std::sync::mpsc;

use fujita::timed;
use fujita_tests::{Recorded, record};
use futures::executor::block_on;
use metrics_util::debugging::DebuggingRecorder;

#[timed]
fn work() {}

#[timed]
async fn work_async() {
    tokio::task::yield_now().await;
}

#[test]
fn from_the_moment_it_is_installed() {
    // A thread that measures before, and after.
    let (go, gone) = mpsc::channel::<()>();
    let (ready, readied) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        work();
        ready.send(()).unwrap();
        gone.recv().unwrap();
        for _ in 0..10 {
            work();
        }
    });
    readied.recv().unwrap();
    for _ in 0..10 {
        work();
        block_on(work_async());
    }
    // Local recorders, one of them while the search for a global one was in vain.
    for calls in 1..4_u8 {
        let ((), recorded) = record(|| (0..calls).for_each(|_| work()));
        assert_eq!(recorded.calls("work", "ok"), f64::from(calls));
    }

    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::set_global_recorder(recorder).expect("no other recorder");
    go.send(()).unwrap();
    thread.join().unwrap();
    for _ in 0..10 {
        work();
        block_on(work_async());
    }
    // And local ones still see their own.
    let ((), recorded) = record(|| (0..7).for_each(|_| work()));
    assert_eq!(recorded.calls("work", "ok"), 7.0);
    for _ in 0..10 {
        work();
    }
    // A future that moves under a local recorder, with its handles kept since long, is recorded where it ends.
    let mut future = Box::pin(work_async());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let ((), recorded) = record(|| block_on(future));
    assert_eq!(recorded.calls("work_async", "ok"), 1.0);
    let recorded = Recorded::of(&snapshotter);
    assert_eq!(recorded.calls("work", "ok"), 30.0, "{recorded:?}");
    assert_eq!(recorded.calls("work_async", "ok"), 10.0, "{recorded:?}");
}
