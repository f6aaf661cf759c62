//! Setting up logs, exporters and the report.

mod builder;
mod ledger;
#[cfg(feature = "prometheus")]
mod prometheus;
mod report;

pub use builder::{Builder, Telemetry, TelemetryError, telemetry};
pub use report::{Report, Row};
