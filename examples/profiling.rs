//! How long a function takes that runs on a pool of threads: for those who wait for it, and on its thread.
//!
//! ```text
//! $ cargo run --example profiling
//! function                      calls  errors  cancelled      p50      p95      p99      max    total   share
//! profiling::thumbnail_fetched     16       0          0  79.7 ms  93.7 ms  93.7 ms  93.7 ms   1.26 s  79.9 %
//! profiling::thumbnail_awaited     16       0          0  13.1 ms  25.5 ms  25.5 ms  25.5 ms   235 ms  14.9 %
//! profiling::thumbnail_run         16       0          0  3.01 ms  3.28 ms  3.28 ms  3.28 ms  49.4 ms   3.1 %
//! profiling::draw                  17       0          0   623 us  8.91 ms  8.91 ms  9.18 ms  32.2 ms   2.0 %
//!
//! pool      threads  jobs  rejected  timed out  cancelled  panicked  wait p50  wait p99  run p50  run p99  run max  run total
//! pictures        2    32         0          0          0         0   9.96 ms   22.0 ms  3.01 ms  3.28 ms  3.30 ms    99.6 ms
//!
//! Of the time of thumbnail_fetched, this much kept a thread of the runtime from other work:
//! function_busy_seconds_sum{function="thumbnail_fetched",module="profiling"} 0.0767675821918087
//! function_duration_seconds_sum{function="thumbnail_fetched",module="profiling",result="ok"} 1.260400519651163
//! ```
//!
//! Half of the callers of `thumbnail_awaited` waited four times as long as a thumbnail takes: the rest is the queue, as the
//! pool's row says, too. And `thumbnail_fetched` kept its thread busy for a sixteenth of its time.

use std::sync::Arc;
use std::time::Duration;

use fujita::offload::Pool;
use fujita::{offload, timed};
use futures::future::{join_all, try_join_all};
use tokio::time::sleep;

/// Pixels of a picture in each direction, and pixels that become one.
const SIZE: usize = 2_048;
const BLOCK: usize = 32;

/// Timed around the pool: what callers wait for, the queue included.
#[timed]
#[offload(pool = "pictures")]
fn thumbnail_awaited(picture: Arc<[u8]>) -> Vec<u8> {
    shrink(&picture)
}

/// Timed on the pool: the body alone, on its thread.
#[offload(pool = "pictures")]
#[timed]
fn thumbnail_run(picture: Arc<[u8]>) -> Vec<u8> {
    shrink(&picture)
}

/// An async function that keeps its own thread busy. With `busy`, for how long it did is recorded beside the whole.
#[timed(busy)]
async fn thumbnail_fetched(id: usize) -> Vec<u8> {
    sleep(Duration::from_millis(50)).await; // stands for a database
    shrink(&draw(id))
}

/// A sync function.
#[timed]
fn draw(id: usize) -> Arc<[u8]> {
    let row: Vec<u8> = (0..=u8::MAX).cycle().skip(id).take(SIZE).collect();
    row.repeat(SIZE).into()
}

/// The mean of each block of pixels.
fn shrink(picture: &[u8]) -> Vec<u8> {
    let mut sums = vec![0_usize; (SIZE / BLOCK).pow(2)];
    for (y, row) in picture.chunks_exact(SIZE).enumerate() {
        let sums = &mut sums[y / BLOCK * (SIZE / BLOCK)..];
        for (sum, block) in sums.iter_mut().zip(row.chunks_exact(BLOCK)) {
            *sum += block.iter().copied().map(usize::from).sum::<usize>();
        }
    }
    let mean = |sum| u8::try_from(sum / BLOCK.pow(2)).expect("the mean of bytes is a byte");
    sums.into_iter().map(mean).collect()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let telemetry = fujita::telemetry().install()?;
    Pool::builder("pictures").cpu().threads(2).install()?;
    let picture = draw(0);

    // Sixteen at once, for two threads.
    join_all((0..16).map(|_| thumbnail_awaited(Arc::clone(&picture)))).await;
    join_all((0..16).map(|_| thumbnail_run(Arc::clone(&picture)))).await;
    // And each as a task on the threads of the runtime.
    try_join_all((0..16).map(|id| tokio::spawn(thumbnail_fetched(id)))).await?;

    println!("{}", telemetry.report());
    println!("Of the time of thumbnail_fetched, this much kept a thread of the runtime from other work:");
    for line in telemetry.render().lines().filter(|line| line.contains("_sum{function=\"thumbnail_fetched\""))
    {
        println!("{line}");
    }
    Ok(())
}
