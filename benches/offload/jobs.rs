//! What a call takes, and how many get done: contenders in turns, medians, and ratios within a round.

use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use fujita_benches::{Settle, median};
use tokio::runtime::Runtime;

use super::Arguments;
use super::contenders::{CONTENDERS, Contender, Load, OURS, OURS_CPU, SPAWN_BLOCKING, TOKIO_RAYON, job};

/// How long a turn takes, roughly.
const TURN: Duration = Duration::from_millis(9);

/// A column: so many calls at a time, of so much work.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cell {
    in_flight: u64,
    us: u64,
}

const CELLS: [Cell; 6] = {
    const fn cell(in_flight: u64, us: u64) -> Cell {
        Cell { in_flight, us }
    }
    [cell(1, 0), cell(1, 20), cell(1, 200), cell(64, 0), cell(64, 20), cell(64, 200)]
};

impl Cell {
    fn asked_for(arguments: &Arguments) -> Vec<Self> {
        let asked = |cell: &Self| {
            arguments.in_flight.is_none_or(|in_flight| in_flight == cell.in_flight)
                && arguments.us.is_none_or(|us| us == cell.us)
        };
        CELLS.into_iter().filter(asked).collect()
    }

    fn heading(self) -> String {
        match self.in_flight {
            1 => format!("one at a time, {} us", self.us),
            many => format!("{many} in flight, {} us", self.us),
        }
    }
}

/// A limit from the table of budgets.
struct Budget {
    name: &'static str,
    cell: Cell,
    over: &'static str,
    limit: f64,
}

const BUDGETS: [Budget; 3] = [
    Budget { name: OURS, cell: CELLS[0], over: SPAWN_BLOCKING, limit: 1.10 },
    Budget { name: OURS_CPU, cell: CELLS[3], over: TOKIO_RAYON, limit: 1.25 },
    Budget { name: OURS_CPU, cell: CELLS[3], over: SPAWN_BLOCKING, limit: 0.10 },
];

/// A line for each contender and cell: microseconds per call, of each round.
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime, settle: &Settle) -> Vec<String> {
    let steps = steps_of_a_microsecond();
    let by_processor = arguments.processor;
    // Microseconds per call, where each task makes so many.
    let time = |contender: &Contender, cell: Cell, calls: u64| {
        settle();
        let (run, load) = (contender.run, Load { in_flight: cell.in_flight, calls, steps: cell.us * steps });
        let turn = async move {
            // What others have driven out of the caches comes back first, and threads wake up.
            run(Load { calls: calls / 4 + 1, ..load }).await;
            let (began, processor) = (Instant::now(), ProcessTime::now());
            run(load).await;
            if by_processor { processor.elapsed() } else { began.elapsed() }
        };
        let took = runtime.block_on(runtime.spawn(turn)).expect("a turn does not panic");
        took.as_secs_f64() * 1e6 / as_f64(calls * cell.in_flight)
    };

    let contenders: Vec<_> = CONTENDERS.iter().filter(|contender| arguments.wants(contender.name)).collect();
    let mut series: Vec<Series> = Vec::new();
    for cell in Cell::asked_for(arguments) {
        let calls: Vec<u64> =
            contenders.iter().map(|contender| enough(cell, |calls| time(contender, cell, calls))).collect();
        let mut micros = vec![Vec::new(); contenders.len()];
        for round in 0..arguments.rounds {
            for index in shuffled(contenders.len(), round) {
                micros[index].push(time(contenders[index], cell, calls[index]));
            }
        }
        let of =
            |(contender, micros): (&&Contender, _)| Series { name: contender.name.to_owned(), cell, micros };
        series.extend(contenders.iter().zip(micros).map(of));
    }
    series.iter().map(Series::to_line).collect()
}

/// An order of their turns that is another one in each round. How soon a thread wakes depends on whose turn it was before:
/// after one that only computes, the machine is wide awake.
pub(crate) fn shuffled(many: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..many).collect();
    fastrand::Rng::with_seed(round as u64).shuffle(&mut order);
    order
}

/// As many calls of each task as fill a turn.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of calls")]
fn enough(cell: Cell, time: impl Fn(u64) -> f64) -> u64 {
    let once = 64 / cell.in_flight;
    time(once);
    let fitting = TURN.as_secs_f64() * 1e6 / (time(4 * once) * as_f64(cell.in_flight));
    (fitting as u64).clamp(2, 100_000)
}

/// How far a job comes in a microsecond, undisturbed.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of steps")]
pub(crate) fn steps_of_a_microsecond() -> u64 {
    const STEPS: u64 = 100_000;
    let once = |_| {
        let began = ThreadTime::now();
        std::hint::black_box(job(STEPS));
        began.elapsed()
    };
    let best = (0..50).map(once).min().unwrap_or_default();
    (as_f64(STEPS) / (best.as_secs_f64() * 1e6)) as u64
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) const fn as_f64(number: u64) -> f64 {
    number as f64
}

/// What was measured of a contender in a cell, round by round.
struct Series {
    name: String,
    cell: Cell,
    micros: Vec<f64>,
}

impl Series {
    fn to_line(&self) -> String {
        let Self { name, cell: Cell { in_flight, us }, micros } = self;
        let micros: Vec<String> = micros.iter().map(f64::to_string).collect();
        format!("{name}\t{in_flight}\t{us}\t{}", micros.join("\t"))
    }

    fn of_line(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let name = parts.next()?.to_owned();
        let cell = Cell { in_flight: parts.next()?.parse().ok()?, us: parts.next()?.parse().ok()? };
        Some(Self { name, cell, micros: parts.map(|part| part.parse().ok()).collect::<Option<_>>()? })
    }

    /// How many times as long as the other in the same round.
    fn over(&self, other: &Self) -> f64 {
        median(self.micros.iter().zip(&other.micros).map(|(this, other)| this / other).collect())
    }
}

fn find<'a>(all: &'a [Series], name: &str, cell: Cell) -> Option<&'a Series> {
    all.iter().find(|series| series.name == name && series.cell == cell)
}

/// Prints the table. How its rows stand to the budgets is returned.
pub(crate) fn print(arguments: &Arguments, table: &str, lines: &[String]) -> Vec<String> {
    let all: Vec<Series> = lines.iter().filter_map(|line| Series::of_line(line)).collect();
    let cells = Cell::asked_for(arguments);
    let heads: Vec<String> = cells.iter().map(|cell| cell.heading()).collect();
    let unit = if arguments.processor { "us of processor time per call" } else { "us per call" };
    println!(
        "| {unit} (x {SPAWN_BLOCKING}) | {} |\n| :-- |{}",
        heads.join(" | "),
        " --: |".repeat(heads.len())
    );
    for Contender { name, .. } in CONTENDERS.iter().filter(|contender| arguments.wants(contender.name)) {
        let cell = |cell: &Cell| {
            let Some(series) = find(&all, name, *cell) else { return String::new() };
            let micros = median(series.micros.clone());
            let ratio = find(&all, SPAWN_BLOCKING, *cell).map(|base| format!(" ({:.2})", series.over(base)));
            format!("{micros:.2}{}", ratio.unwrap_or_default())
        };
        println!("| {name} | {} |", cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    let verdict = |budget: &Budget| {
        let Budget { name, cell, over, limit } = *budget;
        let measured = find(&all, name, cell)?.over(find(&all, over, cell)?);
        let verdict = if measured <= limit { "ok" } else { "over" };
        Some(format!(
            "| {name}, {}, {table} | {limit:.2} x {over} | {measured:.2} | {verdict} |",
            cell.heading()
        ))
    };
    BUDGETS.iter().filter_map(verdict).collect()
}
