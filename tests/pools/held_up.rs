//! What is over must not hold up what is not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use fujita::offload;
use fujita::offload::Pool;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::nested::within_a_minute;
use crate::{Gate, eventually, poll, runtime};

/// Counts the spans that are open, and may panic where one is entered.
#[derive(Clone, Default)]
struct Spans {
    open: Arc<AtomicUsize>,
    panics: bool,
}

impl<S: tracing::Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.open.fetch_add(1, Ordering::SeqCst);
    }

    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        assert!(!self.panics || std::thread::current().name() != Some("tokio-rt-worker"), "a bug in a layer");
    }

    fn on_close(&self, _: Id, _: Context<'_, S>) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Spans {
    fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        tracing_subscriber::registry().with(self.clone())
    }
}

#[test]
fn a_subscriber_that_panics_ends_its_call_alone() {
    #[offload(pool = "panicking subscriber")]
    fn plain() {}

    within_a_minute(|| {
        let pool = Pool::builder("panicking subscriber").threads(1).install().unwrap();
        let runtime = runtime(8);
        let spans = Spans { panics: true, ..Spans::default() };
        let call = tracing::subscriber::with_default(spans.subscriber(), || {
            let _entered = runtime.enter();
            let mut call = Box::pin(plain());
            tracing::info_span!("request").in_scope(|| {
                let _ = poll(&mut call, std::task::Waker::noop());
            });
            call
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(call)));
        assert!(ended.is_err());
        assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
        runtime.block_on(plain());
    });
}

#[test]
fn a_result_that_nobody_sees_is_dropped_before_its_thread_counts_as_free() {
    struct Slow(Gate);
    impl Drop for Slow {
        fn drop(&mut self) {
            self.0.pass();
        }
    }
    #[offload(pool = "slow to drop")]
    fn returns(gate: Gate, dropped: Gate) -> Slow {
        gate.pass();
        Slow(dropped)
    }
    #[offload(pool = "slow to drop", on_drop = "detach")]
    fn detached(gate: Gate, dropped: Gate) -> Slow {
        gate.pass();
        Slow(dropped)
    }

    within_a_minute(|| {
        let pool = Pool::builder("slow to drop").threads(4).install().unwrap();
        let runtime = runtime(8);
        let _entered = runtime.enter();
        let (gate, dropped) = (Gate::default(), Gate::default());
        let (mut one, mut other) = (
            Box::pin(returns(gate.clone(), dropped.clone())),
            Box::pin(detached(gate.clone(), dropped.clone())),
        );
        assert!(poll(&mut one, std::task::Waker::noop()).is_pending());
        assert!(poll(&mut other, std::task::Waker::noop()).is_pending());
        gate.await_arrivals(2);
        drop((one, other));
        gate.open();
        dropped.await_arrivals(2);
        assert_eq!(pool.active(), 2);
        dropped.open();
        eventually("the pool is idle", || pool.active() == 0);
    });
}

#[test]
fn a_span_does_not_wait_for_the_place_of_a_call_that_was_dropped() {
    #[offload(pool = "spans")]
    fn hold(gate: Gate) {
        gate.pass();
    }

    within_a_minute(|| {
        Pool::builder("spans").threads(1).install().unwrap();
        let (runtime, gate) = (runtime(8), Gate::default());
        let held = runtime.spawn(hold(gate.clone()));
        gate.await_arrivals(1);
        let spans = Spans::default();
        tracing::subscriber::with_default(spans.subscriber(), || {
            let _entered = runtime.enter();
            let span = tracing::info_span!("request");
            span.in_scope(|| {
                let mut call = Box::pin(hold(gate.clone()));
                assert!(poll(&mut call, std::task::Waker::noop()).is_pending());
                assert_eq!(spans.open.load(Ordering::SeqCst), 1);
            });
        });
        let open = spans.open.load(Ordering::SeqCst);
        gate.open();
        runtime.block_on(held).unwrap();
        assert_eq!(open, 0);
    });
}

/// A worker that lets others go first may find something long to do.
#[test]
fn a_task_that_a_call_left_behind_holds_up_no_other_call() {
    #[offload(pool = "left behind", cpu)]
    fn spawns(gate: Gate) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(100) {
            std::hint::spin_loop();
        }
        rayon::spawn(move || gate.pass());
    }
    #[offload(pool = "left behind", cpu)]
    fn nothing() {}

    within_a_minute(|| {
        let pool = Pool::builder("left behind").cpu().threads(3).install().unwrap();
        for _ in 0..50 {
            let gate = Gate::default();
            pollster::block_on(spawns(gate.clone()));
            gate.await_arrivals(1);
            // Two threads are idle.
            pollster::block_on(nothing());
            gate.open();
            eventually("the pool is idle", || pool.active() == 0);
        }
    });
}

/// A call that waits for a part of its own must not run others until there are none.
#[test]
fn a_call_is_not_held_up_by_those_that_came_later() {
    #[offload(pool = "flooded", cpu)]
    fn outer(stage: Arc<AtomicUsize>, end: Gate) {
        let until = |reached| {
            while stage.load(Ordering::SeqCst) < reached {
                std::thread::yield_now();
            }
        };
        rayon::join(
            || until(1),
            || {
                stage.store(1, Ordering::SeqCst);
                rayon::join(
                    || until(2),
                    || {
                        stage.store(2, Ordering::SeqCst);
                        end.pass();
                    },
                )
            },
        );
    }
    #[offload(pool = "flooded", cpu)]
    fn short(ran: Arc<AtomicUsize>) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(300) {
            std::hint::spin_loop();
        }
        ran.fetch_add(1, Ordering::SeqCst);
    }

    within_a_minute(|| {
        Pool::builder("flooded").cpu().threads(2).install().unwrap();
        let (stage, ran, end) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default(), Gate::default());
        let waker = std::task::Waker::noop();
        let mut first = Box::pin(outer(stage, end.clone()));
        assert!(poll(&mut first, waker).is_pending());
        end.await_arrivals(1);
        let mut flood: Vec<_> = (0..5_000).map(|_| Box::pin(short(Arc::clone(&ran)))).collect();
        flood.retain_mut(|call| poll(call, waker).is_pending());
        eventually("a thread has met the flood", || ran.load(Ordering::SeqCst) > 20);
        end.open();
        pollster::block_on(first);
        assert!(ran.load(Ordering::SeqCst) < 5_000, "not before all that came later");
        pollster::block_on(futures::future::join_all(flood));
    });
}

/// After whatever has happened, all threads of a pool are there.
#[test]
fn parallel_parts_and_calls_beside_each_other_lose_no_thread() {
    fn tree(depth: u32) -> u32 {
        if depth == 0 {
            1
        } else {
            let (a, b) = rayon::join(|| tree(depth - 1), || tree(depth - 1));
            a + b
        }
    }
    #[offload(pool = "beside", cpu)]
    fn parallel(depth: u32) -> u32 {
        tree(depth)
    }
    #[offload(pool = "beside", cpu)]
    fn meet(barrier: Arc<Barrier>) {
        barrier.wait();
    }

    within_a_minute(|| {
        Pool::builder("beside").cpu().threads(3).install().unwrap();
        for _ in 0..200 {
            let trees = futures::future::join_all((0..20).map(|depth| parallel(depth % 8)));
            let trees = pollster::block_on(trees);
            assert!(trees.into_iter().zip(0..).all(|(leaves, depth)| leaves == 1 << (depth % 8)));
            let barrier = Arc::new(Barrier::new(3));
            pollster::block_on(futures::future::join_all((0..3).map(|_| meet(Arc::clone(&barrier)))));
        }
    });
}
