//! The example `codesearch` as a running program, and a tree for it to serve.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::examples::example;
use crate::http::{self, Answer};
use crate::scratch::Scratch;

/// The program, to be started with arguments of your own.
pub fn codesearch() -> Command {
    example("codesearch")
}

/// What is in `src/hay.rs` of a [`Fixture`].
pub const HAY: &str = "line one\n    // a needle, a NEEDLE\nline three\nline four\nline five\n";

/// What is where nobody may look.
pub const SECRET: &str = "what-is-outside";

/// A directory with a `served` one in it, full of traps.
pub struct Fixture(Scratch);

impl Fixture {
    /// A new one.
    pub fn make() -> Self {
        let fixture = Self(Scratch::new("codesearch"));
        let served = fixture.served();
        fs::create_dir_all(served.join("src/deep")).unwrap();
        fs::create_dir_all(served.join("ignored")).unwrap();
        fs::write(fixture.path().join("secret.txt"), SECRET).unwrap();
        fs::write(served.join("src/hay.rs"), HAY).unwrap();
        fs::write(served.join("src/deep/the.txt"), "the line that deep files have\n").unwrap();
        fs::write(served.join("ignored/file.txt"), SECRET).unwrap();
        fs::write(served.join(".gitignore"), "/ignored\n").unwrap();
        fs::write(served.join(".hidden"), SECRET).unwrap();
        fs::write(served.join("binary.bin"), b"\x7fELF\0\0needle\0").unwrap();
        // 100 MB that take no place on the disk.
        File::create(served.join("huge.txt")).unwrap().set_len(100_000_000).unwrap();
        symlink(fixture.path().join("secret.txt"), served.join("link.txt")).unwrap();
        symlink(fixture.path(), served.join("linked")).unwrap();
        symlink(served.join("nothing"), served.join("dangling")).unwrap();
        symlink(served.join(".hidden"), served.join("disguised")).unwrap();
        assert!(Command::new("mkfifo").arg(served.join("pipe")).status().unwrap().success());
        fixture
    }

    /// All of it.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// What is served.
    pub fn served(&self) -> PathBuf {
        self.0.join("served")
    }
}

/// The running program; killed if the test fails before its end.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it serves.
    pub tree: Fixture,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Serves a new [`Fixture`].
    pub fn start() -> Self {
        Self::start_with(codesearch())
    }

    /// Serves a new [`Fixture`], with arguments of your own before.
    pub fn start_with(mut command: Command) -> Self {
        let tree = Fixture::make();
        command.args(["--listen", "127.0.0.1:0"]).arg(tree.served());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { address: address.parse().unwrap(), tree, child, output }
    }

    /// A connection to it.
    pub fn connect(&self) -> TcpStream {
        http::connect(self.address)
    }

    /// What `target` gets.
    pub fn get(&self, target: &str) -> Answer {
        http::get(self.address, target)
    }

    /// What `request` gets, which must ask for the connection to be closed.
    pub fn ask(&self, request: &str) -> Answer {
        http::ask(self.address, request)
    }

    /// How many calls of this handler were measured, over all results and errors.
    pub fn handled(&self, handler: &str) -> usize {
        let labels = [&*format!(r#"function="{handler}""#), r#"module="codesearch::service""#];
        self.sum("function_duration_seconds_count", &labels)
    }

    /// The sum of all series of this metric that have these labels.
    pub fn sum(&self, metric: &str, labels: &[&str]) -> usize {
        let metrics = self.get("/metrics").body;
        let series = metrics
            .lines()
            .filter(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with('{')));
        let series = series.filter(|line| labels.iter().all(|label| line.contains(label)));
        series.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    /// In bytes, where the system tells.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
    }

    /// Ctrl-C; how it ended, and what it had to say.
    pub fn interrupt(self) -> (ExitStatus, String) {
        self.end("-INT")
    }

    /// What a service manager does.
    pub fn terminate(self) -> (ExitStatus, String) {
        self.end("-TERM")
    }

    fn end(mut self, signal: &str) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
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
