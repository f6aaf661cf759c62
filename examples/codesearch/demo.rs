//! The load of `--demo`: requests over real HTTP, as a few busy users and a few confused ones would send them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::http::{Request, StatusCode, header};
use fastrand::Rng;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

const USERS: u64 = 8;

/// How long an answer may still come when the time is up.
const GRACE: Duration = Duration::from_secs(1);

const SEARCHES: [&str; 16] = [
    "q=fn+main",
    "q=impl+Iterator+for",
    "q=todo&case=ignore",
    "q=unsafe+impl+Send",
    "q=fn+%5Cw%2B_with%5C%28&regex=1",
    "q=thread_local!",
    "q=TcpListener",
    "q=%5Epub+async+fn&regex=1",
    "q=SAFETY:",
    "q=Duration::from_secs",
    "q=%23%5C%5Bderive%5C%28.*Ord&regex=1",
    "q=semaphore&case=ignore",
    "q=RFC+7230&limit=10",
    "q=%5Cbx86(_64)%3F%5Cb&regex=1",
    "q=a+line+that+nobody+wrote",
    "q=[0-9]%7B12%7D&regex=1",
];

const MISTAKES: [&str; 6] = [
    "/search?q=%28unclosed&regex=1",
    "/search?q=",
    "/file?path=fujita/no/such/file",
    "/file?path=../../etc/passwd",
    "/file?path=/etc/passwd",
    "/tree?path=nowhere",
];

/// What the users ask for.
struct Wishes {
    searches: Vec<String>,
    files: Vec<String>,
    trees: Vec<String>,
}

/// What became of the requests.
#[derive(Default)]
pub(crate) struct Outcome {
    answers: BTreeMap<StatusCode, u64>,
    /// Still without an answer when the time was up.
    unanswered: u64,
    took: Duration,
}

/// Sends requests for so long, or until `stop`.
pub(crate) async fn run(
    address: SocketAddr,
    duration: Duration,
    stop: &CancellationToken,
) -> anyhow::Result<Outcome> {
    let wishes = Arc::new(Wishes::new(&mut Client::connect(address).await?).await?);
    let outcome = Arc::new(Mutex::new(Outcome::default()));
    let begin = Instant::now();
    let end = begin + duration;

    let mut users = JoinSet::new();
    for seed in 0..USERS {
        let mut client = Client::connect(address).await?;
        let (wishes, outcome) = (Arc::clone(&wishes), Arc::clone(&outcome));
        users.spawn(async move {
            // A seed of its own for each, the same in each run.
            let mut rng = Rng::with_seed(seed);
            while Instant::now() < end {
                let answer = timeout_at(end + GRACE, client.get(wishes.choose(&mut rng))).await;
                let mut outcome = outcome.lock().expect("nobody panics with the lock held");
                match answer {
                    Ok(answer) => *outcome.answers.entry(answer?.0).or_default() += 1,
                    Err(_) => outcome.unanswered += 1,
                }
            }
            anyhow::Ok(())
        });
    }
    tokio::select! {
        // First, as the end of the service is not to be taken for a failure of the requests.
        biased;
        () = stop.cancelled() => {}
        results = users.join_all() => results.into_iter().collect::<anyhow::Result<()>>()?,
    }
    let mut outcome = std::mem::take(&mut *outcome.lock().expect("nobody panics with the lock held"));
    outcome.took = begin.elapsed();
    Ok(outcome)
}

impl Wishes {
    /// Looks around first: which trees there are, and some files in them.
    async fn new(client: &mut Client) -> anyhow::Result<Self> {
        let mut trees = vec![String::new()];
        for root in directories(&client.json("/tree?path=").await?) {
            let inside = directories(&client.json(&with_path("/tree", &root)).await?);
            trees.extend(inside.iter().take(20).map(|name| format!("{root}/{name}")));
            trees.push(root);
        }
        // A common word finds files of many kinds.
        let found = client.json("/search?q=the&limit=1000").await?;
        let hits = found["hits"].as_array().into_iter().flatten();
        let mut files: Vec<_> = hits.filter_map(|hit| hit["path"].as_str()).collect();
        files.dedup();
        if files.is_empty() {
            files.push("no/text/at/all");
        }
        Ok(Self {
            searches: SEARCHES.iter().map(|query| format!("/search?{query}")).collect(),
            files: files.iter().map(|path| with_path("/file", path)).collect(),
            trees: trees.iter().map(|path| with_path("/tree", path)).collect(),
        })
    }

    /// Mostly searches and files, and most often the same few of them.
    fn choose(&self, rng: &mut Rng) -> &str {
        match rng.u32(0..100) {
            0..40 => often_the_first(&self.searches, rng),
            40..75 => often_the_first(&self.files, rng),
            75..95 => often_the_first(&self.trees, rng),
            _ => MISTAKES[rng.usize(..MISTAKES.len())],
        }
    }
}

/// The first is chosen most often, the last hardly ever, as with words and web pages.
fn often_the_first<'a>(choices: &'a [String], rng: &mut Rng) -> &'a str {
    let up_to = rng.usize(..choices.len());
    &choices[rng.usize(..=up_to)]
}

fn with_path(route: &str, path: &str) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("path", path).finish();
    format!("{route}?{query}")
}

/// The names of the directories in a listing.
fn directories(listing: &Value) -> Vec<String> {
    let entries = listing["entries"].as_array().into_iter().flatten();
    let directories = entries.filter(|entry| entry["size"].is_null());
    directories.filter_map(|entry| Some(entry["name"].as_str()?.to_owned())).collect()
}

/// One connection, one request after the other.
struct Client {
    host: String,
    requests: SendRequest<Empty<Bytes>>,
}

impl Client {
    async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let (requests, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        tokio::spawn(connection);
        Ok(Self { host: address.to_string(), requests })
    }

    async fn get(&mut self, target: &str) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::get(target).header(header::HOST, &self.host).body(Empty::new())?;
        self.requests.ready().await?;
        let response = self.requests.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    async fn json(&mut self, target: &str) -> anyhow::Result<Value> {
        let (status, body) = self.get(target).await?;
        serde_json::from_slice(&body).with_context(|| format!("{target} answers {status}"))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers: u64 = self.answers.values().sum();
        let per_second = u128::from(answers) * 1000 / self.took.as_millis().max(1);
        writeln!(f, "{answers} requests in {:.1?}, {per_second} a second", self.took)?;
        for (status, count) in &self.answers {
            writeln!(f, "{count:>8}  {status}")?;
        }
        if self.unanswered > 0 {
            writeln!(f, "{:>8}  without an answer when the time was up", self.unanswered)?;
        }
        Ok(())
    }
}
