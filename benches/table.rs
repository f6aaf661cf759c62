//! The table, in Markdown.

use crate::{Against, Bench};

/// One contender as measured.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Called or polled.
    pub is_async: bool,
    /// One for each number of threads.
    pub(crate) cells: Vec<Cell>,
    /// Per call, on the calling thread.
    pub(crate) allocations: f64,
}

/// Medians over the rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Per call; as [`Against`] says, of each thread or of all together.
    pub(crate) nanos: f64,
    /// Nanoseconds more than the first contender of its kind in the same round.
    pub(crate) over_first: Option<f64>,
    /// Times what it is compared with, in the same round.
    pub(crate) ratio: Option<f64>,
}

impl Row {
    /// For the parent process.
    pub(crate) fn to_line(&self) -> String {
        let Self { group: _, name, is_async, cells, allocations } = self;
        let number = |of: Option<f64>| of.map(|of| of.to_string()).unwrap_or_default();
        let cell =
            |cell: &Cell| format!("\t{}\t{}\t{}", cell.nanos, number(cell.over_first), number(cell.ratio));
        let cells: String = cells.iter().map(cell).collect();
        format!("{name}\t{is_async}\t{allocations}{cells}")
    }

    /// What [`Row::to_line`] wrote; `None` for a line that somebody else wrote.
    pub(crate) fn of_line(group: &str, line: &str) -> Option<Self> {
        let parts: Vec<_> = line.split('\t').collect();
        let [name, is_async, allocations, cells @ ..] = &parts[..] else { return None };
        let cell = |of: &[&str]| {
            let [nanos, over_first, ratio] = of else { return None };
            Some(Cell {
                nanos: nanos.parse().ok()?,
                over_first: over_first.parse().ok(),
                ratio: ratio.parse().ok(),
            })
        };
        Some(Self {
            group: group.to_owned(),
            name: (*name).to_owned(),
            is_async: is_async.parse().ok()?,
            cells: cells.chunks(3).map(cell).collect::<Option<_>>()?,
            allocations: allocations.parse().ok()?,
        })
    }
}

/// A limit from the table of budgets.
#[derive(Debug)]
pub struct Budget {
    /// The row it is for.
    pub group: &'static str,
    /// The row it is for.
    pub name: &'static str,
    /// What it limits, on one thread.
    pub limit: Limit,
}

/// What a [`Budget`] limits.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// So many times what it is compared with.
    Times(f64),
    /// So many nanoseconds over the first of its kind.
    OverBare(f64),
    /// So many allocations per call.
    Allocations(f64),
}

impl Against {
    /// The heading of a column of ratios.
    fn heading(self) -> String {
        match self {
            Self::Floor => "x floor".to_owned(),
            Self::First(name) => format!("x {name}"),
        }
    }
}

pub(crate) fn print(bench: &Bench, rows: &[Row]) {
    let heads = heads(bench);
    println!("| | {} |\n| :-- |{}", heads.join(" | "), " --: |".repeat(heads.len()));
    for group in bench.groups {
        println!("| **{}** |{}", group.name, " |".repeat(heads.len()));
        for row in rows.iter().filter(|row| row.group == group.name) {
            let name = match bench.against {
                Against::Floor if row.is_async => format!("{}, one poll", row.name),
                _ => row.name.clone(),
            };
            println!("| {name} | {} |", cells(bench, row).join(" | "));
        }
        for (_, name) in bench.cannot.iter().filter(|(of, _)| *of == group.name) {
            println!("| {name} |{}", " |".repeat(heads.len()));
        }
    }
}

/// All but the first, of names.
fn heads(bench: &Bench) -> Vec<String> {
    let mut heads = Vec::new();
    for (index, &threads) in bench.threads.iter().enumerate() {
        let threads = match threads {
            1 => "one thread".to_owned(),
            2 => "two threads".to_owned(),
            4 => "four threads".to_owned(),
            other => format!("{other} threads"),
        };
        let unit = if bench.counts_together(index) { "million calls/s" } else { "ns/call" };
        heads.push(format!("{threads}: {unit}"));
        if index == 0 && matches!(bench.against, Against::Floor) {
            heads.push("over bare".to_owned());
        }
        heads.push(bench.against.heading());
        if index == 0 {
            heads.push("allocations/call".to_owned());
        }
    }
    heads
}

fn cells(bench: &Bench, row: &Row) -> Vec<String> {
    let mut cells = Vec::new();
    for (index, cell) in row.cells.iter().enumerate() {
        let Cell { nanos, over_first, ratio } = cell;
        cells.push(if bench.counts_together(index) {
            format!("{:.2}", 1e3 / nanos)
        } else {
            format!("{nanos:.1}")
        });
        if index == 0 && matches!(bench.against, Against::Floor) {
            cells.push(over_first.map(|nanos| format!("{nanos:+.1}")).unwrap_or_default());
        }
        cells.push(ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default());
        if index == 0 {
            cells.push(allocations_per_call(row.allocations));
        }
    }
    cells
}

impl Bench {
    /// Whether a column is of all threads together.
    fn counts_together(&self, column: usize) -> bool {
        column > 0 && matches!(self.against, Against::First(_))
    }
}

/// `0`, or as exact as it matters.
fn allocations_per_call(count: f64) -> String {
    if count == 0.0 { "0".to_owned() } else { format!("{count:.3}") }
}

pub(crate) fn print_budgets(bench: &Bench, rows: &[Row]) {
    println!("\n| budget | limit | measured | |\n| :-- | --: | --: | :-- |");
    for budget in bench.budgets {
        let row = rows.iter().find(|row| row.group == budget.group && row.name == budget.name);
        let row = row.expect("a budget is for a row of the table");
        let (limit, measured, unit) = match budget.limit {
            Limit::Times(limit) => (limit, row.cells[0].ratio, bench.against.heading()),
            Limit::OverBare(limit) => (limit, row.cells[0].over_first, "ns over bare".to_owned()),
            Limit::Allocations(limit) => (limit, Some(row.allocations), "allocations".to_owned()),
        };
        let measured = measured.expect("the group of a budget has what it compares with");
        let verdict = if measured <= limit { "ok" } else { "over" };
        println!("| {}, {} | {limit:.2} {unit} | {measured:.2} | {verdict} |", budget.name, budget.group);
    }
}
