//! The Prometheus exporter: histograms instead of summaries, upkeep without being asked, an endpoint of its own.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tokio::runtime::Runtime;

use super::builder::TelemetryError;

/// In seconds: 1, 2.5 and 5 of each power of ten from 10 us to 10 s, Prometheus' own steps.
const BUCKETS: [f64; 19] = [
    1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// Samples wait in memory until a scrape or this much time moves them into their buckets.
const UPKEEP: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) enum Listen {
    Nowhere,
    On(String),
}

/// An exporter that is ready but not running yet: dropped, it leaves nothing behind.
pub(super) struct Prepared {
    pub(super) recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    address: Option<SocketAddr>,
    work: Box<dyn FnOnce() + Send>,
}

#[derive(Debug)]
pub(super) struct Prometheus {
    handle: PrometheusHandle,
    address: Option<SocketAddr>,
}

pub(super) fn prepare(listen: Listen) -> Result<Prepared, TelemetryError> {
    let builder =
        PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets").upkeep_timeout(UPKEEP);
    match listen {
        Listen::Nowhere => {
            let recorder = builder.build_recorder();
            let (handle, upkept) = (recorder.handle(), recorder.handle());
            let work = move || {
                loop {
                    std::thread::sleep(UPKEEP);
                    upkept.run_upkeep();
                }
            };
            Ok(Prepared { recorder, handle, address: None, work: Box::new(work) })
        }
        Listen::On(address) => {
            let free = free_address(&address)?;
            let cannot_listen = |source| TelemetryError::CannotListen { address: address.clone(), source };
            let runtime = runtime().map_err(TelemetryError::NoThread)?;
            let (recorder, serve) = {
                let _entered = runtime.enter();
                builder.with_http_listener(free).build().map_err(|error| match error {
                    BuildError::FailedToCreateHTTPListener(why) => cannot_listen(std::io::Error::other(why)),
                    other => cannot_listen(std::io::Error::other(other)),
                })?
            };
            let handle = recorder.handle();
            let work = move || {
                // It only ends with an error of the listener; the recorder goes on without it.
                if let Err(error) = runtime.block_on(serve) {
                    tracing::error!(target: "fujita", ?error, "the Prometheus endpoint has stopped");
                }
            };
            Ok(Prepared { recorder, handle, address: Some(free), work: Box::new(work) })
        }
    }
}

impl Prepared {
    /// Splits off the recorder; the rest is started once that is installed.
    pub(super) fn split(self) -> (PrometheusRecorder, Ready) {
        let Self { recorder, handle, address, work } = self;
        (recorder, Ready { prometheus: Prometheus { handle, address }, work })
    }
}

pub(super) struct Ready {
    prometheus: Prometheus,
    work: Box<dyn FnOnce() + Send>,
}

impl Ready {
    pub(super) fn start(self) -> Result<Prometheus, TelemetryError> {
        std::thread::Builder::new()
            .name("fujita-prometheus".into())
            .spawn(self.work)
            .map_err(TelemetryError::NoThread)?;
        Ok(self.prometheus)
    }
}

/// The address with its port decided. Bound for a moment only: the exporter binds it again, and says less clearly
/// what is wrong when it cannot.
fn free_address(address: &str) -> Result<SocketAddr, TelemetryError> {
    let bad = |source| TelemetryError::BadAddress { address: address.to_owned(), source };
    let resolved = address.to_socket_addrs().map_err(bad)?.next();
    let none = || bad(std::io::Error::new(std::io::ErrorKind::NotFound, "it names no host"));
    let resolved = resolved.ok_or_else(none)?;
    TcpListener::bind(resolved)
        .and_then(|listener| listener.local_addr())
        .map_err(|source| TelemetryError::CannotListen { address: address.to_owned(), source })
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

impl Prometheus {
    pub(super) fn render(&self) -> String {
        self.handle.render()
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}
