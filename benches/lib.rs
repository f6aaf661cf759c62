//! What the benches share: contenders that are measured in turns, in a process of their own where they need one.
//!
//! A bench is a list of [`Group`]s. [`run`] starts one child process for each, because a recorder, a subscriber or
//! a reporter can be installed only once; every child measures again what the others are compared with, so that ratios
//! compare what ran side by side.

mod floor;
mod group;
mod instructions;
mod keys;
mod rounds;
mod table;

pub use floor::{floor, prometheus};
pub use group::{Contender, Group, Kind, Settle, poll, repeat, work};
pub use keys::{
    FreshPairs, FreshStrings, Keys, RESIDENT, ResidentPairs, ResidentStrings, await_with, call_with,
};
pub use rounds::median;
pub use table::{Budget, Limit, Row};

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// What is measured, and how.
#[derive(Debug)]
pub struct Bench {
    /// In the order of the table.
    pub groups: &'static [Group],
    /// In the order of theirs.
    pub budgets: &'static [Budget],
    /// How many threads call at the same time: one, then others.
    pub threads: &'static [usize],
    /// What a contender is compared with.
    pub against: Against,
    /// How many calls each thread makes before a contender is measured.
    pub warm_up: u64,
    /// Rows that stay empty, by group: what a peer cannot do.
    pub cannot: &'static [(&'static str, &'static str)],
}

/// What a contender is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Against {
    /// The contender called `floor` and, in nanoseconds, the first one of its kind. Processor time of each thread.
    Floor,
    /// The first contender of its kind, which the table calls so. With several threads, the time that passed until all
    /// were done: waiting for a lock counts.
    First(&'static str),
}

/// The arguments of a bench, all optional: what `cargo bench -p fujita-benches --bench NAME --` takes.
#[derive(Debug)]
struct Arguments {
    /// `--rounds N`: how many times each contender has its turn.
    rounds: usize,
    /// `--instructions`: counted by callgrind instead of timed.
    instructions: bool,
    /// `--group NAME`: this group only; its rows as lines for a program, measured in this process.
    group: Option<String>,
    /// `--only NAME`: with `--group`, this contender only and unmeasured, for a profiler.
    only: Option<String>,
    /// `--calls N`: with `--only`.
    calls: u64,
}

impl Arguments {
    fn read() -> Self {
        let mut this = Self { rounds: 61, instructions: false, group: None, only: None, calls: 20_000 };
        let mut arguments = std::env::args().skip(1);
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).expect("a number");
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rounds" => this.rounds = usize::try_from(number(arguments.next())).expect("not so many"),
                "--instructions" => this.instructions = true,
                "--group" => this.group = arguments.next(),
                "--only" => this.only = arguments.next(),
                "--calls" => this.calls = number(arguments.next()),
                // What cargo itself adds.
                "--bench" => {}
                other => {
                    panic!("unknown argument {other}: there are --rounds N, --instructions, --group NAME")
                }
            }
        }
        this
    }
}

/// Runs a bench: prints its table and how it stands to the budgets.
///
/// # Panics
/// If an argument is wrong or a group fails.
pub fn run(bench: &Bench) {
    let arguments = Arguments::read();
    let group = arguments.group.as_deref();
    let group = group
        .map(|name| bench.groups.iter().find(|group| group.name == name).expect("a group of this bench"));
    if arguments.instructions {
        instructions::print(bench, group.map_or(bench.groups, std::slice::from_ref), arguments.calls);
        return;
    }
    if let Some(group) = group {
        if let Some(only) = &arguments.only {
            instructions::run(bench, group, only, arguments.calls);
        } else {
            for row in rounds::measure(bench, group, arguments.rounds) {
                println!("{}", row.to_line());
            }
        }
        // Guards that report when they are dropped have nothing to say here.
        std::process::exit(0);
    }
    let rows: Vec<Row> =
        bench.groups.iter().flat_map(|group| measured_in_a_child(group, arguments.rounds)).collect();
    table::print(bench, &rows);
    table::print_budgets(bench, &rows);
}

fn measured_in_a_child(group: &Group, rounds: usize) -> Vec<Row> {
    in_a_child(group.name, ["--group", group.name, "--rounds", &rounds.to_string()])
        .iter()
        .filter_map(|line| Row::of_line(group.name, line))
        .collect()
}

/// Runs this program once more, with these arguments: the lines that it prints.
///
/// # Panics
/// If it fails.
#[must_use]
pub fn in_a_child(what: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Vec<String> {
    eprintln!("measuring: {what}");
    let output = Command::new(std::env::current_exe().expect("this program has a path"))
        .args(arguments)
        // A server that one of the contenders would start beside what is measured.
        .env("HOTPATH_METRICS_SERVER_OFF", "true")
        .stderr(Stdio::inherit())
        .output()
        .expect("this program can be started");
    assert!(output.status.success(), "{what} failed: {}", output.status);
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}
