//! Each call counts once, and nobody's waker costs another call its end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fujita::offload::Pool;
use fujita::{OffloadError, offload};
use futures::future::BoxFuture;

use crate::nested::within_a_minute;
use crate::{Gate, on_wake, poll, runtime};

const JOBS: &str = "function_offload_jobs_total";

/// Dropped by a waker while the pool hands everything back, one call after the other.
#[test]
fn a_call_that_is_dropped_while_its_pool_stops_counts_once() {
    #[offload(pool = "stopping")]
    fn hold(gate: Gate) {
        gate.pass();
    }
    #[offload(pool = "stopping")]
    fn call() -> Result<(), OffloadError> {
        Ok(())
    }

    within_a_minute(|| {
        let pool = Pool::builder("stopping").threads(1).install().unwrap();
        let (runtime, gate) = (runtime(8), Gate::default());
        let held = runtime.spawn(hold(gate.clone()));
        gate.await_arrivals(1);
        let _entered = runtime.enter();
        let ((), recorded) = fujita_tests::record(|| {
            let cell = Arc::<Mutex<Option<BoxFuture<'static, _>>>>::default();
            let theirs = Arc::clone(&cell);
            let mut first: BoxFuture<'static, _> = Box::pin(call());
            let waker = on_wake(move || drop(theirs.lock().unwrap().take()));
            assert!(poll(&mut first, &waker).is_pending());
            let mut second: BoxFuture<'static, _> = Box::pin(call());
            assert!(poll(&mut second, std::task::Waker::noop()).is_pending());
            *cell.lock().unwrap() = Some(second);
            let drained = pool.shutdown(Duration::ZERO).wait();
            assert_eq!((drained.waiting, drained.running), (2, 1));
            assert!(cell.lock().unwrap().is_none());
            drop(first);
        });
        gate.open();
        runtime.block_on(held).unwrap();
        assert_eq!(recorded.sum(JOBS, &["function=call"]), 2.0, "{recorded:?}");
        assert_eq!(recorded.sum(JOBS, &["function=call", "outcome=cancelled"]), 2.0, "{recorded:?}");
    });
}

#[test]
fn a_waker_that_panics_costs_no_other_call_its_end() {
    #[offload(pool = "panicking wakers")]
    fn hold(gate: Gate) {
        gate.pass();
    }
    #[offload(pool = "panicking wakers")]
    fn call() -> Result<(), OffloadError> {
        Ok(())
    }

    within_a_minute(|| {
        let pool = Pool::builder("panicking wakers").threads(1).install().unwrap();
        let (runtime, gate) = (runtime(8), Gate::default());
        let held = runtime.spawn(hold(gate.clone()));
        gate.await_arrivals(1);
        let _entered = runtime.enter();
        let (mut first, mut second) = (Box::pin(call()), Box::pin(call()));
        assert!(poll(&mut first, &on_wake(|| panic!("a waker"))).is_pending());
        assert!(poll(&mut second, std::task::Waker::noop()).is_pending());
        let mut others = pool.shutdown(Duration::from_secs(50));
        assert!(poll(&mut others, &on_wake(|| panic!("another waker"))).is_pending());
        let drained = pool.shutdown(Duration::ZERO).wait();
        assert_eq!((drained.waiting, drained.running), (2, 1));
        let closed = Err(OffloadError::Closed);
        assert_eq!((runtime.block_on(first), runtime.block_on(second)), (closed, closed));
        gate.open();
        runtime.block_on(held).unwrap();
        assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
    });
}

#[test]
fn a_pool_that_is_closed_and_full_says_that_it_is_closed() {
    #[offload(pool = "closed and full", on_full = "reject")]
    fn call(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }
    #[offload(pool = "closed and full", on_full = "reject", max_concurrent = 1)]
    fn limited(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }

    within_a_minute(|| {
        let pool = Pool::builder("closed and full").threads(2).queue_capacity(0).install().unwrap();
        let (runtime, gate) = (runtime(8), Gate::default());
        let running = [runtime.spawn(call(gate.clone())), runtime.spawn(limited(gate.clone()))];
        gate.await_arrivals(2);
        drop(pool.shutdown(Duration::ZERO));
        let ended = runtime.block_on(async { (call(gate.clone()).await, limited(gate.clone()).await) });
        assert_eq!(ended, (Err(OffloadError::Closed), Err(OffloadError::Closed)));
        gate.open();
        for call in running {
            assert_eq!(runtime.block_on(call).unwrap(), Ok(()));
        }
    });
}
