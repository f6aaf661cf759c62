//! What arrives when something is wrong: with labels, with the disk, in the middle of the work.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fujita::timed;
use fujita_tests::alone::alone;
use fujita_tests::codesearch::{HAY, Server, codesearch};
use fujita_tests::http::Answer;
use fujita_tests::scratch::Scratch;
use fujita_tests::wait_until;
use serde_json::Value;

use crate::alerts::promtool_takes;
use crate::servers::{Prometheus, StatsD};

#[timed(labels(q = q), max_label_sets = 1_000)]
fn asked(q: &str) -> Result<(), ()> {
    if q.is_empty() { Err(()) } else { Ok(()) }
}

fn hostile() -> BTreeSet<String> {
    let large = "🌪\"\\\n\\".repeat(64 * 1024 / 8);
    let all = [
        "\"",
        "\\",
        "\n",
        "\\n",
        "\\\"",
        "\\\\",
        "\\\n",
        "a\\",
        "\"} 1\nup 0",
        "a\r\nb",
        "\t",
        "{}",
        "a,b=c",
        "# HELP",
        "x:1|c",
        "|#a:b,c",
        "@0.1",
        ";a=b",
        "::",
        "a::b",
        "%",
        "'",
        " ",
        "",
        "é",
        "🌪",
        "\u{202e}gnp",
        "\u{2028}",
        "\u{feff}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{1}",
        "\0",
        "\u{10ffff}",
        &"q".repeat(64 * 1024),
        &large,
    ];
    all.map(ToOwned::to_owned).into()
}

#[test]
fn whatever_a_label_says_arrives() {
    alone("faults::whatever_a_label_says_arrives", || {
        const CALLS: usize = 3;
        let mut daemon = StatsD::start();
        let telemetry = fujita::telemetry().prometheus(0).statsd(daemon.address).install().unwrap();
        let hostile = hostile();
        for q in &hostile {
            (0..CALLS).for_each(|_| _ = asked(q));
        }
        telemetry.flush();

        promtool_takes(&telemetry.render());
        let endpoint = telemetry.prometheus_address().unwrap();
        let prometheus = Prometheus::start(&[("hostile", endpoint)], &[], Duration::from_millis(500));
        let samples =
            prometheus.query(&format!(r#"function_duration_seconds_count{{function="asked"}} == {CALLS}"#));
        // To it, a label without a value is none.
        let seen: BTreeSet<_> =
            samples.iter().map(|sample| sample.labels.get("q").cloned().unwrap_or_default()).collect();
        let differences: Vec<_> = seen.symmetric_difference(&hostile).collect();
        assert!(differences.is_empty(), "{differences:?}");

        let calls = (CALLS * hostile.len()) as f64;
        daemon.wait_for("all calls", |daemon| {
            let timers = daemon.arrived().timer_counts;
            let own = timers
                .iter()
                .filter(|(name, _)| name.starts_with("function_duration_seconds;function=asked;"));
            own.map(|(_, count)| count).sum::<f64>() == calls
        });
        assert_eq!(daemon.bad_lines(), 0.0, "{}", daemon.log());

        let report: Value = serde_json::from_str(&telemetry.report().to_json()).unwrap();
        assert_eq!(report["functions"][0]["calls"], CALLS * hostile.len());
    });
}

/// What one request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Answered,
    /// Nobody was there any more: not a byte came back.
    Refused,
    Torn,
}

fn ask(address: SocketAddr, target: &str) -> Fate {
    let Ok(mut stream) = TcpStream::connect(address) else { return Fate::Refused };
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut received = Vec::new();
    let ended = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut received));
    match (ended, Answer::complete(&received)) {
        (_, Some(answer)) if answer.status == 200 => Fate::Answered,
        (_, None) if received.is_empty() => Fate::Refused,
        _ => Fate::Torn,
    }
}

#[test]
fn told_to_stop_under_load_a_service_answers_and_tells_everything() {
    const CLIENTS: usize = 8;
    let mut daemon = StatsD::start();
    let logs = Scratch::new("logs");
    let mut command = codesearch();
    command
        .arg("--statsd")
        .arg(daemon.address.to_string())
        .arg("--log-dir")
        .arg(logs.path())
        .stderr(Stdio::null());
    let server = Server::start_with(command);
    // Searches that take their time, each its own.
    for number in 0..500 {
        fs::write(server.tree.served().join(format!("{number}.txt")), HAY).unwrap();
    }

    let (address, answered) = (server.address, AtomicUsize::new(0));
    let client = |client: usize| {
        let mut fates = Vec::new();
        while fates.last() != Some(&Fate::Refused) {
            let fate = ask(address, &format!("/search?q=nowhere-{client}-{}", fates.len()));
            answered.fetch_add(usize::from(fate == Fate::Answered), Ordering::Relaxed);
            fates.push(fate);
        }
        fates
    };
    let (fates, (status, report)) = thread::scope(|scope| {
        let client = &client;
        let clients: Vec<_> = (0..CLIENTS).map(|n| scope.spawn(move || client(n))).collect();
        wait_until(|| answered.load(Ordering::Relaxed) >= 10 * CLIENTS);
        let ended = server.terminate();
        (clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>(), ended)
    });
    assert_eq!(status.code(), Some(0), "{report}");
    let of = |fate: Fate| fates.iter().filter(|this| **this == fate).count();
    println!("{} answered, {} refused", of(Fate::Answered), of(Fate::Refused));
    assert_eq!((of(Fate::Torn), of(Fate::Refused)), (0, CLIENTS), "{report}");

    // Every answer is in the report, and up to the last one in StatsD.
    let row = report.lines().find(|line| line.starts_with("codesearch::service::search ")).unwrap();
    let calls: usize = row.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert_eq!(calls, of(Fate::Answered), "{report}");
    let calls = "function_duration_seconds;function=search;module=codesearch.service;result=ok";
    daemon.wait_for("all calls", |daemon| {
        let counted = daemon.arrived().timer_counts.get(calls).copied().unwrap_or_default();
        counted == of(Fate::Answered) as f64
    });
    assert_eq!(daemon.bad_lines(), 0.0, "{}", daemon.log());

    let mut log = String::new();
    for file in fs::read_dir(logs.path()).unwrap() {
        log += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    assert!(log.contains(" codesearch: told to stop") && log.ends_with(" codesearch: stopped\n"), "{log}");
}

/// In a file system of 64 KiB with room for 4 at first, which ends in the middle of a line.
#[test]
#[cfg(target_os = "linux")]
fn lines_go_on_when_a_full_disk_has_room_again() {
    let dir = Scratch::new("disk");
    // A mount of its own, seen by nobody else, that goes with the shell; it takes no rights.
    let script = r#"
        mount -t tmpfs -o size=64k tmpfs "$1"
        head -c 60K /dev/zero > "$1/ballast"
        "$2" one-file="$1" install lines=100 remove="$1/ballast" lines=100 calls=2 say=done || exit 1
        cat "$1/chatty.log"
    "#;
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(dir.path());
    let output = command.arg(env!("CARGO_BIN_EXE_chatty")).env_remove("RUST_LOG").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let (printed, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let log = printed.strip_prefix("done\n").unwrap_or_else(|| panic!("{printed}"));

    // What was lost is known to the line, and what is there is whole.
    let said: Vec<_> = said.lines().collect();
    let [lost, again] = said[..] else { panic!("{said:?}") };
    let lost_in = format!("fujita: cannot log in {}, lines are lost: No space left", dir.path().display());
    assert!(lost.starts_with(&lost_in), "{lost}");
    let count = again.strip_suffix(" lines were lost").and_then(|said| said.rsplit(' ').next()).unwrap();
    let lost: usize = count.parse().unwrap();
    let (whole, torn): (Vec<_>, Vec<_>) = log.lines().partition(|line| is_whole(line));
    println!("{lost} lost, {} in the log", whole.len());
    // Where only the end of a line has no room, the line is lost and whole.
    assert!(torn.len() <= 1, "{log}");
    assert_eq!(whole.len() + lost, 803 - torn.len(), "{log}");
    assert!(lost < 400, "{log}");
    let since_then = &whole[whole.len() - 402..];
    let chatter = since_then.iter().filter(|line| line.contains(" chatty: chatter thread="));
    let calls = since_then.iter().filter(|line| line.contains(r#"function="work""#));
    assert_eq!((chatter.count(), calls.count()), (400, 2), "{log}");
}

/// A line of `chatty`, from its level to its last field.
fn is_whole(line: &str) -> bool {
    let has_end = line.ends_with(" end=true") || line.ends_with('"');
    line.starts_with(" INFO 2") && line.matches(" INFO ").count() == 1 && has_end
}
