use std::{fmt, io};

/// Why an offloaded call was not run, or not waited for.
///
/// Functions whose error type is made from it return it: `#[from]` of `thiserror`, or an `impl From<OffloadError>`. A
/// [`std::io::Error`] is, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OffloadError {
    /// The queue was full, or `max_concurrent` calls were running already. The body did not run.
    Rejected,
    /// The body had not begun to run within `queue_timeout`, and never will.
    QueueTimeout,
    /// The call was not over within `timeout`. A body that had begun goes on, and is told by
    /// [`offload::cancelled`](crate::offload::cancelled) that nobody waits any more.
    Timeout,
    /// The pool has been shut down, or the tokio runtime whose threads were to run it. The body did not run.
    Closed,
}

impl fmt::Display for OffloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rejected => "rejected: too many calls are waiting or running already",
            Self::QueueTimeout => "not begun in time: no thread was free for it",
            Self::Timeout => "not over in time",
            Self::Closed => "the pool was shut down, or the runtime of the call has ended",
        })
    }
}

impl std::error::Error for OffloadError {}

/// `TimedOut` for both timeouts, `ResourceBusy` for `Rejected`, and `Other` for `Closed`; `get_ref` has the refusal itself.
///
/// Neither `WouldBlock` nor `BrokenPipe`, which people take for something to wait for, and for a peer that has gone.
impl From<OffloadError> for io::Error {
    fn from(error: OffloadError) -> Self {
        let kind = match error {
            OffloadError::Rejected => io::ErrorKind::ResourceBusy,
            OffloadError::QueueTimeout | OffloadError::Timeout => io::ErrorKind::TimedOut,
            OffloadError::Closed => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
