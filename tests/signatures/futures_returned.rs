//! `fn -> impl Future`: timed while the future runs, whatever was done to make it.

use std::future::{Future, IntoFuture, ready};
use std::panic::{RefUnwindSafe, UnwindSafe};

use fujita::timed;
use futures::FutureExt;
use futures::future::FusedFuture;

use crate::noisy::{log, logged};
use crate::support::{block_on, later, recorded};

#[timed]
fn of_a_block(x: u32) -> impl Future<Output = u32> {
    async move {
        later().await;
        x
    }
}

#[timed]
fn of_a_result(x: u32) -> impl Future<Output = Result<u32, String>> + Send + 'static {
    async move {
        if x == 0 {
            return Err("zero".to_owned());
        }
        Ok(x)
    }
}

#[timed]
fn with_path(x: u32) -> impl std::future::Future<Output = std::io::Result<u32>> {
    ready(Ok(x))
}

#[timed]
fn borrowing(x: &mut u32) -> impl Future<Output = &mut u32> {
    async move {
        *x += 1;
        later().await;
        x
    }
}

#[timed]
fn capturing_one<'a, 'b, T: Clone>(x: &'a T, _y: &'b str) -> impl Future<Output = T> + use<'a, T> {
    async move {
        later().await;
        x.clone()
    }
}

#[timed]
fn capturing_one_early_bound<'a, 'b: 'b>(x: &'a str, y: &'b str) -> impl Future<Output = usize> + use<'a> {
    let more = y.len();
    async move { x.len() + more }
}

#[timed]
fn capturing_nothing(x: &str) -> impl Future<Output = usize> + use<> {
    let len = x.len();
    async move {
        later().await;
        len
    }
}

#[timed]
fn with_auto_traits(x: u32) -> impl Future<Output = u32> + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe {
    ready(x)
}

#[timed]
fn statements_before(text: &str) -> impl Future<Output = Result<u32, std::num::ParseIntError>> + use<> {
    log("statements");
    let parsed = text.parse::<u32>();
    async move {
        log("polled");
        parsed
    }
}

#[timed]
fn early(x: u32) -> impl Future<Output = Result<u32, u32>> {
    if x == 0 {
        return ready(Err(0));
    }
    let inner = |y| {
        return ready(Ok(y));
    };
    inner(x)
}

#[timed]
fn in_a_chain(x: u32) -> impl Future<Output = Result<String, ()>> {
    of_a_block_unmeasured(x).map(Ok::<_, ()>).inspect(|_| log("done")).map(|x| x.map(|x| x.to_string()))
}

async fn of_a_block_unmeasured(x: u32) -> u32 {
    x
}

#[timed]
fn of_an_opaque_output(x: u32) -> impl Future<Output = impl Iterator<Item = u32>> {
    async move { 0..x }
}

#[timed]
fn of_a_result_of_opaque(x: u32) -> impl Future<Output = Result<impl Iterator<Item = u32>, String>> {
    async move { if x == 0 { Err("zero".into()) } else { Ok(0..x) } }
}

#[timed]
fn of_nothing() -> impl Future {
    later()
}

#[timed]
fn by_closure<F, Fut>(make: F) -> impl Future<Output = Fut::Output>
where
    F: FnOnce() -> Fut,
    Fut: Future,
{
    make()
}

#[timed]
fn patterns((x, _): (u32, String), mut y: u32, _: u32) -> impl Future<Output = u32> {
    y += 1;
    async move { x + y }
}

#[timed(labels(x = x))]
fn labelled(x: String) -> impl Future<Output = usize> {
    let x = x + "!";
    async move { x.len() }
}

struct Service(u32);

impl Service {
    #[timed]
    fn by_mut(&mut self) -> impl Future<Output = u32> + '_ {
        async move {
            self.0 += 1;
            later().await;
            self.0
        }
    }

    #[timed]
    fn by_value(mut self) -> impl Future<Output = u32> + Send {
        self.0 += 1;
        async move { self.0 }
    }
}

/// A wrapper cannot be everything that a future can be: these are timed like any other value.
#[timed]
fn more_than_a_future(x: u32) -> impl FusedFuture<Output = u32> + Future<Output = u32> + Clone {
    futures::future::ready(x)
}

#[timed]
fn into_future(x: u32) -> impl IntoFuture<Output = u32> {
    ready(x)
}

#[test]
fn simple() {
    assert_eq!(ok!("of_a_block", block_on(of_a_block(1))), 1);
    assert_eq!(ok!("of_a_result", block_on(of_a_result(1))), Ok(1));
    assert!(error!("of_a_result", block_on(of_a_result(0))).is_err());
    assert_eq!(ok!("with_path", block_on(with_path(1))).unwrap(), 1);
    let mut x = 1;
    assert_eq!(*ok!("borrowing", block_on(borrowing(&mut x))), 2);
    assert_eq!(ok!("with_auto_traits", block_on(with_auto_traits(1))), 1);
    assert_eq!(error!("early", block_on(early(0))), Err(0));
    assert_eq!(ok!("early", block_on(early(1))), Ok(1));
    assert_eq!(ok!("in_a_chain", block_on(in_a_chain(1))), Ok("1".into()));
    assert_eq!(ok!("of_an_opaque_output", block_on(of_an_opaque_output(3))).count(), 3);
    assert!(error!("of_a_result_of_opaque", block_on(of_a_result_of_opaque(0))).is_err());
    ok!("of_nothing", block_on(of_nothing()));
    assert_eq!(ok!("by_closure", block_on(by_closure(|| ready(1)))), 1);
    assert_eq!(ok!("patterns", block_on(patterns((1, String::new()), 2, 3))), 4);
    assert_eq!(ok!("Service::by_mut", block_on(Service(1).by_mut())), 2);
    assert_eq!(ok!("Service::by_value", block_on(Service(1).by_value())), 2);
}

#[test]
fn precise_captures() {
    let x = 5;
    let (one, nothing, early_bound) = {
        let text = String::from("gone by the time of the poll");
        (capturing_one(&x, &text), capturing_nothing(&text), capturing_one_early_bound("abc", &text))
    };
    assert_eq!(ok!("capturing_one", block_on(one)), 5);
    assert_eq!(ok!("capturing_nothing", block_on(nothing)), 28);
    assert_eq!(ok!("capturing_one_early_bound", block_on(early_bound)), 31);
}

#[test]
fn statements_run_at_the_call() {
    let future = std::cell::OnceCell::new();
    assert_eq!(logged(|| drop(future.set(statements_before("x")))), ["statements"]);
    let future = future.into_inner().unwrap();
    assert_eq!(logged(|| assert!(error!("statements_before", block_on(future)).is_err())), ["polled"]);
}

#[test]
fn unpolled() {
    recorded(module_path!(), &[], || {
        drop(of_a_block(1));
        drop(early(0));
        drop(statements_before("1"));
    });
}

#[test]
fn labels_are_read_before_the_body() {
    let (len, recorded) = fujita_tests::record(|| block_on(labelled("a".to_owned())));
    assert_eq!(len, 2);
    assert_eq!(recorded.sum("function_duration_seconds", &["function=labelled", "x=a"]), 1.0);
}

#[test]
fn what_no_wrapper_can_be() {
    let future = ok!("more_than_a_future", more_than_a_future(1));
    assert_eq!(block_on(future.clone()), 1);
    assert_eq!(block_on(ok!("into_future", into_future(1)).into_future()), 1);
}
