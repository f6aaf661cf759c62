//! A page for each attribute, every option with an example, and one for what becomes of all they record.

#[doc = include_str!("../docs/timed.md")]
pub mod timed {}

#[cfg(feature = "cached")]
#[doc = include_str!("../docs/cached.md")]
pub mod cached {}

// Its examples need the CPU pools.
#[cfg(all(feature = "offload", any(feature = "cpu", not(doctest))))]
#[doc = include_str!("../docs/offload.md")]
pub mod offload {}

// Its examples need all of them.
#[cfg(all(
    feature = "cached",
    feature = "offload",
    any(all(feature = "logs", feature = "prometheus", feature = "statsd"), not(doctest))
))]
#[doc = include_str!("../docs/telemetry.md")]
pub mod telemetry {}
