//! A service under Prometheus and `StatsD` at once.
//!
//! ```text
//! cargo run --example monitoring -- --prometheus 127.0.0.1:9000 --statsd 127.0.0.1:8125 --seconds 60
//! ```

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
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    println!("\n{}", telemetry.report());
    // What is left for StatsD is sent here, when `telemetry` is dropped.
    Ok(())
}
