//! `max_concurrent`: who waits for a turn, and who had better not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use fujita::offload::Pool;
use fujita::{OffloadError, offload};
use pollster::block_on as block_without_runtime;
use tokio::runtime::Handle;

use crate::nested::within_a_minute;
use crate::{Gate, on_wake, poll, start};

/// Each holds the only turn that the other asks for.
#[test]
fn two_functions_do_not_wait_for_each_others_turns() {
    #[offload(pool = "turns here", max_concurrent = 1)]
    fn here(barrier: Option<Arc<Barrier>>) -> u32 {
        barrier.map_or(1, |barrier| {
            barrier.wait();
            block_without_runtime(there(None))
        })
    }
    #[offload(pool = "turns there", max_concurrent = 1)]
    fn there(barrier: Option<Arc<Barrier>>) -> u32 {
        barrier.map_or(2, |barrier| {
            barrier.wait();
            block_without_runtime(here(None))
        })
    }

    within_a_minute(|| {
        Pool::builder("turns here").cpu().threads(4).install().unwrap();
        Pool::builder("turns there").cpu().threads(4).install().unwrap();
        for _ in 0..100 {
            let barrier = Arc::new(Barrier::new(2));
            let both = futures::future::join(here(Some(Arc::clone(&barrier))), there(Some(barrier)));
            assert_eq!(block_without_runtime(both), (2, 1));
        }
    });
}

/// The part of a parallel call that another thread has taken knows no call, and so none that waits for it.
#[test]
fn a_part_of_a_call_does_not_wait_for_a_turn_that_waits_for_it() {
    #[offload(pool = "turns of parts", max_concurrent = 1)]
    fn limited(deep: bool) {
        if deep {
            Handle::current().block_on(parts());
        }
    }
    #[offload(pool = "parts", cpu)]
    fn parts() {
        let (handle, began) = (Handle::current(), AtomicBool::new(false));
        let wait = || {
            while !began.load(Ordering::SeqCst) {
                std::hint::spin_loop();
            }
        };
        rayon::join(wait, || {
            began.store(true, Ordering::SeqCst);
            handle.block_on(limited(false));
        });
    }

    within_a_minute(|| {
        Pool::builder("turns of parts").threads(4).install().unwrap();
        Pool::builder("parts").cpu().threads(2).install().unwrap();
        crate::runtime(8).block_on(limited(true));
    });
}

#[test]
fn a_body_with_a_turn_that_runs_in_its_caller_does_not_wait_for_itself() {
    #[offload(pool = "turn in the caller", max_concurrent = 1, on_full = "caller_runs")]
    fn limited(depth: u32) -> u32 {
        if depth == 0 { 0 } else { 1 + Handle::current().block_on(limited(depth - 1)) }
    }
    #[offload(pool = "turn in the caller")]
    fn hold(gate: Gate) {
        gate.pass();
    }

    within_a_minute(|| {
        Pool::builder("turn in the caller").threads(1).queue_capacity(0).install().unwrap();
        let (runtime, gate) = (crate::runtime(8), Gate::default());
        let held = runtime.spawn(hold(gate.clone()));
        gate.await_arrivals(1);
        assert_eq!(runtime.block_on(async { tokio::spawn(limited(3)).await.unwrap() }), 3);
        gate.open();
        runtime.block_on(held).unwrap();
    });
}

#[test]
fn calls_that_wait_for_a_turn_are_refused_at_the_deadline() {
    #[offload(pool = "turns at the deadline", max_concurrent = 1)]
    fn limited(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }

    within_a_minute(|| {
        let pool = Pool::builder("turns at the deadline").threads(2).install().unwrap();
        let (runtime, gate) = (crate::runtime(8), Gate::default());
        runtime.block_on(async {
            let mut running = Box::pin(limited(gate.clone()));
            start(&mut running).await;
            gate.await_arrivals(1);
            let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(limited(gate.clone()))).collect();
            for call in &mut waiting {
                start(call).await;
            }
            assert_eq!(pool.queue_depth(), 3);
            let drained = pool.shutdown(Duration::from_millis(20)).await;
            assert_eq!((drained.waiting, drained.running), (3, 1));
            for call in waiting {
                assert_eq!(call.await, Err(OffloadError::Closed));
            }
            gate.open();
            assert_eq!(running.await, Ok(()));
            assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
        });
    });
}

#[test]
fn a_pool_is_not_drained_while_calls_wait_for_a_turn() {
    #[offload(pool = "turns to drain", max_concurrent = 1, on_full = "caller_runs")]
    fn limited(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }
    #[offload(pool = "turns to drain")]
    fn hold(gate: Gate) {
        gate.pass();
    }

    within_a_minute(|| {
        let pool = Pool::builder("turns to drain").threads(1).queue_capacity(0).install().unwrap();
        let (runtime, busy, gate) = (crate::runtime(8), Gate::default(), Gate::default());
        let held = runtime.spawn(hold(busy.clone()));
        busy.await_arrivals(1);
        // In its caller, with the turn.
        let theirs = std::thread::spawn({
            let (handle, gate) = (runtime.handle().clone(), gate.clone());
            move || handle.block_on(limited(gate))
        });
        gate.await_arrivals(1);
        let _entered = runtime.enter();
        let mut waiting = Box::pin(limited(gate.clone()));
        assert!(poll(&mut waiting, &on_wake(|| {})).is_pending());
        busy.open();
        runtime.block_on(held).unwrap();
        crate::eventually("it waits for a turn", || (pool.active(), pool.queue_depth()) == (0, 1));
        let mut shutdown = pool.shutdown(Duration::from_secs(50));
        assert!(poll(&mut shutdown, &on_wake(|| {})).is_pending());
        gate.open();
        assert_eq!(theirs.join().unwrap(), Ok(()));
        let drained = runtime.block_on(shutdown);
        assert_eq!((drained.waiting, drained.running), (0, 0));
        assert_eq!(runtime.block_on(waiting), Ok(()));
    });
}

/// Bodies that a closed pool leaves to their callers.
#[test]
fn a_limit_holds_in_callers_too() {
    #[offload(pool = "closed turns", max_concurrent = 1)]
    fn limited(now: Arc<AtomicUsize>) -> usize {
        let others = now.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(1));
        now.fetch_sub(1, Ordering::SeqCst);
        others
    }

    within_a_minute(|| {
        let pool = Pool::builder("closed turns").threads(4).install().unwrap();
        let (runtime, now) = (crate::runtime(8), Arc::<AtomicUsize>::default());
        let _entered = runtime.enter();
        let mut early: Vec<_> = (0..30).map(|_| Box::pin(limited(Arc::clone(&now)))).collect();
        for call in &mut early {
            let _ = poll(call, std::task::Waker::noop());
        }
        let _ = pool.shutdown(Duration::ZERO).wait();
        let threads: Vec<_> = early
            .into_iter()
            .chain((0..30).map(|_| Box::pin(limited(Arc::clone(&now)))))
            .map(|call| {
                let handle = runtime.handle().clone();
                std::thread::spawn(move || handle.block_on(call))
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 0), "two at once");
        assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
    });
}

/// Who waits for a turn in their caller and leaves does not take it along.
#[test]
fn a_turn_in_a_caller_goes_on_to_the_next() {
    #[offload(pool = "turns left", max_concurrent = 1)]
    fn limited(gate: Gate) {
        gate.pass();
    }

    within_a_minute(|| {
        let pool = Pool::builder("turns left").threads(1).install().unwrap();
        let _ = pool.shutdown(Duration::ZERO).wait();
        let (runtime, gate) = (crate::runtime(8), Gate::default());
        let theirs = std::thread::spawn({
            let (handle, gate) = (runtime.handle().clone(), gate.clone());
            move || handle.block_on(limited(gate))
        });
        gate.await_arrivals(1);
        let _entered = runtime.enter();
        let mut calls: Vec<_> = (0..4).map(|_| Box::pin(limited(gate.clone()))).collect();
        for call in &mut calls {
            assert!(poll(call, std::task::Waker::noop()).is_pending());
        }
        // One leaves before its turn, one after.
        drop(calls.remove(1));
        gate.open();
        theirs.join().unwrap();
        drop(calls.remove(0));
        for call in calls {
            runtime.block_on(call);
        }
    });
}
