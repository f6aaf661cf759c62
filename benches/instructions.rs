//! Counting instructions with valgrind's callgrind: slower than timing by far, and the same every time.

use std::process::Command;

use crate::group::Group;
use crate::{Against, Bench};

/// What runs under callgrind, or any profiler: one contender, unmeasured.
pub(crate) fn run(bench: &Bench, group: &Group, only: &str, calls: u64) {
    let _settle = (group.set_up)();
    let contender = group.contenders.iter().find(|contender| contender.name == only);
    let contender = contender.expect("a contender of this group");
    // First calls set things up, and clocks calibrate themselves.
    (contender.run)(bench.warm_up);
    counted_by_callgrind(contender.run, calls);
}

/// Callgrind counts from when this is entered to when it is left.
#[inline(never)]
fn counted_by_callgrind(run: fn(u64), calls: u64) {
    run(calls);
    std::hint::black_box(());
}

/// Prints the instructions per call of every contender.
pub(crate) fn print(bench: &Bench, groups: &[Group], calls: u64) {
    let (first, ratio) = match bench.against {
        Against::Floor => ("bare", None),
        Against::First(name) => (name, Some(name)),
    };
    let (head, rule) = ratio.map_or_else(Default::default, |name| (format!(" x {name} |"), " --: |"));
    println!("| | instructions/call | over {first} |{head}\n| :-- | --: | --: |{rule}");
    for group in groups {
        println!("| **{}** | | |{}", group.name, if ratio.is_some() { " |" } else { "" });
        let mut firsts = Vec::new();
        for contender in group.contenders {
            let count = count(group, contender.name, calls);
            firsts.push((contender.kind, count));
            let first =
                firsts.iter().find(|(kind, _)| *kind == contender.kind).map_or(count, |(_, first)| *first);
            let ratio = ratio.map(|_| format!(" {:.2} |", count / first)).unwrap_or_default();
            println!("| {} | {count:.1} | {:+.1} |{ratio}", contender.name, count - first);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn count(group: &Group, contender: &str, calls: u64) -> f64 {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*counted_by_callgrind*",
        ])
        .arg(std::env::current_exe().expect("this program has a path"))
        .args(["--group", group.name, "--only", contender, "--calls", &calls.to_string()])
        .output()
        .expect("valgrind is installed: the package is called `valgrind` everywhere");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{contender}: {said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let collected: u64 =
        collected.and_then(|(_, count)| count.trim().parse().ok()).expect("callgrind says so");
    collected as f64 / calls as f64
}
