//! One million distinct keys through caches of 10 000 entries: what is resident meanwhile.
//!
//! ```text
//! cargo bench -p fujita-benches --bench memory
//! ```
//!
//! Reads `/proc/self/status`, so it says something on Linux only.

use std::sync::LazyLock;
use std::time::Duration;
use std::{fs, thread};

use fujita_benches::{FreshStrings, await_with, call_with, in_a_child, work};

/// So many keys have gone through when memory is looked at.
const STEPS: [u64; 9] = [0, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 800_000, 1_000_000];

/// One column, measured in a process of its own.
struct Column {
    name: &'static str,
    set_up: fn(),
    /// Makes so many calls with keys of its own.
    run: fn(u64),
    entries: fn() -> u64,
}

const COLUMNS: [Column; 5] = [
    Column {
        name: "moka by hand",
        set_up: || (),
        run: |calls| call_with::<FreshStrings, _>(calls, moka),
        entries: || {
            MOKA.run_pending_tasks();
            MOKA.entry_count()
        },
    },
    Column {
        name: "#[cached]",
        set_up: || (),
        run: |calls| call_with::<FreshStrings, _>(calls, ours),
        entries,
    },
    Column {
        name: "#[cached], four threads",
        set_up: || (),
        run: |calls| {
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| call_with::<FreshStrings, _>(calls / 4, ours));
                }
            });
        },
        entries,
    },
    Column {
        name: "#[cached], fujita::telemetry()",
        set_up: || {
            let installed = fujita::telemetry().prometheus_recorder().install();
            // As long as the process.
            std::mem::forget(installed.expect("there is no other recorder"));
        },
        run: |calls| call_with::<FreshStrings, _>(calls, ours),
        entries,
    },
    Column {
        name: "#[cached] async",
        set_up: || (),
        run: |calls| await_with::<FreshStrings, _>(calls, async |key| ours_async(key).await),
        entries: || {
            let cache = ours_async_cache();
            cache.stats().entries
        },
    },
];

/// A hundred bytes or so.
fn load(key: &str) -> String {
    format!("{key:_>100}{}", work(1))
}

static MOKA: LazyLock<moka::sync::Cache<String, String>> = LazyLock::new(|| {
    moka::sync::Cache::builder().time_to_live(Duration::from_mins(1)).max_capacity(10_000).build()
});

fn moka(key: &str) -> String {
    MOKA.get_with_by_ref(key, || load(key))
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000)]
fn ours(key: &str) -> String {
    load(key)
}

#[fujita::cached(ttl = "60s", max_capacity = 10_000)]
async fn ours_async(key: &str) -> String {
    load(key)
}

fn entries() -> u64 {
    ours_cache().stats().entries
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    if let Some(name) = arguments.next() {
        let column = COLUMNS.iter().find(|column| column.name == name).expect("a column of the table");
        measure(column);
        return;
    }
    let columns = COLUMNS.map(|column| in_a_child(column.name, [column.name]));
    println!("| distinct keys | {} |", COLUMNS.map(|column| column.name).join(" | "));
    println!("| --: |{}", " --: |".repeat(COLUMNS.len()));
    for (step, keys) in STEPS.into_iter().enumerate() {
        println!("| {keys} | {} |", columns.each_ref().map(|cells| cells[step].as_str()).join(" | "));
    }
    println!(
        "| entries in the end | {} |",
        columns.each_ref().map(|cells| cells[STEPS.len()].as_str()).join(" | ")
    );
}

/// Prints a cell to a line.
fn measure(column: &Column) {
    (column.set_up)();
    let mut so_far = 0;
    for keys in STEPS {
        (column.run)(keys - so_far);
        so_far = keys;
        println!("{}", resident().unwrap_or_else(|| "?".to_owned()));
    }
    println!("{}", (column.entries)());
}

/// What of this process is in memory.
fn resident() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    let kibibytes: f64 = kibibytes.trim().parse().ok()?;
    Some(format!("{:.1} MiB", kibibytes / 1024.0))
}
