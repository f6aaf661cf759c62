//! What the tests of this folder share.

use std::cell::RefCell;
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

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Says in the log of [`logged`] when it is dropped.
#[derive(Debug)]
pub(crate) struct Noisy(pub(crate) &'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        log(self.0);
    }
}

pub(crate) fn log(what: &str) {
    LOG.with_borrow_mut(|log| log.push(what.to_owned()));
}

/// What was logged while `run` ran.
pub(crate) fn logged(run: impl FnOnce()) -> Vec<String> {
    LOG.take();
    run();
    LOG.take()
}
