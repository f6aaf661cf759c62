//! Measuring: every contender has its turn in every round, so that whatever else the machine does hits all alike;
//! the median over the rounds then leaves most of it out.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use cpu_time::ThreadTime;

use crate::group::{Contender, FLOOR, Group, Kind};
use crate::table::{Cell, Row};

/// How long one turn takes, roughly.
const TURN: Duration = Duration::from_millis(3);
/// Samples wait in memory during a turn, so there is a limit.
const MOST_CALLS: u64 = 1_000_000;
const COUNTED_CALLS: u64 = 10_000;

/// Measures the contenders of a group in this process.
pub(crate) fn measure(group: &Group, rounds: usize) -> Vec<Row> {
    let settle = (group.set_up)();
    let workers = Workers::start();
    let of_kind = |kind| group.contenders.iter().position(|other| other.kind == kind);
    let floor = group.contenders.iter().position(|other| other.name == FLOOR);

    let mut calls = Vec::new();
    let mut allocations = Vec::new();
    for contender in group.contenders {
        calls.push(enough(&workers, contender, &settle));
        settle();
        workers.run(2, contender.run, COUNTED_CALLS);
        settle();
        allocations.push(workers.allocations(contender.run));
    }

    // By number of threads, contender and round.
    let mut nanos = [(); 2].map(|()| vec![Vec::new(); group.contenders.len()]);
    for round in 0..rounds {
        for turn in 0..group.contenders.len() {
            let index = (turn + round) % group.contenders.len();
            for (threads, nanos) in (1..).zip(&mut nanos) {
                settle();
                nanos[index].push(workers.run(threads, group.contenders[index].run, calls[index]));
            }
        }
    }

    let row = |(index, contender): (usize, &Contender)| {
        let cell = |nanos: &[Vec<f64>]| {
            let against = |base: usize, compare: fn((&f64, &f64)) -> f64| {
                median(nanos[index].iter().zip(&nanos[base]).map(compare).collect())
            };
            Cell {
                nanos: median(nanos[index].clone()),
                over_bare: of_kind(contender.kind).map(|bare| against(bare, |(this, bare)| this - bare)),
                of_floor: floor.map(|floor| against(floor, |(this, floor)| this / floor)),
            }
        };
        Row {
            group: group.name.to_owned(),
            name: contender.name.to_owned(),
            is_async: contender.kind == Kind::Async,
            one_thread: cell(&nanos[0]),
            two_threads: cell(&nanos[1]),
            allocations: allocations[index],
        }
    };
    group.contenders.iter().enumerate().map(row).collect()
}

/// As many calls as fill a turn.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a number of calls"
)]
fn enough(workers: &Workers, contender: &Contender, settle: &dyn Fn()) -> u64 {
    let mut calls = 1_000;
    loop {
        settle();
        let nanos = workers.run(1, contender.run, calls);
        let fitting = (TURN.as_nanos() as f64 / nanos) as u64;
        if calls >= 10_000 {
            return fitting.clamp(10_000, MOST_CALLS);
        }
        calls *= 10;
    }
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    if of.len() % 2 == 1 { of[middle] } else { f64::midpoint(of[middle - 1], of[middle]) }
}

/// Two threads that live as long as the process, as those of a server do: what contenders keep in thread-locals
/// is warm.
struct Workers(Vec<Worker>);

struct Worker {
    jobs: Sender<Job>,
    results: Receiver<f64>,
}

enum Job {
    /// Nanoseconds per call, begun when so many workers are ready.
    Time(fn(u64), u64, Arc<AtomicUsize>),
    /// Allocations per call.
    Count(fn(u64)),
}

impl Workers {
    fn start() -> Self {
        let worker = |_| {
            let ((jobs, taken), (done, results)) = (channel(), channel());
            thread::spawn(move || taken.into_iter().map(Job::run).try_for_each(|result| done.send(result)));
            Worker { jobs, results }
        };
        Self((0..2).map(worker).collect())
    }

    /// Nanoseconds per call of each of `threads` threads that call at the same time.
    fn run(&self, threads: u32, run: fn(u64), calls: u64) -> f64 {
        let missing = Arc::new(AtomicUsize::new(threads as usize));
        let workers = &self.0[..threads as usize];
        for worker in workers {
            worker.send(Job::Time(run, calls, Arc::clone(&missing)));
        }
        workers.iter().map(Worker::result).sum::<f64>() / f64::from(threads)
    }

    fn allocations(&self, run: fn(u64)) -> f64 {
        self.0[0].send(Job::Count(run));
        self.0[0].result()
    }
}

impl Worker {
    fn send(&self, job: Job) {
        assert!(self.jobs.send(job).is_ok(), "a contender panicked");
    }

    fn result(&self) -> f64 {
        self.results.recv().expect("a contender panicked")
    }
}

impl Job {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn run(self) -> f64 {
        match self {
            Self::Time(run, calls, missing) => {
                missing.fetch_sub(1, Ordering::AcqRel);
                while missing.load(Ordering::Acquire) > 0 {
                    spin_loop();
                }
                // Of this thread alone: what other programs take from it does not count.
                let start = ThreadTime::now();
                run(calls);
                start.elapsed().as_nanos() as f64 / calls as f64
            }
            Self::Count(run) => {
                let counted = allocation_counter::measure(|| run(COUNTED_CALLS));
                counted.count_total as f64 / COUNTED_CALLS as f64
            }
        }
    }
}
