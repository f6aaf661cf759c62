//! How a call ended, told from the type it returned.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use fujita::timed;
use fujita_tests::record;
use futures::executor::block_on;

type Own<T> = Result<T, &'static str>;

macro_rules! outcomes {
    ($($name:ident -> $returned:ty { $ok:expr, $error:expr })*) => {
        $(
            mod $name {
                use super::*;

                #[timed]
                fn sync(ok: bool) -> $returned {
                    if !ok {
                        return $error;
                    }
                    $ok
                }

                #[timed]
                async fn asynchronous(ok: bool) -> $returned {
                    if !ok {
                        return $error;
                    }
                    $ok
                }

                #[test]
                fn is_told_from_the_type() {
                    let ((), recorded) = record(|| {
                        for ok in [true, false, false] {
                            let _ = sync(ok);
                            let _ = block_on(asynchronous(ok));
                        }
                    });
                    for function in ["sync", "asynchronous"] {
                        assert_eq!(recorded.calls(function, "ok"), 1.0, "{recorded:?}");
                        assert_eq!(recorded.calls(function, "error"), 2.0, "{recorded:?}");
                    }
                    assert_eq!(recorded.names().len(), 4, "{recorded:?}");
                }
            }
        )*
    };
}

outcomes! {
    result -> Result<u32, String> { Ok(1), Err("no".into()) }
    io_result -> std::io::Result<()> { Ok(()), Err(std::io::Error::other("no")) }
    fmt_result -> std::fmt::Result { Ok(()), Err(std::fmt::Error) }
    anyhow_result -> anyhow::Result<u32> { Ok(1), Err(anyhow::anyhow!("no")) }
    own_alias -> Own<u32> { Ok(1), Err("no") }
    hidden_ok -> Result<impl Iterator<Item = u32>, ()> { Ok([1_u32].into_iter()), Err(()) }
}

#[timed]
fn question_mark(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number: u32 = text.parse()?;
    Ok(number)
}

#[timed]
fn bail(text: &str) -> anyhow::Result<()> {
    anyhow::ensure!(!text.is_empty(), "empty");
    Ok(())
}

#[timed]
fn generic<T, E>(result: Result<T, E>) -> Result<T, E> {
    result
}

/// The type is not a `Result` where the function is written, so every value is ok.
#[timed]
fn any<T>(value: T) -> T {
    value
}

#[timed]
fn option(some: bool) -> Option<u32> {
    some.then_some(1)
}

#[timed]
fn hidden() -> impl std::fmt::Debug {
    Err::<(), _>("hidden")
}

#[test]
fn early_exits_and_other_types() {
    let ((), recorded) = record(|| {
        assert!(question_mark("1").is_ok() && question_mark("x").is_err());
        assert!(bail("a").is_ok() && bail("").is_err());
        assert!(generic::<(), ()>(Err(())).is_err());
        assert!(any(Err::<(), ()>(())).is_err());
        assert_eq!((option(true), option(false)), (Some(1), None));
        let _ = hidden();
    });
    for (function, ok, error) in [
        ("question_mark", 1.0, 1.0),
        ("bail", 1.0, 1.0),
        ("generic", 0.0, 1.0),
        ("any", 1.0, 0.0),
        ("option", 2.0, 0.0),
        ("hidden", 1.0, 0.0),
    ] {
        assert_eq!(
            (recorded.calls(function, "ok"), recorded.calls(function, "error")),
            (ok, error),
            "{function}"
        );
    }
}

#[timed(ok_if = Option::is_some)]
fn find(there: bool) -> Option<u32> {
    there.then_some(1)
}

#[timed(ok_if = |status| *status < 500)]
async fn status(code: u16) -> u16 {
    code
}

enum Failure {
    Timeout,
    Refused(u16),
}

impl Failure {
    fn kind(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Refused(_) => "refused",
        }
    }
}

#[timed(error_kind = Failure::kind)]
fn fetch(failure: Option<Failure>) -> Result<(), Failure> {
    failure.map_or(Ok(()), Err)
}

#[timed(error_kind = |e: &Failure| e.kind(), ok_if = |r| !matches!(r, Err(Failure::Refused(404))))]
async fn fetch_or_404(failure: Option<Failure>) -> Result<(), Failure> {
    failure.map_or(Ok(()), Err)
}

#[test]
fn judged_by_the_user() {
    let ((), recorded) = record(|| {
        find(true);
        find(false);
        block_on(status(200));
        block_on(status(503));
        let _ = (fetch(None), fetch(Some(Failure::Timeout)), fetch(Some(Failure::Refused(1))));
        for failure in [None, Some(Failure::Refused(404)), Some(Failure::Refused(500))] {
            let _ = block_on(fetch_or_404(failure));
        }
    });
    assert_eq!((recorded.calls("find", "ok"), recorded.calls("find", "error")), (1.0, 1.0));
    assert_eq!((recorded.calls("status", "ok"), recorded.calls("status", "error")), (1.0, 1.0));
    let kinds = |function: &str, kind: &str| {
        let (function, kind) = (format!("function={function}"), format!("error={kind}"));
        recorded.sum("function_duration_seconds", &[&function, &kind, "result=error"])
    };
    assert_eq!((kinds("fetch", "timeout"), kinds("fetch", "refused")), (1.0, 1.0));
    assert_eq!(recorded.calls("fetch_or_404", "ok"), 2.0);
    assert_eq!(kinds("fetch_or_404", "refused"), 1.0);
    // A call that went well has no such label at all.
    assert!(recorded.names().iter().all(|name| !name.contains("result=ok") || !name.contains("error=")));
}

#[timed]
fn panics(how: u32) -> Result<(), String> {
    match how {
        0 => panic!("on purpose"),
        1 => Err("no".into()),
        _ => Ok(()),
    }
}

#[timed]
async fn panics_later() -> u32 {
    yield_once().await;
    panic!("on purpose")
}

struct CallsWhenDropped;

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        let _ = panics(2);
        let _ = panics(1);
        unit();
    }
}

#[timed]
fn unit() {}

#[test]
fn panics_are_panics_and_calls_during_unwinding_are_not() {
    let ((), recorded) = record(|| {
        let caught = catch_unwind(|| {
            let _during = CallsWhenDropped;
            let _ = panics(0);
        });
        assert_eq!(*caught.unwrap_err().downcast_ref::<&str>().unwrap(), "on purpose");
        let caught = catch_unwind(AssertUnwindSafe(|| block_on(panics_later())));
        assert_eq!(*caught.unwrap_err().downcast_ref::<&str>().unwrap(), "on purpose");
    });
    assert_eq!(recorded.calls("panics", "panic"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("panics", "ok"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("panics", "error"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("unit", "ok"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("panics_later", "panic"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("panics_later", "cancelled"), 0.0, "{recorded:?}");
}

#[timed]
async fn slow_to_answer() -> Result<u32, String> {
    yield_once().await;
    Ok(1)
}

#[test]
fn cancelled_after_its_first_poll_and_nothing_before() {
    let ((), recorded) = record(|| {
        drop(slow_to_answer());
        let mut context = Context::from_waker(Waker::noop());
        {
            let mut future = pin!(slow_to_answer());
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        let mut future = pin!(slow_to_answer());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(Ok(1)));
    });
    assert_eq!(recorded.calls("slow_to_answer", "cancelled"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("slow_to_answer", "ok"), 1.0, "{recorded:?}");
    assert_eq!(recorded.names().len(), 2, "{recorded:?}");
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
