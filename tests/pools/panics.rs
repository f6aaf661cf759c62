use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Barrier};

use fujita::offload;
use fujita::offload::Pool;
use futures::FutureExt as _;
use futures::future::join_all;

use crate::{Gate, start};

#[derive(Debug, PartialEq)]
struct Payload(u32);

#[test]
fn a_panic_reaches_its_caller_and_no_thread_is_lost() {
    #[offload(pool = "panicking")]
    fn fails(number: u32) {
        std::panic::panic_any(Payload(number));
    }
    #[offload(pool = "panicking cpu", cpu)]
    fn fails_on_cpu(number: u32) {
        std::panic::panic_any(Payload(number));
    }
    #[offload(pool = "panicking")]
    fn meet(barrier: Arc<Barrier>) {
        barrier.wait();
    }
    #[offload(pool = "panicking cpu", cpu)]
    fn meet_on_cpu(barrier: Arc<Barrier>) {
        barrier.wait();
    }

    Pool::builder("panicking").threads(4).install().unwrap();
    Pool::builder("panicking cpu").cpu().threads(4).install().unwrap();
    crate::under_each_runtime(|| async {
        for number in 0..50 {
            let panic = AssertUnwindSafe(fails(number)).catch_unwind().await.unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&Payload(number)));
            let panic = AssertUnwindSafe(fails_on_cpu(number)).catch_unwind().await.unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&Payload(number)));
        }
        // All four threads, at once.
        let barrier = Arc::new(Barrier::new(4));
        join_all((0..4).map(|_| meet(Arc::clone(&barrier)))).await;
        join_all((0..4).map(|_| meet_on_cpu(Arc::clone(&barrier)))).await;
    });
}

#[test]
fn a_panic_that_nobody_waits_for_is_logged() {
    #[offload(pool = "unseen")]
    fn fails(gate: Gate) {
        gate.pass();
        panic!("nobody sees this");
    }

    let pool = Pool::builder("unseen").threads(1).install().unwrap();
    let logs = crate::context::Logs::default();
    let _guard = tracing::subscriber::set_default(logs.subscriber());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let gate = Gate::default();
        let mut running = Box::pin(fails(gate.clone()));
        start(&mut running).await;
        gate.await_arrivals(1);
        drop(running);
        gate.open();
        crate::eventually("it is logged", || logs.text().contains("nobody sees this"));
    });
    let text = logs.text();
    assert!(text.contains("panicked while nobody waited") && text.contains("fails"), "{text}");
    crate::eventually("the pool is idle", || pool.active() == 0);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("boom");
        }
    }
}

#[test]
fn an_argument_whose_destructor_panics_harms_its_caller_alone() {
    #[offload(pool = "bombs")]
    fn takes(bomb: Bomb) {
        let _held = bomb;
    }
    #[offload(pool = "bombs")]
    fn holds(gate: Gate, bomb: Bomb) {
        gate.pass();
        std::mem::forget(bomb);
    }
    #[offload(pool = "bombs")]
    fn works() -> u32 {
        7
    }
    #[offload(pool = "bombs")]
    fn returns(gate: Gate) -> Bomb {
        gate.pass();
        Bomb
    }

    let pool = Pool::builder("bombs").threads(1).install().unwrap();
    crate::under_each_runtime(|| async {
        // Dropped by the body.
        assert!(AssertUnwindSafe(takes(Bomb)).catch_unwind().await.is_err());
        // Dropped by the caller that gives its place in the queue up.
        let gate = Gate::default();
        let mut first = Box::pin(holds(gate.clone(), Bomb));
        start(&mut first).await;
        gate.await_arrivals(1);
        let mut queued = Box::pin(holds(gate.clone(), Bomb));
        start(&mut queued).await;
        assert!(std::panic::catch_unwind(AssertUnwindSafe(|| drop(queued))).is_err());
        assert_eq!(pool.queue_depth(), 0);
        gate.open();
        first.await;
        // Dropped by the pool, because nobody waits for the result.
        let gate = Gate::default();
        let mut unseen = Box::pin(returns(gate.clone()));
        start(&mut unseen).await;
        gate.await_arrivals(1);
        drop(unseen);
        gate.open();
        assert_eq!(works().await, 7);
        assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
    });
}
