//! A page for each attribute: every option with an example.

#[doc = include_str!("../docs/timed.md")]
pub mod timed {}

#[cfg(feature = "cached")]
#[doc = include_str!("../docs/cached.md")]
pub mod cached {}

// Its examples need the CPU pools.
#[cfg(all(feature = "offload", any(feature = "cpu", not(doctest))))]
#[doc = include_str!("../docs/offload.md")]
pub mod offload {}
