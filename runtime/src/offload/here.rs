//! Bodies that run in their caller.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tokio::runtime::{Handle, RuntimeFlavor};

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
    /// The runtime cannot go on elsewhere while this thread blocks.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// As tokio's: the runtime goes on elsewhere meanwhile, and the body may block, and start a runtime of its own. Where
/// that cannot be, simply here.
fn block_in_place<R>(body: impl FnOnce() -> R) -> R {
    let is_multi_thread = || {
        let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
        matches!(flavor, Ok(RuntimeFlavor::MultiThread))
    };
    // A thread of a pool drives no runtime, whatever its flavor; it may be within `Handle::block_on`, though, where no
    // other `block_on` is allowed.
    if !nested::is_within() && !is_multi_thread() {
        return body();
    }
    // Within a `LocalSet` it panics, and there is no way to ask: one message for each such thread is enough.
    if REFUSED.get() {
        return body();
    }
    let mut body = Some(body);
    let tried =
        catch_unwind(AssertUnwindSafe(|| tokio::task::block_in_place(|| body.take().map(|body| body()))));
    match (tried, body) {
        (Ok(Some(ret)), _) => ret,
        (_, Some(body)) => {
            REFUSED.set(true);
            body()
        }
        (Err(panic), None) => resume_unwind(panic),
        (Ok(None), None) => unreachable!("a body is taken once"),
    }
}
