//! Calls from within calls: what must not wait for a thread, because it may be the thread that it would wait for.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;

use super::job::Run;
use super::pool::Core;
use super::site::Kind;

/// The pools whose threads wait for a call, innermost first.
pub(super) struct Chain {
    core: &'static Core,
    above: Option<Arc<Chain>>,
}

thread_local! {
    /// The call that this thread runs.
    static CURRENT: RefCell<Option<Arc<dyn Run>>> = const { RefCell::new(None) };
    /// The pool that this thread belongs to.
    static HOME: Cell<Option<&'static Core>> = const { Cell::new(None) };
    static INLINE: Cell<usize> = const { Cell::new(0) };
    /// Bodies that run here in their caller, with a turn of their function.
    static TURNS: Cell<usize> = const { Cell::new(0) };
}

/// Until the guard is dropped, this thread has a turn of a function.
pub(super) fn hold_turn() -> impl Drop {
    struct Held;
    impl Drop for Held {
        fn drop(&mut self) {
            let _ = TURNS.try_with(|turns| turns.set(turns.get() - 1));
        }
    }
    let _ = TURNS.try_with(|turns| turns.set(turns.get() + 1));
    Held
}

/// Whether a call from here may wait for a turn. Whoever is waited for may not: it may be the turn of one who waits.
pub(super) fn may_wait_for_a_turn() -> bool {
    !is_within() && TURNS.try_with(|turns| turns.get() == 0).unwrap_or(true)
}

/// Until the guard is dropped, this thread is one of the pool's.
pub(super) fn settle_in(core: &'static Core) -> impl Drop {
    struct Leave(Option<&'static Core>);
    impl Drop for Leave {
        fn drop(&mut self) {
            let _ = HOME.try_with(|home| home.set(self.0));
        }
    }
    Leave(HOME.try_with(|home| home.replace(Some(core))).ok().flatten())
}

/// This thread is one of the pool's as long as it lives.
#[cfg(feature = "cpu")]
pub(super) fn settle_for_good(core: Option<&'static Core>) {
    HOME.set(core);
}

/// Runs the body of `job`.
pub(super) fn enter<R>(job: Arc<dyn Run>, body: impl FnOnce() -> R) -> R {
    struct Leave(Option<Arc<dyn Run>>);
    impl Drop for Leave {
        fn drop(&mut self) {
            let above = self.0.take();
            drop(CURRENT.try_with(|current| current.replace(above)));
        }
    }
    let _leave = Leave(CURRENT.try_with(|current| current.replace(Some(job))).ok().flatten());
    body()
}

fn with_current<R>(then: impl FnOnce(&Arc<dyn Run>) -> R) -> Option<R> {
    CURRENT.try_with(|current| current.borrow().as_ref().map(then)).ok().flatten()
}

/// Whether this thread runs a call, or a part of one.
pub(super) fn is_within() -> bool {
    HOME.try_with(|home| home.get().is_some()).unwrap_or(false)
}

/// Whether this thread already runs a call.
#[cfg(feature = "cpu")]
pub(super) fn runs_a_call() -> bool {
    with_current(|_| ()).is_some()
}

/// Whether a call from here to the pool would wait for the very thread that makes it.
pub(super) fn would_wait_for_itself(core: &'static Core) -> bool {
    // Blocking pools share tokio's threads, of which there may be no more.
    let is_it = |other: &'static Core| {
        std::ptr::eq(other, core) || core.kind() == Kind::Blocking && other.kind() == Kind::Blocking
    };
    if !is_within() {
        return false;
    }
    if HOME.try_with(Cell::get).ok().flatten().is_some_and(is_it) {
        return true;
    }
    let above = with_current(|job| job.header().ancestors.clone()).flatten();
    std::iter::successors(above.as_ref(), |chain| chain.above.as_ref()).any(|chain| is_it(chain.core))
}

/// How many calls of that pool are not over before what runs here is.
pub(super) fn unfinished(core: &'static Core) -> usize {
    let Some(chain) = with_current(|job| (job.header().core, job.header().ancestors.clone())) else {
        return 0;
    };
    let above = std::iter::successors(chain.1.as_ref(), |chain| chain.above.as_ref()).map(|chain| chain.core);
    std::iter::once(chain.0).chain(above).filter(|other| std::ptr::eq(*other, core)).count()
}

/// The pools that a call from here would make wait.
pub(super) fn ancestors() -> Option<Arc<Chain>> {
    let core = HOME.try_with(Cell::get).ok().flatten()?;
    let above = with_current(|job| job.header().ancestors.clone()).flatten();
    Some(Arc::new(Chain { core, above }))
}

/// Whether whoever called the offloaded function that runs here has stopped waiting for it.
///
/// `false` outside of offloaded functions, for calls that run in their caller (within another offloaded function, it is
/// that one's answer), and for those that say `on_drop = "detach"` and were merely dropped. It costs a few nanoseconds, so a loop may ask in every turn.
///
/// Threads that the body starts, and other threads of the pool that its parallel iterators run on, do not know the call:
/// ask where the body itself runs.
///
/// ```
/// # #[fujita::offload]
/// # fn total(numbers: Vec<u64>) -> u64 {
/// let mut sum = 0;
/// for number in numbers {
///     if fujita::offload::cancelled() {
///         break;
///     }
///     sum += number;
/// }
/// sum
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async { assert_eq!(total(vec![1, 2]).await, 3) });
/// ```
#[must_use]
pub fn cancelled() -> bool {
    with_current(|job| job.header().is_abandoned()).unwrap_or(false)
}

/// While it lives, offloaded functions that are polled on this thread run there and then.
///
/// Made by [`inline`].
#[derive(Debug)]
#[must_use = "calls are run inline only as long as the guard lives"]
pub struct Inline(PhantomData<*const ()>);

/// Runs offloaded functions in their caller, on this thread, as long as the guard lives: for tests.
///
/// There are no other threads then, so tests are repeatable, and a clock that is paused (`tokio::time::pause`) does not run
/// off while a pool works. Nothing is queued, rejected or timed out.
///
/// ```
/// #[fujita::offload]
/// fn where_am_i() -> std::thread::ThreadId {
///     std::thread::current().id()
/// }
///
/// let _inline = fujita::offload::inline();
/// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// let there = runtime.block_on(where_am_i());
/// assert_eq!(there, std::thread::current().id());
/// ```
pub fn inline() -> Inline {
    INLINE.set(INLINE.get() + 1);
    Inline(PhantomData)
}

impl Drop for Inline {
    fn drop(&mut self) {
        let _ = INLINE.try_with(|inline| inline.set(inline.get() - 1));
    }
}

pub(super) fn is_inline() -> bool {
    INLINE.try_with(|inline| inline.get() > 0).unwrap_or(false)
}
