//! Real servers, each with a port and a directory of its own, ended with the test that started them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fujita_tests::http;
use fujita_tests::scratch::Scratch;
use serde_json::{Value, json};

/// How long a server may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where `live/install` puts what comes by npm.
pub(crate) fn npm() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/live/node_modules")
}

/// `program`, which must be there, for a test that has nothing to run against has shown nothing.
#[track_caller]
pub(crate) fn installed(program: &str, package: &str) -> Command {
    match Command::new(program).arg("--version").stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Command::new(program),
        Ok(output) => panic!("{program} --version: {output:?}"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("{program} is missing, of the Debian package {package}: run tests/live/install")
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// A process that runs until it is dropped, by a panic too. Both its outputs go to a file.
pub(crate) struct Daemon {
    name: String,
    child: Child,
    dir: Scratch,
}

impl Daemon {
    /// Starts `command`, with `dir` as its current directory.
    pub(crate) fn start(name: &str, mut command: Command, dir: Scratch) -> Self {
        let file = File::create(dir.join("log")).unwrap();
        command.current_dir(dir.path()).stdin(Stdio::null());
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { name: name.to_owned(), child, dir }
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap()
    }

    /// Waits until `find` has found something.
    #[track_caller]
    pub(crate) fn wait_for<T>(&mut self, what: &str, mut find: impl FnMut(&Self) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = find(self) {
                return found;
            }
            let problem = match self.child.try_wait().unwrap() {
                Some(status) => format!("has ended, {status}"),
                None if begin.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                    continue;
                }
                None => "takes too long".to_owned(),
            };
            panic!("{what}: {} {problem}. It says:\n{}", self.name, self.log());
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A Prometheus server that scrapes every second, or as often as it is told.
pub(crate) struct Prometheus {
    daemon: Daemon,
    pub(crate) address: SocketAddr,
}

/// One series of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// With `__name__`, where it has one.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Prometheus {
    /// Scrapes `/metrics` of these, each under the name of a job.
    pub(crate) fn scraping(targets: &[(&str, SocketAddr)]) -> Self {
        Self::start(targets, &[], Duration::from_secs(1))
    }

    /// Evaluates the rules in these files, too, as often as it scrapes.
    pub(crate) fn start(targets: &[(&str, SocketAddr)], rules: &[&Path], interval: Duration) -> Self {
        let every = format!("{}ms", interval.as_millis());
        let jobs: Vec<_> = targets
            .iter()
            .map(|(job, address)| {
                json!({ "job_name": job, "static_configs": [{ "targets": [address.to_string()] }] })
            })
            .collect();
        // JSON is YAML.
        let config = json!({
            "global": { "scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every },
            "scrape_configs": jobs,
            "rule_files": rules.iter().map(|file| file.canonicalize().unwrap()).collect::<Vec<_>>(),
        });
        let dir = Scratch::new("prometheus");
        fs::write(dir.join("prometheus.yml"), config.to_string()).unwrap();

        let mut command = installed("prometheus", "prometheus");
        command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        // It takes a free port, and says which.
        command.arg("--web.listen-address=127.0.0.1:0");
        let mut daemon = Daemon::start("prometheus", command, dir);
        let address = daemon.wait_for("an address", |daemon| {
            let log = daemon.log();
            let line = log.lines().find(|line| line.contains(r#"msg="Listening on""#))?;
            line.split(' ').find_map(|word| word.strip_prefix("address="))?.parse().ok()
        });
        daemon.wait_for("ready", |_| (http::get(address, "/-/ready").status == 200).then_some(()));
        let mut this = Self { daemon, address };
        for (job, address) in targets {
            let up = format!("up{{job={job:?}}} == 1");
            this.wait_for(&format!("{job} at {address} is scraped"), |this| !this.query(&up).is_empty());
        }
        this
    }

    /// Waits until `done`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            assert!(begin.elapsed() < PATIENCE, "{what}: takes too long. It says:\n{}", self.daemon.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What its API has to say under `path`, as a JSON value; as text, if it is an error.
    pub(crate) fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let answer = http::get(self.address, &format!("{path}?{query}"));
        let mut answer: Value = serde_json::from_str(&answer.body).map_err(|_| answer.body)?;
        match answer["status"].as_str() {
            Some("success") => Ok(answer["data"].take()),
            _ => Err(answer["error"].to_string()),
        }
    }

    /// What `expression` comes to at this moment.
    #[track_caller]
    pub(crate) fn query(&self, expression: &str) -> Vec<Sample> {
        self.try_query(&[("query", expression)]).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// What `expression` came to at a time, in seconds since 1970.
    #[track_caller]
    pub(crate) fn query_at(&self, time: f64, expression: &str) -> Vec<Sample> {
        let answer = self.try_query(&[("query", expression), ("time", &time.to_string())]);
        answer.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// What time it is here.
    pub(crate) fn now(&self) -> f64 {
        self.query("time()")[0].value
    }

    fn try_query(&self, parameters: &[(&str, &str)]) -> Result<Vec<Sample>, String> {
        let data = self.ask("/api/v1/query", parameters)?;
        let value = |point: &Value| point[1].as_str()?.parse().ok();
        let unreadable = || format!("not numbers: {data}");
        match data["resultType"].as_str() {
            Some("scalar") => {
                let value = value(&data["result"]).ok_or_else(unreadable)?;
                Ok(vec![Sample { labels: BTreeMap::new(), value }])
            }
            Some("vector") => {
                let series = data["result"].as_array().into_iter().flatten();
                let sample = |series: &Value| {
                    let labels = serde_json::from_value(series["metric"].clone()).ok()?;
                    Some(Sample { labels, value: value(&series["value"])? })
                };
                series.map(|series| sample(series).ok_or_else(unreadable)).collect()
            }
            _ => Err(unreadable()),
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<_> = self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        write!(f, "{{{}}} {}", labels.join(", "), self.value)
    }
}

/// For servers that cannot be told to take any port: free for TCP and UDP, and none of those that the system hands out to others
/// meanwhile.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(process::id() % 10_000).unwrap();
    loop {
        let port = 10_000 + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

/// The original StatsD daemon, on Node.js.
pub(crate) struct StatsD {
    daemon: Daemon,
    pub(crate) address: SocketAddr,
}

/// What has arrived at a [`StatsD`] since it was started; series as the daemon names them, `name;tag=value;tag=value`.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) counters: BTreeMap<String, f64>,
    /// Each value, in milliseconds.
    pub(crate) timers: BTreeMap<String, Vec<f64>>,
    /// How many there were, those left out by sampling too.
    pub(crate) timer_counts: BTreeMap<String, f64>,
    pub(crate) gauges: BTreeMap<String, f64>,
}

impl StatsD {
    pub(crate) fn start() -> Self {
        Self::start_at(free_address())
    }

    /// A second one where the first was, perhaps.
    pub(crate) fn start_at(address: SocketAddr) -> Self {
        let statsd = npm().join("statsd/stats.js");
        assert!(statsd.exists(), "{} is missing: run tests/live/install", statsd.display());
        let dir = Scratch::new("statsd");
        let backend = Path::new(env!("CARGO_MANIFEST_DIR")).join("live/statsd_backend.js");
        let manage = free_address();
        // JSON is JavaScript.
        let config = json!({
            "address": address.ip().to_string(), "port": address.port(),
            "mgmt_address": "127.0.0.1", "mgmt_port": manage.port(),
            "backends": [backend.canonicalize().unwrap()],
            "jsonFile": "flushed", "flushInterval": 200, "deleteIdleStats": true, "deleteGauges": false,
        });
        fs::write(dir.join("config.js"), config.to_string()).unwrap();
        let mut command = installed("node", "nodejs");
        command.arg(statsd).arg("config.js");
        let mut this = Self { daemon: Daemon::start("statsd", command, dir), address };
        let probe = UdpSocket::bind("127.0.0.1:0").unwrap();
        this.wait_for("answers", |this| {
            // Before it listens, this comes back as an error of the next one.
            _ = probe.send_to(b"probe:1|c", address);
            this.arrived().counters.contains_key("probe")
        });
        this
    }

    /// Everything that it has flushed, summed up.
    pub(crate) fn arrived(&self) -> Arrived {
        let mut arrived = Arrived::default();
        // Before the first flush there is no file, and there may be half a line at the end.
        let flushes = fs::read_to_string(self.daemon.dir.join("flushed")).unwrap_or_default();
        for flush in flushes.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let numbers = |kind: &str| {
                let all = flush[kind].as_object().unwrap();
                all.iter().map(|(name, value)| (name.clone(), value.as_f64().unwrap())).collect::<Vec<_>>()
            };
            for (name, value) in numbers("counters") {
                *arrived.counters.entry(name).or_default() += value;
            }
            for (name, value) in numbers("timer_counters") {
                *arrived.timer_counts.entry(name).or_default() += value;
            }
            arrived.gauges.extend(numbers("gauges"));
            for (name, values) in flush["timers"].as_object().unwrap() {
                let values = values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap());
                arrived.timers.entry(name.clone()).or_default().extend(values);
            }
        }
        arrived
    }

    /// Waits until `done`, which what arrives may need a moment for.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            let (arrived, log) = (self.arrived(), self.daemon.log());
            assert!(
                begin.elapsed() < PATIENCE,
                "{what}: takes too long. It has:\n{arrived:#?}\nand says:\n{log}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lines that it did not understand: none, it is hoped.
    pub(crate) fn bad_lines(&self) -> f64 {
        self.arrived().counters.get("statsd.bad_lines_seen").copied().unwrap_or_default()
    }

    pub(crate) fn log(&self) -> String {
        self.daemon.log()
    }
}
