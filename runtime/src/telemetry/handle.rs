//! What was set up.

use std::fmt;
use std::sync::Arc;

use super::ledger::Ledger;
use super::report::Report;
use super::tend::Exporters;
#[cfg(feature = "cached")]
use crate::cached::Snapshot;

/// What was set up. Clones are handles to the same.
///
/// Everything goes on when it is dropped. What exporters hold back for a moment is sent when the last clone is, so keep
/// one until the end of `main`.
#[derive(Debug, Clone)]
pub struct Telemetry(Arc<Parts>);

struct Parts {
    ledger: Ledger,
    /// What the report leaves out.
    #[cfg(feature = "cached")]
    caches_before: Snapshot,
    #[cfg(feature = "prometheus")]
    address: Option<std::net::SocketAddr>,
    exporters: Arc<Exporters>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Telemetry {
    pub(super) fn new(
        ledger: Ledger,
        #[cfg(feature = "prometheus")] address: Option<std::net::SocketAddr>,
        exporters: Arc<Exporters>,
    ) -> Self {
        Self(Arc::new(Parts {
            ledger,
            #[cfg(feature = "cached")]
            caches_before: Snapshot::take(),
            #[cfg(feature = "prometheus")]
            address,
            exporters,
        }))
    }

    /// What every called function, every cache and every pool did since `install`, busiest first.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(
            &self.0.ledger,
            #[cfg(feature = "cached")]
            &self.0.caches_before,
        )
    }

    /// All metrics in Prometheus' text format; empty if it was not chosen.
    ///
    /// Serve it as `text/plain; version=0.0.4`.
    #[cfg(feature = "prometheus")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prometheus")))]
    #[must_use]
    pub fn render(&self) -> String {
        self.0.exporters.render()
    }

    /// Where Prometheus can scrape, if [`Builder::prometheus`](super::Builder::prometheus) was called; with the port
    /// that was taken for port 0.
    #[cfg(feature = "prometheus")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prometheus")))]
    #[must_use]
    pub fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.0.address
    }

    /// Hands everything that was recorded up to now to the exporters, and sends what goes out by itself (StatsD).
    ///
    /// It is done when the last clone of this is dropped, too. Call it before `std::process::exit`.
    pub fn flush(&self) {
        self.0.exporters.flush();
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.exporters.flush();
    }
}
