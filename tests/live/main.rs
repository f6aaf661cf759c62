//! What fujita records, in the servers that it is recorded for. `live/install` installs them.
#![cfg(unix)]

mod alerts;
mod dashboards;
mod exporter_tcp;
mod faults;
mod grafana;
mod load;
mod prometheus;
mod servers;
mod statsd;
