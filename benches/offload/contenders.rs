//! Who is measured.

use std::pin::Pin;
use std::sync::LazyLock;
use std::thread::available_parallelism;
use std::time::Duration;

use fujita_benches::work;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A row.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Makes the calls of a turn.
    pub(crate) run: fn(Load) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What there is to do in a turn.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// So many tasks at a time,
    pub(crate) in_flight: u64,
    /// each of which makes so many calls, one after the other,
    pub(crate) calls: u64,
    /// of so much work.
    pub(crate) steps: u64,
}

pub(crate) const HERE: &str = "not offloaded";
pub(crate) const SPAWN_BLOCKING: &str = "spawn_blocking";
pub(crate) const TOKIO_RAYON: &str = "tokio-rayon";
pub(crate) const OURS: &str = "#[offload]";
pub(crate) const OURS_CPU: &str = "#[offload(cpu)]";

macro_rules! contender {
    ($name:expr, $function:path) => {
        Contender { name: $name, run: |load| Box::pin(run(load, $function)) }
    };
}

pub(crate) const CONTENDERS: [Contender; 10] = [
    contender!(HERE, here),
    contender!(SPAWN_BLOCKING, spawn_blocking),
    contender!(OURS, ours),
    contender!("blocking", blocking),
    contender!(TOKIO_RAYON, tokio_rayon),
    contender!("affinitypool", affinitypool),
    contender!(OURS_CPU, ours_cpu),
    contender!("tokio-rayon, Semaphore, timeout", tokio_rayon_limited),
    contender!("#[offload(cpu, max_concurrent, timeout)]", ours_cpu_limited),
    contender!("#[offload(in_place)]", ours_in_place),
];

async fn run<C, F>(load: Load, call: C)
where
    C: Fn(u64) -> F + Copy + Send + 'static,
    F: Future<Output = u64> + Send,
{
    let Load { in_flight, calls, steps } = load;
    let one_after_the_other = move || async move {
        for _ in 0..calls {
            call(steps).await;
        }
    };
    if in_flight == 1 {
        return one_after_the_other().await;
    }
    let mut tasks = JoinSet::new();
    for _ in 0..in_flight {
        tasks.spawn(one_after_the_other());
    }
    tasks.join_all().await;
}

/// A job: each step waits for the last one, and the compiler can leave none out.
pub(crate) fn job(steps: u64) -> u64 {
    (0..steps).fold(steps, |x, _| work(x))
}

pub(crate) async fn here(steps: u64) -> u64 {
    job(steps)
}

pub(crate) async fn spawn_blocking(steps: u64) -> u64 {
    tokio::task::spawn_blocking(move || job(steps)).await.expect("a job does not panic")
}

pub(crate) async fn blocking(steps: u64) -> u64 {
    blocking::unblock(move || job(steps)).await
}

pub(crate) async fn tokio_rayon(steps: u64) -> u64 {
    tokio_rayon::spawn(move || job(steps)).await
}

pub(crate) async fn affinitypool(steps: u64) -> u64 {
    static POOL: LazyLock<affinitypool::Threadpool> =
        LazyLock::new(|| affinitypool::Threadpool::new(available_parallelism().map_or(1, usize::from)));
    POOL.spawn(move || job(steps)).await
}

#[fujita::offload]
pub(crate) fn ours(steps: u64) -> u64 {
    job(steps)
}

#[fujita::offload(cpu)]
pub(crate) fn ours_cpu(steps: u64) -> u64 {
    job(steps)
}

/// As it is written by hand where too many are to wait, and none too long.
pub(crate) async fn tokio_rayon_limited(steps: u64) -> u64 {
    static TURNS: Semaphore = Semaphore::const_new(2);
    let limited = async {
        let _turn = TURNS.acquire().await.expect("it is never closed");
        tokio_rayon::spawn(move || job(steps)).await
    };
    timeout(Duration::from_secs(10), limited).await.expect("it takes no such time")
}

#[fujita::offload(cpu, max_concurrent = 2, timeout = "10s")]
fn limited(steps: u64) -> Result<u64, fujita::OffloadError> {
    Ok(job(steps))
}

pub(crate) async fn ours_cpu_limited(steps: u64) -> u64 {
    limited(steps).await.expect("it takes no such time")
}

#[fujita::offload(in_place)]
pub(crate) fn ours_in_place(steps: u64) -> u64 {
    job(steps)
}
