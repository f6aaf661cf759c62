//! Why telemetry could not be set up.

use std::{fmt, io};

/// Why [`Builder::install`](super::Builder::install) failed.
///
/// Its `Debug` is its `Display`.
#[non_exhaustive]
pub enum TelemetryError {
    /// The process has a metrics recorder already.
    RecorderExists,
    /// The process has a `tracing` subscriber already.
    SubscriberExists,
    /// The address for Prometheus is none.
    BadAddress {
        /// As given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// Prometheus' endpoint cannot be opened, most often because the port is in use.
    CannotListen {
        /// As given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// There is no such StatsD daemon: the address is none, or its host is not known.
    UnknownHost {
        /// As given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// There can be no log file in that directory.
    CannotLog {
        /// As given.
        directory: std::path::PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `max_log_files(0)`: the current file is one.
    NoLogFiles,
    /// No thread could be started for the upkeep of the exporters.
    NoThread(io::Error),
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecorderExists => f.write_str(
                "this process has a metrics recorder already: call `install` once, \
                 or pass your own recorder to `fujita::telemetry().recorder(...)` instead of installing it",
            ),
            Self::SubscriberExists => f.write_str(
                "this process has a tracing subscriber already: it will receive fujita's log lines too, so leave out \
                 `pretty_logs()`, `json_logs()` and `log_file()`, or add `without_logs()`",
            ),
            Self::BadAddress { address, source } => {
                write!(f, "`{address}` is not an address to listen on, such as `127.0.0.1:9000`: {source}")
            }
            Self::CannotListen { address, source } => {
                write!(f, "cannot serve Prometheus on {address}: {source}")
            }
            Self::UnknownHost { address, source } => {
                write!(f, "`{address}` is not the address of a StatsD daemon, such as `127.0.0.1:8125`: {source}")
            }
            Self::CannotLog { directory, source } => {
                write!(f, "cannot write a log file in {}: {source}", directory.display())
            }
            Self::NoLogFiles => f.write_str(
                "`max_log_files(0)` would keep no log file: write 1 to keep the current one alone, or leave it out to keep all",
            ),
            Self::NoThread(source) => write!(f, "cannot start the exporters' thread: {source}"),
        }
    }
}

/// `fn main() -> Result<(), Box<dyn Error>>` shows this one, and it is to say what to write.
impl fmt::Debug for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What lies behind it is part of the message, so it is not told a second time as the `source`.
impl std::error::Error for TelemetryError {}
