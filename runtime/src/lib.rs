#![cfg_attr(
    all(feature = "cached", feature = "cpu", feature = "logs", feature = "process", feature = "prometheus", feature = "statsd"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(
        feature = "cached",
        feature = "cpu",
        feature = "logs",
        feature = "process",
        feature = "prometheus",
        feature = "statsd"
    )),
    doc = "Measure, cache or move any function by one attribute above it."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "cached")]
#[allow(missing_docs, reason = "what is public is re-exported here, the rest is reached through `__private`")]
mod cached;
mod clock;
pub mod docs;
#[cfg(feature = "offload")]
pub mod offload;
mod recorder;
mod site;
mod telemetry;
#[allow(missing_docs, reason = "reached through `__private` alone")]
mod timed;

#[cfg(feature = "cached")]
pub use cached::{AnyCache, Clock, ClockHand, Evictions, Policy, Stats, caches, clear_caches, future, sync};
#[cfg(feature = "cached")]
pub use fujita_macros::cached;
#[cfg(feature = "offload")]
pub use fujita_macros::offload;
pub use fujita_macros::timed;
#[cfg(feature = "offload")]
pub use offload::OffloadError;
pub use recorder::keep_handles;
pub use site::{Function, functions};
#[cfg(feature = "logs")]
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub use telemetry::Rotation;
pub use telemetry::{Builder, Report, Row, Telemetry, TelemetryError, telemetry};
#[cfg(feature = "offload")]
pub use telemetry::{PoolRow, Times};

/// What expansions of the attributes name. Not part of the API: it changes without notice.
#[doc(hidden)]
#[allow(missing_docs)]
pub mod __private {
    pub use std::option::Option::{None, Some};
    pub use std::string::ToString;

    pub use tracing::Level;

    pub use crate::site::{Site, TIMED, path_of};

    #[cfg(feature = "cached")]
    pub mod cached {
        pub use crate::cached::*;
    }

    #[cfg(feature = "offload")]
    pub mod offload {
        pub use crate::offload::expansion::*;
    }

    pub mod timed {
        pub use crate::timed::*;
    }

    /// Runs a body as a closure that is called once, and so may return what it captured.
    #[inline]
    pub fn call_once<R>(body: impl FnOnce() -> R) -> R {
        body()
    }

    /// As [`call_once`], where `hint` fixes the type.
    #[inline]
    pub fn call_once_as<R>(_hint: &Option<R>, body: impl FnOnce() -> R) -> R {
        body()
    }

    /// Only ever type-checked.
    pub fn unwrap<T>(hint: Option<T>) -> T {
        hint.expect("a hint has no value")
    }
}
