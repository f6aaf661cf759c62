//! The signatures and the drops that can be written in edition 2018.

#![allow(clippy::all, non_fmt_panics)]

#[macro_use]
#[allow(dead_code)]
#[path = "../../../signatures/support.rs"]
mod support;

#[path = "../../../signatures/callers.rs"]
mod callers;
#[path = "../../../signatures/drops.rs"]
mod drops;
#[path = "../../../signatures/drops_async.rs"]
mod drops_async;
#[path = "../../../signatures/drops_of_self.rs"]
mod drops_of_self;
#[path = "../../../signatures/futures_returned.rs"]
mod futures_returned;
#[path = "../../../signatures/lifetimes.rs"]
mod lifetimes;
#[path = "../../../signatures/noisy.rs"]
mod noisy;
#[path = "../../../signatures/panic_locations.rs"]
mod panic_locations;
#[path = "../../../signatures/patterns.rs"]
mod patterns;
#[path = "../../../signatures/receivers.rs"]
mod receivers;
#[path = "../../../signatures/receivers_async.rs"]
mod receivers_async;
