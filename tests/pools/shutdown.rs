use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fujita::offload::Pool;
use fujita::{OffloadError, offload};
use futures::future::join_all;

use crate::{Dropped, Drops, Gate, start};

#[test]
fn what_was_taken_is_done_first() {
    #[offload(pool = "drained", max_concurrent = 2)]
    fn call(ran: Arc<AtomicUsize>) {
        std::thread::sleep(Duration::from_millis(1));
        ran.fetch_add(1, Ordering::SeqCst);
    }

    let pool = Pool::builder("drained").threads(4).queue_capacity(2).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let ran = Arc::<AtomicUsize>::default();
        let mut calls: Vec<_> = (0..40).map(|_| Box::pin(call(Arc::clone(&ran)))).collect();
        for call in &mut calls {
            start(call).await;
        }
        let drained = pool.shutdown(Duration::from_secs(20)).await;
        assert_eq!((drained.waiting, drained.running), (0, 0));
        assert_eq!(ran.load(Ordering::SeqCst), 40);
        join_all(calls).await;
    });
}

#[test]
fn a_closed_pool_refuses_who_can_be_told_and_lets_others_run_it_themselves() {
    #[offload(pool = "closed")]
    fn fallible() -> Result<u32, OffloadError> {
        Ok(1)
    }
    #[offload(pool = "closed")]
    fn other_error() -> Result<std::thread::ThreadId, String> {
        Ok(std::thread::current().id())
    }
    #[offload(pool = "closed")]
    fn plain() -> std::thread::ThreadId {
        std::thread::current().id()
    }

    let pool = Pool::builder("closed").threads(1).install().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        assert_eq!(fallible().await, Ok(1));
        let drained = pool.shutdown(Duration::ZERO).await;
        assert_eq!((drained.waiting, drained.running), (0, 0));
        assert_eq!(fallible().await, Err(OffloadError::Closed));
        assert_eq!(plain().await, std::thread::current().id());
        assert_eq!(other_error().await, Ok(std::thread::current().id()));
    });
}

#[test]
fn what_is_left_at_the_deadline_is_reported() {
    #[offload(pool = "left", on_full = "wait")]
    fn fallible(gate: Gate, _held: Dropped) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }
    #[offload(pool = "left", max_concurrent = 1)]
    fn limited(ran: Arc<AtomicUsize>) -> usize {
        ran.fetch_add(1, Ordering::SeqCst)
    }

    let pool = Pool::builder("left").threads(2).install().unwrap();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let (gate, drops, ran) = (Gate::default(), Drops::default(), Arc::<AtomicUsize>::default());
        let mut calls: Vec<_> = (0..5).map(|_| Box::pin(fallible(gate.clone(), drops.one()))).collect();
        for call in &mut calls {
            start(call).await;
        }
        let mut others: Vec<_> = (0..5).map(|_| Box::pin(limited(Arc::clone(&ran)))).collect();
        for call in &mut others {
            start(call).await;
        }
        gate.await_arrivals(2);
        // Two never end.
        let drained = pool.shutdown(Duration::from_millis(50)).await;
        assert_eq!((drained.waiting, drained.running), (8, 2));
        // Nothing is lost: who cannot be told runs it.
        assert_eq!(join_all(others).await, [0, 1, 2, 3, 4]);
        let refused = calls.split_off(2);
        assert!(join_all(refused).await.into_iter().all(|end| end == Err(OffloadError::Closed)));
        assert_eq!(drops.count(), 3);
        gate.open();
        assert_eq!(join_all(calls).await, [Ok(()), Ok(())]);
        crate::eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
    });
}

#[test]
fn a_thread_may_wait_for_it_as_well() {
    #[offload(pool = "waited for", cpu)]
    fn call(gate: Gate) {
        gate.pass();
    }

    let pool = Pool::builder("waited for").cpu().threads(1).install().unwrap();
    let gate = Gate::default();
    let mut running = Box::pin(call(gate.clone()));
    futures::executor::block_on(start(&mut running));
    gate.await_arrivals(1);
    let opener = std::thread::spawn({
        let gate = gate.clone();
        move || {
            std::thread::sleep(Duration::from_millis(20));
            gate.open();
        }
    });
    let drained = pool.shutdown(Duration::from_secs(20)).wait();
    assert_eq!((drained.waiting, drained.running), (0, 0));
    futures::executor::block_on(running);
    opener.join().unwrap();
}

#[test]
fn a_call_that_shuts_its_own_pool_down_does_not_wait_for_itself() {
    #[offload(pool = "from within")]
    fn shuts() -> (usize, usize) {
        let drained = Pool::get("from within").unwrap().shutdown(Duration::from_secs(50)).wait();
        (drained.waiting, drained.running)
    }
    #[offload(pool = "further down", cpu)]
    fn asks() -> (usize, usize) {
        let drained = Pool::get("further up").unwrap().shutdown(Duration::from_secs(50)).wait();
        (drained.waiting, drained.running)
    }
    #[offload(pool = "further up")]
    fn calls() -> (usize, usize) {
        pollster::block_on(asks())
    }

    crate::nested::within_a_minute(|| {
        for name in ["from within", "further up"] {
            Pool::builder(name).threads(2).install().unwrap();
        }
        Pool::builder("further down").cpu().threads(1).install().unwrap();
        let runtime = crate::runtime(8);
        assert_eq!(runtime.block_on(shuts()), (0, 0));
        assert_eq!(runtime.block_on(calls()), (0, 0));
    });
}
