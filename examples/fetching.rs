//! Concurrent HTTP requests through one function that is timed and cached.
//!
//! ```text
//! $ cargo run --example fetching
//! 10 pages, five at a time      214.0ms  requests: 10
//! 10 pages, from the cache      144.6µs  requests: 0
//! 10 pages, one after another      1.0s  requests: 10
//! another page, 100 callers     103.8ms  requests: 1
//! a slow page, 100 callers         1.0s  requests: 1
//! a broken page, 100 callers    103.8ms  requests: 1
//!
//! function         calls  errors  cancelled     p50     p95     p99     max  total    share
//! fetching::fetch    330     200          0  105 ms  973 ms  973 ms  1.00 s  123 s  100.0 %
//!
//! cache            requests  hits  stale  coalesced  misses  load errors  mean load  time saved  evictions  entries  hit rate
//! fetching::fetch       330    10      0        297      23            2     143 ms      1.43 s         10       11    93.0 %
//!
//! function_duration_seconds_count{function="fetch",module="fetching",result="error",error="status",cache="coalesced"} 99
//! function_duration_seconds_count{function="fetch",module="fetching",result="error",error="status",cache="miss"} 1
//! function_duration_seconds_count{function="fetch",module="fetching",result="error",error="timeout",cache="coalesced"} 99
//! function_duration_seconds_count{function="fetch",module="fetching",result="error",error="timeout",cache="miss"} 1
//! ```
//!
//! However many ask for a page, the site is asked once. Those who waited for a page that fails all get its error, and
//! whoever comes next tries again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::map_request;
use axum::routing::get;
use fujita::{cached, timed};
use futures::future::join_all;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Each page once, however many ask for it, and again after a minute. An error reaches all who waited, and is not
/// kept.
#[timed(error_kind = kind)]
#[cached(skip(client), max_capacity = 1_000, ttl = "1m")]
async fn fetch(client: &Client, url: &str) -> Result<Arc<str>, Arc<reqwest::Error>> {
    let answer = client.get(url).send().await?.error_for_status()?;
    Ok(answer.text().await?.into())
}

/// The label `error` of the metrics.
fn kind(error: &Arc<reqwest::Error>) -> &'static str {
    match error {
        error if error.is_timeout() => "timeout",
        error if error.is_status() => "status",
        _ => "network",
    }
}

/// Requests that have reached the server.
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// The site that is fetched from. The sleep stands for its work.
async fn site() -> std::io::Result<SocketAddr> {
    async fn work(request: Request) -> Request {
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(100)).await;
        request
    }
    let pages = Router::new()
        .route("/page/{number}", get(async |Path(number): Path<u32>| format!("page {number}")))
        .route("/broken", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/slow", get(|| sleep(Duration::from_secs(60))))
        .layer(map_request(work));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, pages).await });
    Ok(address)
}

/// Says how long something took, and how many requests it needed.
async fn step<T>(what: &str, work: impl Future<Output = T>) -> T {
    let (started, before) = (Instant::now(), REQUESTS.load(Ordering::Relaxed));
    let outcome = work.await;
    let requests = REQUESTS.load(Ordering::Relaxed) - before;
    println!("{what:<28} {:>8.1?}  requests: {requests}", started.elapsed());
    outcome
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let telemetry = fujita::telemetry().install()?;
    let site = site().await?;
    let client = &Client::builder().timeout(Duration::from_secs(1)).build()?;
    let pages: Vec<String> = (1..=10).map(|number| format!("http://{site}/page/{number}")).collect();

    let five_at_once = || stream::iter(&pages).map(|page| fetch(client, page)).buffer_unordered(5);
    step("10 pages, five at a time", five_at_once().try_collect::<Vec<_>>()).await?;
    step("10 pages, from the cache", five_at_once().try_collect::<Vec<_>>()).await?;
    fetch_cache().invalidate_all();
    let one_by_one = stream::iter(&pages).then(|page| fetch(client, page));
    step("10 pages, one after another", one_by_one.try_collect::<Vec<_>>()).await?;

    let callers = |url: String| async move { join_all((0..100).map(|_| fetch(client, &url))).await };
    step("another page, 100 callers", callers(format!("http://{site}/page/11"))).await;
    step("a slow page, 100 callers", callers(format!("http://{site}/slow"))).await;
    step("a broken page, 100 callers", callers(format!("http://{site}/broken"))).await;

    println!("\n{}", telemetry.report());
    let metrics = telemetry.render();
    let errors = metrics.lines().filter(|line| line.contains("_count") && line.contains("error=\""));
    errors.for_each(|line| println!("{line}"));
    Ok(())
}
