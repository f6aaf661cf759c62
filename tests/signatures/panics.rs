//! Panics: recorded once, with payload and all as if nothing stood between.

use std::any::Any;
use std::fmt::Debug;
use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;

use fujita::timed;

use crate::support::{block_on, later, poll_once, recorded};

/// The payload of the panic in `run`.
fn caught<R>(run: impl FnOnce() -> R) -> Box<dyn Any + Send> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(_) => panic!("it did not panic"),
        Err(payload) => payload,
    }
}

#[track_caller]
fn panics<R>(function: &str, run: impl FnOnce() -> R) -> Box<dyn Any + Send> {
    recorded(module_path!(), &[(function, "panic", 1)], || caught(run))
}

#[derive(Debug, PartialEq)]
struct Custom(u32);

#[timed]
fn plain_form(x: u32) -> (u32, u32) {
    panic_any(Custom(x))
}

#[timed]
fn value(x: u32) -> u32 {
    if x > 0 { panic_any(Custom(x)) } else { x }
}

#[timed]
fn result(x: u32) -> Result<u32, String> {
    if x > 0 {
        panic!("formatted {x}");
    }
    Err(String::new())
}

#[timed]
#[track_caller]
fn tracked(x: u32) -> Result<u32, String> {
    if x > 0 {
        panic!("formatted {x}");
    }
    Err(String::new())
}

#[timed]
fn hidden(x: u32) -> Result<impl Iterator<Item = u32>, String> {
    if x > 0 { Err("literal").unwrap() } else { Ok(0..x) }
}

#[timed]
async fn asynchronous(x: u32) -> Result<u32, String> {
    later().await;
    if x > 0 {
        panic_any(Custom(x));
    }
    later().await;
    Ok(x)
}

#[timed(busy, slow_poll = "1h", in_flight)]
async fn with_options(x: u32) -> u32 {
    later().await;
    panic_any(Custom(x))
}

#[timed]
fn impl_future(x: u32) -> impl Future<Output = u32> {
    async move {
        later().await;
        panic_any(Custom(x))
    }
}

#[timed]
fn boxed(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        later().await;
        panic_any(Custom(x))
    })
}

#[timed]
fn panics_while_it_is_made(x: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    if x > 0 {
        return Box::pin(ready(x));
    }
    panic_any(Custom(x))
}

#[test]
fn payloads() {
    assert_eq!(panics("plain_form", || plain_form(1)).downcast_ref(), Some(&Custom(1)));
    assert_eq!(panics("value", || value(2)).downcast_ref(), Some(&Custom(2)));
    assert_eq!(panics("result", || result(3)).downcast_ref(), Some(&"formatted 3".to_owned()));
    assert_eq!(panics("tracked", || tracked(3)).downcast_ref(), Some(&"formatted 3".to_owned()));
    assert!(panics("hidden", || hidden(4)).downcast_ref::<String>().unwrap().contains("literal"));
    assert_eq!(panics("asynchronous", || block_on(asynchronous(5))).downcast_ref(), Some(&Custom(5)));
    assert_eq!(panics("impl_future", || block_on(impl_future(6))).downcast_ref(), Some(&Custom(6)));
    assert_eq!(panics("boxed", || block_on(boxed(7))).downcast_ref(), Some(&Custom(7)));
    let made = panics("panics_while_it_is_made", || drop(panics_while_it_is_made(0)));
    assert_eq!(made.downcast_ref(), Some(&Custom(0)));
    let (payload, recorded) = fujita_tests::record(|| caught(|| block_on(with_options(8))));
    assert_eq!(payload.downcast_ref(), Some(&Custom(8)));
    assert_eq!(
        (recorded.calls("with_options", "panic"), recorded.sum("function_in_flight", &[])),
        (1.0, 0.0)
    );
}

/// The future is dropped long after its poll unwound, which is no second ending.
#[test]
fn a_panicked_future_is_counted_once() {
    fn panics_and_lives_on(mut future: impl Future<Output: Debug> + Unpin) {
        assert!(poll_once(&mut future).is_pending());
        caught(|| poll_once(&mut future));
        // Plain futures panic too when they are polled after a panic; that is no call.
        caught(|| poll_once(&mut future));
    }
    recorded(module_path!(), &[("asynchronous", "panic", 1)], || {
        panics_and_lives_on(Box::pin(asynchronous(1)))
    });
    recorded(module_path!(), &[("impl_future", "panic", 1)], || {
        panics_and_lives_on(Box::pin(impl_future(1)))
    });
    recorded(module_path!(), &[("boxed", "panic", 1)], || panics_and_lives_on(boxed(1)));
}

#[test]
fn a_finished_future_is_counted_once() {
    recorded(module_path!(), &[("asynchronous", "ok", 1)], || {
        let mut future = Box::pin(asynchronous(0));
        while poll_once(&mut future).is_pending() {}
        let payload = caught(|| poll_once(&mut future));
        assert!(payload.downcast_ref::<&str>().unwrap().contains("resumed after completion"));
    });
}

/// Called by a destructor during a panic of somebody else's, a call ends as it ends.
#[test]
fn calls_while_unwinding() {
    struct Calls;
    impl Drop for Calls {
        fn drop(&mut self) {
            let _ = (in_destructor(), fallible_in_destructor(), block_on(async_in_destructor()));
            drop(caught(|| value(1)));
        }
    }
    #[timed]
    fn in_destructor() -> (u32, u32) {
        (1, 1)
    }
    #[timed]
    fn fallible_in_destructor() -> Result<u32, u32> {
        Err(1)
    }
    #[timed]
    async fn async_in_destructor() -> u32 {
        later().await;
        1
    }
    let ends = [
        ("in_destructor", "ok", 1),
        ("fallible_in_destructor", "error", 1),
        ("async_in_destructor", "ok", 1),
    ];
    let (_, recorded) = fujita_tests::record(|| {
        caught(|| {
            let _calls = Calls;
            resume_unwind(Box::new(()))
        })
    });
    for (function, result, count) in ends {
        assert_eq!(recorded.calls(function, result), f64::from(count), "{function} {recorded:?}");
    }
}

/// A call that catches a panic inside has not panicked.
#[test]
fn panics_caught_inside() {
    #[timed]
    fn catches() -> Result<(), ()> {
        caught(|| value(1));
        Ok(())
    }
    recorded(module_path!(), &[("catches", "ok", 1), ("value", "panic", 1)], catches).unwrap();
}

#[test]
fn panics_count_for_every_call_they_pass() {
    #[timed]
    fn outer() -> Result<u32, String> {
        middle()?;
        Ok(1)
    }
    #[timed]
    fn middle() -> Result<u32, String> {
        Ok(value(1))
    }
    recorded(module_path!(), &[("outer", "panic", 1), ("middle", "panic", 1), ("value", "panic", 1)], || {
        caught(outer)
    });
}
