//! `fujita::telemetry()`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use metrics::Recorder;
use metrics_util::layers::FanoutBuilder;

use super::ledger::Ledger;
use super::report::Report;
use crate::{clock, recorder, site, timed};

/// Begins the set-up of logs and exporters. Nothing happens before [`Builder::install`].
///
/// It is a convenience: fujita records through the [`metrics`] facade, so whichever recorder the application
/// installs by itself receives everything just as well.
///
/// ```
/// let telemetry = fujita::telemetry().install()?;
/// println!("{}", telemetry.report());
/// # Ok::<(), fujita::TelemetryError>(())
/// ```
#[must_use = "nothing is set up before `install`"]
pub fn telemetry() -> Builder {
    Builder::default()
}

/// Whether [`Builder::install`] has succeeded before: the clearest answer to a second one.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// What to set up; made by [`telemetry`].
#[derive(Default)]
#[must_use = "nothing is set up before `install`"]
pub struct Builder {
    #[cfg(feature = "logs")]
    logs: Option<Logs>,
    #[cfg(feature = "prometheus")]
    prometheus: Option<super::prometheus::Listen>,
    recorders: Vec<Box<dyn Recorder + Send + Sync>>,
}

#[cfg(feature = "logs")]
#[derive(Debug, Clone, Copy)]
enum Logs {
    Pretty,
    Json,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("recorders", &self.recorders.len()).finish_non_exhaustive()
    }
}

impl Builder {
    /// Writes log lines for people to standard error: level and time first, in colour on a terminal. `RUST_LOG`
    /// selects them, `info` and above if it is not set.
    #[cfg(feature = "logs")]
    pub fn pretty_logs(mut self) -> Self {
        self.logs = Some(Logs::Pretty);
        self
    }

    /// Writes log lines as JSON, one object a line, to standard error. `RUST_LOG` selects them, `info` and above if
    /// it is not set.
    #[cfg(feature = "logs")]
    pub fn json_logs(mut self) -> Self {
        self.logs = Some(Logs::Json);
        self
    }

    /// Collects for Prometheus, and serves its text format on `address` at any path, from a thread of its own.
    ///
    /// Use a loopback address (`127.0.0.1:9000`) unless the endpoint is meant to be reachable from elsewhere: it
    /// has no authentication. Port 0 takes a free one. Histograms have buckets from 10 us to 10 s.
    #[cfg(feature = "prometheus")]
    pub fn prometheus(mut self, address: impl fmt::Display) -> Self {
        self.prometheus = Some(super::prometheus::Listen::On(address.to_string()));
        self
    }

    /// Collects for Prometheus without a port of its own: serve [`Telemetry::render`] from a route of yours.
    #[cfg(feature = "prometheus")]
    pub fn prometheus_recorder(mut self) -> Self {
        self.prometheus.get_or_insert(super::prometheus::Listen::Nowhere);
        self
    }

    /// Adds any recorder: every metric of the process goes to all that were added.
    pub fn recorder(mut self, recorder: impl Recorder + Send + Sync + 'static) -> Self {
        self.recorders.push(Box::new(recorder));
        self
    }

    /// Sets everything up, and makes the series of every annotated function exist at zero.
    ///
    /// With the feature `prometheus` and no exporter chosen, it collects for Prometheus without a port.
    ///
    /// # Errors
    /// If the process has a recorder or (with logs) a `tracing` subscriber already, or if the address cannot be
    /// used. Nothing is installed then, but for logs when the recorder turns out to be taken.
    pub fn install(self) -> Result<Telemetry, TelemetryError> {
        let ledger = Ledger::default();
        let mut fanout = FanoutBuilder::default().add_recorder(ledger.clone());
        #[cfg(feature = "prometheus")]
        let prometheus = {
            let none_chosen = self.recorders.is_empty().then_some(super::prometheus::Listen::Nowhere);
            self.prometheus.or(none_chosen).map(super::prometheus::prepare).transpose()?
        };
        #[cfg(feature = "prometheus")]
        let prometheus = prometheus.map(|prepared| {
            let (recorder, ready) = prepared.split();
            fanout = std::mem::take(&mut fanout).add_recorder(recorder);
            ready
        });
        for recorder in self.recorders {
            fanout = fanout.add_recorder(recorder);
        }
        if INSTALLED.load(Ordering::Acquire) {
            return Err(TelemetryError::RecorderExists);
        }
        #[cfg(feature = "logs")]
        if let Some(logs) = self.logs {
            logs.install()?;
        }
        metrics::set_global_recorder(fanout.build()).map_err(|_| TelemetryError::RecorderExists)?;
        INSTALLED.store(true, Ordering::Release);
        #[cfg(feature = "prometheus")]
        let prometheus = prometheus.map(super::prometheus::Ready::start).transpose()?;
        // The clock calibrates itself at its first use; better now than in somebody's first call.
        clock::now();
        recorder::look_for_global();
        site::sites().filter(|site| site.is_timed()).for_each(timed::preregister);
        #[cfg(feature = "cached")]
        site::sites().filter_map(site::Site::cache_name).for_each(crate::cached::preregister);
        #[cfg(feature = "offload")]
        for site in site::sites() {
            if let Some(offload) = site.offload() {
                crate::offload::preregister(site, offload);
            }
        }
        Ok(Telemetry(Arc::new(Parts {
            ledger,
            #[cfg(feature = "prometheus")]
            prometheus,
        })))
    }
}

#[cfg(feature = "logs")]
impl Logs {
    fn install(self) -> Result<(), TelemetryError> {
        use std::io::IsTerminal as _;
        use tracing_subscriber::filter::{EnvFilter, LevelFilter};
        use tracing_subscriber::util::SubscriberInitExt as _;

        let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        let installed = match self {
            Self::Pretty => logs.finish().try_init(),
            Self::Json => logs.json().flatten_event(true).finish().try_init(),
        };
        installed.map_err(|_| TelemetryError::SubscriberExists)
    }
}

/// What was set up. Clones are handles to the same.
#[derive(Debug, Clone)]
pub struct Telemetry(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    ledger: Ledger,
    #[cfg(feature = "prometheus")]
    prometheus: Option<super::prometheus::Prometheus>,
}

impl Telemetry {
    /// What every called function did so far, busiest first.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(&self.0.ledger)
    }

    /// All metrics in Prometheus' text format; empty if it was not chosen.
    ///
    /// Serve it as `text/plain; version=0.0.4`.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn render(&self) -> String {
        // What caches have counted up to now.
        #[cfg(feature = "cached")]
        crate::cached::tend::hand_over();
        self.0.prometheus.as_ref().map(super::prometheus::Prometheus::render).unwrap_or_default()
    }

    /// Where Prometheus can scrape, if [`Builder::prometheus`] was called; with the port that was taken for port 0.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.0.prometheus.as_ref().and_then(super::prometheus::Prometheus::address)
    }
}

/// Why [`Builder::install`] failed.
#[derive(Debug)]
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
        source: std::io::Error,
    },
    /// Prometheus' endpoint cannot be opened, most often because the port is in use.
    CannotListen {
        /// As given.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// No thread could be started for the upkeep of the exporter.
    NoThread(std::io::Error),
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecorderExists => f.write_str(
                "this process has a metrics recorder already: call `install` once, \
                 or pass your own recorder to `fujita::telemetry().recorder(...)` instead of installing it",
            ),
            Self::SubscriberExists => f.write_str(
                "this process has a tracing subscriber already: leave out `pretty_logs()` and `json_logs()`, \
                 it will receive fujita's log lines too",
            ),
            Self::BadAddress { address, source } => {
                write!(f, "`{address}` is not an address to listen on, such as `127.0.0.1:9000`: {source}")
            }
            Self::CannotListen { address, source } => {
                write!(f, "cannot serve Prometheus on {address}: {source}")
            }
            Self::NoThread(source) => write!(f, "cannot start the exporter's thread: {source}"),
        }
    }
}

impl std::error::Error for TelemetryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BadAddress { source, .. } | Self::CannotListen { source, .. } | Self::NoThread(source) => {
                Some(source)
            }
            Self::RecorderExists | Self::SubscriberExists => None,
        }
    }
}
