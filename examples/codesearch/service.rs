//! What is asked for, and what is answered: the routes, their handlers, and each error as an HTTP answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use fujita::{OffloadError, Telemetry, cached, offload, timed};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::files::{self, FileError, Listing};
use crate::gate::{Busy, Gate, Place};
use crate::search::{self, Findings, SearchError};
use crate::tree::Tree;

/// How long requests may still run when the service has been told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// What the handlers share.
pub(crate) struct App {
    tree: Tree,
    telemetry: Telemetry,
    /// Files are held in memory until they are sent, long after they have been read.
    downloads: Gate,
}

impl App {
    pub(crate) fn new(tree: Tree, telemetry: Telemetry) -> Arc<Self> {
        Arc::new(Self { tree, telemetry, downloads: Gate::new(32, 256) })
    }
}

/// Answers requests until `stop`, and a little longer for those that have begun.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken) -> io::Result<()> {
    let routes = Router::new()
        .route("/", get(index))
        .route("/search", get(search))
        .route("/file", get(file))
        .route("/tree", get(tree))
        .route("/metrics", get(metrics))
        .with_state(app);
    let too_late = async {
        stop.cancelled().await;
        sleep(GRACE).await;
    };
    tokio::select! {
        stopped = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned()) => stopped,
        () = too_late => Ok(()),
    }
}

/// The query string of `/file` and `/tree`.
#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    path: String,
}

/// A query string that is not understood must reach the handler, so that it is counted like all others.
type MaybeQuery<T> = Result<Query<T>, QueryRejection>;

type Headers<const N: usize> = [(HeaderName, &'static str); N];

#[timed(in_flight, busy, slow_poll = "50ms", error_kind = ApiError::kind)]
async fn search(
    State(app): State<Arc<App>>,
    request: MaybeQuery<search::Request>,
) -> Result<Json<Arc<Findings>>, ApiError> {
    let Query(request) = request?;
    Ok(Json(findings(app, request).await?))
}

/// What a search finds. It keeps a core busy, and popular searches are repeated behind their users' backs before they are
/// too old.
#[timed(error_kind = ApiError::kind)]
#[cached(
    skip(app),
    max_capacity = 16 << 20,
    weigher = |_, findings| findings.bytes(),
    cache_if = |findings| !findings.timed_out(),
    ttl = "10s",
    stale_while_revalidate = "1m"
)]
#[offload(cpu, on_full = "reject", queue_timeout = "5s")]
fn findings(app: Arc<App>, request: search::Request) -> Result<Arc<Findings>, ApiError> {
    Ok(Arc::new(search::grep(&app.tree, &request)?))
}

#[timed(error_kind = ApiError::kind)]
async fn file(
    State(app): State<Arc<App>>,
    target: MaybeQuery<Target>,
) -> Result<(Headers<2>, Bytes), ApiError> {
    let Query(Target { path }) = target?;
    let place = app.downloads.enter().await?;
    let content = content(app, &path).await?;
    let plain_text = [(header::CONTENT_TYPE, TEXT), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((plain_text, Bytes::from_owner(Held { content, _place: place })))
}

/// The content of a file, read anew when it is a few seconds old.
#[timed(error_kind = ApiError::kind)]
#[cached(skip(app), max_capacity = 64 << 20, weigher = |_, content| weight(content), ttl = "5s")]
#[offload(pool = "files", owned(path), on_full = "reject", queue_timeout = "5s")]
fn content(app: Arc<App>, path: &str) -> Result<Bytes, ApiError> {
    Ok(files::read(&app.tree, path)?.into())
}

fn weight(content: &Bytes) -> u32 {
    u32::try_from(content.len()).unwrap_or(u32::MAX)
}

#[timed(error_kind = ApiError::kind)]
async fn tree(
    State(app): State<Arc<App>>,
    target: MaybeQuery<Target>,
) -> Result<Json<Arc<Listing>>, ApiError> {
    let Query(Target { path }) = target?;
    Ok(Json(listing(app, &path).await?))
}

#[timed(error_kind = ApiError::kind)]
#[cached(skip(app), max_capacity = 1_000, ttl = "5s")]
#[offload(pool = "files", owned(path), on_full = "reject", queue_timeout = "5s")]
fn listing(app: Arc<App>, path: &str) -> Result<Arc<Listing>, ApiError> {
    Ok(Arc::new(files::list(&app.tree, path)?))
}

#[timed]
async fn metrics(State(app): State<Arc<App>>) -> (Headers<1>, String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.telemetry.render())
}

#[timed]
async fn index() -> (Headers<1>, Html<&'static str>) {
    ([(header::CONTENT_SECURITY_POLICY, CSP)], Html(include_str!("index.html")))
}

const TEXT: &str = "text/plain; charset=utf-8";

/// The page holds its own style and script, and asks this service only.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                   connect-src 'self'; img-src data:";

/// The content of a file, which keeps its place at the gate until the last byte is sent.
struct Held {
    content: Bytes,
    _place: Place,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
enum ApiError {
    #[error("{}", .0.body_text())]
    Query(#[from] QueryRejection),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error("{0}; try again in a moment")]
    Offload(#[from] OffloadError),
}

impl ApiError {
    /// For the label `error` of the metrics.
    fn kind(&self) -> &'static str {
        match self {
            Self::Query(_) => "query",
            Self::Search(error) => error.kind(),
            Self::File(error) => error.kind(),
            Self::Busy(error) => error.kind(),
            Self::Offload(OffloadError::Rejected) => "rejected",
            Self::Offload(OffloadError::QueueTimeout) => "queue_timeout",
            Self::Offload(_) => "offload",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Query(_) | Self::Search(_) => StatusCode::BAD_REQUEST,
            Self::File(error) => error.status(),
            Self::Busy(_) | Self::Offload(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(json!({ "error": self.to_string() }))).into_response();
        if let Self::Busy(_) | Self::Offload(_) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
