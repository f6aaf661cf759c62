//! The example `codesearch` from outside: the real program, real HTTP, bad input, and counts that are exact.
#![cfg(unix)]

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

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
    let absolute = format!("/file?path={}/secret.txt", server.tree.0.display());
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
    let tree = Fixture::new();
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
    let tree = Fixture::new();
    let missing = tree.0.join("missing");
    let file = tree.0.join("secret.txt");
    let cases = [
        (vec!["--listen", &address, tree.0.to_str().unwrap()], &*address),
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

/// The program, built with the profile and into the target directory that this test was built with.
static CODESEARCH: LazyLock<PathBuf> = LazyLock::new(|| {
    let this = env::current_exe().unwrap();
    let profile_dir = this.ancestors().nth(2).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "fujita-examples", "--example", "codesearch"]);
    build.arg("--target-dir").arg(profile_dir.parent().unwrap());
    if profile_dir.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
    profile_dir.join("examples/codesearch")
});

fn codesearch() -> Command {
    Command::new(&*CODESEARCH)
}

fn finished(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

const HAY: &str = "line one\n    // a needle, a NEEDLE\nline three\nline four\nline five\n";
const SECRET: &str = "what-is-outside";

/// A directory with a `served` one in it, full of traps.
struct Fixture(PathBuf);

impl Fixture {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("fujita-codesearch-{}-{number}", std::process::id()));
        let fixture = Self(dir);
        let served = fixture.served();
        fs::create_dir_all(served.join("src/deep")).unwrap();
        fs::create_dir_all(served.join("ignored")).unwrap();
        fs::write(fixture.0.join("secret.txt"), SECRET).unwrap();
        fs::write(served.join("src/hay.rs"), HAY).unwrap();
        fs::write(served.join("src/deep/the.txt"), "the line that deep files have\n").unwrap();
        fs::write(served.join("ignored/file.txt"), SECRET).unwrap();
        fs::write(served.join(".gitignore"), "/ignored\n").unwrap();
        fs::write(served.join(".hidden"), SECRET).unwrap();
        fs::write(served.join("binary.bin"), b"\x7fELF\0\0needle\0").unwrap();
        // 100 MB that take no place on the disk.
        File::create(served.join("huge.txt")).unwrap().set_len(100_000_000).unwrap();
        symlink(fixture.0.join("secret.txt"), served.join("link.txt")).unwrap();
        symlink(&fixture.0, served.join("linked")).unwrap();
        symlink(served.join("nothing"), served.join("dangling")).unwrap();
        symlink(served.join(".hidden"), served.join("disguised")).unwrap();
        assert!(Command::new("mkfifo").arg(served.join("pipe")).status().unwrap().success());
        fixture
    }

    fn served(&self) -> PathBuf {
        self.0.join("served")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// The running program; killed if the test fails before its end.
struct Server {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    address: SocketAddr,
    tree: Fixture,
}

impl Server {
    fn start() -> Self {
        let tree = Fixture::new();
        let mut command = codesearch();
        command.args(["--listen", "127.0.0.1:0"]).arg(tree.served());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { address: address.parse().unwrap(), child, output, tree }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    fn get(&self, target: &str) -> Answer {
        self.ask(&format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    }

    fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        Answer::all_in(&received).pop().unwrap_or_else(|| panic!("no answer to {request:?}"))
    }

    /// How many calls of this handler were measured, over all results and errors.
    fn handled(&self, handler: &str) -> usize {
        let labels = [&*format!(r#"function="{handler}""#), r#"module="codesearch::service""#];
        self.sum("function_duration_seconds_count", &labels)
    }

    /// The sum of all series of this metric that have these labels.
    fn sum(&self, metric: &str, labels: &[&str]) -> usize {
        let metrics = self.get("/metrics").body;
        let series = metrics
            .lines()
            .filter(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with('{')));
        let series = series.filter(|line| labels.iter().all(|label| line.contains(label)));
        series.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    /// In bytes, where the system tells.
    fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
    }

    /// Ctrl-C; how it ended, and what it had to say.
    fn interrupt(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let report = io::read_to_string(&mut self.output).unwrap();
        (self.child.wait().unwrap(), report)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// One HTTP answer.
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: String,
}

impl Answer {
    /// The answers that follow each other on one connection; all of them say how long they are.
    fn all_in(mut received: &[u8]) -> Vec<Self> {
        let mut answers = Vec::new();
        while let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.unwrap_or("0").trim().parse().unwrap();
            let (body, rest) = received[end + 4..].split_at(length);
            answers.push(Self { status, head, body: String::from_utf8_lossy(body).into_owned() });
            received = rest;
        }
        answers
    }
}

fn wait_until(done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < patience, "it does not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

fn open_files_limit() -> usize {
    let output = finished(Command::new("sh").args(["-c", "ulimit -n"]));
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(1024)
}
