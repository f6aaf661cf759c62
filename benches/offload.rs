//! `#[offload]` beside the calls it stands for, its peers, and not offloading at all.
//!
//! ```text
//! cargo bench -p fujita-benches --bench offload
//! cargo bench -p fujita-benches --bench offload -- --help      # parts of it
//! ```
//!
//! Jobs that compute for so long and no longer, one after the other or 64 at a time (`jobs.rs`), and how late a timer is
//! beside such jobs (`timer.rs`). Each function of `contenders.rs` is a row of the tables.

#[path = "offload/contenders.rs"]
mod contenders;
#[path = "offload/jobs.rs"]
mod jobs;
#[path = "offload/timer.rs"]
mod timer;

use fujita_benches::{in_a_child, prometheus};
use tokio::runtime::{Builder, Runtime};

const HELP: &str = "All of these are optional:
--rounds N      how many times each contender has its turn; 31
--group TEXT    the tables whose names have this in them
--in-flight N   of the jobs, these columns alone: 1, 64
--us N          of the jobs, these columns alone: 0, 20, 200
--only NAMES    these rows alone, `;` between them; what they are compared with must be among them
--processor     the processor time of all threads instead of the time that passed: steadier on a machine that is busy";

/// A table, measured in a process of its own: a recorder can be installed only once.
struct Table {
    name: &'static str,
    runtime: fn() -> Runtime,
    is_listening: bool,
    of: Of,
}

enum Of {
    Jobs,
    Timer,
}

const TABLES: [Table; 6] = {
    const fn table(name: &'static str, runtime: fn() -> Runtime, is_listening: bool, of: Of) -> Table {
        Table { name, runtime, is_listening, of }
    }
    [
        table("multi-thread runtime, Prometheus exporter", multi_thread, true, Of::Jobs),
        table("multi-thread runtime, nobody listens", multi_thread, false, Of::Jobs),
        table("current-thread runtime, Prometheus exporter", current_thread, true, Of::Jobs),
        table("current-thread runtime, nobody listens", current_thread, false, Of::Jobs),
        table("timer, multi-thread runtime", multi_thread, true, Of::Timer),
        table("timer, current-thread runtime", current_thread, true, Of::Timer),
    ]
};

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().enable_time().build().expect("threads can be started")
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime can be made")
}

/// See [`HELP`].
struct Arguments {
    rounds: usize,
    group: String,
    in_flight: Option<u64>,
    us: Option<u64>,
    only: Option<String>,
    processor: bool,
    /// A child: the table of this number, in lines for its parent.
    table: Option<usize>,
}

impl Arguments {
    /// `None` if it is asked what there is.
    fn read() -> Option<Self> {
        let mut this = Self {
            rounds: 31,
            group: String::new(),
            in_flight: None,
            us: None,
            only: None,
            processor: false,
            table: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut text = || arguments.next().expect("it is followed by something");
            let number = |text: String| text.parse::<u64>().expect("it is followed by a number");
            let size = |text: String| text.parse::<usize>().expect("it is followed by a number");
            match argument.as_str() {
                "--rounds" => this.rounds = size(text()),
                "--group" => this.group = text(),
                "--in-flight" => this.in_flight = Some(number(text())),
                "--us" => this.us = Some(number(text())),
                "--only" => this.only = Some(text()),
                "--processor" => this.processor = true,
                "--table" => this.table = Some(size(text())),
                // What cargo itself adds.
                "--bench" => {}
                _ => return None,
            }
        }
        Some(this)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.split(';').any(|only| only == name))
    }
}

fn main() {
    let Some(arguments) = Arguments::read() else { return println!("{HELP}") };
    if let Some(table) = arguments.table {
        let table = &TABLES[table];
        let settle = if table.is_listening { prometheus() } else { Box::new(|| ()) };
        let runtime = (table.runtime)();
        let lines = match table.of {
            Of::Jobs => jobs::measure(&arguments, &runtime, &settle),
            Of::Timer => timer::measure(&arguments, &runtime, &settle),
        };
        println!("{}", lines.join("\n"));
        // The threads of all those pools need not be waited for.
        std::process::exit(0);
    }
    let mut budgets = Vec::new();
    for (number, table) in
        TABLES.iter().enumerate().filter(|(_, table)| table.name.contains(&arguments.group))
    {
        let number = number.to_string();
        let own = std::env::args().skip(1).chain(["--table".to_owned(), number]);
        let lines = in_a_child(table.name, own);
        println!("\n**{}**\n", table.name);
        match table.of {
            Of::Jobs => budgets.extend(jobs::print(&arguments, table.name, &lines)),
            Of::Timer => timer::print(&lines),
        }
    }
    if !budgets.is_empty() {
        println!("\n| budget | limit | measured | |\n| :-- | --: | --: | :-- |");
        println!("{}", budgets.join("\n"));
    }
}
