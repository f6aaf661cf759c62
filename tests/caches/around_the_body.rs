//! The same key from within what a load asks around the body.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::time::Duration;

use fujita::{cached, sync};

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
