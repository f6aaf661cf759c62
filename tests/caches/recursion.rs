//! Loads that call their own function.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Barrier, LazyLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use fujita::{future, sync};

use crate::ends;

fn message(panic: Box<dyn std::any::Any + Send>) -> String {
    *panic.downcast::<String>().expect("a message")
}

#[test]
fn with_another_key_it_works() {
    static FIB: LazyLock<sync::Cache<u64, u64>> = LazyLock::new(|| sync::Cache::builder("fib").build());
    fn fib(n: u64) -> u64 {
        FIB.get_with(n, || if n < 2 { n } else { fib(n - 1) + fib(n - 2) })
    }
    assert_eq!(ends(|| fib(80)), 23_416_728_348_467_685);
    assert_eq!(FIB.stats().loads, 81);
}

#[test]
fn with_the_same_key_it_panics_and_says_where() {
    let panic = ends(|| {
        let cache = sync::Cache::<u32, u32>::builder("shop::price").build();
        let call = || cache.get_with(1, || cache.get_with(1, || 2));
        let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        assert_eq!(cache.get_with(1, || 3), 3, "the cache goes on");
        message(panic)
    });
    assert!(panic.contains("`shop::price` waits for itself"), "{panic}");
}

#[test]
fn through_another_function_it_panics_too() {
    let panic = ends(|| {
        let prices = sync::Cache::<u32, u32>::builder("price").build();
        let taxes = sync::Cache::<u32, u32>::builder("tax").build();
        let call = || prices.get_with(1, || taxes.get_with(1, || prices.get_with(1, || 2)));
        message(catch_unwind(AssertUnwindSafe(call)).unwrap_err())
    });
    assert!(panic.contains("`price` waits for itself"), "{panic}");
}

#[test]
fn two_threads_that_wait_for_each_other_do_not_hang() {
    for _ in 0..50 {
        let (first, second) = ends(|| {
            let cache = sync::Cache::<u32, u32>::builder("crossed").build();
            let barrier = Barrier::new(2);
            let cross = |mine: u32, other: u32| {
                let call = || {
                    cache.get_with(mine, || {
                        barrier.wait();
                        cache.get_with(other, || 7) + 1
                    })
                };
                catch_unwind(AssertUnwindSafe(call)).map_err(message)
            };
            thread::scope(|scope| {
                let first = scope.spawn(|| cross(1, 2));
                let second = cross(2, 1);
                (first.join().unwrap(), second)
            })
        });
        let panics: Vec<_> = [&first, &second].into_iter().filter_map(|ended| ended.as_ref().err()).collect();
        assert_eq!(panics.len(), 1, "the one that closes the circle panics: {first:?} {second:?}");
        assert!(panics[0].contains("`crossed` waits for itself"));
    }
}

#[tokio::test]
async fn async_loads_that_wait_for_themselves_panic() {
    let cache = future::Cache::<u32, u32>::builder("async::price").build();
    let inner = cache.clone();
    let call = tokio::spawn(async move {
        let again = inner.clone();
        inner.get_with(1, async move { again.get_with(1, async { 2 }).await }).await
    });
    let panic = message(call.await.unwrap_err().into_panic());
    assert!(panic.contains("`async::price` waits for itself"), "{panic}");
    assert_eq!(cache.get_with(1, async { 3 }).await, 3);
}

#[tokio::test]
async fn async_loads_of_other_keys_go_on() {
    fn depth(
        cache: Arc<future::Cache<u32, u32>>,
        n: u32,
    ) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
        Box::pin(async move {
            let next = Arc::clone(&cache);
            cache.get_with(n, async move { if n == 0 { 0 } else { depth(next, n - 1).await + 1 } }).await
        })
    }
    let cache = Arc::new(future::Cache::builder("depth").build());
    let all = futures::future::join_all((0..50).map(|n| depth(Arc::clone(&cache), n))).await;
    assert_eq!(all, (0..50).collect::<Vec<_>>());
    assert_eq!(cache.stats().loads, 50);
}

/// The same key from within what a load asks around the body.
mod around_the_body {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::OnceLock;
    use std::time::Duration;

    use fujita::{cached, sync};

    use super::message;
    use crate::ends;

    fn panics(name: &str, call: fn() -> u32) {
        let panic = ends(move || message(catch_unwind(AssertUnwindSafe(call)).unwrap_err()));
        assert!(panic.contains(&format!("`{name}` waits for itself")), "{panic}");
    }

    #[test]
    fn tags() {
        #[cached(name = "by tags", tags(tagged(n).to_string()))]
        fn tagged(n: u32) -> u32 {
            n
        }
        panics("by tags", || tagged(1));
    }

    #[test]
    fn weigher() {
        static CACHE: OnceLock<sync::Cache<u32, u32>> = OnceLock::new();
        fn call() -> u32 {
            CACHE
                .get_or_init(|| sync::Cache::builder("by weigher").weigher(|_, _| call()).build())
                .get_with(1, || 1)
        }
        panics("by weigher", call);
    }

    #[test]
    fn cache_if() {
        static CACHE: OnceLock<sync::Cache<u32, u32>> = OnceLock::new();
        fn call() -> u32 {
            CACHE
                .get_or_init(|| sync::Cache::builder("by cache_if").cache_if(|_| call() == 1).build())
                .get_with(1, || 1)
        }
        panics("by cache_if", call);
    }

    #[test]
    fn expire_after() {
        static CACHE: OnceLock<sync::Cache<u32, u32>> = OnceLock::new();
        fn call() -> u32 {
            let expire_after = |_: &u32, _: &u32| Some(Duration::from_secs(call().into()));
            CACHE
                .get_or_init(|| sync::Cache::builder("by expire_after").expire_after(expire_after).build())
                .get_with(1, || 1)
        }
        panics("by expire_after", call);
    }

    #[test]
    fn clone() {
        struct Value(u32);
        impl Clone for Value {
            fn clone(&self) -> Self {
                Self(call())
            }
        }
        static CACHE: OnceLock<sync::Cache<u32, Value>> = OnceLock::new();
        fn call() -> u32 {
            CACHE.get_or_init(|| sync::Cache::builder("by clone").build()).get_with(1, || Value(1)).0
        }
        panics("by clone", call);
    }
}

/// A load that waits for many, and many that wait for it: each of them looks for a circle through all.
#[test]
fn many_that_wait_for_one_that_waits_for_many() {
    ends(|| {
        let cache = future::Cache::<u32, u32>::builder("hub").unbounded().build();
        let context = &mut Context::from_waker(Waker::noop());
        let mut pending: Vec<Pin<Box<dyn Future<Output = u32>>>> = Vec::new();
        let mut start = |load: Pin<Box<dyn Future<Output = u32>>>| {
            pending.push(load);
            assert!(pending.last_mut().unwrap().as_mut().poll(context).is_pending());
        };
        let load = |key: u32| {
            let cache = cache.clone();
            Box::pin(async move { cache.get_with(key, std::future::pending()).await })
        };
        const LEAVES: u32 = 100_000;
        (0..LEAVES).for_each(|leaf| start(load(leaf)));
        let (leaves, all): (Vec<_>, _) = ((0..LEAVES).map(load).collect(), cache.clone());
        start(Box::pin(async move {
            let sum = async { futures::future::join_all(leaves).await.len() as u32 };
            all.get_with(LEAVES, sum).await
        }));
        for spoke in 1..50 {
            let (hub, all) = (load(LEAVES), cache.clone());
            start(Box::pin(async move { all.get_with(LEAVES + spoke, hub).await }));
        }
    });
}

/// A load that is over may have left a wait behind; another that has its place in memory does not inherit it.
#[test]
fn a_wait_that_outlives_its_load() {
    let cache = future::Cache::<u32, u32>::builder("outlived").build();
    let context = &mut Context::from_waker(Waker::noop());
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    let others = 10..200;
    let second = cache.get_with(2, {
        let (cache, others) = (cache.clone(), others.clone());
        async move {
            let _ = may_go_on.await;
            let all = others.map(|key| cache.get_with(key, std::future::pending()));
            futures::future::join_all(all).await.len() as u32
        }
    });
    let mut second = pin!(second);
    assert!(second.as_mut().poll(context).is_pending());
    let mut left = Box::pin(cache.get_with(2, std::future::pending()));
    let first = cache.get_with(1, async {
        std::future::poll_fn(|context| {
            assert!(left.as_mut().poll(context).is_pending());
            Poll::Ready(1)
        })
        .await
    });
    assert_eq!(pin!(first).as_mut().poll(context), Poll::Ready(1));
    let mut loads: Vec<_> = others.map(|key| Box::pin(cache.get_with(key, std::future::pending()))).collect();
    for load in &mut loads {
        assert!(load.as_mut().poll(context).is_pending());
    }
    go_on.send(()).unwrap();
    assert!(second.as_mut().poll(context).is_pending(), "it waits for those, and none of them for it");
}

/// A load that blocks on a runtime polls whatever other tasks the runtime has; what they wait for it does not.
#[test]
fn what_a_task_waits_for_that_a_load_happens_to_poll() {
    ends(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let tasks = runtime.handle().clone();
        let cache = future::Cache::<u32, u32>::builder("polled").build();
        let (blocks, is_blocking) = mpsc::channel();
        let (finish, may_finish) = tokio::sync::oneshot::channel::<()>();
        let first = thread::spawn({
            let cache = cache.clone();
            move || {
                let block = async {
                    blocks.send(()).unwrap();
                    let _ = may_finish.await;
                    1
                };
                let first = {
                    let first = pin!(cache.get_with(1, async { runtime.block_on(block) }));
                    first.poll(&mut Context::from_waker(Waker::noop()))
                };
                (first, runtime)
            }
        });
        is_blocking.recv().unwrap();
        let context = &mut Context::from_waker(Waker::noop());
        let mut second = pin!(cache.get_with(2, async { cache.get_with(1, async { 0 }).await + 1 }));
        assert!(second.as_mut().poll(context).is_pending());
        let (polled, was_polled) = mpsc::channel();
        let third = tasks.spawn({
            let cache = cache.clone();
            async move {
                let mut second = pin!(cache.get_with(2, async { 0 }));
                std::future::poll_fn(|context| {
                    let poll = second.as_mut().poll(context);
                    let _ = polled.send(());
                    poll
                })
                .await
            }
        });
        // Nothing is sent if it panics.
        let _ = was_polled.recv();
        finish.send(()).unwrap();
        let (first, runtime) = first.join().unwrap();
        assert_eq!((first, second.as_mut().poll(context)), (Poll::Ready(1), Poll::Ready(2)));
        assert_eq!(runtime.block_on(third).map_err(|error| message(error.into_panic())), Ok(2));
    });
}

/// But one that blocks the thread blocks the load, too.
#[test]
fn what_a_task_blocks_for_that_a_load_happens_to_poll() {
    let panic = ends(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let cache = sync::Cache::<u32, u32>::builder("blocked").build();
        let again = cache.clone();
        let task = runtime.spawn(async move { again.get_with(1, || 2) });
        let mut panic = None;
        cache.get_with(1, || {
            panic = runtime.block_on(task).map_err(|error| message(error.into_panic())).err();
            1
        });
        panic.unwrap()
    });
    assert!(panic.contains("`blocked` waits for itself"), "{panic}");
}
