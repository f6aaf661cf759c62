//! How late a timer of a millisecond is while 64 tasks compute, each a millisecond at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fujita_benches::Settle;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Arguments;
use super::contenders::{CONTENDERS, Load};
use super::jobs::{as_f64, shuffled, steps_of_a_microsecond};

const TASKS: u64 = 64;
const JOB_US: u64 = 1_000;
const TIMER: Duration = Duration::from_millis(1);
const TURN: Duration = Duration::from_millis(150);

/// Nobody computes anything.
const IDLE: &str = "idle";

/// A line for each contender: how late the timer was, by quantiles, and how many jobs were done meanwhile.
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime, settle: &Settle) -> Vec<String> {
    let steps = JOB_US * steps_of_a_microsecond();
    let contenders: Vec<_> = std::iter::once((IDLE, None))
        .chain(CONTENDERS.iter().map(|contender| (contender.name, Some(contender.run))))
        .filter(|(name, _)| arguments.wants(name))
        .collect();
    let mut late = vec![Vec::new(); contenders.len()];
    let mut done = vec![0; contenders.len()];
    for round in 0..arguments.rounds {
        for index in shuffled(contenders.len(), round) {
            settle();
            let (over, jobs) = runtime.block_on(watch(contenders[index].1, steps));
            late[index].extend(over);
            done[index] += jobs;
        }
    }
    let line = |(((name, _), mut late), done): (((&'static str, _), Vec<Duration>), u64)| {
        late.sort_unstable();
        let at = |share: usize| late[(late.len() - 1) * share / 1_000].as_secs_f64() * 1e3;
        let seconds = TURN.as_secs_f64() * as_f64(arguments.rounds as u64);
        let jobs = as_f64(done) / seconds;
        format!("| {name} | {:.2} | {:.2} | {:.2} | {jobs:.0} |", at(500), at(990), at(1_000))
    };
    contenders.into_iter().zip(late).zip(done).map(line).collect()
}

type Run = fn(Load) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// How late the timer was each time, and how many jobs were done.
async fn watch(run: Option<Run>, steps: u64) -> (Vec<Duration>, u64) {
    let stop = Arc::new(AtomicBool::new(false));
    let jobs = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let Some(run) = run else { break };
        let (stop, jobs) = (Arc::clone(&stop), Arc::clone(&jobs));
        tasks.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                run(Load { in_flight: 1, calls: 1, steps }).await;
                jobs.fetch_add(1, Ordering::Relaxed);
                // As a task does that waits for its next request: else those that are not offloaded would never let go.
                tokio::task::yield_now().await;
            }
        });
    }
    let timer = tokio::spawn(async {
        let mut late = Vec::new();
        let began = Instant::now();
        while began.elapsed() < TURN {
            let set = Instant::now();
            sleep(TIMER).await;
            late.push(set.elapsed().saturating_sub(TIMER));
        }
        late
    });
    let late = timer.await.expect("the timer does not panic");
    let done = jobs.load(Ordering::Relaxed);
    stop.store(true, Ordering::Relaxed);
    tasks.join_all().await;
    (late, done)
}

/// Prints the table.
pub(crate) fn print(lines: &[String]) {
    println!("| ms late | p50 | p99 | max | jobs/s |\n| :-- | --: | --: | --: | --: |");
    println!("{}", lines.join("\n"));
}
