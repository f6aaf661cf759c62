//! A page for each attribute: every option with an example.

#[doc = include_str!("../docs/timed.md")]
pub mod timed {}

#[cfg(feature = "cached")]
#[doc = include_str!("../docs/cached.md")]
pub mod cached {}
