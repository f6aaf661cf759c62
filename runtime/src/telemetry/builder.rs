//! `fujita::telemetry()`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use metrics::Recorder;
use metrics_util::layers::FanoutBuilder;

#[cfg(feature = "prometheus")]
use super::endpoint::Endpoint;
use super::error::TelemetryError;
use super::handle::Telemetry;
use super::ledger::Ledger;
#[cfg(feature = "logs")]
use super::logs::{Logs, Style};
#[cfg(feature = "prometheus")]
use super::prometheus::Prometheus;
#[cfg(feature = "statsd")]
use super::statsd::StatsD;
use super::tend::Exporters;
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
    logs: Logs,
    #[cfg(feature = "prometheus")]
    prometheus: Option<Listen>,
    #[cfg(feature = "statsd")]
    statsd: Option<String>,
    #[cfg(feature = "process")]
    process: bool,
    recorders: Vec<Box<dyn Recorder + Send + Sync>>,
}

#[cfg(feature = "prometheus")]
enum Listen {
    Nowhere,
    On(String),
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("recorders", &self.recorders.len()).finish_non_exhaustive()
    }
}

impl Builder {
    /// Writes log lines for people to standard error: level and time first, in colour on a terminal (unless `NO_COLOR`
    /// is set). `RUST_LOG` selects them, `info` and above if it is not set; what cannot be read in it is left out, and
    /// standard error says so.
    ///
    /// Records of the `log` crate are written as well, unless the program has a logger for them already.
    ///
    /// Each line is written at once, so none is lost at exit. A line that cannot be written, because whoever read them
    /// is gone, is dropped.
    #[cfg(feature = "logs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
    pub fn pretty_logs(mut self) -> Self {
        (self.logs.style, self.logs.console) = (Style::Pretty, true);
        self
    }

    /// Writes log lines as JSON, one object a line, to standard error: `timestamp`, `level`, `target`, `fields` with the
    /// message and what else was logged, and within spans `span` and `spans`. What is selected, and from where, is as
    /// with [`pretty_logs`](Self::pretty_logs).
    #[cfg(feature = "logs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
    pub fn json_logs(mut self) -> Self {
        (self.logs.style, self.logs.console) = (Style::Json, true);
        self
    }

    /// Writes log lines to a file in `directory`, which is made if there is none; besides those on standard error, or
    /// instead of them if neither [`pretty_logs`](Self::pretty_logs) nor [`json_logs`](Self::json_logs) was called.
    /// They look the same, without colour.
    ///
    /// The file is `<program>.<date>.log`, the date being that of the `rotation` (in UTC), or `<program>.log` with
    /// [`Rotation::NEVER`](crate::Rotation::NEVER). When the next one cannot begin, lines go on in the one before it, and
    /// standard error says so. Each line is written by the thread that logs it, in one piece and
    /// without a buffer: whether `main` returns, the process exits or is killed, no line is lost. When the disk is
    /// full, lines are lost until there is room again; standard error then says so, and how many they were.
    ///
    /// ```no_run
    /// use fujita::Rotation;
    ///
    /// let telemetry = fujita::telemetry()
    ///     .pretty_logs()
    ///     .log_file("/var/log/shop", Rotation::DAILY)
    ///     .max_log_files(14)
    ///     .install()?;
    /// # Ok::<(), fujita::TelemetryError>(())
    /// ```
    #[cfg(feature = "logs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
    pub fn log_file(mut self, directory: impl Into<std::path::PathBuf>, rotation: crate::Rotation) -> Self {
        self.logs.file = Some((directory.into(), rotation));
        self
    }

    /// Removes the oldest files of [`log_file`](Self::log_file) when there are more than `most`: when a new one begins, and
    /// at [`install`](Self::install). The current one is among the `most` and never removed, nor is any file that is not
    /// called as this program's of this rotation. By default all are kept, and 0 is an error of `install`.
    #[cfg(feature = "logs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
    pub fn max_log_files(mut self, most: usize) -> Self {
        self.logs.max_files = Some(most);
        self
    }

    /// Installs no `tracing` subscriber, whatever was called before: for programs that have one of their own, or a
    /// set-up that is shared by several. fujita's log lines go to whichever subscriber there is.
    #[cfg(feature = "logs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
    pub fn without_logs(mut self) -> Self {
        self.logs = Logs::default();
        self
    }

    /// Collects for Prometheus, and serves its text format on `address` at any path, from a thread of its own.
    ///
    /// A port alone (`9000`) is opened on loopback. Name another address (`0.0.0.0:9000`) only if the endpoint is meant
    /// to be reachable from elsewhere: it has no authentication. Port 0 takes a free one. Histograms have buckets from 10 us to 10 s.
    #[cfg(feature = "prometheus")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prometheus")))]
    pub fn prometheus(mut self, address: impl fmt::Display) -> Self {
        self.prometheus = Some(Listen::On(address.to_string()));
        self
    }

    /// Collects for Prometheus without a port of its own: serve [`Telemetry::render`] from a route of yours.
    #[cfg(feature = "prometheus")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prometheus")))]
    pub fn prometheus_recorder(mut self) -> Self {
        self.prometheus.get_or_insert(Listen::Nowhere);
        self
    }

    /// Sends to a StatsD daemon at `address`, by UDP: `8125` on this machine, or `metrics.internal:8125`, whose address
    /// is looked up again once a minute.
    ///
    /// Counters, gauges and timers keep their names; labels become tags as Datadog defined them (`|#function:search`),
    /// which StatsD from 0.9 on, Telegraf, Vector, `statsd_exporter` and Datadog's agent read. Histograms of seconds
    /// are sent as timers, in milliseconds. Everything is summed up here and sent once a second, so a busy function
    /// costs a few packets: of more than 256 samples of one timer in a second, about that many are sent, chosen at random,
    /// each for a power of two of them, so that counts are exact in every daemon.
    ///
    /// A daemon that is not there, or restarts, is nothing to anybody: what is sent meanwhile is lost. The last second
    /// is sent by [`Telemetry::flush`], and when the last clone of [`Telemetry`] is dropped: keep it until the end of
    /// `main`. In tags, `::` is written as `.`, other characters that mean something to the daemon as `_`. Names and values
    /// end after 200 bytes, and earlier where a line would not fit a packet; the last of very many labels are left out.
    #[cfg(feature = "statsd")]
    #[cfg_attr(docsrs, doc(cfg(feature = "statsd")))]
    pub fn statsd(mut self, address: impl fmt::Display) -> Self {
        self.statsd = Some(address.to_string());
        self
    }

    /// Records figures of the process, under the names that Prometheus' own clients give them:
    /// `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds`, `process_threads` and others.
    /// They are read at each scrape, and once a second.
    #[cfg(feature = "process")]
    #[cfg_attr(docsrs, doc(cfg(feature = "process")))]
    pub fn process_metrics(mut self) -> Self {
        self.process = true;
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
    /// If the process has a recorder or (with logs) a `tracing` subscriber already, if an address or a directory
    /// cannot be used, or if no log file may be kept. Nothing is installed then, but for logs when the recorder turns out to be taken.
    pub fn install(self) -> Result<Telemetry, TelemetryError> {
        if INSTALLED.load(Ordering::Acquire) {
            return Err(TelemetryError::RecorderExists);
        }
        let ledger = Ledger::default();
        let mut fanout = FanoutBuilder::default().add_recorder(ledger.clone());
        #[cfg_attr(
            not(any(feature = "prometheus", feature = "statsd", feature = "process")),
            expect(unused_mut, reason = "there are no exporters")
        )]
        let mut exporters = Exporters::default();

        #[cfg(feature = "prometheus")]
        let others_chosen = !self.recorders.is_empty();
        #[cfg(all(feature = "prometheus", feature = "statsd"))]
        let others_chosen = others_chosen || self.statsd.is_some();
        #[cfg(feature = "statsd")]
        if let Some(address) = self.statsd {
            let statsd = StatsD::open(address)?;
            fanout = fanout.add_recorder(statsd.recorder());
            exporters.statsd = Some(statsd);
        }
        #[cfg(feature = "prometheus")]
        let endpoint = {
            let listen = self.prometheus.or((!others_chosen).then_some(Listen::Nowhere));
            if listen.is_some() {
                let (prometheus, recorder) = Prometheus::new();
                exporters.prometheus = Some(prometheus);
                fanout = fanout.add_recorder(recorder);
            }
            match listen {
                Some(Listen::On(address)) => Some(Endpoint::open(&address)?),
                _ => None,
            }
        };
        for recorder in self.recorders {
            fanout = fanout.add_recorder(recorder);
        }

        #[cfg(feature = "logs")]
        self.logs.install()?;
        metrics::set_global_recorder(fanout.build()).map_err(|_| TelemetryError::RecorderExists)?;
        INSTALLED.store(true, Ordering::Release);

        // The clock calibrates itself at its first use; better now than in somebody's first call.
        clock::now();
        recorder::look_for_global();
        preregister();
        #[cfg(feature = "process")]
        if self.process {
            exporters.process = Some(super::process::collector());
        }
        let exporters = Arc::new(exporters);
        exporters.tend_if_needed().map_err(TelemetryError::NoThread)?;
        Ok(Telemetry::new(
            ledger,
            #[cfg(feature = "prometheus")]
            endpoint.map(|endpoint| endpoint.serve(Arc::clone(&exporters))).transpose()?,
            exporters,
        ))
    }
}

/// Makes the series of every annotated function exist.
fn preregister() {
    site::sites().filter(|site| site.is_timed()).for_each(timed::preregister);
    #[cfg(feature = "cached")]
    site::sites().filter_map(site::Site::cache_name).for_each(crate::cached::preregister);
    #[cfg(feature = "offload")]
    for site in site::sites() {
        if let Some(offload) = site.offload() {
            crate::offload::preregister(site, offload);
        }
    }
}
