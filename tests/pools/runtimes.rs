//! One pool, several runtimes.

use std::task::{Context as Task, Waker};

use fujita::offload;
use fujita::offload::Pool;
use tokio::runtime::{Builder, Handle, Id, Runtime};

use crate::nested::within_a_minute;
use crate::{Gate, eventually, runtime};

/// All its threads for blocking calls wait at the gate.
fn without_threads(gate: &Gate) -> Runtime {
    let (runtime, theirs) = (runtime(1), gate.clone());
    drop(runtime.spawn_blocking(move || theirs.pass()));
    gate.await_arrivals(1);
    runtime
}

#[test]
fn a_call_runs_on_its_own_runtimes_threads() {
    #[offload(pool = "whose", max_concurrent = 1)]
    fn limited(gate: Gate) {
        gate.pass();
    }
    #[offload(pool = "whose")]
    fn hold(gate: Gate) {
        gate.pass();
    }
    #[offload(pool = "whose")]
    fn whose() -> Id {
        Handle::current().id()
    }

    within_a_minute(|| {
        let pool = Pool::builder("whose").threads(2).install().unwrap();
        let (a, b) = (runtime(8), runtime(8));
        let (turn, thread) = (Gate::default(), Gate::default());
        let first = a.spawn(limited(turn.clone()));
        let other = a.spawn(hold(thread.clone()));
        eventually("both run", || pool.active() == 2);
        // The worker that is free next finds one that waits for a turn, and behind it one of another runtime.
        let second = a.spawn(limited(turn.clone()));
        eventually("it is queued", || pool.queue_depth() == 1);
        let theirs = b.spawn(whose());
        eventually("it is queued", || pool.queue_depth() == 2);
        thread.open();
        a.block_on(other).unwrap();
        assert_eq!(b.block_on(theirs).unwrap(), b.handle().id());
        turn.open();
        a.block_on(first).unwrap();
        a.block_on(second).unwrap();
    });
}

#[test]
fn a_runtime_without_threads_holds_up_no_other() {
    #[offload(pool = "for two")]
    fn quick() {}

    within_a_minute(|| {
        let pool = Pool::builder("for two").threads(4).install().unwrap();
        let gate = Gate::default();
        let (a, b) = (without_threads(&gate), runtime(8));
        let stuck = a.spawn(quick());
        eventually("it is queued", || pool.queue_depth() == 1);
        // More than there are threads: none may be given away.
        for _ in 0..20 {
            b.block_on(quick());
            b.block_on(async { tokio::join!(quick(), quick(), quick(), quick(), quick()) });
        }
        gate.open();
        a.block_on(stuck).unwrap();
        eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
    });
}

/// Here for a stack that is too large; else where a process may have no more threads.
#[test]
fn a_call_goes_back_to_its_caller_where_no_thread_can_be_started() {
    #[offload(pool = "no threads")]
    fn thread() -> std::thread::ThreadId {
        std::thread::current().id()
    }

    within_a_minute(|| {
        let pool = Pool::builder("no threads").threads(1).install().unwrap();
        let a = Builder::new_current_thread().thread_stack_size(1 << 60).build().unwrap();
        let (b, here) = (runtime(8), std::thread::current().id());
        for _ in 0..3 {
            assert_eq!(a.block_on(thread()), here);
            assert_ne!(b.block_on(thread()), here);
        }
        drop(a);
        assert_ne!(b.block_on(thread()), here);
        eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
    });
}

#[test]
fn calls_between_blocking_pools_do_not_wait_for_a_thread_of_tokio() {
    #[offload(pool = "outer")]
    fn outer() -> u32 {
        Handle::current().block_on(inner())
    }
    #[offload(pool = "inner")]
    fn inner() -> u32 {
        7
    }
    #[offload(pool = "by way of", cpu)]
    fn between() -> u32 {
        Handle::current().block_on(inner())
    }
    #[offload(pool = "outer")]
    fn far() -> u32 {
        Handle::current().block_on(between())
    }

    within_a_minute(|| {
        Pool::builder("outer").threads(2).install().unwrap();
        Pool::builder("inner").threads(4).install().unwrap();
        Pool::builder("by way of").cpu().threads(2).install().unwrap();
        runtime(2).block_on(async {
            for _ in 0..100 {
                assert_eq!(tokio::join!(outer(), outer()), (7, 7));
                assert_eq!(tokio::join!(far(), far()), (7, 7));
            }
        });
    });
}

/// Two workers may be on their way for one call: it was taken by another one, waited for a turn, and is queued again.
#[test]
fn no_worker_is_lost_that_comes_late() {
    #[offload(pool = "late", max_concurrent = 1)]
    fn limited(gate: Gate) {
        gate.pass();
    }
    #[offload(pool = "late")]
    fn hold(gate: Gate) {
        gate.pass();
    }

    within_a_minute(|| {
        let pool = Pool::builder("late").threads(6).install().unwrap();
        let (a, b) = (runtime(1), runtime(8));
        for _ in 0..20 {
            let (turn, first, second, open) =
                (Gate::default(), Gate::default(), Gate::default(), Gate::default());
            open.open();
            let mut calls = vec![b.spawn(limited(turn.clone()))];
            turn.await_arrivals(1);
            calls.push(a.spawn(hold(first.clone())));
            first.await_arrivals(1);
            // The only thread of its runtime takes it, and goes on to the next.
            calls.push(a.spawn(limited(open.clone())));
            eventually("it is queued", || pool.queue_depth() == 1);
            calls.push(a.spawn(hold(second.clone())));
            eventually("it is queued", || pool.queue_depth() == 2);
            first.open();
            second.await_arrivals(1);
            for waiting in 2..4 {
                calls.push(b.spawn(hold(open.clone())));
                eventually("it is queued", || pool.queue_depth() == waiting || pool.queue_depth() == 1);
            }
            turn.open();
            second.open();
            for (number, call) in calls.into_iter().enumerate() {
                [&b, &a, &a, &a, &b, &b][number].block_on(call).unwrap();
            }
        }
        eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
    });
}

/// One worker takes them all, one after the other.
#[test]
fn each_cpu_call_knows_its_own_runtime() {
    #[offload(pool = "in turn", cpu)]
    fn hold(gate: Gate) {
        gate.pass();
    }
    #[offload(pool = "in turn", cpu)]
    fn whose() -> Option<Id> {
        Handle::try_current().ok().map(|runtime| runtime.id())
    }
    #[offload(pool = "in turn", cpu)]
    fn leaves_it_entered(runtime: &'static Runtime) {
        std::mem::forget(runtime.enter());
    }

    within_a_minute(|| {
        let pool = Pool::builder("in turn").cpu().threads(1).install().unwrap();
        let (a, b) = (runtime(1), runtime(1));
        let leaked: &'static Runtime = Box::leak(Box::new(runtime(1)));
        let order = [Some(&a), Some(&a), None, Some(&b), Some(&a), None, Some(&b), Some(&b)];
        for _ in 0..20 {
            let gate = Gate::default();
            let holding = a.spawn(hold(gate.clone()));
            gate.await_arrivals(1);
            let mut calls = Vec::new();
            for runtime in order {
                let mut call = Box::pin(whose());
                let _entered = runtime.map(Runtime::enter);
                assert!(call.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_pending());
                calls.push(call);
            }
            gate.open();
            a.block_on(holding).unwrap();
            for (runtime, call) in order.into_iter().zip(calls) {
                assert_eq!(futures::executor::block_on(call), runtime.map(|runtime| runtime.handle().id()));
            }
        }
        // Its thread goes on, all the same.
        let gate = Gate::default();
        let holding = a.spawn(hold(gate.clone()));
        gate.await_arrivals(1);
        let leaves = a.spawn(leaves_it_entered(leaked));
        eventually("it is queued", || pool.queue_depth() == 1);
        let next = b.spawn(whose());
        eventually("it is queued", || pool.queue_depth() == 2);
        gate.open();
        a.block_on(holding).unwrap();
        a.block_on(leaves).unwrap();
        assert_eq!(b.block_on(next).unwrap(), Some(b.handle().id()));
        assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
    });
}
