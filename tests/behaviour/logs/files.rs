//! When files begin, which of them are removed, and what happens when one cannot begin.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use fujita_tests::scratch::Scratch;

use crate::{chatty, pretty, refused, run, step, text};

const DAY: u64 = 24 * 60 * 60;

/// The names in it, in order.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

/// How many lines are in each.
fn lines(dir: &Path) -> Vec<usize> {
    let count = |name: String| fs::read_to_string(dir.join(name)).unwrap().lines().count();
    names(dir).into_iter().map(count).collect()
}

/// Midnight of the first of January 2034, which is a Sunday.
const BEGIN: u64 = 2_019_686_400;

/// A step that sets the clock, and stops it.
fn at(seconds: u64) -> String {
    format!("at={seconds}")
}

#[test]
fn each_period_has_a_file_of_its_own() {
    for (rotation, period, dates) in [
        ("minutely", 60, ["2033-12-31-23-59", "2034-01-01-00-00", "2034-01-01-00-01", "2034-01-01-00-04"]),
        ("hourly", 60 * 60, ["2033-12-31-23", "2034-01-01-00", "2034-01-01-01", "2034-01-01-04"]),
        ("file", DAY, ["2033-12-31", "2034-01-01", "2034-01-02", "2034-01-05"]),
        ("weekly", 7 * DAY, ["2033-12-25", "2034-01-01", "2034-01-08", "2034-01-29"]),
    ] {
        let dir = Scratch::new("log");
        let mut steps = vec![at(BEGIN - 1), step(rotation, dir.path())];
        let levels = ["install", "levels"].map(String::from);
        // None for a period without lines.
        let later = [(BEGIN, 1), (BEGIN + period - 1, 1), (BEGIN + period, 2), (BEGIN + 4 * period, 3)];
        steps.extend(
            levels
                .into_iter()
                .chain(later.iter().flat_map(|(now, calls)| [at(*now), format!("calls={calls}")])),
        );
        let (_, said) = run(chatty(steps));
        assert_eq!(said, "");
        assert_eq!(names(dir.path()), dates.map(|date| format!("chatty.{date}.log")));
        assert_eq!(lines(dir.path()), [4, 2, 2, 3]);
    }
    // A day that most years do not have.
    let dir = Scratch::new("log");
    run(chatty([&*at(1_709_210_096), &step("minutely", dir.path()), "install", "levels"]));
    assert_eq!(names(dir.path()), ["chatty.2024-02-29-12-34.log"]);
}

#[test]
fn the_oldest_files_are_removed_and_no_others() {
    let dir = Scratch::new("log");
    let others = [
        // Of other programs.
        "chatty-worker.2026-01-01.log",
        "chatty2.2026-01-01.log",
        "chatty.worker.2026-01-01.log",
        "chatty.v2.2026-01-01.log",
        // Of other rotations, and somebody's own.
        "chatty.2026-01-01-10.log",
        "chatty.2026-01-01-10-30.log",
        "chatty.log",
        "chatty.2026-01-01.log.gz",
        "chatty.2026-01-0x.log",
        "chatty.before.log",
        "chatty.2026-01-01",
        "chatty..log",
        "2026-01-01.log",
    ];
    let own = ["chatty.2026-01-01.log", "chatty.2026-01-03.log", "chatty.2026-01-02.log"];
    for name in others.iter().chain(&own) {
        fs::write(dir.join(name), "").unwrap();
    }
    fs::create_dir(dir.join("chatty.2025-01-01.log")).unwrap();
    std::os::unix::fs::symlink("/dev/null", dir.join("chatty.2025-01-02.log")).unwrap();
    let run = |steps: &[&str]| {
        let mut all = vec![at(BEGIN), step("file", dir.path()), "most=3".into()];
        all.extend(steps.iter().map(ToString::to_string));
        let (_, said) = run(chatty(all));
        assert_eq!(said, "");
        let mut names = names(dir.path());
        for kept in others.iter().chain(&["chatty.2025-01-01.log", "chatty.2025-01-02.log"]) {
            let at = names.iter().position(|name| name == kept);
            names.remove(at.unwrap_or_else(|| panic!("{kept} is not in {names:?}")));
        }
        names
    };
    // By their dates, whenever they were written.
    let (day1, day2) = ("chatty.2034-01-01.log", "chatty.2034-01-02.log");
    assert_eq!(run(&["install", "levels"]), ["chatty.2026-01-02.log", "chatty.2026-01-03.log", day1]);
    // Each new one, the oldest.
    assert_eq!(run(&["install", "later=86400", "levels"]), ["chatty.2026-01-03.log", day1, day2]);
    let names = run(&["install", "later=172800", "levels", "later=86400", "levels"]);
    assert_eq!(names, [day2, "chatty.2034-01-03.log", "chatty.2034-01-04.log"]);
}

/// As often as the program begins.
#[test]
fn the_current_file_is_never_removed() {
    for (rotation, most) in [("one-file", 1), ("one-file", 3), ("file", 1), ("file", 3)] {
        let dir = Scratch::new("log");
        for run_before in 0..4 {
            run(chatty([
                &*at(BEGIN),
                &step(rotation, dir.path()),
                &format!("most={most}"),
                "install",
                "levels",
            ]));
            assert_eq!(lines(dir.path()), [4 * (run_before + 1)], "{rotation} {most}");
        }
    }
    // All of those that are to be kept.
    let dir = Scratch::new("log");
    let old = ["chatty.2026-01-01.log", "chatty.2026-01-02.log"];
    old.iter().for_each(|name| fs::write(dir.join(name), "").unwrap());
    for _ in 0..3 {
        run(chatty([&*at(BEGIN), &step("file", dir.path()), "most=3", "install", "levels"]));
        assert_eq!(names(dir.path())[..2], old);
    }
    // Though there are some with later dates: somebody has set the clock.
    let dir = Scratch::new("log");
    let late = ["chatty.9998-01-01.log", "chatty.9999-01-01.log"];
    late.iter().for_each(|name| fs::write(dir.join(name), "").unwrap());
    run(chatty([&step("file", dir.path()), "most=2", "install", "levels"]));
    assert_eq!(lines(dir.path()), [4, 0]);
    assert_eq!(names(dir.path())[1], late[1]);
}

/// `chatty.v2` and `chatty.v3` have nothing in common.
#[test]
fn a_program_with_a_dot_in_its_name_has_all_of_it_in_its_files() {
    let dir = Scratch::new("log");
    let program = dir.join("chatty.v2");
    // Not by this process: whatever it starts meanwhile would have the program open for writing.
    let mut copy = Command::new("cp");
    assert!(copy.arg(env!("CARGO_BIN_EXE_chatty")).arg(&program).status().unwrap().success());
    let logs = dir.join("logs");
    run({
        let mut command = Command::new(program);
        command.args([&*step("one-file", &logs), "install", "levels"]).env_remove("RUST_LOG");
        command
    });
    assert_eq!(names(&logs), ["chatty.v2.log"]);
}

#[test]
fn no_file_at_all_is_refused() {
    let dir = Scratch::new("log");
    let error = refused(chatty([&step("file", dir.path()), "most=0", "install"]));
    assert!(error.contains("`max_log_files(0)`"), "{error}");
    assert!(names(dir.path()).is_empty());
}

/// The directory is gone, and something else is in its place: lines go on in the file that is open.
#[test]
fn a_file_that_cannot_begin_loses_no_line_and_no_program() {
    let attempt = |is_read: bool| {
        let dir = Scratch::new("log");
        let (place, elsewhere) = (dir.join("logs"), dir.join("elsewhere"));
        let steps = ["install", "levels", "say=begun", "wait", "later=60", "levels", "lines=100", "later=60"];
        let steps = steps.iter().chain(&["levels", "say=on", "wait", "later=60", "levels", "calls=2"]);
        let mut command = chatty([&*step("minutely", &place), "most=2"].iter().chain(steps));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut go_on = child.stdin.take().unwrap();
        let said = child.stderr.take().unwrap();
        let said = is_read.then_some(said);

        assert_eq!(printed.next().as_deref(), Some("begun"));
        fs::rename(&place, &elsewhere).unwrap();
        fs::write(&place, "").unwrap();
        writeln!(go_on).unwrap();
        let on = printed.next();
        if on.is_some() {
            // With room again, the next one begins.
            fs::remove_file(&place).unwrap();
            writeln!(go_on).unwrap();
        }
        let status = child.wait().unwrap();
        let said = said.map(|said| std::io::read_to_string(said).unwrap()).unwrap_or_default();
        assert_eq!((on.as_deref(), status.code()), (Some("on"), Some(0)), "{said}");
        assert_eq!(lines(&elsewhere), [4 + 4 + 400 + 4]);
        assert_eq!(lines(&place), [4 + 2]);
        if is_read {
            let path = place.display();
            let expected =
                format!("fujita: cannot begin a new log file in {path}, lines go on in the old one: ");
            assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
        }
    };
    attempt(false);
    attempt(true);
}

#[test]
fn a_mistake_in_rust_log_is_told_to_whoever_reads_it() {
    let command = || {
        let mut command = chatty(["pretty", "install", "levels", "say=done"]);
        command.env("RUST_LOG", "chatty=loud,\u{1b}[31m,elsewhere=off,warn");
        command
    };
    let (_, log) = run(command());
    let lines: Vec<_> = log.lines().collect();
    assert!(lines[0].starts_with("fujita: ignoring \"chatty=loud\" in RUST_LOG: "), "{log}");
    assert!(lines[1].starts_with("fujita: ignoring \"\\u{1b}[31m\" in RUST_LOG: "), "{log}");
    assert_eq!(pretty(lines[2]).1, "chatty: warned");
    assert_eq!(lines.len(), 4, "{log}");
    // With nobody there.
    let mut command = command();
    let mut child = command.stdout(Stdio::piped()).stderr(closed()).spawn().unwrap();
    let mut printed = Vec::new();
    std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut printed).unwrap();
    assert_eq!((child.wait().unwrap().code(), &*text(printed)), (Some(0), "done\n"));
}

/// A pipe that nobody reads from.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}
