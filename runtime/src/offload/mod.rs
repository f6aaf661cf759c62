//! Pools of threads, and what runs on them.
//!
//! The attribute is [`#[offload]`](macro@crate::offload), which has [a page of its own](crate::docs::offload).

mod builder;
#[allow(missing_docs, reason = "reached through `__private` alone")]
mod call;
#[allow(missing_docs, reason = "reached through `__private` alone")]
mod checks;
#[allow(missing_docs, reason = "reached through `__private` alone")]
mod context;
#[cfg(feature = "cpu")]
mod cpu;
mod error;
mod handle;
#[allow(missing_docs, reason = "reached through `__private` alone")]
mod here;
mod job;
mod limit;
pub(crate) mod meter;
mod nested;
mod pool;
mod queue;
#[allow(missing_docs, reason = "reached through `__private` alone")]
mod site;
mod timer;

pub use builder::{Builder, PoolError};
pub use error::OffloadError;
pub use handle::{Drained, Pool, Shutdown, pools};
pub(crate) use meter::preregister;
pub use nested::{Inline, cancelled, inline};

/// What expansions of `#[offload]` name.
#[allow(missing_docs, reason = "reached through `__private` alone")]
pub(crate) mod expansion {
    pub use super::call::{Call, run};
    pub use super::checks::{
        AnyCloner, AnyFits, AnyRefusal, Argument, Cloner, Clones, Fits, Ready, Refusable, Refusal,
        RefusalProbe, Refuses, Returned, another_thread, check_argument, check_parameter, check_returned,
        check_this, once, ready, refuse, refused,
    };
    pub use super::context::{Carried, carried, carry};
    pub use super::error::OffloadError;
    pub use super::here::run_in_place;
    pub use super::site::{Kind, Offload};
}
