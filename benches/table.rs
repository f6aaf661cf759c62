//! The table, in Markdown.

/// One contender as measured.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Called or polled.
    pub is_async: bool,
    pub(crate) one_thread: Cell,
    pub(crate) two_threads: Cell,
    /// Per call, on the calling thread.
    pub(crate) allocations: f64,
}

/// Medians over the rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Per call and thread.
    pub(crate) nanos: f64,
    /// Nanoseconds more than the bare call of the same round.
    pub(crate) over_bare: Option<f64>,
    /// Times the floor of the same round.
    pub(crate) of_floor: Option<f64>,
}

impl Row {
    /// For the parent process.
    pub(crate) fn to_line(&self) -> String {
        let Self { group: _, name, is_async, one_thread: one, two_threads: two, allocations } = self;
        let number = |of: Option<f64>| of.map(|of| of.to_string()).unwrap_or_default();
        let cells = [one, two]
            .map(|cell| format!("{}\t{}\t{}", cell.nanos, number(cell.over_bare), number(cell.of_floor)));
        format!("{name}\t{is_async}\t{}\t{allocations}", cells.join("\t"))
    }

    /// What [`Row::to_line`] wrote; `None` for a line that somebody else wrote.
    pub(crate) fn of_line(group: &str, line: &str) -> Option<Self> {
        let parts: Vec<_> = line.split('\t').collect();
        let [name, is_async, cells @ .., allocations] = &parts[..] else { return None };
        let cell = |of: &[&str]| {
            let [nanos, over_bare, of_floor] = of else { return None };
            Some(Cell {
                nanos: nanos.parse().ok()?,
                over_bare: over_bare.parse().ok(),
                of_floor: of_floor.parse().ok(),
            })
        };
        let (one_thread, two_threads) = cells.split_at_checked(3)?;
        Some(Self {
            group: group.to_owned(),
            name: (*name).to_owned(),
            is_async: is_async.parse().ok()?,
            one_thread: cell(one_thread)?,
            two_threads: cell(two_threads)?,
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
    /// So many times the floor, without an allocation.
    OfFloor(f64),
    /// So many nanoseconds over the bare call.
    OverBare(f64),
}

pub(crate) fn print(rows: &[Row]) {
    println!(
        "| | one thread: ns/call | over bare | x floor | allocations/call | two threads: ns/call | x floor |"
    );
    println!("| :-- | --: | --: | --: | --: | --: | --: |");
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = &row.group;
            println!("| **{group}** | | | | | | |");
        }
        let Row { name, one_thread: one, two_threads: two, allocations, .. } = row;
        let name = if row.is_async { format!("{name}, one poll") } else { name.clone() };
        let over_bare = one.over_bare.map(|nanos| format!("{nanos:+.1}")).unwrap_or_default();
        let ratio = |cell: &Cell| cell.of_floor.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        println!(
            "| {name} | {:.1} | {over_bare} | {} | {} | {:.1} | {} |",
            one.nanos,
            ratio(one),
            allocations_per_call(*allocations),
            two.nanos,
            ratio(two),
        );
    }
}

/// `0`, or as exact as it matters.
fn allocations_per_call(count: f64) -> String {
    if count == 0.0 { "0".to_owned() } else { format!("{count:.3}") }
}

pub(crate) fn print_budgets(budgets: &[Budget], rows: &[Row]) {
    println!("\n| budget | limit | measured | |\n| :-- | --: | --: | :-- |");
    for budget in budgets {
        let row = rows.iter().find(|row| row.group == budget.group && row.name == budget.name);
        let row = row.expect("a budget is for a row of the table");
        let (limit, measured, unit) = match budget.limit {
            Limit::OfFloor(limit) => (limit, row.one_thread.of_floor, "x floor"),
            Limit::OverBare(limit) => (limit, row.one_thread.over_bare, "ns over bare"),
        };
        let measured = measured.expect("the group of a budget has what it compares with");
        let verdict = if measured <= limit { "ok" } else { "over" };
        println!("| {}, {} | {limit:.2} {unit} | {measured:.2} | {verdict} |", budget.name, budget.group);
    }
}
