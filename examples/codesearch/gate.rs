//! Keeps what is held in memory within bounds: so many at once, so many waiting, the rest turned away at once. The pools
//! do the same for work, but what is held outlives it.

use std::sync::Arc;
use std::time::Duration;

use fujita::timed;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long someone waits for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets a bounded number through at a time.
pub(crate) struct Gate {
    /// A permit for everyone who is inside or waits.
    line: Arc<Semaphore>,
    inside: Arc<Semaphore>,
}

/// Makes way for the next one when dropped.
pub(crate) struct Place {
    _line: OwnedSemaphorePermit,
    _inside: OwnedSemaphorePermit,
}

#[timed(error_kind = Busy::kind)]
impl Gate {
    #[timed(skip)]
    pub(crate) fn new(inside: usize, waiting: usize) -> Self {
        Self { line: Arc::new(Semaphore::new(inside + waiting)), inside: Arc::new(Semaphore::new(inside)) }
    }

    /// Waits for a turn, in order of arrival.
    pub(crate) async fn enter(&self) -> Result<Place, Busy> {
        let line = Arc::clone(&self.line).try_acquire_owned().map_err(|_| Busy::LineFull)?;
        let turn = timeout(PATIENCE, Arc::clone(&self.inside).acquire_owned()).await;
        match turn {
            Ok(Ok(inside)) => Ok(Place { _line: line, _inside: inside }),
            _ => Err(Busy::WaitedTooLong),
        }
    }
}

/// Why there was no turn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Busy {
    #[error("too many are waiting; try again in a moment")]
    LineFull,
    #[error("waited too long for a turn; try again in a moment")]
    WaitedTooLong,
}

impl Busy {
    /// For the label `error` of the metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::LineFull => "line_full",
            Self::WaitedTooLong => "waited_too_long",
        }
    }
}
