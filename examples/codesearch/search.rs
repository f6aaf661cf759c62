//! The search: goes through the trees with ripgrep's own libraries. Plain blocking code.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use fujita::{offload, timed};
use grep_matcher::Matcher as _;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::sinks::Lossy;
use grep_searcher::{BinaryDetection, SearcherBuilder};
use ignore::DirEntry;
use serde::{Deserialize, Deserializer, Serialize};

use crate::files::MAX_FILE_BYTES;
use crate::tree::{Root, Tree};

const MAX_QUERY_BYTES: usize = 1_000;
const MAX_HITS: usize = 1_000;
const MAX_LINE_CHARS: usize = 300;
/// Of a compiled regex: keeps the slowest of them at about a second for a megabyte.
const MAX_REGEX_BYTES: usize = 1 << 20;
const TIME_BUDGET: Duration = Duration::from_secs(2);

/// What is looked for; made from the query string of a request.
#[derive(Deserialize, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    #[serde(default)]
    q: String,
    /// Whether `q` is a regex.
    #[serde(default, deserialize_with = "flag")]
    regex: bool,
    #[serde(default)]
    case: Case,
    #[serde(default = "default_limit")]
    limit: usize,
}

/// Which letters are the same.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
enum Case {
    #[default]
    Sensitive,
    Ignore,
    /// Sensitive if there is an upper-case letter in the query.
    Smart,
}

fn default_limit() -> usize {
    100
}

fn flag<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    match String::deserialize(value)?.as_str() {
        "1" | "true" => Ok(true),
        "0" | "false" | "" => Ok(false),
        other => Err(serde::de::Error::custom(format!("{other:?} is neither 1 nor 0"))),
    }
}

/// What was found.
#[derive(Serialize, Default)]
pub(crate) struct Findings {
    hits: Vec<Hit>,
    files_searched: usize,
    /// Whether there may be more hits than these,
    truncated: bool,
    /// because the time was up.
    timed_out: bool,
}

/// One line that matches.
#[derive(Serialize)]
struct Hit {
    path: String,
    line: u64,
    text: String,
    /// Where in `text` the matches begin and end, in characters from 0.
    columns: Vec<(usize, usize)>,
}

impl Findings {
    /// Whether they would be others with more time.
    pub(crate) fn timed_out(&self) -> bool {
        self.timed_out
    }

    /// About so much memory.
    pub(crate) fn bytes(&self) -> u32 {
        let text: usize =
            self.hits.iter().map(|hit| size_of::<Hit>() + hit.path.len() + hit.text.len()).sum();
        u32::try_from(size_of::<Self>() + text).unwrap_or(u32::MAX)
    }
}

/// How long a search may go on.
struct Budget {
    until: Instant,
}

/// Searches all trees, file by file in the order of their names, until the limit is reached or the time is up.
#[timed(labels(mode = request.mode()), slow = "1s", error_kind = SearchError::kind)]
pub(crate) fn grep(tree: &Tree, request: &Request) -> Result<Findings, SearchError> {
    let budget = &Budget::new();
    let matcher = request.matcher()?;
    let mut searcher =
        SearcherBuilder::new().line_number(true).binary_detection(BinaryDetection::quit(b'\0')).build();
    let mut findings = Findings::default();

    for (root, entry) in tree.roots().iter().flat_map(files).take_while(|_| !budget.is_spent()) {
        // Nobody is helped by an error about one of thousands of files: what cannot be read is passed over.
        let Ok(file) = File::open(entry.path()) else { continue };
        let path = root.path_of(entry.path());
        let sink = Lossy(|line, text| {
            findings.truncated = findings.hits.len() == request.limit();
            if !findings.truncated {
                findings.hits.push(Hit::new(&path, line, text, &matcher));
            }
            Ok(!findings.truncated)
        });
        _ = searcher.search_reader(&matcher, Budgeted { file, budget }, sink);
        findings.files_searched += 1;
        if findings.truncated {
            return Ok(findings);
        }
    }
    findings.timed_out = budget.is_spent();
    findings.truncated = findings.timed_out;
    Ok(findings)
}

fn files(root: &Root) -> impl Iterator<Item = (&Root, DirEntry)> {
    let mut walk = root.walk();
    walk.max_filesize(Some(MAX_FILE_BYTES)).sort_by_file_name(OsStr::cmp);
    let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    walk.build().flatten().filter(is_file).map(move |entry| (root, entry))
}

impl Request {
    fn mode(&self) -> &'static str {
        if self.regex { "regex" } else { "literal" }
    }

    fn limit(&self) -> usize {
        self.limit.min(MAX_HITS)
    }

    fn matcher(&self) -> Result<RegexMatcher, SearchError> {
        match self.q.len() {
            0 => return Err(SearchError::Empty),
            1..=MAX_QUERY_BYTES => {}
            _ => return Err(SearchError::TooLong),
        }
        let mut builder = RegexMatcherBuilder::new();
        builder.fixed_strings(!self.regex);
        builder.case_insensitive(self.case == Case::Ignore).case_smart(self.case == Case::Smart);
        builder.line_terminator(Some(b'\n'));
        builder.size_limit(MAX_REGEX_BYTES).dfa_size_limit(MAX_REGEX_BYTES);
        Ok(builder.build(&self.q)?)
    }
}

impl Hit {
    fn new(path: &str, line: u64, text: &str, matcher: &RegexMatcher) -> Self {
        let text: String = text.trim_end_matches(['\r', '\n']).chars().take(MAX_LINE_CHARS).collect();
        let column = |byte| text.char_indices().take_while(|(start, _)| *start < byte).count();
        let mut columns = Vec::new();
        let every_match = matcher.find_iter(text.as_bytes(), |found| {
            columns.push((column(found.start()), column(found.end())));
            true
        });
        debug_assert!(every_match.is_ok(), "a regex search does not fail");
        Self { path: path.to_owned(), line, text, columns }
    }
}

impl Budget {
    fn new() -> Self {
        Self { until: Instant::now() + TIME_BUDGET }
    }

    /// Also if nobody waits for the answer any more.
    fn is_spent(&self) -> bool {
        Instant::now() >= self.until || offload::cancelled()
    }
}

/// Reads the file until the budget is spent, so that a slow regex cannot stay in one file for long.
struct Budgeted<'a> {
    file: File,
    budget: &'a Budget,
}

impl Read for Budgeted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.is_spent() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.file.read(buffer)
    }
}

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    #[error("q is empty: /search?q=text, or /search?q=pattern&regex=1")]
    Empty,
    #[error("q is longer than {MAX_QUERY_BYTES} bytes")]
    TooLong,
    #[error(transparent)]
    BadRegex(#[from] grep_regex::Error),
}

impl SearchError {
    /// For the label `error` of the metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::BadRegex(_) => "bad_regex",
        }
    }
}
