//! Setting up logs and exporters, and the report.

#[cfg(any(feature = "prometheus", feature = "statsd"))]
mod address;
mod builder;
#[cfg(feature = "prometheus")]
mod endpoint;
mod error;
mod handle;
mod ledger;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "process")]
mod process;
#[cfg(feature = "prometheus")]
mod prometheus;
mod report;
#[cfg(feature = "statsd")]
mod statsd;
mod tend;

pub use builder::{Builder, telemetry};
pub use error::TelemetryError;
pub use handle::Telemetry;
#[cfg(feature = "logs")]
pub use logs::Rotation;
#[cfg(feature = "offload")]
pub use report::{PoolRow, Times};
pub use report::{Report, Row};
