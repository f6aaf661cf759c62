//! `impl Trait` in return types, alone and inside others.

use std::fmt::{Debug, Display};
use std::future::Future;

use fujita::timed;

use crate::support::{block_on, later};

#[timed]
fn iterator(n: u32) -> impl Iterator<Item = u32> {
    0..n
}

#[timed]
fn borrowing(all: &[u32]) -> impl Iterator<Item = &u32> + Clone {
    all.iter()
}

#[timed]
fn nested(all: Vec<u32>) -> impl Iterator<Item = impl Display> {
    all.into_iter()
}

#[timed]
fn capturing<'a, T: Clone>(all: &'a [T], _other: &str) -> impl DoubleEndedIterator<Item = T> + use<'a, T> {
    all.iter().cloned()
}

#[timed]
fn capturing_nothing<T: Display>(of: &T) -> Option<impl Fn() -> String + use<T>> {
    let text = of.to_string();
    Some(move || text.clone())
}

#[timed]
fn function() -> impl Fn(u32) -> u32 {
    |x| x + 1
}

#[timed]
fn result(n: u32) -> Result<impl Iterator<Item = u32>, String> {
    if n == 0 {
        return Err("nothing".to_owned());
    }
    if n == 1 {
        Err("one")?;
    }
    Ok(0..n)
}

#[timed]
fn result_of_both(n: u32) -> Result<impl Display, impl Debug> {
    if n == 0 { Err("zero") } else { Ok(n) }
}

#[timed]
fn option(n: u32) -> Option<impl Iterator<Item = u32> + Debug> {
    (n > 0).then_some(0..n)
}

#[timed]
fn pair() -> (impl Display, impl Debug) {
    (1, "two")
}

#[timed]
fn in_a_result_of_tuple() -> Result<(impl Display, Vec<impl Debug>), std::convert::Infallible> {
    Ok((1, vec!["two"]))
}

#[timed]
fn boxed() -> Box<impl Iterator<Item = u32>> {
    Box::new(0..3)
}

#[timed]
fn in_a_trait_object() -> Box<dyn Iterator<Item = impl Display>> {
    Box::new([1_u8].into_iter())
}

#[timed]
fn recursive(n: u32) -> Result<Vec<impl Display>, String> {
    if n > 0 {
        let inner: Result<Vec<_>, _> = Ok(recursive(n - 1)?.into_iter().map(|x| format!("({x})")).collect());
        return inner;
    }
    Ok(vec![String::from("end")])
}

#[timed]
async fn iterator_async(n: u32) -> impl Iterator<Item = u32> {
    later().await;
    0..n
}

#[timed]
async fn borrowing_async(all: &[u32]) -> impl Iterator<Item = &u32> {
    later().await;
    all.iter()
}

#[timed]
async fn result_async(n: u32) -> Result<impl Iterator<Item = u32>, String> {
    if n == 0 {
        return Err("nothing".to_owned());
    }
    if n == 1 {
        Err("one")?;
    }
    later().await;
    Ok(0..n)
}

#[timed]
async fn in_a_trait_object_async() -> Box<dyn Iterator<Item = impl Display>> {
    later().await;
    Box::new([1_u8].into_iter())
}

#[timed]
async fn future_async(x: u32) -> impl Future<Output = u32> {
    later().await;
    async move { x }
}

#[timed]
async fn pair_async() -> (impl Display, Option<impl Debug>) {
    (1, Some("two"))
}

#[test]
fn sync() {
    assert_eq!(ok!("iterator", iterator(3)).count(), 3);
    assert_eq!(ok!("borrowing", borrowing(&[1, 2])).clone().count(), 2);
    assert_eq!(ok!("nested", nested(vec![1, 2])).map(|x| x.to_string()).collect::<String>(), "12");
    let all = [1, 2];
    let capturing = ok!("capturing", capturing(&all, &String::new()));
    assert_eq!(capturing.rev().collect::<Vec<_>>(), [2, 1]);
    assert_eq!(ok!("capturing_nothing", capturing_nothing(&String::from("a"))).unwrap()(), "a");
    assert_eq!(ok!("function", function())(1), 2);
    assert_eq!(ok!("option", option(2)).unwrap().count(), 2);
    assert_eq!(ok!("pair", pair()).0.to_string(), "1");
    assert_eq!(ok!("boxed", boxed()).count(), 3);
    assert_eq!(ok!("in_a_trait_object", in_a_trait_object()).count(), 1);
}

#[test]
fn results() {
    assert_eq!(ok!("result", result(3)).unwrap().count(), 3);
    assert_eq!(error!("result", result(0)).err(), Some("nothing".to_owned()));
    assert_eq!(error!("result", result(1)).err(), Some("one".to_owned()));
    assert!(error!("result_of_both", result_of_both(0)).is_err());
    let Ok((shown, debugged)) = ok!("in_a_result_of_tuple", in_a_result_of_tuple());
    assert_eq!(format!("{shown} {debugged:?}"), "1 [\"two\"]");
    let recursive = crate::support::recorded(module_path!(), &[("recursive", "ok", 3)], || recursive(2));
    assert_eq!(recursive.unwrap()[0].to_string(), "((end))");
}

#[test]
fn asynchronous() {
    assert_eq!(ok!("iterator_async", block_on(iterator_async(3))).count(), 3);
    assert_eq!(ok!("borrowing_async", block_on(borrowing_async(&[1, 2]))).count(), 2);
    assert_eq!(ok!("result_async", block_on(result_async(3))).unwrap().count(), 3);
    assert_eq!(error!("result_async", block_on(result_async(0))).err(), Some("nothing".to_owned()));
    assert_eq!(error!("result_async", block_on(result_async(1))).err(), Some("one".to_owned()));
    assert_eq!(ok!("in_a_trait_object_async", block_on(in_a_trait_object_async())).count(), 1);
    assert_eq!(block_on(ok!("future_async", block_on(future_async(1)))), 1);
    assert_eq!(ok!("pair_async", block_on(pair_async())).0.to_string(), "1");
}
