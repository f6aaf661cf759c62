//! The example `codesearch` from outside: the real program, real HTTP, bad input, and counts that are exact.
#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use fujita_tests::codesearch::{Fixture, HAY, SECRET, Server, codesearch};
use fujita_tests::examples::finished;
use fujita_tests::http::Answer;
use fujita_tests::wait_until;

#[test]
fn finds_text_and_says_where() {
    let server = Server::start();

    let found = server.get("/search?q=needle&case=sensitive");
    assert_eq!(found.status, 200);
    let hit =
        r#"{"path":"served/src/hay.rs","line":2,"text":"    // a needle, a NEEDLE","columns":[[9,15]]}"#;
    assert!(found.body.contains(hit), "{}", found.body);
    assert!(
        found.body.contains(r#""files_searched":3,"truncated":false,"timed_out":false"#),
        "{}",
        found.body
    );

    let found = server.get("/search?q=N%5Cw%2Be&regex=1&case=ignore");
    assert!(found.body.contains(r#""columns":[[9,15],[19,25]]"#), "{}", found.body);

    let found = server.get("/search?q=line&limit=3");
    assert_eq!(found.body.matches(r#""line":"#).count(), 3, "{}", found.body);
    assert!(found.body.contains(r#""truncated":true,"timed_out":false"#), "{}", found.body);

    assert_eq!(server.get("/file?path=served/src/hay.rs").body, HAY);
    assert_eq!(
        server.get("/tree?path=").body,
        r#"{"path":"","entries":[{"name":"served","size":null}],"truncated":false}"#
    );
    let listing = r#"{"path":"served/src","entries":[{"name":"deep","size":null},{"name":"hay.rs","size":"#;
    assert!(server.get("/tree?path=served/src").body.starts_with(listing));
    let listing = server.get("/tree?path=served").body;
    for left_out in ["link", "ignored", ".hidden"] {
        assert!(!listing.contains(left_out), "{listing}");
    }

    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.body.starts_with("<!doctype html>"));
}

#[test]
fn bad_input_is_refused_by_name() {
    let server = Server::start();
    let absolute = format!("/file?path={}/secret.txt", server.tree.path().display());
    let too_long = format!("/search?q={}", "a".repeat(1_001));
    let cases = [
        ("/search?q=%28&regex=1", 400, "unclosed group"),
        ("/search?q=%5Cw%7B1000%7D&regex=1", 400, "exceeds size limit"),
        ("/search?q=", 400, "q is empty"),
        ("/search", 400, "q is empty"),
        ("/search?q=a&regex=maybe", 400, "maybe"),
        ("/search?q=a&case=maybe", 400, "maybe"),
        ("/search?q=a&limit=-1", 400, "limit"),
        ("/search?q=a%0Ab", 400, "not allowed"),
        (&too_long, 400, "longer than"),
        ("/file?path=served/no/such.rs", 404, "no such file"),
        ("/file?path=nowhere/hay.rs", 404, "no such file"),
        ("/file?path=served/src/hay.rs/more", 404, "no such file"),
        ("/file?path=served/nul%00byte", 404, "no such file"),
        ("/file?path=served/dangling", 404, "no such file"),
        ("/file?path=served/pipe", 404, "no such file"),
        ("/file?path=served", 400, "directory"),
        ("/file?path=", 400, "directory"),
        ("/file", 400, "directory"),
        ("/file?path=served/../secret.txt", 403, "leads out"),
        ("/file?path=served/%2e%2e/secret.txt", 403, "leads out"),
        ("/file?path=../secret.txt", 403, "leads out"),
        ("/file?path=/etc/passwd", 403, "leads out"),
        ("/file?path=served//etc/passwd", 404, "no such file"),
        (&absolute, 403, "leads out"),
        ("/file?path=served/link.txt", 403, "leads out"),
        ("/file?path=served/linked/secret.txt", 403, "leads out"),
        ("/tree?path=served/linked", 403, "leads out"),
        ("/file?path=served/.hidden", 403, "begin with a dot"),
        ("/file?path=served/disguised", 403, "begin with a dot"),
        ("/file?path=served/binary.bin", 415, "not a text file"),
        ("/file?path=served/huge.txt", 413, "larger than 4 MiB"),
        ("/tree?path=served/src/hay.rs", 400, "not a directory"),
        ("/tree?path=served/../..", 403, "leads out"),
    ];
    for (target, status, says) in cases {
        let started = Instant::now();
        let answer = server.get(target);
        assert_eq!(answer.status, status, "{target}: {}", answer.body);
        assert!(answer.body.contains(says), "{target}: {}", answer.body);
        assert!(!answer.body.contains(SECRET), "{target}");
        assert!(started.elapsed() < Duration::from_secs(5), "{target} took {:?}", started.elapsed());
    }
    // What may not be fetched is not searched either.
    assert!(server.get(&format!("/search?q={SECRET}")).body.contains(r#""hits":[]"#));

    assert_eq!(server.get("/no/such/page").status, 404);
    assert_eq!(server.ask("POST /search?q=a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 405);
    assert_eq!(server.ask("not http at all\r\n\r\n").status, 400);
    assert_eq!(server.get("/search?q=needle").status, 200, "it goes on as before");
}

#[test]
fn ten_thousand_requests_at_once_are_all_answered_and_all_counted() {
    const REQUESTS: usize = 10_000;
    let server = Server::start();
    assert_eq!(server.handled("search"), 0);
    // The first few take the handler's other ways out.
    let before = ["/search?q=%28&regex=1", "/search?q=", "/search?q=a&limit=x", "/search?q=needle"];
    for target in before {
        server.get(target);
    }

    // One connection for each request if the limit on open files allows it, else several requests in each. The
    // server inherits the limit and needs a few more files than we do.
    let connections = open_files_limit().saturating_sub(200).clamp(50, REQUESTS);
    let mut streams = Vec::with_capacity(connections);
    for number in 0..connections {
        let share = REQUESTS / connections + usize::from(number < REQUESTS % connections);
        let mut stream = server.connect();
        for request in (0..share).rev() {
            let connection = if request == 0 { "close" } else { "keep-alive" };
            write!(
                stream,
                "GET /search?q=line&limit=2 HTTP/1.1\r\nHost: a\r\nConnection: {connection}\r\n\r\n"
            )
            .unwrap();
        }
        streams.push(stream);
    }
    let mut answers = Vec::with_capacity(REQUESTS);
    for mut stream in streams {
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        answers.extend(Answer::all_in(&received));
    }

    assert_eq!(answers.len(), REQUESTS);
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    eprintln!("{connections} connections: {} found, {} turned away", with(200), with(503));
    assert_eq!(with(200) + with(503), REQUESTS);
    assert!(with(200) > 0);
    for answer in answers {
        let as_it_should_be = if answer.status == 200 { r#""hits":[{"path""# } else { "try again" };
        assert!(answer.body.contains(as_it_should_be), "{}", answer.body);
        assert_eq!(answer.status == 503, answer.head.contains("retry-after"), "{}", answer.head);
    }
    assert_eq!(server.handled("search"), before.len() + REQUESTS);
    let searched = server.sum("function_duration_seconds_count", &[r#"function="grep""#]);
    assert!(searched < before.len() + 5, "one search for all of them, and perhaps a later one: {searched}");
    let cache = [r#"cache="codesearch::service::findings""#];
    // Of those before, one does not get as far.
    assert_eq!(server.sum("function_cache_requests_total", &cache), before.len() - 1 + REQUESTS);
    assert_eq!(server.sum("function_cache_load_seconds_count", &cache), searched);
    let offloaded = [r#"pool="cpu""#, r#"function="findings""#, r#"outcome="completed""#];
    assert_eq!(server.sum("function_offload_jobs_total", &offloaded), searched, "only misses reach the pool");
    assert_eq!(server.sum("function_offload_active", &[r#"pool="cpu""#]), 0);
    assert_eq!(server.get("/search?q=needle").status, 200, "it goes on as before");
    if let Some(peak) = server.peak_memory() {
        eprintln!("peak memory: {} MiB", peak >> 20);
        assert!(peak < 1 << 30);
    }
    assert_eq!(server.sum("function_duration_seconds_count", &[r#"result="panic""#]), 0);
}

#[test]
fn requests_whose_clients_leave_are_counted() {
    const REQUESTS: usize = 100;
    let server = Server::start();
    // So much to search that nobody is done before the clients leave.
    for number in 0..5_000 {
        fs::write(server.tree.served().join(format!("{number}.txt")), HAY).unwrap();
    }
    let mut streams = Vec::new();
    for number in 0..REQUESTS {
        let mut stream = server.connect();
        // Each its own search: the same would be made once, and outlive all but its last client.
        write!(stream, "GET /search?q=nowhere{number} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        streams.push(stream);
    }
    let in_flight = || server.sum("function_in_flight", &[r#"function="search""#]);
    wait_until(|| in_flight() + server.handled("search") >= REQUESTS);
    drop(streams);
    wait_until(|| in_flight() == 0);
    assert_eq!(server.handled("search"), REQUESTS);
    let cancelled = [r#"function="search""#, r#"result="cancelled""#];
    assert!(server.sum("function_duration_seconds_count", &cancelled) > 0);
    assert_eq!(server.get("/search?q=needle").status, 200, "it goes on as before");
}

#[test]
fn an_interrupt_ends_it_with_the_report() {
    let server = Server::start();
    server.get("/search?q=needle");
    // An idle connection must not keep it.
    let _idle = server.connect();
    let started = Instant::now();
    let (status, report) = server.interrupt();
    assert_eq!(status.code(), Some(0), "{report}");
    assert!(started.elapsed() < Duration::from_secs(10));
    for function in ["search", "grep"] {
        assert!(report.contains(function), "{report}");
    }
}

#[test]
fn the_demo_ends_by_itself_with_the_report() {
    let tree = Fixture::make();
    let started = Instant::now();
    let output = finished(codesearch().arg(tree.served()).args(["--demo", "2"]));
    assert!(output.status.success(), "{output:?}");
    assert!((2..15).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    let printed = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "listening on http://127.0.0.1:",
        "1 root",
        "requests in ",
        "200 OK",
        "400 Bad Request",
        "search",
        "file",
        "tree",
    ] {
        assert!(printed.contains(expected), "{expected} is missing in:\n{printed}");
    }
}

#[test]
fn what_it_cannot_do_it_says_and_exits_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let tree = Fixture::make();
    let missing = tree.path().join("missing");
    let file = tree.path().join("secret.txt");
    let cases = [
        (vec!["--listen", &address, tree.path().to_str().unwrap()], &*address),
        (vec![missing.to_str().unwrap()], "missing"),
        (vec![file.to_str().unwrap()], "not a directory"),
    ];
    for (arguments, says) in cases {
        let output = finished(codesearch().args(&arguments));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains(says) && !error.contains("panicked"), "{arguments:?}: {error}");
    }
}

fn open_files_limit() -> usize {
    let output = finished(Command::new("sh").args(["-c", "ulimit -n"]));
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(1024)
}
