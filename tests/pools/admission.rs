use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fujita::offload::Pool;
use fujita::{OffloadError, offload};
use futures::future::join_all;

use crate::{Gate, start};

#[test]
fn those_who_wait_are_served_in_the_order_they_came() {
    #[offload(pool = "fair")]
    fn call(gate: Gate, order: Arc<Mutex<Vec<usize>>>, number: usize) {
        gate.pass();
        order.lock().unwrap().push(number);
    }

    Pool::builder("fair").threads(1).queue_capacity(3).install().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (gate, order) = (Gate::default(), Arc::default());
        let mut calls: Vec<_> =
            (0..50).map(|number| Box::pin(call(gate.clone(), Arc::clone(&order), number))).collect();
        for call in &mut calls {
            start(call).await;
        }
        gate.open();
        join_all(calls).await;
        assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
    });
}

#[test]
fn a_full_queue_rejects() {
    #[offload(pool = "rejecting", on_full = "reject")]
    fn call(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }

    let pool = Pool::builder("rejecting").threads(2).queue_capacity(3).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let gate = Gate::default();
        let mut calls: Vec<_> = (0..5).map(|_| Box::pin(call(gate.clone()))).collect();
        for call in &mut calls {
            start(call).await;
        }
        gate.await_arrivals(2);
        assert_eq!((pool.active(), pool.queue_depth()), (2, 3));
        assert_eq!(call(gate.clone()).await, Err(OffloadError::Rejected));

        // A place that is given up is free at once.
        drop(calls.pop());
        let mut another = Box::pin(call(gate.clone()));
        start(&mut another).await;
        assert_eq!(call(gate.clone()).await, Err(OffloadError::Rejected));

        gate.open();
        assert!(join_all(calls).await.into_iter().all(|ended| ended == Ok(())));
        assert_eq!(another.await, Ok(()));
    });
}

#[test]
fn without_a_queue_calls_begin_or_are_full() {
    #[offload(pool = "no queue", on_full = "reject")]
    fn call(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }

    Pool::builder("no queue").threads(1).queue_capacity(0).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let open = Gate::default();
        open.open();
        // One after the other there is always a thread.
        for _ in 0..2_000 {
            assert_eq!(call(open.clone()).await, Ok(()));
        }
        let gate = Gate::default();
        let mut running = Box::pin(call(gate.clone()));
        start(&mut running).await;
        assert_eq!(call(gate.clone()).await, Err(OffloadError::Rejected));
        gate.open();
        assert_eq!(running.await, Ok(()));
    });
}

#[test]
fn a_caller_runs_what_the_queue_has_no_room_for() {
    #[offload(pool = "helped", on_full = "caller_runs")]
    fn call(gate: Gate) -> std::thread::ThreadId {
        gate.pass();
        std::thread::current().id()
    }

    Pool::builder("helped").threads(1).queue_capacity(1).install().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (gate, open) = (Gate::default(), Gate::default());
        open.open();
        let (mut first, mut second) = (Box::pin(call(gate.clone())), Box::pin(call(gate.clone())));
        start(&mut first).await;
        start(&mut second).await;
        let here = std::thread::current().id();
        assert_eq!(call(open.clone()).await, here);
        gate.open();
        assert_ne!(first.await, here);
        assert_ne!(second.await, here);
    });
}

/// How many are in at once, and the most that ever were.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn visit(&self, stay: Duration) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(stay);
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_function_has_a_limit_of_its_own() {
    #[offload(pool = "wide", max_concurrent = 3)]
    fn few(crowd: Arc<Crowd>) {
        crowd.visit(Duration::from_micros(500));
    }
    #[offload(pool = "wide")]
    fn many(crowd: Arc<Crowd>) {
        crowd.visit(Duration::from_millis(5));
    }

    Pool::builder("wide").threads(8).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (limited, free) = (Arc::<Crowd>::default(), Arc::<Crowd>::default());
        let limited_calls = join_all((0..300).map(|_| tokio::spawn(few(Arc::clone(&limited)))));
        let free_calls = join_all((0..40).map(|_| tokio::spawn(many(Arc::clone(&free)))));
        let (limited_calls, free_calls) = futures::join!(limited_calls, free_calls);
        assert!(limited_calls.into_iter().chain(free_calls).all(|ended| ended.is_ok()));
        assert_eq!(limited.most.load(Ordering::SeqCst), 3);
        assert!(free.most.load(Ordering::SeqCst) > 3, "the limit is that of one function");
    });
}

#[test]
fn at_its_limit_a_function_may_reject() {
    #[offload(pool = "limited", max_concurrent = 2, on_full = "reject")]
    fn call(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }

    Pool::builder("limited").threads(8).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let gate = Gate::default();
        let (mut a, mut b) = (Box::pin(call(gate.clone())), Box::pin(call(gate.clone())));
        start(&mut a).await;
        start(&mut b).await;
        assert_eq!(call(gate.clone()).await, Err(OffloadError::Rejected));
        gate.open();
        assert_eq!((a.await, b.await), (Ok(()), Ok(())));
        assert_eq!(call(gate.clone()).await, Ok(()));
    });
}

#[test]
fn a_turn_that_is_not_wanted_goes_to_the_next() {
    #[offload(pool = "turns", max_concurrent = 1)]
    fn call(gate: Gate, number: usize) -> usize {
        gate.pass();
        number
    }

    Pool::builder("turns").threads(4).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let gate = Gate::default();
        let mut calls: Vec<_> = (0..6).map(|number| Box::pin(call(gate.clone(), number))).collect();
        for call in &mut calls {
            start(call).await;
        }
        gate.await_arrivals(1);
        calls.drain(1..5);
        gate.open();
        assert_eq!(join_all(calls).await, [0, 5]);
    });
}

#[test]
fn what_does_not_begin_in_time_never_does() {
    #[offload(pool = "slow to begin", queue_timeout = "30ms")]
    fn call(gate: Gate) -> Result<(), OffloadError> {
        gate.pass();
        Ok(())
    }

    let pool = Pool::builder("slow to begin").threads(1).install().unwrap();
    crate::under_each_runtime(|| async {
        let gate = Gate::default();
        let mut running = Box::pin(call(gate.clone()));
        start(&mut running).await;
        gate.await_arrivals(1);
        let start = Instant::now();
        assert_eq!(call(gate.clone()).await, Err(OffloadError::QueueTimeout));
        assert!(start.elapsed() >= Duration::from_millis(30));
        assert_eq!(pool.queue_depth(), 0);
        // What has begun in time may take as long as it likes.
        gate.open();
        assert_eq!(running.await, Ok(()));
        gate.await_arrivals(1);
    });
}

#[test]
fn what_is_not_over_in_time_is_told() {
    #[offload(pool = "slow", timeout = "30ms")]
    fn call(gate: Gate, told: Gate) -> Result<(), OffloadError> {
        gate.pass();
        if fujita::offload::cancelled() {
            told.open();
        }
        Ok(())
    }

    let pool = Pool::builder("slow").threads(1).install().unwrap();
    crate::under_each_runtime(|| async {
        let (gate, told) = (Gate::default(), Gate::default());
        assert_eq!(call(gate.clone(), told.clone()).await, Err(OffloadError::Timeout));
        // The thread is still taken: what waits behind it does not begin either.
        assert_eq!(call(gate.clone(), told.clone()).await, Err(OffloadError::Timeout));
        assert_eq!((pool.active(), pool.queue_depth()), (1, 0));
        gate.open();
        told.pass();
        crate::eventually("the pool is idle", || pool.active() == 0);
    });
}

#[test]
fn an_error_of_the_functions_own_is_made_of_a_refusal() {
    #[derive(Debug, PartialEq)]
    struct Failed(String);
    impl From<OffloadError> for Failed {
        fn from(error: OffloadError) -> Self {
            Self(error.to_string())
        }
    }
    #[offload(pool = "own error", on_full = "reject")]
    fn call(gate: Gate) -> Result<(), Failed> {
        gate.pass();
        Ok(())
    }

    Pool::builder("own error").threads(1).queue_capacity(0).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let gate = Gate::default();
        let mut running = Box::pin(call(gate.clone()));
        start(&mut running).await;
        let expected = "rejected: too many calls are waiting or running already";
        assert_eq!(call(gate.clone()).await, Err(Failed(expected.into())));
        gate.open();
        assert_eq!(running.await, Ok(()));
    });
}

/// Two loops on two threads, one of a function that may be rejected: there is always room for it.
#[test]
fn nobody_is_rejected_while_there_is_room() {
    #[offload(pool = "just enough", max_concurrent = 1)]
    fn limited() {}
    #[offload(pool = "just enough", on_full = "reject")]
    fn rejects() -> Result<(), OffloadError> {
        Ok(())
    }

    Pool::builder("just enough").cpu().threads(2).queue_capacity(0).install().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let other = tokio::spawn(async {
            for _ in 0..30_000 {
                limited().await;
            }
        });
        for number in 0..30_000 {
            assert_eq!(rejects().await, Ok(()), "call {number}");
        }
        other.await.unwrap();
    });
}
