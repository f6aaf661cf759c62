//! What fujita records, in the servers that it is recorded for. `live/install` installs them.
#![cfg(unix)]
#![allow(clippy::pedantic)]

mod alerts;
mod dashboards;
mod exporter_tcp;
mod faults;
mod grafana;
mod load;
mod prometheus;
mod servers;
mod statsd;

/// The calls of the test target `exporters`, and what they come to.
#[path = "../behaviour/exporters/totals.rs"]
#[expect(dead_code, reason = "read from other wires")]
mod totals;
#[path = "../behaviour/exporters/workload.rs"]
mod workload;
