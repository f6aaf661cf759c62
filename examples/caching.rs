//! A spelling checker: its answers are expensive, so they are kept, grow old, and are thrown away.
//!
//! ```text
//! cargo run --example caching
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, RwLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fujita::sync::Cache;
use fujita::{Clock, ClockHand, Stats, cached};

type Words = BTreeSet<String>;

/// The words of each language.
static DICTIONARIES: RwLock<BTreeMap<&str, Words>> = RwLock::new(BTreeMap::new());

/// Moved by hand, so that nobody has to wait here. Without `clock`, the times are real.
static CLOCK: LazyLock<(Clock, ClockHand)> = LazyLock::new(Clock::mock);

/// Expensive, for it looks at every word. When an answer is ten minutes old, it is given while a new one is made. That there
/// is none is kept for ten seconds.
#[cached(
    ttl = "10m",
    stale_while_revalidate = "1h",
    cache_none = "10s",
    tags(language),
    clock = CLOCK.0.clone()
)]
fn correct(language: &str, word: &str) -> Option<String> {
    nearest(DICTIONARIES.read().expect("nobody panics with the lock held").get(language)?, word)
}

/// Somebody's own words, with a cache of their own.
struct Writer {
    words: Words,
    corrections: Cache<String, String>,
}

impl Writer {
    #[cached(cache = self.corrections)]
    fn correct(&self, word: &str) -> Option<String> {
        nearest(&self.words, word)
    }
}

fn nearest(words: &Words, word: &str) -> Option<String> {
    let (distance, nearest) = words.iter().map(|known| (distance(word, known), known)).min()?;
    (distance <= 2).then(|| nearest.clone())
}

/// How many letters are to be changed, put in or left out (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[row.len() - 1]
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphabetic()).map(str::to_lowercase)
}

fn learn(language: &'static str, text: &str) {
    let mut dictionaries = DICTIONARIES.write().expect("nobody panics with the lock held");
    dictionaries.entry(language).or_default().extend(words(text));
}

fn show(what: &str, call: impl FnOnce() -> Option<String>) {
    let started = Instant::now();
    let answer = call();
    println!("{what:<24} {:>8.1?}  {}", started.elapsed(), answer.as_deref().unwrap_or("-"));
}

fn main() {
    learn("english", include_str!("../ARCHITECTURE.md"));
    learn("rust", include_str!("codesearch/service.rs"));
    show("a miss", || correct("english", "funktion"));
    show("a hit", || correct("english", "funktion"));
    show("nothing near", || correct("english", "supercalifragilistic"));
    show("nothing near, a hit", || correct("english", "supercalifragilistic"));
    show("another language", || correct("rust", "asinc"));

    learn("english", "funktion");
    correct_cache().invalidate_tag("english");
    show("english thrown away", || correct("english", "funktion"));
    show("rust was not", || correct("rust", "asinc"));

    learn("rust", "asinc");
    CLOCK.1.advance(Duration::from_secs(11 * 60));
    show("eleven minutes later", || correct("rust", "asinc"));
    while correct_cache().iter().count() == 0 {
        sleep(Duration::from_millis(1)); // nothing is young enough until the new answer is there
    }
    show("and from then on", || correct("rust", "asinc"));

    let own = [("ada's", "a loom and its cards"), ("bob's", "wool and loam")];
    let writers = own.map(|(name, text)| Writer {
        words: words(text).collect(),
        corrections: Cache::builder(name).max_capacity(100).build(),
    });
    for writer in &writers {
        show(writer.corrections.name(), || writer.correct("lom"));
    }
    println!();
    for cache in fujita::caches() {
        let Stats { hits, stale, misses, loads, .. } = cache.stats();
        println!("{:<17} {hits} hits, {stale} stale, {misses} misses, {loads} loads", cache.name());
    }
}
