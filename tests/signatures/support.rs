//! What the tests of this folder share.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use fujita_tests::record;
pub(crate) use futures::executor::block_on;

/// The value of a call, after asserting that it was recorded once, as `ok`, and nothing else was.
macro_rules! ok {
    ($function:expr, $call:expr) => {
        $crate::support::recorded(module_path!(), &[($function, "ok", 1)], || $call)
    };
}

/// As `ok!`, for calls that end as `error`.
macro_rules! error {
    ($function:expr, $call:expr) => {
        $crate::support::recorded(module_path!(), &[($function, "error", 1)], || $call)
    };
}

/// The value of `run`, after asserting that exactly these calls were recorded, all from functions in `module`.
#[track_caller]
pub(crate) fn recorded<R>(module: &str, expected: &[(&str, &str, u32)], run: impl FnOnce() -> R) -> R {
    let (value, recorded) = record(run);
    let series = |&(function, result, _): &(&str, &str, u32)| {
        format!("function_duration_seconds{{function={function},module={module},result={result}}}")
    };
    let mut names: Vec<_> = expected.iter().map(series).collect();
    names.sort();
    assert_eq!(recorded.names(), names);
    for (function, result, count) in expected {
        assert_eq!(
            recorded.calls(function, result),
            f64::from(*count),
            "calls of {function} that ended as {result}"
        );
    }
    value
}

/// Polls once with a waker that does nothing.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A future that is ready at its second poll.
#[derive(Debug, Default)]
pub(crate) struct Later(bool);

impl Future for Later {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

pub(crate) fn later() -> Later {
    Later::default()
}

/// Asserts that `run` panics, and that this was recorded as one call of `function`.
#[track_caller]
pub(crate) fn panicked(module: &str, function: &str, run: impl FnOnce()) {
    let caught = || assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    recorded(module, &[(function, "panic", 1)], caught);
}

/// The labels `result` and `error` of the one call in `run`.
#[track_caller]
pub(crate) fn outcome<R>(run: impl FnOnce() -> R) -> String {
    let (_, recorded) = record(run);
    let [name] = recorded.names()[..] else { panic!("{recorded:?}") };
    let labels = name.trim_end_matches('}').split_once('{').unwrap().1.split(',');
    let wanted: Vec<_> =
        labels.filter_map(|label| label.strip_prefix("result=").or(label.strip_prefix("error="))).collect();
    wanted.join(" ")
}
