//! Boxed futures of generic outputs and in odd spellings, and boxes that hold no future.

use std::future::{Future, ready};
use std::pin::Pin;

use fujita::timed;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, Stream, StreamExt};

use crate::noisy::log;
use crate::support::{block_on, later};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Local<T> = Pin<Box<dyn Future<Output = T>>>;

#[timed]
#[rustfmt::skip]
fn trailing_comma(x: u32) -> Local<Result<u32, u32>> {
    Box::pin(
        async move { Err(x) },
    )
}

#[timed]
#[rustfmt::skip]
fn trailing_comma_of_no_block(x: u32) -> Pin<Box<dyn Future<Output = Result<u32, u32>>>> {
    Box::pin(
        ready(x)
            .map(Err),
    )
}

#[timed]
fn generic<'a, T: Clone + Send + Sync + 'a>(x: &'a T) -> BoxFuture<'a, Result<T, ()>> {
    async move { Ok(x.clone()) }.boxed()
}

#[timed]
fn generic_by_alias<'a, T: Clone + Send + Sync + 'a>(x: &'a T) -> Boxed<'a, Result<(), T>> {
    Box::pin(async move { Err(x.clone()) })
}

/// What is returned does not even say that `T` outlives it.
#[timed]
fn passed_through<'a, T>(future: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    log("passed");
    future
}

#[timed]
fn passed_through_by_alias<'a, Value>(future: Boxed<'a, Value>) -> Boxed<'a, Value> {
    future
}

struct Layer<Item>(std::marker::PhantomData<Item>);

impl<Item: Send> Layer<Item> {
    #[timed]
    fn pass<'a>(&'a self, future: Boxed<'a, Item>) -> Boxed<'a, Item> {
        future
    }
}

/// The block's parameters are known to its functions, which nothing here says outlive `'a`.
#[timed]
impl<Item> Layer<Item> {
    fn pass_spelled<'a>(future: BoxFuture<'a, Item>) -> BoxFuture<'a, Item> {
        if size_of::<Item>() > 100 {
            return future;
        }
        future
    }
}

/// As `tower` has it.
trait Call {
    type Future: Future<Output = Result<u32, u32>>;
    fn call(&mut self, x: u32) -> Self::Future;
}

impl Call for Layer<()> {
    type Future = Local<Result<u32, u32>>;

    #[timed]
    fn call(&mut self, x: u32) -> Self::Future {
        let y = x + 1;
        Box::pin(async move {
            later().await;
            Err(y)
        })
    }
}

/// What is pinned and boxed, and no future.
struct Pinned(u32);

impl Pinned {
    #[timed]
    fn new(x: u32) -> Pin<Box<Self>> {
        Box::pin(Self(x))
    }
}

#[timed]
fn boxed_stream(n: u32) -> Pin<Box<dyn Stream<Item = u32>>> {
    Box::pin(futures::stream::iter(0..n))
}

#[timed]
fn alias_of_stream(n: u32) -> BoxStream<'static, u32> {
    futures::stream::iter(0..n).boxed()
}

#[timed]
fn boxed_closure() -> Pin<Box<dyn Fn(u32) -> u32>> {
    Box::pin(|x| x + 1)
}

#[test]
fn however_it_is_written() {
    assert_eq!(error!("trailing_comma", block_on(trailing_comma(1))), Err(1));
    assert_eq!(error!("trailing_comma_of_no_block", block_on(trailing_comma_of_no_block(1))), Err(1));
    assert_eq!(error!("Layer::call", block_on(Layer(std::marker::PhantomData).call(1))), Err(2));
    assert_eq!(error!("generic_by_alias", block_on(generic_by_alias(&1))), Err(1));
}

/// Whatever is measured of these, they compile and return what they did.
#[test]
fn of_generic_outputs() {
    assert_eq!(block_on(generic(&1)), Ok(1));
    assert_eq!(block_on(passed_through(ready(1).boxed())), 1);
    assert_eq!(block_on(passed_through_by_alias(ready(1).boxed())), 1);
    assert_eq!(block_on(Layer(std::marker::PhantomData).pass(ready(1).boxed())), 1);
    assert_eq!(block_on(Layer::pass_spelled(ready(1).boxed())), 1);
}

#[test]
fn what_is_no_future() {
    assert_eq!(ok!("Pinned::new", Pinned::new(1)).0, 1);
    assert_eq!(block_on(ok!("boxed_stream", boxed_stream(3)).count()), 3);
    assert_eq!(block_on(ok!("alias_of_stream", alias_of_stream(3)).count()), 3);
    assert_eq!(ok!("boxed_closure", boxed_closure())(1), 2);
}
