//! `#[offload]` on every kind of function: it compiles, returns what it did, and runs elsewhere.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

mod async_traits;
mod functions;
mod generics;
mod layers;
mod macros;
mod methods;
mod options;
mod owned;
mod patterns;
mod sync_twins;
mod traits;

use std::thread::{ThreadId, current};

/// Whether a body that ran on this thread ran elsewhere.
#[track_caller]
fn elsewhere(ran_on: ThreadId) {
    assert_ne!(ran_on, current().id(), "the body ran on the thread of its caller");
}

fn here() -> ThreadId {
    current().id()
}
