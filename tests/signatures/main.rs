//! Every kind of function still compiles under `#[timed]` and does what it did; and its calls are recorded.

#![allow(clippy::all, clippy::pedantic, reason = "odd code is the subject here")]
#![recursion_limit = "256"]

#[macro_use]
mod support;

mod async_traits;
mod attributes;
mod auto_traits;
mod blocks;
mod boxed;
mod callers;
mod drops;
mod drops_async;
mod endings;
mod futures_returned;
mod generics;
mod lifetimes;
mod macros;
mod names;
mod nesting;
mod opaque_returns;
mod outcomes;
mod patterns;
mod places;
mod qualifiers;
mod receivers;
mod returns;
mod self_uses;
mod sizes;
