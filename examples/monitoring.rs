//! A service under Prometheus and `StatsD` at once. The dashboard and the alerts in `runtime/dashboards` are made for
//! what it records.
//!
//! ```text
//! $ cargo run --example monitoring
//! 200 orders: 190 placed, 10 sold out
//! 19 prices loaded
//! Prometheus: curl http://127.0.0.1:38127/metrics
//! StatsD: sent to 127.0.0.1:8125 once a second
//!
//! function           calls  errors  cancelled      p50      p95      p99      max   total    share
//! monitoring::order    200      10          0  3.28 ms  24.1 ms  26.2 ms  27.2 ms  1.13 s  100.0 %
//!
//! cache              requests  hits  stale  coalesced  misses  load errors  mean load  time saved  evictions  entries  hit rate
//! monitoring::price       190   168      0          3      19            0    21.6 ms      3.62 s          0       19    90.0 %
//!
//! pool  threads  jobs  rejected  timed out  cancelled  panicked  wait p50  wait p99  run p50  run p99  run max  run total
//! cpu         2   190         0          0          0         0   2.23 ms   4.98 ms   754 us  5.51 ms  12.9 ms     171 ms
//! ```
//!
//! With `-- --prometheus 127.0.0.1:9000 --statsd 127.0.0.1:8125 --seconds 600` there is time to have servers of your own
//! look at it.

use std::time::Duration;

use clap::Parser;
use fujita::{cached, offload, timed};
use futures::stream::{self, StreamExt as _};
use tokio::time::sleep;

/// Takes 200 orders, and can be watched at it.
#[derive(Parser)]
struct Args {
    /// Where Prometheus may scrape; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    prometheus: String,

    /// Where a `StatsD` daemon listens; if there is none, nobody minds
    #[arg(long, default_value = "127.0.0.1:8125")]
    statsd: String,

    /// How long to stay
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

/// What the outside sees, as a histogram by result and error; how many there are at a time, and how long they keep the
/// event loop busy.
#[timed(in_flight, busy, error_kind = |_| "sold_out")]
async fn order(number: u32) -> Result<u64, SoldOut> {
    let item = number % 20;
    if item == 13 {
        return Err(SoldOut);
    }
    Ok(receipt(number, price(item).await).await)
}

struct SoldOut;

/// Hits and misses, and how long a load takes.
#[cached(ttl = "1m")]
async fn price(item: u32) -> u32 {
    sleep(Duration::from_millis(20)).await; // stands for a database
    100 + item
}

/// Jobs on the pool, how long they wait, and how long they run.
#[offload(cpu)]
fn receipt(number: u32, price: u32) -> u64 {
    // A signature of sorts: it is meant to take a while.
    let sign = |seal: u64, round: u64| (seal ^ round).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    (0..100_000).fold(u64::from(number) << 32 | u64::from(price), sign)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let telemetry = fujita::telemetry()
        .pretty_logs()
        .prometheus(&args.prometheus)
        .statsd(&args.statsd)
        .process_metrics()
        .install()?;
    // From the beginning, so that whoever is in a hurry does not cut off what is still to be sent.
    let interrupted = tokio::spawn(tokio::signal::ctrl_c());

    let orders: Vec<_> = stream::iter(0..200).map(order).buffer_unordered(8).collect().await;
    let placed = orders.iter().filter(|order| order.is_ok()).count();
    println!("{} orders: {placed} placed, {} sold out", orders.len(), orders.len() - placed);
    println!("{} prices loaded", price_cache().stats().loads);
    if let Some(address) = telemetry.prometheus_address() {
        println!("Prometheus: curl http://{address}/metrics");
    }
    println!("StatsD: sent to {} once a second", args.statsd);

    tokio::select! {
        () = sleep(Duration::from_secs(args.seconds)) => {}
        outcome = interrupted => outcome??,
    }
    println!("\n{}", telemetry.report());
    // What is left for StatsD is sent here, when `telemetry` is dropped.
    Ok(())
}
