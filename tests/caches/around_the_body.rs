//! The same key from within what a load asks around the body.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, LazyLock, OnceLock};
use std::thread;
use std::time::Duration;

use fujita::{cached, sync};
use futures::future::BoxFuture;

use crate::ends;
use crate::recursion::message;

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
    panics(concat!(module_path!(), "::tagged"), || tagged(1));
}

#[test]
fn tags_of_one_that_waits() {
    static RECURSES: AtomicBool = AtomicBool::new(false);
    static GATE: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
    fn tag(n: u32) -> String {
        if RECURSES.load(Ordering::SeqCst) { tagged(n).to_string() } else { String::new() }
    }
    #[cached(name = "by a waiter's tags", tags(tag(n)))]
    fn tagged(n: u32) -> u32 {
        GATE.wait();
        GATE.wait();
        n
    }
    let leader = thread::spawn(|| tagged(1));
    GATE.wait();
    RECURSES.store(true, Ordering::SeqCst);
    panics(concat!(module_path!(), "::tagged"), || tagged(1));
    GATE.wait();
    assert_eq!(leader.join().unwrap(), 1);
}

/// It does not wait for the future that it makes.
#[test]
fn a_body_that_makes_a_future_of_the_same_key() {
    #[cached(tags("a"))]
    fn made(n: u32) -> BoxFuture<'static, u32> {
        Box::pin(async move {
            drop(made(n));
            n
        })
    }
    assert_eq!(futures::executor::block_on(made(1)), 1);
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
