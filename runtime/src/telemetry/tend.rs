//! What exporters need now and then: figures of the process, packets sent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

#[cfg(feature = "process")]
use metrics_process::Collector;

#[cfg(feature = "prometheus")]
use super::prometheus::Prometheus;
#[cfg(feature = "statsd")]
use super::statsd::StatsD;

/// What waits to be sent waits for at most this long.
const PERIOD: Duration = Duration::from_secs(1);

/// The exporters that were set up.
#[derive(Default)]
pub(super) struct Exporters {
    #[cfg(feature = "prometheus")]
    pub(super) prometheus: Option<Prometheus>,
    #[cfg(feature = "statsd")]
    pub(super) statsd: Option<StatsD>,
    #[cfg(feature = "process")]
    pub(super) process: Option<Collector>,
}

impl Exporters {
    /// Tends them, if there are any, from a thread of their own, as long as the process lives.
    pub(super) fn tend_if_needed(self: &Arc<Self>) -> io::Result<()> {
        let there_are: &[bool] = &[
            #[cfg(feature = "prometheus")]
            self.prometheus.is_some(),
            #[cfg(feature = "statsd")]
            self.statsd.is_some(),
            #[cfg(feature = "process")]
            self.process.is_some(),
        ];
        if !there_are.contains(&true) {
            return Ok(());
        }
        let all = Arc::clone(self);
        let forever = move || {
            loop {
                thread::sleep(PERIOD);
                // A recorder that panics must not end the thread.
                let _ = catch_unwind(AssertUnwindSafe(|| all.tend()));
            }
        };
        thread::Builder::new().name("fujita-telemetry".into()).spawn(forever).map(drop)
    }

    fn tend(&self) {
        self.collect();
        #[cfg(feature = "prometheus")]
        if let Some(prometheus) = &self.prometheus {
            prometheus.run_upkeep();
        }
        #[cfg(feature = "statsd")]
        if let Some(statsd) = &self.statsd {
            statsd.resolve_again();
            statsd.flush();
        }
    }

    /// Records what is not recorded at once.
    #[cfg_attr(not(feature = "process"), expect(clippy::unused_self, reason = "the process's own figures"))]
    fn collect(&self) {
        #[cfg(feature = "process")]
        if let Some(process) = &self.process {
            process.collect();
        }
    }

    /// Everything up to this moment goes to its exporter, and out of the process if that is how the exporter works.
    pub(super) fn flush(&self) {
        #[cfg(feature = "cached")]
        crate::cached::tend::hand_over();
        self.collect();
        #[cfg(feature = "statsd")]
        if let Some(statsd) = &self.statsd {
            statsd.flush();
        }
    }

    #[cfg(feature = "prometheus")]
    pub(super) fn render(&self) -> String {
        let Some(prometheus) = &self.prometheus else { return String::new() };
        // What caches have counted up to now.
        #[cfg(feature = "cached")]
        crate::cached::tend::hand_over();
        self.collect();
        #[cfg_attr(not(feature = "process"), expect(unused_mut, reason = "the process's own figures"))]
        let mut text = prometheus.render();
        #[cfg(feature = "process")]
        if let (Some(_), Some(seconds)) = (&self.process, super::process::cpu_seconds()) {
            super::prometheus::put_value(&mut text, super::process::CPU_SECONDS, seconds);
        }
        text
    }
}
