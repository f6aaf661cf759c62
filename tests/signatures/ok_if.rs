//! The label `result` by `ok_if`. By the return type alone: everywhere else in this folder.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use fujita::timed;

use crate::support::{block_on, later, outcome};

#[derive(Debug, Clone, Copy)]
enum Failure {
    NotFound,
    Timeout,
}

#[timed(ok_if = |found| found.is_some())]
fn option(x: Option<u32>) -> Option<u32> {
    let x = x?;
    Some(x)
}

#[timed(ok_if = |status| (200..300).contains(status))]
fn status(x: u16) -> u16 {
    x
}

#[timed(ok_if = |yes| *yes)]
fn boolean(x: bool) -> bool {
    if !x {
        return false;
    }
    x
}

#[timed(ok_if = |(_, ok)| *ok)]
fn tuple(x: bool) -> (u32, bool) {
    (1, x)
}

#[timed(ok_if = |text| !text.is_empty())]
fn reference(x: &str) -> &str {
    x
}

#[timed(ok_if = |result| !matches!(result, Err(Failure::Timeout)))]
fn not_found_is_fine(x: Result<u32, Failure>) -> Result<u32, Failure> {
    Ok(x?)
}

#[timed(ok_if = |all| all.len() > 1)]
fn opaque(n: usize) -> impl ExactSizeIterator<Item = usize> {
    vec![1; n].into_iter()
}

#[timed(ok_if = |_: &T| false)]
fn generic<T: Debug>(x: T) -> T {
    x
}

#[timed(ok_if = |x| x.is_some())]
async fn option_async(x: Option<u32>) -> Option<u32> {
    later().await;
    Some(x?)
}

#[timed(ok_if = |x: &Vec<u32>| !x.is_empty())]
fn option_boxed(x: Vec<u32>) -> Pin<Box<dyn Future<Output = Vec<u32>>>> {
    Box::pin(async move { x })
}

#[timed(ok_if = |x: &Vec<u32>| !x.is_empty())]
fn option_boxed_by_value(x: Vec<u32>) -> futures::future::LocalBoxFuture<'static, Vec<u32>> {
    if x.len() > 9 {
        return Box::pin(async { vec![] });
    }
    Box::pin(async move { x })
}

#[timed(ok_if = |x| *x > 0)]
fn impl_future(x: u32) -> impl Future<Output = u32> {
    async move { x }
}

#[test]
fn ok_if() {
    assert_eq!([outcome(|| option(Some(1))), outcome(|| option(None))], ["ok", "error"]);
    assert_eq!([outcome(|| status(204)), outcome(|| status(404))], ["ok", "error"]);
    assert_eq!([outcome(|| boolean(true)), outcome(|| boolean(false))], ["ok", "error"]);
    assert_eq!([outcome(|| tuple(true)), outcome(|| tuple(false))], ["ok", "error"]);
    assert_eq!([outcome(|| reference("a")), outcome(|| reference(""))], ["ok", "error"]);
    assert_eq!([outcome(|| opaque(2)), outcome(|| opaque(1))], ["ok", "error"]);
    assert_eq!(outcome(|| generic(1)), "error");
    let all = [Ok(1), Err(Failure::NotFound), Err(Failure::Timeout)];
    assert_eq!(all.map(|x| outcome(|| not_found_is_fine(x))), ["ok", "ok", "error"]);
}

#[test]
fn ok_if_of_futures() {
    assert_eq!([Some(1), None].map(|x| outcome(|| block_on(option_async(x)))), ["ok", "error"]);
    let lists = || [vec![1], vec![]];
    assert_eq!(lists().map(|x| outcome(|| block_on(option_boxed(x)))), ["ok", "error"]);
    assert_eq!(lists().map(|x| outcome(|| block_on(option_boxed_by_value(x)))), ["ok", "error"]);
    assert_eq!([1, 0].map(|x| outcome(|| block_on(impl_future(x)))), ["ok", "error"]);
}
