//! Loads that call their own function.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier, LazyLock};
use std::thread;

use fujita::{future, sync};

use crate::ends;

pub(crate) fn message(panic: Box<dyn std::any::Any + Send>) -> String {
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
