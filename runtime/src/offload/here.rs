//! Bodies that run in their caller.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task;

use super::meter::{self, Outcome};
use super::nested;
use super::site::Offload;
use crate::clock;

/// Runs a body in its caller, and records it.
pub(super) fn here<R>(
    offload: &'static Offload,
    pool: &str,
    called: u64,
    outcome: Outcome,
    body: impl FnOnce() -> R,
) -> R {
    let began = clock::now();
    let result = catch_unwind(AssertUnwindSafe(|| block_in_place(body)));
    let outcome = if result.is_ok() { outcome } else { Outcome::Panicked };
    meter::ran_here(offload, pool, (called, began), outcome);
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

/// `#[offload(in_place)]`: runs a body on the caller's thread, and tells the runtime to go on elsewhere meanwhile.
pub async fn run_in_place<F, R>(offload: &'static Offload, body: F) -> R
where
    F: FnOnce() -> R,
{
    let inline = nested::is_inline() || nested::is_within();
    let outcome = if inline { Outcome::Inlined } else { Outcome::Completed };
    here(offload, super::site::IN_PLACE, clock::now(), outcome, body)
}

thread_local! {
    /// The task that cannot go on elsewhere while this thread blocks.
    static REFUSED: Cell<Option<task::Id>> = const { Cell::new(None) };
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
            REFUSED.set(task);
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
        // other `block_on` is allowed. But it drives one that the body has started.
        RuntimeFlavor::CurrentThread => nested::is_within() && !nested::is_foreign(runtime.id()),
        _ => true,
    }
}
