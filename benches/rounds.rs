//! Measuring: every contender has its turn in every round, so that whatever else the machine does hits all alike;
//! the median over the rounds then leaves most of it out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::group::{Contender, FLOOR, Group, Kind};
use crate::table::{Cell, Row};
use crate::{Against, Bench};

/// How long one turn takes, roughly.
const TURN: Duration = Duration::from_millis(3);
/// How long it takes where time passes for all threads together: the scheduler is to give each of them its share.
const TURN_TOGETHER: Duration = Duration::from_millis(9);
/// Samples wait in memory during a turn, so there is a limit.
const MOST_CALLS: u64 = 1_000_000;
const COUNTED_CALLS: u64 = 10_000;

/// Measures the contenders of a group in this process.
pub(crate) fn measure(bench: &Bench, group: &Group, rounds: usize) -> Vec<Row> {
    let settle = (group.set_up)();
    let workers = Workers::start(bench.threads.iter().copied().max().unwrap_or(1));
    let floor = match bench.against {
        Against::Floor => group.contenders.iter().position(|other| other.name == FLOOR),
        Against::First(_) => None,
    };

    let time = |threads: usize, contender: &Contender, calls| {
        settle();
        let took = workers.time(threads, contender.run, calls);
        if threads > 1 && matches!(bench.against, Against::First(_)) { took.together } else { took.each }
    };

    let mut calls = vec![Vec::new(); bench.threads.len()];
    let mut allocations = Vec::new();
    for contender in group.contenders {
        time(workers.0.len(), contender, bench.warm_up);
        for (&threads, calls) in bench.threads.iter().zip(&mut calls) {
            calls.push(enough(bench, threads, |calls| time(threads, contender, calls)));
        }
        settle();
        allocations.push(workers.allocations(contender.run));
    }

    // By number of threads, contender and round.
    let mut nanos = vec![vec![Vec::new(); group.contenders.len()]; bench.threads.len()];
    for round in 0..rounds {
        for turn in 0..group.contenders.len() {
            let index = (turn + round) % group.contenders.len();
            for ((&threads, calls), nanos) in bench.threads.iter().zip(&calls).zip(&mut nanos) {
                nanos[index].push(time(threads, &group.contenders[index], calls[index]));
            }
        }
    }

    let row = |(index, contender): (usize, &Contender)| {
        let first = group.first_of(contender.kind);
        let cell = |nanos: &Vec<Vec<f64>>| {
            let against = |base: usize, compare: fn((&f64, &f64)) -> f64| {
                median(nanos[index].iter().zip(&nanos[base]).map(compare).collect())
            };
            Cell {
                nanos: median(nanos[index].clone()),
                over_first: first.map(|first| against(first, |(this, first)| this - first)),
                ratio: match bench.against {
                    Against::Floor => floor,
                    Against::First(_) => first,
                }
                .map(|base| against(base, |(this, base)| this / base)),
            }
        };
        Row {
            group: group.name.to_owned(),
            name: contender.name.to_owned(),
            is_async: contender.kind == Kind::Async,
            cells: nanos.iter().map(cell).collect(),
            allocations: allocations[index],
        }
    };
    group.contenders.iter().enumerate().map(row).collect()
}

/// As many calls of each thread as fill a turn.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a number of calls"
)]
fn enough(bench: &Bench, threads: usize, time: impl Fn(u64) -> f64) -> u64 {
    let (turn, at_once) = match bench.against {
        Against::First(_) if threads > 1 => (TURN_TOGETHER, threads as f64),
        _ => (TURN, 1.0),
    };
    time(1_000);
    let fitting = turn.as_nanos() as f64 / (time(10_000) * at_once);
    (fitting as u64).clamp(1_000, MOST_CALLS)
}

/// The one in the middle.
#[must_use]
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    if of.len() % 2 == 1 { of[middle] } else { f64::midpoint(of[middle - 1], of[middle]) }
}

/// Threads that live as long as the process, as those of a server do: what contenders keep in thread-locals is warm.
struct Workers(Vec<Sender<Job>>);

type Job = Box<dyn FnOnce() + Send>;

/// Nanoseconds per call.
struct Took {
    /// Of its own processor time, for each thread.
    each: f64,
    /// From the first thread's start to the last one's end, for all calls.
    together: f64,
}

impl Workers {
    fn start(threads: usize) -> Self {
        let mut cores = core_affinity::get_core_ids().unwrap_or_default().into_iter().cycle();
        let worker = |_| {
            let (jobs, taken) = channel::<Job>();
            let core = cores.next();
            thread::spawn(move || {
                // Else the scheduler may well have two of them take turns on one core for as long as a turn is.
                core.map(core_affinity::set_for_current);
                for job in taken {
                    job();
                }
            });
            jobs
        };
        Self((0..threads).map(worker).collect())
    }

    /// What `job` says on each of the first `threads` threads.
    fn ask<R: Send + 'static>(&self, threads: usize, job: impl Fn() -> R + Clone + Send + 'static) -> Vec<R> {
        let (answers, answered) = channel();
        for worker in &self.0[..threads] {
            let (job, answers) = (job.clone(), answers.clone());
            let job = Box::new(move || drop(answers.send(job())));
            assert!(worker.send(job).is_ok(), "a contender panicked");
        }
        drop(answers);
        let answers: Vec<R> = answered.into_iter().collect();
        assert_eq!(answers.len(), threads, "a contender panicked");
        answers
    }

    /// So many threads call at the same time.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn time(&self, threads: usize, run: fn(u64), calls: u64) -> Took {
        let missing = Arc::new(AtomicUsize::new(threads));
        let turns = self.ask(threads, move || {
            // What others have driven out of this core's caches since the last turn comes back first.
            run(calls / 4);
            missing.fetch_sub(1, Ordering::AcqRel);
            while missing.load(Ordering::Acquire) > 0 {
                // There may be more threads than cores.
                thread::yield_now();
            }
            let (start, processor) = (Instant::now(), ThreadTime::now());
            run(calls);
            // Of this thread alone: what other programs take from it does not count.
            (processor.elapsed(), start, Instant::now())
        });
        let all = (calls * threads as u64) as f64;
        let processor: Duration = turns.iter().map(|(processor, ..)| *processor).sum();
        let start = turns.iter().map(|(_, start, _)| *start).min();
        let end = turns.iter().map(|(.., end)| *end).max();
        let passed = end.zip(start).map(|(end, start)| end - start).unwrap_or_default();
        Took { each: processor.as_nanos() as f64 / all, together: passed.as_nanos() as f64 / all }
    }

    /// Per call.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn allocations(&self, run: fn(u64)) -> f64 {
        let counted = self.ask(1, move || allocation_counter::measure(|| run(COUNTED_CALLS)).count_total);
        counted[0] as f64 / COUNTED_CALLS as f64
    }
}
