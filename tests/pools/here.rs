//! Bodies that run in their caller, and calls that are awaited where their body was to run.

use fujita::offload;
use fujita::offload::Pool;
use tokio::runtime::{Builder, Handle};

use crate::nested::within_a_minute;
use crate::{Gate, poll, runtime};

#[test]
fn a_runtime_of_the_bodys_own_leaves_nothing_behind() {
    #[offload(pool = "own runtime")]
    fn tiny() -> u32 {
        1
    }
    #[offload(pool = "own runtime")]
    fn own() -> u32 {
        Builder::new_current_thread().build().unwrap().block_on(tiny())
    }
    #[offload(pool = "own runtime")]
    fn depth(n: u32) -> u32 {
        if n == 0 { 0 } else { 1 + Handle::current().block_on(depth(n - 1)) }
    }

    within_a_minute(|| {
        Pool::builder("own runtime").threads(1).install().unwrap();
        crate::under_each_runtime(|| async {
            assert_eq!(own().await, 1);
            assert_eq!(depth(5).await, 5);
        });
    });
}

/// A thread that blocks on the handle of a runtime does not drive it, whosever it is.
#[test]
fn a_body_blocks_on_another_runtime_as_on_its_own() {
    #[offload(pool = "another runtime")]
    fn inner(n: u32) -> u32 {
        Handle::current().block_on(async { n })
    }
    #[offload(pool = "another runtime", cpu)]
    fn outer(on: Handle) -> u32 {
        on.block_on(inner_cpu(7)) + on.block_on(inner_cpu(8))
    }
    #[offload(pool = "another runtime", cpu)]
    fn inner_cpu(n: u32) -> u32 {
        Handle::current().block_on(async { n })
    }

    within_a_minute(|| {
        Pool::builder("another runtime").cpu().threads(1).install().unwrap();
        for other in [Builder::new_current_thread().build().unwrap(), runtime(1)] {
            let handle = other.handle().clone();
            assert_eq!(pollster::block_on(outer(handle.clone())), 15);
            for own in [Builder::new_current_thread().build().unwrap(), runtime(1)] {
                assert_eq!(own.block_on(outer(handle.clone())), 15);
            }
            assert_eq!(other.block_on(inner(7)), 7);
        }
    });
}

#[test]
fn a_local_set_leaves_nothing_behind() {
    #[offload(in_place)]
    fn blocks() -> u32 {
        Handle::current().block_on(async { 1 })
    }
    #[offload(in_place)]
    fn nothing() {}

    let runtime = runtime(1);
    tokio::task::LocalSet::new().block_on(&runtime, async {
        nothing().await;
        let task = async {
            nothing().await;
            nothing().await;
        };
        tokio::task::spawn_local(task).await.unwrap();
    });
    assert_eq!(runtime.block_on(blocks()), 1);
}

#[test]
fn a_call_that_began_elsewhere_does_not_wait_for_the_thread_that_awaits_it() {
    #[offload(pool = "begun elsewhere")]
    fn tiny() -> u32 {
        7
    }
    #[offload(pool = "begun elsewhere")]
    fn awaits(
        gate: Gate,
        theirs: std::sync::mpsc::Receiver<futures::future::BoxFuture<'static, u32>>,
    ) -> u32 {
        gate.pass();
        Handle::current().block_on(theirs.recv().unwrap())
    }

    within_a_minute(|| {
        let pool = Pool::builder("begun elsewhere").threads(1).install().unwrap();
        let (runtime, gate) = (runtime(8), Gate::default());
        let (give, theirs) = std::sync::mpsc::channel();
        let running = runtime.spawn(awaits(gate.clone(), theirs));
        gate.await_arrivals(1);
        let _entered = runtime.enter();
        let mut call: futures::future::BoxFuture<'static, u32> = Box::pin(tiny());
        assert!(poll(&mut call, std::task::Waker::noop()).is_pending());
        give.send(call).unwrap();
        gate.open();
        assert_eq!(runtime.block_on(running).unwrap(), 7);
        crate::eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
    });
}
