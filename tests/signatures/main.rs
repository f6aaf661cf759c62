//! Every kind of function still compiles under `#[timed]` and does what it did; and its calls are recorded.

#![allow(clippy::all, clippy::pedantic, reason = "odd code is the subject here")]
#![recursion_limit = "256"]

#[macro_use]
mod support;

mod associated_types;
mod async_traits;
mod attributes;
mod auto_traits;
mod block_modules;
mod blocks;
mod boxed;
mod boxed_oddly;
mod callers;
mod cancellation;
mod drops;
mod drops_async;
mod drops_async_trait;
mod drops_of_self;
mod error_kind;
mod futures_returned;
mod generics;
mod labels;
mod lifetimes;
mod macros;
mod names;
mod nested_items;
mod nesting;
mod noisy;
mod ok_if;
mod opaque_returns;
mod panic_locations;
mod panics;
mod patterns;
mod places;
mod qualifiers;
mod receivers;
mod receivers_async;
mod returns;
mod returns_async;
mod self_uses;
mod sizes;
mod standard_traits;
