//! All three attributes on one function, in the two orders that make sense, and what each of them sees.
//!
//! Attributes read from the top. `#[offload]` stands below `#[cached]`, so that hits stay off the pool; `#[timed]` around
//! both is what callers wait for, and between them what a load takes.
//!
//! ```text
//! $ cargo run --example stacked
//! 502560782130689 = [15485867, 32452867]
//!
//!             requests  timed calls  loads  jobs on the pool
//! asked             16           16      2                 2
//! loaded            16            2      2                 2
//!
//! function_duration_seconds_count{function="asked",module="stacked",result="ok",cache="coalesced"} 9
//! function_duration_seconds_count{function="asked",module="stacked",result="ok",cache="hit"} 5
//! function_duration_seconds_count{function="asked",module="stacked",result="ok",cache="miss"} 2
//! function_duration_seconds_count{function="loaded",module="stacked",result="ok"} 2
//! ```

use fujita::{cached, offload, timed};
use futures::future::join_all;

/// Timed on the outside: every call, with the label `cache`.
#[timed]
#[cached]
#[offload(cpu)]
fn asked(number: u64) -> Vec<u64> {
    factors(number)
}

/// Timed between: loads alone, the wait for a thread included.
#[cached]
#[timed]
#[offload(cpu)]
fn loaded(number: u64) -> Vec<u64> {
    factors(number)
}

/// By trial, which takes the longest for a product of two primes.
fn factors(mut number: u64) -> Vec<u64> {
    let mut factors = Vec::new();
    let mut factor = 2;
    while factor * factor <= number {
        while number.is_multiple_of(factor) {
            factors.push(factor);
            number /= factor;
        }
        factor += 1;
    }
    factors.extend((number > 1).then_some(number));
    factors
}

const A: u64 = 15_485_863 * 32_452_843;
const B: u64 = 15_485_867 * 32_452_867;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let telemetry = fujita::telemetry().install()?;

    // Ten callers at once, five more one after another, and somebody with another number.
    join_all((0..10).map(|_| asked(A))).await;
    join_all((0..10).map(|_| loaded(A))).await;
    for _ in 0..5 {
        asked(A).await;
        loaded(A).await;
    }
    println!("{B} = {:?}\n", asked(B).await);
    loaded(B).await;

    let metrics = telemetry.render();
    let sum = |metric: &str, function: &str| -> u64 {
        let function = format!("function=\"{function}\"");
        let lines = metrics.lines().filter(|line| line.starts_with(metric) && line.contains(&function));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    };
    println!("            requests  timed calls  loads  jobs on the pool");
    for (function, stats) in [("asked", asked_cache().stats()), ("loaded", loaded_cache().stats())] {
        let timed = sum("function_duration_seconds_count", function);
        let jobs = sum("function_offload_jobs_total", function);
        println!("{function:<8} {:>11}  {timed:>11}  {:>5}  {jobs:>16}", stats.requests(), stats.loads);
    }
    println!();
    let timed = metrics.lines().filter(|line| line.starts_with("function_duration_seconds_count"));
    timed.filter(|line| !line.ends_with(" 0")).for_each(|line| println!("{line}"));
    Ok(())
}
