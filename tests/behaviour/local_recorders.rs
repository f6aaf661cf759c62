//! Local recorders see the calls made under them, and no others.

use std::sync::Arc;

use fujita::timed;
use fujita_tests::{Recorded, record};
use futures::executor::block_on;
use metrics_util::debugging::DebuggingRecorder;

#[timed]
fn work() {}

#[timed]
async fn work_async() {}

#[test]
fn each_sees_its_own_calls() {
    for calls in 0..20_u8 {
        let ((), recorded) = record(|| {
            for _ in 0..calls {
                work();
                block_on(work_async());
            }
        });
        assert_eq!(recorded.calls("work", "ok"), f64::from(calls));
        assert_eq!(recorded.calls("work_async", "ok"), f64::from(calls));
        work();
    }
}

#[test]
fn at_the_same_address_one_after_another() {
    // One place in memory that holds one recorder after another.
    let mut place = Box::new(DebuggingRecorder::new());
    let address = std::ptr::from_ref(&*place).addr();
    for calls in 1..20_u8 {
        *place = DebuggingRecorder::new();
        assert_eq!(std::ptr::from_ref(&*place).addr(), address);
        let snapshotter = place.snapshotter();
        metrics::with_local_recorder(&*place, || (0..calls).for_each(|_| work()));
        assert_eq!(Recorded::of(&snapshotter).calls("work", "ok"), f64::from(calls));
    }
}

#[test]
fn nested() {
    let outer = DebuggingRecorder::new();
    let outer_snapshot = outer.snapshotter();
    let inner = metrics::with_local_recorder(&outer, || {
        work();
        let ((), inner) = record(work);
        work();
        inner
    });
    assert_eq!(inner.calls("work", "ok"), 1.0);
    assert_eq!(Recorded::of(&outer_snapshot).calls("work", "ok"), 2.0);
}

#[test]
fn on_many_threads_at_once() {
    let barrier = Arc::new(std::sync::Barrier::new(8));
    let threads: Vec<_> = (1..=8_u16)
        .map(|thread| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                for round in 0..50_u16 {
                    barrier.wait();
                    let calls = thread * 3 + round;
                    let ((), recorded) = record(|| (0..calls).for_each(|_| work()));
                    assert_eq!(recorded.calls("work", "ok"), f64::from(calls));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_future_is_recorded_where_it_is_polled_last() {
    let future = work_async();
    let ((), recorded) = record(|| block_on(future));
    assert_eq!(recorded.calls("work_async", "ok"), 1.0);
}
