//! A hit with borrowed arguments does not allocate.
#![allow(missing_docs, clippy::pedantic)]

use std::borrow::Cow;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use fujita::{cached, timed};
use metrics_exporter_prometheus::PrometheusBuilder;

#[cached]
fn text(x: &str) -> usize {
    x.len()
}

#[cached]
fn slice(x: &[u64]) -> usize {
    x.len()
}

#[cached]
fn path(x: &Path) -> usize {
    x.as_os_str().len()
}

#[cached]
fn option(x: Option<&str>) -> Option<usize> {
    x.map(str::len)
}

#[cached]
fn tuple(x: (&str, u32), y: &(u8, String)) -> usize {
    x.0.len() + y.1.len()
}

#[cached]
fn cow(x: Cow<'_, str>) -> usize {
    x.len()
}

#[cached]
fn many(a: &str, b: &[&str], c: Option<&Path>, d: u64) -> Result<usize, String> {
    let _ = (c, d);
    Ok(a.len() + b.len())
}

#[cached]
fn deep(a: &[(&str, u32)], b: &[Cow<'_, str>], c: [&str; 2], d: Result<&str, u8>) -> usize {
    let _ = (c, d);
    a.len() + b.len()
}

#[cached(key = (a.trim(), b.0))]
fn keyed(a: &str, b: &(u8, f64)) -> f64 {
    a.len() as f64 + b.1
}

#[cached(ttl = "1h", stale_while_revalidate = "1h", tags(x))]
fn with_everything(x: &str) -> usize {
    x.len()
}

#[cached(ttl = "1h")]
async fn asynchronous(x: &str) -> Result<usize, String> {
    Ok(x.len())
}

#[timed]
#[cached]
fn measured(x: &str) -> usize {
    x.len()
}

fn poll_to_end<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("pending"),
    }
}

struct Arguments {
    tuple: (u8, String),
    text: String,
}

fn calls(arguments: &Arguments) {
    let text_of = arguments.text.as_str();
    text(text_of);
    slice(&[1, 2, 3]);
    path(Path::new("/usr/share"));
    let _ = option(Some(text_of));
    tuple((text_of, 1), &arguments.tuple);
    cow(Cow::Borrowed(text_of));
    let _ = many(text_of, &["a", text_of], Some(Path::new("/")), 7);
    deep(&[(text_of, 1)], &[Cow::Borrowed(text_of), Cow::Borrowed("b")], ["c", text_of], Ok(text_of));
    keyed(text_of, &(1, 0.5));
    with_everything(text_of);
    let _ = poll_to_end(asynchronous(text_of));
    measured(text_of);
}

#[test]
fn no_hit_allocates() {
    let arguments = Arguments { tuple: (1, "b".into()), text: "a key that needs the heap".into() };
    // Now and then a hit runs what the store has put off, in which it may allocate: few enough calls to stay short of that.
    let quiet = || {
        for _ in 0..3 {
            calls(&arguments);
        }
        fujita::caches().iter().for_each(|cache| assert!(cache.stats().loads > 0));
        let count = allocation_counter::measure(|| (0..8).for_each(|_| calls(&arguments)));
        assert_eq!(count.count_total, 0);
    };
    quiet();
    let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
    metrics::set_global_recorder(recorder).unwrap();
    quiet();

    let miss = allocation_counter::measure(|| assert!(text("another key that needs the heap") > 0));
    assert!(miss.count_total > 0, "the counter counts");
    let hits: u64 = fujita::caches().iter().map(|cache| cache.stats().hits).sum();
    assert_eq!(hits, 12 * (3 + 8 + 3 + 8) - 12, "and those were hits");
}
