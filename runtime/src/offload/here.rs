//! Bodies that run in their caller.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context as Task, Poll, Waker};

use tokio::runtime::{Handle, Id, RuntimeFlavor};
use tokio::task;

use super::job::quietly;
use super::meter::{self, Outcome};
use super::nested;
use super::site::{IN_PLACE, Offload};
use crate::clock;

/// Runs a body in its caller, where `waker` wakes whoever polls, and records it.
pub(super) fn here<R>(
    offload: &'static Offload,
    pool: &str,
    called: u64,
    outcome: Outcome,
    waker: &Waker,
    body: impl FnOnce() -> R,
) -> R {
    let began = clock::now();
    let result = catch_unwind(AssertUnwindSafe(|| block_in_place(body)));
    let outcome = if result.is_ok() { outcome } else { Outcome::Panicked };
    meter::ran_here(offload, pool, (called, began), outcome);
    // All of tokio's `block_on`s on one thread sleep on one signal: if there was one in the body, it has taken what was
    // meant for the one that polls here, which must look once more at what else it waits for. Whoever polls a task that was
    // spawned sleeps on another, and would only let it go before its turn.
    if nested::is_within() || task::try_id().is_none() {
        quietly(|| waker.wake_by_ref());
    }
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

/// `#[offload(in_place)]`: runs a body on the caller's thread, and tells the runtime to go on elsewhere meanwhile.
pub async fn run_in_place<F, R>(offload: &'static Offload, body: F) -> R
where
    F: FnOnce() -> R,
{
    let inline = nested::is_inline() || nested::is_within();
    let outcome = if inline { Outcome::Inlined } else { Outcome::Completed };
    let mut body = Some(body);
    let run = |task: &mut Task<'_>| {
        let Some(body) = body.take() else { unreachable!("it is ready at once") };
        Poll::Ready(here(offload, IN_PLACE, clock::now(), outcome, task.waker(), body))
    };
    poll_fn(run).await
}

thread_local! {
    /// The task that cannot go on elsewhere while this thread blocks.
    static REFUSED: Cell<Option<task::Id>> = const { Cell::new(None) };
    /// The runtime that this thread drives alone.
    static DRIVEN: Cell<Option<Id>> = const { Cell::new(None) };
}

/// As tokio's: the runtime goes on elsewhere meanwhile, and the body may block, and start a runtime of its own. Where
/// that cannot be, simply here.
fn block_in_place<R>(body: impl FnOnce() -> R) -> R {
    // Within a `LocalSet` it panics, and there is no way to ask: one message for each such task is enough.
    let task = task::try_id();
    if !may_go_on_elsewhere() || task.is_some() && task == REFUSED.get() {
        return body();
    }
    let mut body = Some(body);
    let tried = catch_unwind(AssertUnwindSafe(|| task::block_in_place(|| body.take().map(|body| body()))));
    match (tried, body) {
        (Ok(Some(ret)), _) => ret,
        (_, Some(body)) => {
            match Handle::try_current() {
                Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::CurrentThread => {
                    DRIVEN.set(Some(runtime.id()));
                }
                _ => REFUSED.set(task),
            }
            body()
        }
        (Err(panic), None) => resume_unwind(panic),
        (Ok(None), None) => unreachable!("a body is taken once"),
    }
}

fn may_go_on_elsewhere() -> bool {
    let Ok(runtime) = Handle::try_current() else { return false };
    match runtime.runtime_flavor() {
        // A thread of a pool does not drive the runtime of its call; it may be within `Handle::block_on`, though, where no
        // other `block_on` is allowed. But it drives one that the body has started, which shows when it is tried.
        RuntimeFlavor::CurrentThread => nested::is_within() && DRIVEN.get() != Some(runtime.id()),
        _ => true,
    }
}
