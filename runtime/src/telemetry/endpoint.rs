//! The HTTP endpoint that Prometheus scrapes, on a thread of its own.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use std::{io, thread};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::address::with_host;
use super::error::TelemetryError;
use super::tend::Exporters;

/// Connections at once; further ones wait until they are accepted.
const CONNECTIONS: usize = 256;

/// A client that is slower than this is gone: each connection serves one request.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that has not said by then what it wants makes room. Scrapers say it at once; when all places are taken by those who
/// do not, one that does is still answered within the ten seconds that Prometheus waits.
const SILENCE: Duration = Duration::from_secs(2);

/// A listener that nobody serves yet: dropped, it leaves nothing behind.
pub(super) struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
}

impl Endpoint {
    pub(super) fn open(address: &str) -> Result<Self, TelemetryError> {
        let bad = |source| TelemetryError::BadAddress { address: address.to_owned(), source };
        let resolved = with_host(address).to_socket_addrs().map_err(bad)?.next();
        let none = || bad(io::Error::new(io::ErrorKind::NotFound, "it names no host"));
        let resolved = resolved.ok_or_else(none)?;
        let listen = || {
            let listener = TcpListener::bind(resolved)?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        listen().map_err(|source| TelemetryError::CannotListen { address: address.to_owned(), source })
    }

    /// Serves as long as the process lives, and says where.
    pub(super) fn serve(self, exporters: Arc<Exporters>) -> Result<SocketAddr, TelemetryError> {
        let address = self.address;
        let (ready, is_ready) = sync_channel(1);
        // Made there: here may be a task, where no runtime can be dropped if something fails.
        let forever = move || match self.listen() {
            Ok((runtime, listener)) => {
                let _ = ready.send(Ok(()));
                runtime.block_on(accept(listener, exporters));
            }
            Err(error) => _ = ready.send(Err(error)),
        };
        let started = thread::Builder::new().name("fujita-prometheus".into()).spawn(forever);
        let gone = || Err(io::ErrorKind::BrokenPipe.into());
        started.and_then(|_| is_ready.recv().unwrap_or_else(|_| gone())).map_err(TelemetryError::NoThread)?;
        Ok(address)
    }

    fn listen(self) -> io::Result<(Runtime, tokio::net::TcpListener)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        drop(entered);
        Ok((runtime, listener))
    }
}

async fn accept(listener: tokio::net::TcpListener, exporters: Arc<Exporters>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let exporters = Arc::clone(&exporters);
                tokio::spawn(async move {
                    let _place = place;
                    // A client that goes away is its own affair.
                    let _ = timeout(PATIENCE, answer(stream, exporters)).await;
                });
            }
            // Most often there are too many open files; the next moment may be better.
            Err(error) => {
                tracing::warn!(target: "fujita", %error, "a scrape could not be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(stream: TcpStream, exporters: Arc<Exporters>) -> hyper::Result<()> {
    let service = service_fn(|request: Request<Incoming>| {
        let response = respond(request.method(), &exporters);
        async move { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn respond(method: &Method, exporters: &Exporters) -> Response<Full<Bytes>> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let mut response = Response::new(Full::from(exporters.render()));
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
