//! Work that keeps a core busy, spread over all of them while the event loop goes on.
//!
//! ```text
//! cargo run --example parallel
//! ```

use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::ensure;
use fujita::offload;
use futures::future::join_all;
use rayon::prelude::*;
use tokio::task::yield_now;
use tokio::time::sleep;

const WIDTH: u16 = 960;
const HEIGHT: u16 = 640;
/// Rows that are drawn together: some milliseconds of work, a thousand times what it costs to move it.
const STRIP: u16 = 16;

/// On the pool `cpu`, which has a thread for each core. `keep_sync` keeps the function as it is written, too.
#[offload(cpu, keep_sync = strip_here)]
fn strip(top: u16) -> Vec<u8> {
    (top..top + STRIP).flat_map(row).collect()
}

/// One job that spreads itself: parallel iterators run on the threads of the same pool.
#[offload(cpu)]
fn picture() -> Vec<u8> {
    (0..HEIGHT).into_par_iter().flat_map_iter(row).collect()
}

/// A row of the Mandelbrot set: for each pixel, the step at which it turns out not to belong to it.
fn row(y: u16) -> impl Iterator<Item = u8> {
    let im = f64::from(y) / f64::from(HEIGHT) * 2.0 - 1.0;
    (0..WIDTH).map(move |x| {
        let re = f64::from(x) / f64::from(WIDTH) * 3.0 - 2.0;
        let (mut a, mut b) = (0.0, 0.0);
        let escapes = |_: &u8| {
            (a, b) = (a * a - b * b + re, 2.0 * a * b + im);
            a * a + b * b > 4.0
        };
        (0..u8::MAX).find(escapes).unwrap_or(u8::MAX)
    })
}

/// Does the work beside a timer of a millisecond on the same event loop, and says how late that was.
async fn measure(what: &str, work: impl Future<Output = Vec<u8>>) -> (Duration, Vec<u8>) {
    let mut work = pin!(work);
    let mut late = Vec::new();
    let started = Instant::now();
    let picture = loop {
        let due = Instant::now() + Duration::from_millis(1);
        tokio::select! {
            () = sleep(Duration::from_millis(1)) => late.push(due.elapsed()),
            picture = &mut work => break picture,
        }
    };
    let took = started.elapsed();
    late.sort_unstable();
    let median = late.get(late.len() / 2).copied().unwrap_or(took);
    let most = late.last().copied().unwrap_or(took);
    println!("{what:<40} {took:>8.1?}   {median:>8.1?} {most:>8.1?}");
    (took, picture)
}

// One thread for everything that waits, as in an event loop.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let strips = || (0..HEIGHT).step_by(STRIP.into());
    println!("{:<40} {:>8}   a timer of 1 ms was late by (median, at most)", "", "took");

    let here = async {
        let mut picture = Vec::new();
        for top in strips() {
            picture.extend(strip_here(top));
            yield_now().await;
        }
        picture
    };
    let (alone, expected) = measure("strip after strip, on the event loop", here).await;
    let moved = async {
        let mut picture = Vec::new();
        for top in strips() {
            picture.extend(strip(top).await);
        }
        picture
    };
    let (_, one_by_one) = measure("strip after strip, offloaded", moved).await;
    let all = async { join_all(strips().map(strip)).await.concat() };
    let (spread, at_once) = measure("all strips at once, offloaded", all).await;
    let (_, by_rayon) = measure("one job with a parallel iterator", picture()).await;

    ensure!([one_by_one, at_once, by_rayon].iter().all(|picture| *picture == expected), "pictures differ");
    println!(
        "\nfour times the same picture; {:.1} times as fast when it is spread",
        alone.div_duration_f64(spread)
    );
    Ok(())
}
