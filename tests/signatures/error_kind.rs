//! The label `error` by `error_kind`.

use std::future::Future;
use std::io;
use std::pin::Pin;

use async_trait::async_trait;
use fujita::timed;

use crate::support::{block_on, later, outcome};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Failure {
    NotFound,
    Timeout,
}

impl Failure {
    fn kind(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Timeout => "timeout",
        }
    }
}

trait Kind {
    fn name(&self) -> &'static str;
}

impl Kind for Failure {
    fn name(&self) -> &'static str {
        self.kind()
    }
}

impl Kind for &str {
    fn name(&self) -> &'static str {
        "str"
    }
}

fn kind_of<E: Kind>(error: &E) -> &'static str {
    error.name()
}

const OK: Result<u32, Failure> = Ok(1);
const LOST: Result<u32, Failure> = Err(Failure::NotFound);

#[timed(error_kind = Failure::kind)]
fn by_method(x: Result<u32, Failure>) -> Result<u32, Failure> {
    Ok(x? + 1)
}

#[timed(error_kind = kind_of)]
fn by_generic_function(x: Result<u32, Failure>) -> Result<u32, Failure> {
    x
}

#[timed(error_kind = |error| match error.kind() { io::ErrorKind::NotFound => "lost", _ => "other" })]
fn by_closure(x: io::Result<u32>) -> io::Result<u32> {
    x
}

#[timed(error_kind = E::name)]
fn of_generic_error<T, E: Kind>(x: Result<T, E>) -> Result<T, E> {
    x
}

#[timed(error_kind = |e: &anyhow::Error| e.downcast_ref().map_or("unknown", Failure::kind))]
fn anyhow(x: Result<u32, Failure>) -> anyhow::Result<u32>
where
    Failure: std::error::Error,
{
    Ok(x?)
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl std::error::Error for Failure {}

#[timed(error_kind = |e: &Box<dyn std::error::Error>| if e.is::<Failure>() { "failure" } else { "other" })]
async fn boxed_error_async(x: Result<u32, Failure>) -> Result<u32, Box<dyn std::error::Error>> {
    later().await;
    Ok(x?)
}

#[timed(error_kind = Failure::kind)]
fn error_of_opaque(x: Result<u32, Failure>) -> Result<impl Iterator<Item = u32>, Failure> {
    Ok(0..x?)
}

#[timed(error_kind = Failure::kind)]
fn error_boxed(x: Result<u32, Failure>) -> Pin<Box<dyn Future<Output = Result<u32, Failure>> + Send>> {
    Box::pin(async move { x })
}

#[timed(error_kind = Failure::kind)]
fn error_in_impl_future(x: Result<u32, Failure>) -> impl Future<Output = Result<u32, Failure>> {
    async move { x }
}

#[timed(ok_if = |result| !matches!(result, Err(Failure::Timeout)), error_kind = Failure::kind)]
fn both(x: Result<u32, Failure>) -> Result<u32, Failure> {
    x
}

#[track_caller]
#[timed(error_kind = Failure::kind)]
fn tracked(x: Result<u32, Failure>) -> Result<u32, Failure> {
    match x {
        Ok(x) => return Ok(x),
        Err(error) => Err(error),
    }
}

struct Service;

#[async_trait]
trait Calls {
    async fn call(&self, x: Result<u32, Failure>) -> Result<u32, Failure>;
}

#[async_trait]
impl Calls for Service {
    #[timed(error_kind = Failure::kind)]
    async fn call(&self, x: Result<u32, Failure>) -> Result<u32, Failure> {
        later().await;
        Ok(x?)
    }
}

struct Wrapped<E>(E);

impl<E: Kind + Clone> Wrapped<E> {
    #[timed(error_kind = Self::kind)]
    fn call(&self) -> Result<u32, E> {
        Err(self.0.clone())
    }

    #[timed(error_kind = Self::kind)]
    async fn call_async(&self) -> Result<u32, E> {
        Err(self.0.clone())
    }

    fn kind(error: &E) -> &'static str {
        error.name()
    }
}

#[test]
fn error_kind() {
    assert_eq!([OK, LOST].map(|x| outcome(|| by_method(x))), ["ok", "not_found error"]);
    assert_eq!([OK, LOST].map(|x| outcome(|| by_generic_function(x))), ["ok", "not_found error"]);
    assert_eq!(outcome(|| by_closure(Err(io::ErrorKind::NotFound.into()))), "lost error");
    assert_eq!(outcome(|| of_generic_error(LOST)), "not_found error");
    assert_eq!(outcome(|| of_generic_error(Err::<(), _>("x"))), "str error");
    assert_eq!([OK, LOST].map(|x| outcome(|| anyhow(x))), ["ok", "not_found error"]);
    assert_eq!([OK, LOST].map(|x| outcome(|| error_of_opaque(x))), ["ok", "not_found error"]);
    assert_eq!([OK, LOST].map(|x| outcome(|| tracked(x))), ["ok", "not_found error"]);
    assert_eq!(outcome(|| Wrapped("x").call()), "str error");
}

#[test]
fn error_kind_of_futures() {
    assert_eq!([OK, LOST].map(|x| outcome(|| block_on(boxed_error_async(x)))), ["ok", "failure error"]);
    assert_eq!([OK, LOST].map(|x| outcome(|| block_on(error_boxed(x)))), ["ok", "not_found error"]);
    assert_eq!([OK, LOST].map(|x| outcome(|| block_on(error_in_impl_future(x)))), ["ok", "not_found error"]);
    assert_eq!([OK, LOST].map(|x| outcome(|| block_on(Service.call(x)))), ["ok", "not_found error"]);
    assert_eq!(outcome(|| block_on(Wrapped("x").call_async())), "str error");
}

/// `ok_if` decides what is an error; only errors have a kind.
#[test]
fn together() {
    let all = [OK, LOST, Err(Failure::Timeout)];
    assert_eq!(all.map(|x| outcome(|| both(x))), ["ok", "ok", "timeout error"]);
}
