//! The small examples from outside: real processes that print what they promise, with counts that are exact.

use std::process::Output;

use fujita_tests::examples::{example, finished};

#[test]
fn profiling_times_the_wait_and_the_run_apart() {
    let printed = run("profiling");
    let table = Table::after(&printed, "function");
    for (function, calls) in [
        ("profiling::thumbnail_awaited", 16),
        ("profiling::thumbnail_run", 16),
        ("profiling::thumbnail_fetched", 16),
        ("profiling::draw", 17),
    ] {
        assert_eq!(table.number(function, "calls"), calls, "{function} in\n{printed}");
        assert_eq!(table.number(function, "errors"), 0, "{function} in\n{printed}");
    }
    let seconds = |metric: &str| {
        let line =
            printed.lines().find(|line| line.starts_with(metric)).unwrap_or_else(|| panic!("{printed}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let busy = seconds("function_busy_seconds_sum{");
    assert!(busy > 0.0 && busy < seconds("function_duration_seconds_sum{"), "{printed}");
}

#[test]
fn fetching_asks_the_site_once_for_each_page() {
    let printed = run("fetching");
    for (step, requests) in [
        ("10 pages, five at a time", 10),
        ("10 pages, from the cache", 0),
        ("10 pages, one after another", 10),
        ("another page, 100 callers", 1),
        ("a slow page, 100 callers", 1),
        ("a broken page, 100 callers", 1),
    ] {
        assert_eq!(counted(&printed, step, "requests: "), requests, "{step} in\n{printed}");
    }
    let functions = Table::after(&printed, "function");
    assert_eq!(functions.number("fetching::fetch", "calls"), 330, "{printed}");
    assert_eq!(functions.number("fetching::fetch", "errors"), 200, "{printed}");
    let caches = Table::after(&printed, "cache");
    for (column, expected) in
        [("requests", 330), ("hits", 10), ("coalesced", 297), ("misses", 23), ("load errors", 2)]
    {
        assert_eq!(caches.number("fetching::fetch", column), expected, "{column} in\n{printed}");
    }
    for kind in ["timeout", "status"] {
        for (cache, expected) in [("miss", 1), ("coalesced", 99)] {
            let labels = format!(r#"result="error",error="{kind}",cache="{cache}"}} "#);
            assert_eq!(counted(&printed, "function_duration_seconds_count", &labels), expected, "{printed}");
        }
    }
}

#[test]
fn caching_keeps_ages_and_forgets() {
    let printed = run("caching");
    let answers: Vec<(&str, &str)> = printed
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| {
            let (what, rest) = line.split_at(24);
            let [time, answer] = rest.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(is_time(time), "{line}");
            (what.trim_end(), answer)
        })
        .collect();
    assert_eq!(
        answers,
        [
            ("a miss", "function"),
            ("a hit", "function"),
            ("nothing near", "-"),
            ("nothing near, a hit", "-"),
            ("another language", "async"),
            ("english thrown away", "funktion"),
            ("rust was not", "async"),
            ("eleven minutes later", "async"),
            ("and from then on", "asinc"),
            ("ada's", "loom"),
            ("bob's", "loam"),
        ],
        "{printed}"
    );
    for line in [
        "caching::correct  4 hits, 1 stale, 4 misses, 5 loads",
        "ada's             0 hits, 0 stale, 1 misses, 1 loads",
        "bob's             0 hits, 0 stale, 1 misses, 1 loads",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is missing in\n{printed}");
    }
}

#[test]
fn parallel_draws_the_same_picture_in_every_way() {
    let printed = run("parallel");
    for way in [
        "strip after strip, on the event loop",
        "strip after strip, offloaded",
        "all strips at once, offloaded",
        "one job with a parallel iterator",
    ] {
        let times: Vec<_> = rest_of(&printed, way).split_whitespace().collect();
        assert!(times.len() == 3 && times.into_iter().all(is_time), "{way} in\n{printed}");
    }
    let speed_up =
        rest_of(&printed, "four times the same picture; ").strip_suffix(" times as fast when it is spread");
    assert!(speed_up.is_some_and(|times| times.parse::<f64>().is_ok()), "{printed}");
}

#[test]
fn stacked_says_what_each_layer_sees() {
    let printed = run("stacked");
    let table = Table::after(&printed, "requests");
    for (function, timed) in [("asked", 16), ("loaded", 2)] {
        assert_eq!(table.number(function, "requests"), 16, "{printed}");
        assert_eq!(table.number(function, "timed calls"), timed, "{printed}");
        assert_eq!(table.number(function, "loads"), 2, "{printed}");
        assert_eq!(table.number(function, "jobs on the pool"), 2, "{printed}");
    }
    let calls = |function: &str, cache: &str| {
        let series = format!(r#"function_duration_seconds_count{{function="{function}",module="stacked","#);
        counted(&printed, &series, &format!(r#"result="ok"{cache}}} "#))
    };
    assert_eq!(calls("loaded", ""), 2, "{printed}");
    assert_eq!(calls("asked", r#",cache="miss""#), 2, "{printed}");
    // Ten at once, and five when the value was there.
    assert_eq!(calls("asked", r#",cache="coalesced""#), 9, "{printed}");
    assert_eq!(calls("asked", r#",cache="hit""#), 5, "{printed}");
}

/// What it printed. It ends by itself, and well.
fn run(name: &str) -> String {
    let Output { status, stdout, stderr } = finished(&mut example(name));
    let (printed, logged) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{status}\n{printed}\n{logged}");
    printed
}

/// What follows `begin` in its line.
fn rest_of<'a>(printed: &'a str, begin: &str) -> &'a str {
    let line = printed.lines().find_map(|line| line.strip_prefix(begin));
    line.unwrap_or_else(|| panic!("{begin:?} is missing in\n{printed}"))
}

/// The number behind `before`, at the end of the line that begins so and has it.
fn counted(printed: &str, begin: &str, before: &str) -> u64 {
    let mut lines = printed.lines().filter(|line| line.starts_with(begin));
    let number = lines.find_map(|line| line.split_once(before)?.1.parse().ok());
    number.unwrap_or_else(|| panic!("{begin:?} with {before:?} is missing in\n{printed}"))
}

/// As `Duration` is printed: `1.5ms`.
fn is_time(text: &str) -> bool {
    let units = ["ns", "µs", "ms", "s"];
    units.iter().any(|unit| text.strip_suffix(unit).is_some_and(|number| number.parse::<f64>().is_ok()))
}

/// A table with a heading; two spaces at least stand between its columns.
struct Table<'a>(Vec<Vec<&'a str>>);

impl<'a> Table<'a> {
    /// The table whose heading begins so.
    fn after(printed: &'a str, heading: &str) -> Self {
        let lines = printed.lines().skip_while(|line| !line.trim_start().starts_with(heading));
        let cells = |line: &'a str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        Self(lines.take_while(|line| !line.is_empty()).map(cells).collect())
    }

    /// What stands in this row and column.
    fn number(&self, row: &str, column: &str) -> u64 {
        let cell = || {
            let (heading, rows) = self.0.split_first()?;
            let row = rows.iter().find(|cells| cells[0] == row)?;
            // From the right, as a heading may have nothing above the names.
            let from_right = heading.iter().rev().position(|name| *name == column)?;
            row.iter().rev().nth(from_right)?.parse().ok()
        };
        cell().unwrap_or_else(|| panic!("{row}, {column} in {:?}", self.0))
    }
}
