//! A pool as users hold it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::builder::{self, Builder};
use super::nested;
use super::pool::Core;
use super::timer::Alarm;

/// A pool of threads that offloaded functions run on.
///
/// A function names the pool with `pool = "images"`. Without that it runs on one of two that every program has, `blocking`
/// and `cpu`, which come up when they are first used.
///
/// ```
/// use fujita::offload;
/// use fujita::offload::Pool;
///
/// #[offload(pool = "images")]
/// fn thumbnail(image: Vec<u8>) -> Vec<u8> {
///     // ...
///     # image
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), fujita::offload::PoolError> {
/// let images = Pool::builder("images").threads(4).queue_capacity(256).install()?;
/// thumbnail(vec![1, 2, 3]).await;
///
/// let drained = images.shutdown(std::time::Duration::from_secs(5)).await;
/// assert_eq!((drained.waiting, drained.running), (0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Pool(&'static Core);

impl Pool {
    pub(super) const fn new(core: &'static Core) -> Self {
        Self(core)
    }

    pub(super) const fn core(self) -> &'static Core {
        self.0
    }

    /// Begins to set up a pool under a name of its own.
    pub fn builder(name: impl Into<String>) -> Builder {
        Builder::new(name.into())
    }

    /// The pool of that name, if it has been set up, or used.
    #[must_use]
    pub fn get(name: &str) -> Option<Self> {
        builder::get(name).map(Self)
    }

    /// Its name: the label `pool` of its metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// How many calls run at once at most.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// How many calls may wait for a thread.
    #[must_use]
    pub fn queue_capacity(&self) -> usize {
        self.0.queue_capacity
    }

    /// How many calls wait for a thread now, those that wait for room in the queue included.
    #[must_use]
    pub fn queue_depth(&self) -> usize {
        self.0.waiting()
    }

    /// How many calls run now.
    #[must_use]
    pub fn active(&self) -> usize {
        self.0.running()
    }

    /// Closes the pool at once, and waits until what it has taken is over, for `deadline` at most.
    ///
    /// From now on, calls fail with [`OffloadError::Closed`](crate::OffloadError::Closed) where their function can return
    /// that, and run in their caller where it cannot. So do those that have not begun by the deadline. What runs then goes
    /// on: a thread cannot be stopped. There is no way to open the pool again.
    ///
    /// A call of the pool that itself waits for this, or whose body is further up, is neither waited for nor counted.
    ///
    /// Await what it returns, or [`wait`](Shutdown::wait) for it; dropped, it only closes the pool.
    pub fn shutdown(&self, deadline: Duration) -> Shutdown {
        self.0.close();
        Shutdown { core: self.0, until: Instant::now().checked_add(deadline), alarm: None }
    }
}

/// Every pool of the process, by name.
#[must_use]
pub fn pools() -> Vec<Pool> {
    builder::all().into_iter().map(Pool).collect()
}

/// What a pool had left at its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Calls that had not begun. They never will on this pool.
    pub waiting: usize,
    /// Calls that were running, and still are.
    pub running: usize,
}

/// A pool that is being shut down. Made by [`Pool::shutdown`].
#[must_use = "the pool is closed already; await this, or call `wait`, to see what is left of its work"]
pub struct Shutdown {
    core: &'static Core,
    /// `None` is later than the clock can tell.
    until: Option<Instant>,
    alarm: Option<Alarm>,
}

impl std::fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shutdown").field("pool", &self.core.name()).finish_non_exhaustive()
    }
}

impl Future for Shutdown {
    type Output = Drained;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Drained> {
        let is_late = self.until.is_some_and(|until| Instant::now() >= until);
        // Whoever shuts a pool down from within one of its own calls does not wait for that.
        let own = nested::unfinished(self.core);
        if self.core.is_drained(task.waker(), own) || is_late {
            let (waiting, running) = self.core.stop();
            return Poll::Ready(Drained { waiting, running: running.saturating_sub(own) });
        }
        if let Some(until) = self.until {
            match &mut self.alarm {
                Some(alarm) => alarm.set_waker(task.waker()),
                none => *none = Some(Alarm::new(until, task.waker())),
            }
        }
        Poll::Pending
    }
}

impl Shutdown {
    /// As awaiting it, on a thread that may block.
    #[must_use]
    pub fn wait(mut self) -> Drained {
        #[derive(Default)]
        struct Bell(Mutex<bool>, Condvar);
        impl Wake for Bell {
            fn wake(self: Arc<Self>) {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
                self.1.notify_one();
            }
        }
        let bell: Arc<Bell> = Arc::default();
        let waker = Waker::from(Arc::clone(&bell));
        loop {
            if let Poll::Ready(drained) = Pin::new(&mut self).poll(&mut Context::from_waker(&waker)) {
                return drained;
            }
            let rung = bell.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut rung = bell.1.wait_while(rung, |rung| !*rung).unwrap_or_else(PoisonError::into_inner);
            *rung = false;
        }
    }
}
