//! Who is measured, and how one call is made.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Contenders that share a process.
#[derive(Debug)]
pub struct Group {
    /// The heading of its rows.
    pub name: &'static str,
    /// Installs what the contenders need.
    pub set_up: fn() -> Settle,
    /// Measured in turns. Of each [`Kind`] the first is what the others are compared with; one of them may be called
    /// [`FLOOR`].
    pub contenders: &'static [Contender],
}

/// The name of the contender that is the floor of its group.
pub(crate) const FLOOR: &str = "floor";

/// Runs before each measurement, outside of it: empties buffers that would otherwise grow.
pub type Settle = Box<dyn Fn()>;

/// One row.
#[derive(Debug)]
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    /// Whether it is called or polled.
    pub kind: Kind,
    /// Makes so many calls on the current thread.
    pub run: fn(u64),
}

/// Whether a contender is called or polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Sync,
    /// A future that is ready at its first poll.
    Async,
}

impl Contender {
    /// A function.
    pub const fn sync(name: &'static str, run: fn(u64)) -> Self {
        Self { name, kind: Kind::Sync, run }
    }

    /// A future.
    pub const fn future(name: &'static str, run: fn(u64)) -> Self {
        Self { name, kind: Kind::Async, run }
    }
}

impl Group {
    /// Where the first contender of the same kind stands: the bare call.
    pub(crate) fn first_of(&self, kind: Kind) -> Option<usize> {
        self.contenders.iter().position(|other| other.kind == kind)
    }
}

/// What every measured function does: next to nothing, but not nothing. They are all `#[inline(never)]`, so each
/// call is a real one.
#[inline]
#[must_use]
pub fn work(x: u64) -> u64 {
    black_box(x).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

/// Makes `calls` calls.
#[inline]
pub fn repeat<R>(calls: u64, mut call: impl FnMut(u64) -> R) {
    for x in 0..calls {
        black_box(call(black_box(x)));
    }
}

/// Polls a future that is ready at once, where it stands. Like a measured function, it is a real call.
///
/// # Panics
/// If the future is not ready.
#[inline(never)]
#[must_use]
pub fn poll<F: Future>(future: Pin<&mut F>) -> F::Output {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future of a bench is ready at its first poll"),
    }
}
