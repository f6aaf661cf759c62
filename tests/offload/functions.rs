//! Free functions.

use std::io;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::ThreadId;

use fujita::{OffloadError, offload};

use crate::{elsewhere, here};

#[offload]
fn plain(n: u8) -> (u8, ThreadId) {
    (n, here())
}
#[offload(blocking)]
fn blocking(n: u8) -> (u8, ThreadId) {
    (n, here())
}
#[offload(cpu)]
fn cpu(n: u8) -> (u8, ThreadId) {
    (n, here())
}
#[offload(in_place)]
fn in_place(n: &u8) -> (&u8, ThreadId) {
    (n, here())
}
#[offload(cpu)]
fn no_arguments() -> ThreadId {
    here()
}
static CALLS: AtomicU32 = AtomicU32::new(0);
#[offload]
fn nothing() {
    CALLS.fetch_add(1, Ordering::SeqCst);
}
#[offload]
fn unit(early: bool) -> () {
    if early {
        return;
    }
    CALLS.fetch_add(10, Ordering::SeqCst);
}
#[offload]
fn never(why: String) -> ! {
    panic!("{why}")
}
#[offload]
fn parse(text: String) -> Result<u8, ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    Ok(text.parse::<u8>()? + 1)
}
#[offload]
fn read(path: String) -> io::Result<String> {
    std::fs::read_to_string(path)
}
#[offload]
fn first(text: String) -> Option<char> {
    text.chars().next()?.to_uppercase().next()
}
#[offload]
fn boxed() -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    Ok("7".parse::<u8>()?)
}
#[offload]
fn anyhow(text: String) -> anyhow::Result<u8> {
    anyhow::ensure!(!text.is_empty(), "empty");
    Ok(text.parse()?)
}
#[offload(timeout = "10s", on_full = "reject")]
fn refusable(n: u8) -> Result<u8, OffloadError> {
    Ok(n)
}
type Answer<T> = Result<T, OffloadError>;
#[offload(queue_timeout = "10s")]
fn by_alias(n: u8) -> Answer<u8> {
    Ok(n)
}
#[offload]
fn iterator(n: u8) -> impl Iterator<Item = u8> + Send + 'static {
    0..n
}
#[offload]
fn iterator_or(n: u8) -> Result<impl Iterator<Item = u8> + Send + 'static, String> {
    if n == 0 {
        return Err("none".to_owned());
    }
    Ok(0..n)
}
#[offload]
fn item_first(n: u8) -> u8 {
    const MORE: u8 = 1;
    n + MORE
}
#[offload]
fn inner_attribute(n: u8) -> u8 {
    #![allow(unused_variables)]
    let unused = n;
    n
}
#[offload(name = "renamed", max_concurrent = 2, on_drop = "detach", on_full = "caller_runs")]
fn options(n: u8) -> u8 {
    n
}
fn outer(n: u8) -> impl Future<Output = u8> {
    #[offload]
    fn inner(n: u8) -> u8 {
        n + 1
    }
    inner(n)
}
#[offload(cpu)]
fn fibonacci(n: u32) -> u32 {
    fn sync(n: u32) -> u32 {
        if n < 2 { n } else { sync(n - 1) + sync(n - 2) }
    }
    sync(n)
}
#[offload]
#[track_caller]
#[inline]
#[must_use]
#[doc(hidden)]
fn attributes(#[allow(unused)] unused: u8) -> u8 {
    3
}
#[offload]
#[expect(unused_variables)]
fn expected(unused: u8) -> u8 {
    3
}
#[offload]
#[tracing::instrument]
fn instrumented_inside(n: u8) -> u8 {
    n
}
#[tracing::instrument]
#[offload]
fn instrumented_outside(n: u8) -> u8 {
    n
}
#[offload]
#[tokio::test]
fn offloaded_test() -> Result<(), String> {
    assert_ne!(1, 2);
    Ok(())
}
#[offload]
fn closures(f: impl FnOnce(u8) -> u8 + Send + 'static, g: Box<dyn Fn(u8) -> u8 + Send>) -> u8 {
    g(f(1))
}
#[offload]
fn static_borrow(text: &'static str, list: &'static [u8]) -> usize {
    text.len() + list.len()
}
#[offload]
fn mutable(mut n: u8, mut list: Vec<u8>) -> Vec<u8> {
    n += 1;
    list.push(n);
    list
}
#[offload]
fn r#fn(r#type: u8) -> u8 {
    r#type
}
#[offload]
fn names(body: u8, offload: u8, run: u8, site: u8) -> u8 {
    body + offload + run + site
}

#[tokio::test]
async fn run_elsewhere() {
    let (n, thread) = plain(1).await;
    assert_eq!(n, 1);
    elsewhere(thread);
    elsewhere(blocking(1).await.1);
    elsewhere(cpu(1).await.1);
    elsewhere(no_arguments().await);
    assert_eq!(in_place(&1).await, (&1, here()));
}

#[tokio::test]
async fn return_what_they_did() {
    nothing().await;
    unit(true).await;
    unit(false).await;
    assert_eq!(CALLS.load(Ordering::SeqCst), 11);
    assert_eq!((parse("1".into()).await, parse("".into()).await), (Ok(2), Ok(0)));
    assert!(parse("x".into()).await.is_err());
    assert_eq!(read("/no/such".into()).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!((first("a".into()).await, first("".into()).await), (Some('A'), None));
    assert_eq!(boxed().await.unwrap(), 7);
    assert_eq!(anyhow("".into()).await.unwrap_err().to_string(), "empty");
    assert_eq!((refusable(1).await, by_alias(2).await), (Ok(1), Ok(2)));
    assert_eq!(iterator(3).await.collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(iterator_or(2).await.unwrap().count(), 2);
    assert_eq!(iterator_or(0).await.err().unwrap(), "none");
    assert_eq!((item_first(1).await, inner_attribute(1).await, options(1).await), (2, 1, 1));
    assert_eq!((outer(1).await, fibonacci(10).await), (2, 55));
    assert_eq!((attributes(1).await, expected(1).await), (3, 3));
    assert_eq!((instrumented_inside(1).await, instrumented_outside(2).await), (1, 2));
    assert_eq!(closures(|n| n + 1, Box::new(|n| n * 2)).await, 4);
    assert_eq!(static_borrow("ab", &[1]).await, 3);
    assert_eq!(mutable(1, vec![1]).await, [1, 2]);
    assert_eq!((r#fn(1).await, names(1, 2, 3, 4).await), (1, 10));
}

#[tokio::test]
#[should_panic(expected = "never comes back")]
async fn a_panic_reaches_the_caller() {
    never("never comes back".to_owned()).await
}

#[tokio::test]
async fn nothing_happens_before_the_first_poll() {
    static RAN: AtomicU32 = AtomicU32::new(0);
    #[offload]
    fn count() {
        RAN.fetch_add(1, Ordering::SeqCst);
    }
    drop(count());
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(RAN.load(Ordering::SeqCst), 0);
    count().await;
    assert_eq!(RAN.load(Ordering::SeqCst), 1);
}

#[test]
fn futures_can_be_spawned() {
    fn spawnable<T: Send + 'static>(_: &T) {}
    spawnable(&plain(1));
    spawnable(&cpu(1));
    spawnable(&parse(String::new()));
    spawnable(&mutable(1, Vec::new()));
    spawnable(&iterator(1));
}
