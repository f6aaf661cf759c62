//! The log as whoever reads it sees it: the lines of a real program in pipes, files and a terminal.
#![allow(missing_docs, clippy::pedantic)]
#![cfg(unix)]

#[path = "logs/fields.rs"]
mod fields;
#[path = "logs/files.rs"]
mod files;
#[path = "logs/loggers.rs"]
mod loggers;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use fujita_tests::scratch::Scratch;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

/// The program, without whatever the environment says about logs.
fn chatty<S: AsRef<OsStr>>(steps: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatty"));
    command.args(steps).env_remove("RUST_LOG").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// Runs it to its end, which must be a good one.
#[track_caller]
fn run(mut command: Command) -> (String, String) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (text(output.stdout), text(output.stderr))
}

/// Runs it to its end, which must be a clear refusal.
#[track_caller]
fn refused(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = text(stderr);
    assert_eq!((status.code(), &*stdout), (Some(1), &b""[..]), "{stderr}");
    assert!(stderr.starts_with("cannot begin: ") && stderr.lines().count() == 1, "{stderr}");
    stderr
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn step(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// The level and what comes after the time of a line for people.
#[track_caller]
fn pretty(line: &str) -> (&str, &str) {
    let (level, rest) = line.split_at(5);
    let level = level.trim_start();
    assert!(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level), "{line:?}");
    let (time, rest) = rest[1..].split_once(' ').unwrap_or_else(|| panic!("{line:?}"));
    // Such as 2026-11-24T02:20:21.128973Z.
    let digits = time.bytes().filter(u8::is_ascii_digit).count();
    assert!((time.len(), digits, time.ends_with('Z')) == (27, 20, true), "{line:?}");
    (level, rest)
}

#[test]
fn lines_in_a_pipe_are_plain_with_level_and_time_first() {
    let (printed, log) = run(chatty(["pretty", "install", "levels", "oddities", "calls=2"]));
    assert_eq!(printed, "");
    assert!(!log.contains('\u{1b}'), "{log}");
    let lines: Vec<_> = log.lines().map(pretty).collect();
    assert_eq!(lines[0], ("INFO", "chatty: informed"));
    assert_eq!(lines[1], ("WARN", "chatty: warned"));
    assert_eq!(lines[2], ("ERROR", "chatty: failed"));
    assert_eq!(lines[3], ("INFO", "elsewhere: informed from elsewhere"));
    // One line for each event, whatever is in it, and its span.
    assert!(
        lines[4].1.starts_with(r#"request{id=7 user="Ada \"the\" first"}: chatty: odd "#),
        "{}",
        lines[4].1
    );
    assert!(lines[4].1.contains(r#"text="quotes \" and \\ and\nline ends\tand 🌪""#), "{}", lines[4].1);
    for (line, result) in lines[5..].iter().zip(["ok", "error"]) {
        assert!(line.1.contains(r#"function="work""#), "{line:?}");
        assert!(line.1.contains(&format!("result={result:?}")), "{line:?}");
    }
    assert_eq!(lines.len(), 7, "{log}");
}

#[test]
fn on_a_terminal_they_are_coloured_unless_it_is_unwanted() {
    let log = on_a_terminal(chatty(["pretty", "install", "levels"]));
    let lines: Vec<_> = log.lines().collect();
    for (line, level) in lines.iter().zip([
        "\u{1b}[32m INFO\u{1b}[0m ",
        "\u{1b}[33m WARN\u{1b}[0m ",
        "\u{1b}[31mERROR\u{1b}[0m ",
    ]) {
        assert!(line.starts_with(level), "{line:?}");
    }
    assert_eq!(lines.len(), 4, "{log:?}");

    let mut uncoloured = chatty(["pretty", "install", "levels"]);
    uncoloured.env("NO_COLOR", "1");
    let log = on_a_terminal(uncoloured);
    assert!(!log.contains('\u{1b}'), "{log:?}");
    assert_eq!(log.lines().map(pretty).count(), 4);
    // For machines, there is nothing to colour.
    let log = on_a_terminal(chatty(["json", "install", "levels"]));
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log:?}");
}

/// What a terminal that stands for standard error is to show.
fn on_a_terminal(mut command: Command) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let other_end = ptsname(&terminal, Vec::new()).unwrap();
    let other_end = File::options().write(true).open(OsStr::from_bytes(other_end.as_bytes())).unwrap();
    let mut child = command.stderr(other_end).spawn().unwrap();
    // With the command goes our own copy of the other end; once the program's is closed too, reading fails.
    drop(command);
    let (mut terminal, mut shown) = (File::from(terminal), Vec::new());
    _ = terminal.read_to_end(&mut shown);
    assert!(child.wait().unwrap().success());
    text(shown).replace("\r\n", "\n")
}

#[test]
fn each_line_for_machines_is_an_object() {
    let (_, log) = run(chatty(["json", "install", "levels", "oddities", "calls=2"]));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7, "{log}");
    for (line, (level, target, message)) in lines.iter().zip([
        ("INFO", "chatty", "informed"),
        ("WARN", "chatty", "warned"),
        ("ERROR", "chatty", "failed"),
        ("INFO", "elsewhere", "informed from elsewhere"),
        ("INFO", "chatty", "odd \"one\""),
    ]) {
        assert_eq!(
            (&line["level"], &line["target"], &line["fields"]["message"]),
            (&level.into(), &target.into(), &message.into())
        );
        assert_eq!(line["timestamp"].as_str().map(str::len), Some(27), "{line}");
    }
    let fields = |line: usize| &lines[line]["fields"];
    assert_eq!(fields(4)["text"], "quotes \" and \\ and\nline ends\tand 🌪");
    assert_eq!((&fields(4)["number"], &lines[4]["span"]["id"]), (&1.5.into(), &7.into()));
    assert_eq!((&fields(5)["function"], &fields(5)["result"]), (&"work".into(), &"ok".into()));
    assert_eq!(fields(6)["result"], "error");
}

#[test]
fn rust_log_selects() {
    let selected = |filter: &str| {
        let mut command = chatty(["pretty", "install", "levels", "calls=1"]);
        command.env("RUST_LOG", filter);
        let (_, log) = run(command);
        let word =
            |line: &str| pretty(line).1.split_once(": ").unwrap().1.split(' ').next().unwrap().to_owned();
        log.lines().filter(|line| !line.starts_with("fujita: ignoring ")).map(word).collect::<Vec<_>>()
    };
    assert_eq!(selected("warn"), ["warned", "failed"]);
    assert_eq!(selected("off,elsewhere=info"), ["informed"]);
    assert_eq!(selected("error,chatty=debug"), ["debugged", "informed", "warned", "failed", "call"]);
    assert_eq!(selected("off"), [""; 0]);
    // A mistake in it is no reason not to begin; the rest of it counts.
    assert_eq!(selected("chatty=loud,elsewhere=off,warn"), ["warned", "failed"]);
}

/// Ten thousand lines of four threads, and the way that the program ends.
#[test]
fn the_file_has_every_line_however_the_program_ends() {
    let log = |last: &[&str], end: &dyn Fn(&mut Child)| {
        let dir = Scratch::new("log");
        let file = step("file", dir.path());
        let mut command = chatty(["json", &file, "install", "lines=2500"].iter().chain(last));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        end(&mut child);
        drop(child.stdin.take());
        let mut files: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        // Two, if it becomes midnight.
        files.sort();
        let contents = files.iter().map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            // Such as chatty.2026-11-24.log.
            let has_date = name.len() == 21 && name.starts_with("chatty.2") && name.ends_with(".log");
            assert!(has_date, "{name}");
            fs::read_to_string(file).unwrap()
        });
        contents.collect::<String>()
    };
    let ends_well = |child: &mut Child| assert!(child.wait().unwrap().success());
    has_every_line(&log(&[], &ends_well));
    has_every_line(&log(&["exit=0"], &ends_well));
    has_every_line(&log(&["say=done", "wait"], &|child| {
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "done\n");
        child.kill().unwrap();
        child.wait().unwrap();
    }));
}

/// Of each thread, all lines in their order.
#[track_caller]
fn has_every_line(log: &str) {
    let mut next = [0; 4];
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        let number = |field: &str| line["fields"][field].as_u64().unwrap() as usize;
        let next = &mut next[number("thread")];
        assert_eq!(number("line"), *next);
        *next += 1;
    }
    assert_eq!(next, [2_500; 4]);
    assert!(log.ends_with('\n'));
}

#[test]
fn the_file_has_what_standard_error_has() {
    let dir = Scratch::new("log");
    let file = step("one-file", dir.path());
    let (_, log) = run(chatty(["pretty", &file, "install", "levels", "oddities", "calls=3"]));
    let lines = |log: &str| log.lines().map(|line| format!("{:?}", pretty(line))).collect::<Vec<_>>();
    // But for the time, which each reads for itself.
    assert_eq!(lines(&fs::read_to_string(dir.join("chatty.log")).unwrap()), lines(&log));
    assert_eq!(log.lines().count(), 8);
    // The next one goes on in it; with no other place to log to, standard error stays empty.
    let (_, nothing) = run(chatty([&file, "install", "levels"]));
    assert_eq!(nothing, "");
    let both = lines(&fs::read_to_string(dir.join("chatty.log")).unwrap());
    assert!(both.starts_with(&lines(&log)));
    assert_eq!(both.len(), 8 + 4);
    // On a terminal, its colours are not in the file.
    let other = Scratch::new("log");
    let shown =
        on_a_terminal(chatty(["pretty", &step("one-file", other.path()), "install", "levels", "oddities"]));
    assert!(shown.contains('\u{1b}'));
    let file = fs::read_to_string(other.join("chatty.log")).unwrap();
    assert!(!file.contains('\u{1b}') && file.contains("request{id=7 user="), "{file:?}");
}

#[test]
fn a_subscriber_of_your_own_is_told_from_ours() {
    let dir = Scratch::new("log");
    for logs in ["pretty", "json", &step("file", dir.path())] {
        let error = refused(chatty(["own-subscriber", logs, "install"]));
        assert!(error.contains("already") && error.contains("without_logs()"), "{error}");
    }
    let (_, log) = run(chatty(["own-subscriber", "pretty", "without-logs", "install", "calls=1", "levels"]));
    // In its own words: the time first, and no targets.
    assert!(log.lines().next().unwrap().contains("  INFO call returned"), "{log}");
    assert_eq!(log.lines().count(), 5, "{log}");
}

#[test]
fn nobody_reads_the_log_any_more_and_the_program_goes_on() {
    for style in ["pretty", "json"] {
        let mut command =
            chatty([style, "install", "levels", "wait", "lines=1000", "calls=1000", "say=done"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // As `| head -1` does.
        let mut first = String::new();
        BufReader::with_capacity(1, child.stderr.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("informed"), "{first}");
        writeln!(child.stdin.take().unwrap()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), &*text(output.stdout)), (Some(0), "done\n"));
    }
}

#[test]
fn a_directory_that_cannot_be_had_is_refused() {
    let dir = Scratch::new("log");
    let file = dir.join("file");
    fs::write(&file, "").unwrap();
    for (place, why) in [(file.clone(), "exists"), (file.join("below"), "Not a directory")] {
        let error = refused(chatty(["pretty", &step("file", &place), "install"]));
        assert!(error.contains(place.to_str().unwrap()) && error.contains(why), "{error}");
    }
    // Where not even root can make a file.
    #[cfg(target_os = "linux")]
    for place in ["/proc/self", "/proc/fujita"] {
        let error = refused(chatty([&format!("file={place}"), "install"]));
        assert!(error.contains(place), "{error}");
    }
}

/// Every line is lost, the program is not, and standard error says so once.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_loses_lines_and_nothing_else() {
    let dir = Scratch::new("log");
    symlink("/dev/full", dir.join("chatty.log")).unwrap();
    let place = step("one-file", dir.path());
    let (printed, log) = run(chatty([&place, "install", "lines=1000", "calls=1000", "say=done"]));
    assert_eq!(printed, "done\n");
    let expected =
        format!("fujita: cannot log in {}, lines are lost: No space left on device", dir.path().display());
    assert!(log.starts_with(&expected) && log.lines().count() == 1, "{log}");
    // Those on standard error are not.
    let (_, log) = run(chatty(["json", &place, "install", "lines=2500"]));
    let rest: String =
        log.lines().filter(|line| !line.starts_with("fujita: ")).map(|line| format!("{line}\n")).collect();
    has_every_line(&rest);
    assert_eq!(log.lines().count(), 10_001);
}

#[test]
fn every_line_is_one_piece_of_one_size() {
    // Threads do not write into each other's lines, nor into their own.
    let (_, log) = run(chatty(["pretty", "install", "lines=2500"]));
    let lines: BTreeSet<_> = log.lines().map(|line| pretty(line).1).collect();
    let expected: BTreeSet<_> = (0..4)
        .flat_map(|thread| {
            (0..2_500).map(move |line| format!("chatty: chatter thread={thread} line={line} end=true"))
        })
        .collect();
    assert_eq!(lines, expected.iter().map(String::as_str).collect());
    assert_eq!(log.lines().count(), 10_000);
}
