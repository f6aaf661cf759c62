use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fujita::offload;
use fujita::offload::Pool;

use crate::{Dropped, Drops, Gate, eventually, start};

#[test]
fn a_call_that_is_never_polled_does_nothing() {
    #[offload(pool = "never there")]
    fn call(_: Dropped) {
        unreachable!();
    }

    let drops = Drops::default();
    drop(call(drops.one()));
    assert_eq!(drops.count(), 1);
}

#[test]
fn dropped_before_it_begins_it_never_runs() {
    #[offload(pool = "dropped early")]
    fn call(gate: Gate, ran: Arc<AtomicUsize>, _held: Dropped) {
        ran.fetch_add(1, Ordering::SeqCst);
        gate.pass();
    }

    let pool = Pool::builder("dropped early").threads(1).queue_capacity(2).install().unwrap();
    crate::under_each_runtime(|| async {
        let (gate, ran, drops) = (Gate::default(), Arc::<AtomicUsize>::default(), Drops::default());
        let new = || Box::pin(call(gate.clone(), Arc::clone(&ran), drops.one()));
        let mut first = new();
        start(&mut first).await;
        gate.await_arrivals(1);
        for _ in 0..1_000 {
            let mut queued = new();
            start(&mut queued).await;
            assert_eq!(pool.queue_depth(), 1);
            drop(queued);
            // The arguments too are gone at once, and not when the place would have come to its turn.
            assert_eq!(pool.queue_depth(), 0);
        }
        assert_eq!(drops.count(), 1_000);
        gate.open();
        first.await;
        assert_eq!((ran.load(Ordering::SeqCst), drops.count()), (1, 1_001));
    });
}

#[test]
fn dropped_while_it_runs_it_can_ask() {
    #[offload(pool = "dropped late")]
    fn call(gate: Gate, asked: Arc<AtomicUsize>, _held: Dropped) {
        assert!(!fujita::offload::cancelled());
        gate.pass();
        let mut turns = 0;
        while !fujita::offload::cancelled() {
            turns += 1;
            assert!(turns < 20_000, "it is never told");
            std::thread::sleep(Duration::from_millis(1));
        }
        asked.fetch_add(1, Ordering::SeqCst);
    }

    Pool::builder("dropped late").threads(1).install().unwrap();
    crate::under_each_runtime(|| async {
        let (gate, asked, drops) = (Gate::default(), Arc::<AtomicUsize>::default(), Drops::default());
        let mut running = Box::pin(call(gate.clone(), Arc::clone(&asked), drops.one()));
        start(&mut running).await;
        gate.await_arrivals(1);
        drop(running);
        gate.open();
        eventually("it is told", || asked.load(Ordering::SeqCst) == 1);
        eventually("its arguments are dropped", || drops.count() == 1);
    });
    assert!(!fujita::offload::cancelled(), "nobody is cancelled outside of a call");
}

#[test]
fn detached_it_runs_all_the_same() {
    #[offload(pool = "detached", on_drop = "detach")]
    fn call(gate: Gate, ran: Arc<AtomicUsize>, _held: Dropped) {
        gate.pass();
        assert!(!fujita::offload::cancelled());
        ran.fetch_add(1, Ordering::SeqCst);
    }
    #[offload(pool = "detached", on_drop = "detach", max_concurrent = 1)]
    fn limited(gate: Gate, ran: Arc<AtomicUsize>, held: Dropped) {
        gate.pass();
        ran.fetch_add(1, Ordering::SeqCst);
        drop(held);
    }

    Pool::builder("detached").threads(2).install().unwrap();
    crate::under_each_runtime(|| async {
        let (gate, ran, drops) = (Gate::default(), Arc::<AtomicUsize>::default(), Drops::default());
        for _ in 0..10 {
            let mut one = Box::pin(call(gate.clone(), Arc::clone(&ran), drops.one()));
            start(&mut one).await;
            let mut other = Box::pin(limited(gate.clone(), Arc::clone(&ran), drops.one()));
            start(&mut other).await;
        }
        gate.open();
        eventually("all have run", || ran.load(Ordering::SeqCst) == 20);
        eventually("each has dropped its arguments", || drops.count() == 20);
    });
}

/// Drops calls at whatever moment it happens to be, many times, against the start and the end of their bodies.
#[test]
fn arguments_are_dropped_once_whenever_a_call_is_dropped() {
    #[offload(pool = "races", max_concurrent = 3)]
    fn call(held: Dropped, spin: u32) -> Dropped {
        for _ in 0..spin {
            std::hint::spin_loop();
        }
        held
    }

    Pool::builder("races").threads(2).queue_capacity(4).install().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let drops = Drops::default();
        let mut tasks = Vec::new();
        for number in 0..4_000_u32 {
            let call = call(drops.one(), number % 97 * 20);
            tasks.push(tokio::spawn(async move {
                let mut call = Box::pin(call);
                start(&mut call).await;
                for _ in 0..number % 13 {
                    tokio::task::yield_now().await;
                }
                if number % 3 == 0 {
                    drop(call.await);
                }
            }));
        }
        for task in tasks {
            // `start` may find it over already.
            let _ = task.await;
        }
        eventually("each is dropped", || drops.count() >= 4_000);
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(drops.count(), 4_000);
    });
}
