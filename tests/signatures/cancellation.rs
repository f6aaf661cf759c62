//! Cancellation: a future dropped after its first poll and before its end.

use std::future::Future;
use std::pin::Pin;

use fujita::timed;
use futures::future::{Either, join3, select};

use crate::support::{block_on, later, poll_once, recorded};

#[timed]
async fn asynchronous() -> Result<u32, String> {
    later().await;
    Ok(1)
}

#[timed(busy, slow_poll = "1h", in_flight)]
async fn with_options() -> u32 {
    later().await;
    1
}

#[timed]
fn impl_future() -> impl Future<Output = u32> {
    async move {
        later().await;
        1
    }
}

#[timed]
fn boxed() -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        later().await;
        1
    })
}

#[test]
fn cancelled_after_a_poll() {
    let boxed: [(&str, fn() -> Pin<Box<dyn Future<Output = ()>>>); 4] = [
        ("asynchronous", || Box::pin(async { drop(asynchronous().await) })),
        ("with_options", || Box::pin(async { drop(with_options().await.to_string()) })),
        ("impl_future", || Box::pin(async { drop(impl_future().await.to_string()) })),
        ("boxed", || Box::pin(async { drop(boxed().await.to_string()) })),
    ];
    for (function, make) in boxed {
        let (_, unpolled) = fujita_tests::record(|| drop(make()));
        assert!(unpolled.names().is_empty(), "{unpolled:?}");
        let (_, recorded) = fujita_tests::record(|| assert!(poll_once(&mut make()).is_pending()));
        assert_eq!(recorded.series("function_duration_seconds", &[]), 1, "{recorded:?}");
        assert_eq!(recorded.calls(function, "cancelled"), 1.0, "{recorded:?}");
        assert_eq!(recorded.sum("function_in_flight", &[]), 0.0);
    }
}

#[test]
fn never_polled() {
    recorded(module_path!(), &[], || {
        drop(asynchronous());
        drop(with_options());
        drop(impl_future());
        drop(boxed());
        std::mem::forget(asynchronous());
    });
}

#[test]
fn cancelled_with_what_it_waits_for() {
    #[timed]
    async fn outer() -> Result<u32, String> {
        let all = join3(asynchronous(), impl_future(), inner()).await;
        all.0
    }
    #[timed]
    async fn inner() -> u32 {
        std::future::pending().await
    }
    let cancelled =
        ["asynchronous", "impl_future", "inner", "outer"].map(|function| (function, "cancelled", 1));
    recorded(module_path!(), &cancelled, || assert!(poll_once(&mut Box::pin(outer())).is_pending()));
}

#[test]
fn the_slower_of_two() {
    #[timed]
    async fn slow() -> u32 {
        later().await;
        later().await;
        1
    }
    #[timed]
    async fn fast() -> u32 {
        later().await;
        2
    }
    recorded(module_path!(), &[("slow", "cancelled", 1), ("fast", "ok", 1)], || {
        match block_on(select(Box::pin(slow()), Box::pin(fast()))) {
            Either::Right((2, _)) => {}
            other => panic!("{:?}", other.factor_first().0),
        }
    });
}
