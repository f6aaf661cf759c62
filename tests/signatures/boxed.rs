//! Hand-written functions that return a boxed future: timed while the future runs, not while it is made.

use std::future::{Future, ready};
use std::pin::Pin;

use fujita::timed;
use futures::FutureExt;
use futures::future::{BoxFuture, LocalBoxFuture};

use crate::noisy::{log, logged};
use crate::support::{block_on, later, recorded};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Local<T> = Pin<Box<dyn Future<Output = T>>>;
type Outcome = BoxFuture<'static, Result<u32, String>>;
type Unexpected = Pin<Box<dyn Future<Output = u32> + Send + Sync>>;

#[timed]
fn spelled(x: u32) -> Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    Box::pin(async move {
        later().await;
        if x == 0 {
            return Err("zero".to_owned());
        }
        Ok(x)
    })
}

#[timed]
fn spelled_with_paths(
    x: &u32,
) -> std::pin::Pin<std::boxed::Box<dyn std::future::Future<Output = u32> + core::marker::Send + '_>> {
    std::boxed::Box::pin(async move { *x })
}

#[timed]
fn send_and_sync(x: u32) -> Unexpected {
    Box::pin(async move { x })
}

#[timed]
fn box_future(x: &str) -> BoxFuture<'_, Result<u32, std::num::ParseIntError>> {
    Box::pin(async move { x.parse() })
}

#[timed]
fn boxed_by_method(x: &str) -> BoxFuture<'_, Result<u32, std::num::ParseIntError>> {
    async move {
        later().await;
        x.parse()
    }
    .boxed()
}

#[timed]
fn local_box_future<'a>(x: &'a std::cell::Cell<u32>) -> LocalBoxFuture<'a, u32> {
    Box::pin(async move {
        later().await;
        x.get()
    })
}

#[timed]
fn of_no_block(x: u32) -> LocalBoxFuture<'static, Result<u32, ()>> {
    Box::pin(ready(Err(())).map(move |result: Result<u32, ()>| result.map(|y| y + x)))
}

#[timed]
fn own_alias<'a>(x: &'a str, _other: &str) -> Boxed<'a, usize> {
    Box::pin(async move {
        later().await;
        x.len()
    })
}

#[timed]
fn own_alias_local(x: u32) -> Local<Result<u32, u32>> {
    async move {
        later().await;
        Err(x)
    }
    .boxed_local()
}

#[timed]
fn own_alias_of_result(x: u32) -> Outcome {
    Box::pin(async move { if x == 0 { Err(String::new()) } else { Ok(x) } })
}

#[timed]
fn early(x: u32) -> Local<Result<u32, u32>> {
    if x == 0 {
        return Box::pin(ready(Err(0)));
    }
    if x == 1 {
        return async { Err(1) }.boxed_local();
    }
    Box::pin(async move {
        later().await;
        Ok(x)
    })
}

#[timed]
fn branches(x: u32) -> Boxed<'static, u32> {
    match x {
        0 => Box::pin(ready(0)),
        _ => Box::pin(async move { x }),
    }
}

#[timed]
fn statements_before(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send>> {
    log("statements");
    let parsed = text.parse::<u32>();
    let more = move |x: u32| x + 1;
    Box::pin(async move {
        log("polled");
        parsed.map(more).map_err(|e| e.to_string())
    })
}

#[timed]
fn returned_from_a_statement(x: u32) -> Local<u32> {
    let future = Box::pin(async move { x });
    return future;
}

#[timed]
fn recursive(x: u32) -> BoxFuture<'static, u32> {
    Box::pin(async move { if x == 0 { 0 } else { recursive(x - 1).await + 1 } })
}

#[timed(labels(x = x))]
fn labelled(x: String) -> Local<usize> {
    let x = x + "!";
    Box::pin(async move { x.len() })
}

#[timed(labels(x = x))]
fn labelled_and_moved(x: String) -> Local<usize> {
    let y = x;
    Box::pin(async move { y.len() })
}

struct Service(u32);

impl Service {
    #[timed]
    fn call(&mut self, by: u32) -> Pin<Box<dyn Future<Output = u32> + '_>> {
        self.0 += by;
        Box::pin(async move {
            later().await;
            self.0 += by;
            self.0
        })
    }
}

#[test]
fn spelled_out() {
    assert_eq!(ok!("spelled", block_on(spelled(1))), Ok(1));
    assert!(error!("spelled", block_on(spelled(0))).is_err());
    assert_eq!(ok!("spelled_with_paths", block_on(spelled_with_paths(&1))), 1);
    assert_eq!(ok!("send_and_sync", block_on(send_and_sync(1))), 1);
    assert_eq!(ok!("box_future", block_on(box_future("1"))), Ok(1));
    assert!(error!("box_future", block_on(box_future("x"))).is_err());
    assert!(error!("boxed_by_method", block_on(boxed_by_method("x"))).is_err());
    assert_eq!(ok!("local_box_future", block_on(local_box_future(&std::cell::Cell::new(1)))), 1);
    assert_eq!(error!("of_no_block", block_on(of_no_block(1))), Err(()));
}

#[test]
fn aliases() {
    assert_eq!(ok!("own_alias", block_on(own_alias("abc", ""))), 3);
    assert_eq!(error!("own_alias_local", block_on(own_alias_local(1))), Err(1));
    assert!(error!("own_alias_of_result", block_on(own_alias_of_result(0))).is_err());
    assert_eq!(ok!("own_alias_of_result", block_on(own_alias_of_result(1))), Ok(1));
}

#[test]
fn ways_of_returning() {
    assert_eq!(error!("early", block_on(early(0))), Err(0));
    assert_eq!(error!("early", block_on(early(1))), Err(1));
    assert_eq!(ok!("early", block_on(early(2))), Ok(2));
    assert_eq!(ok!("branches", block_on(branches(0))), 0);
    assert_eq!(ok!("branches", block_on(branches(1))), 1);
    assert_eq!(ok!("returned_from_a_statement", block_on(returned_from_a_statement(1))), 1);
    assert_eq!(ok!("Service::call", block_on(Service(1).call(2))), 5);
    assert_eq!(recorded(module_path!(), &[("recursive", "ok", 3)], || block_on(recursive(2))), 2);
}

#[test]
fn statements_run_at_the_call() {
    let future = std::cell::OnceCell::new();
    assert_eq!(logged(|| drop(future.set(statements_before("x")))), ["statements"]);
    let future = future.into_inner().unwrap();
    assert_eq!(logged(|| assert!(error!("statements_before", block_on(future)).is_err())), ["polled"]);
}

/// One that is never polled records nothing, and neither does making one.
#[test]
fn unpolled() {
    recorded(module_path!(), &[], || {
        drop(spelled(1));
        drop(box_future("1"));
        drop(boxed_by_method("1"));
        drop(own_alias("1", "2"));
        drop(own_alias_local(1));
        drop(early(0));
        drop(early(2));
        drop(branches(0));
        drop(Service(1).call(1));
    });
}

#[test]
fn labels_are_read_before_the_body() {
    let (len, recorded) = fujita_tests::record(|| block_on(labelled("a".to_owned())));
    assert_eq!(len, 2);
    assert_eq!(recorded.sum("function_duration_seconds", &["function=labelled", "x=a"]), 1.0);
    let (len, recorded) = fujita_tests::record(|| block_on(labelled_and_moved("a".to_owned())));
    assert_eq!(len, 1);
    assert_eq!(recorded.sum("function_duration_seconds", &["function=labelled_and_moved", "x=a"]), 1.0);
}
