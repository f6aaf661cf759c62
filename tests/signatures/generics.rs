//! Type and const parameters, bounds, `impl Trait` arguments.

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::hash::Hash;

use fujita::timed;

use crate::support::{block_on, later};

#[timed]
fn plain<T>(value: T) -> T {
    value
}

#[timed]
fn unsized_by_ref<T: ?Sized + Display>(value: &T) -> String {
    value.to_string()
}

#[timed]
fn with_where<K, V>(pairs: Vec<(K, V)>) -> HashMap<K, V>
where
    K: Hash + Eq,
    V: Clone,
{
    pairs.into_iter().collect()
}

#[timed]
fn associated<I: IntoIterator>(items: I) -> Option<I::Item>
where
    <I as IntoIterator>::Item: Ord,
{
    items.into_iter().max()
}

#[timed]
fn of_associated<I>(mut items: I) -> <I as Iterator>::Item
where
    I: Iterator,
    I::Item: Default,
{
    items.next().unwrap_or_default()
}

#[timed]
fn constant<const N: usize, T: Copy>(of: T) -> [T; N] {
    [of; N]
}

#[timed]
fn constant_in_a_path<const N: usize>() -> Wrapped<{ N }> {
    Wrapped([1; N])
}

#[derive(Debug, PartialEq)]
struct Wrapped<const N: usize>([u8; N]);

#[timed]
fn closure<F: FnOnce(&str) -> usize>(of: F) -> usize {
    of("abc")
}

#[timed]
fn closure_mut(mut each: impl FnMut(u32) -> u32) -> u64 {
    (each(1) + each(2)).into()
}

#[timed]
fn impl_argument(items: impl IntoIterator<Item = impl Into<u64>>) -> u64 {
    items.into_iter().map(Into::into).sum()
}

#[timed]
fn impl_in_tuple((left, right): (impl Display, &impl Debug), all: &[impl Display]) -> String {
    format!("{left} {right:?} {}", all.len())
}

#[timed]
fn dyn_arguments(of: &dyn Display, boxed: Box<dyn FnOnce() -> u32 + '_>) -> String {
    format!("{of} {}", boxed())
}

#[timed]
fn never_inferred<T: Default + Debug>() -> Result<T, String> {
    Ok(T::default())
}

#[timed]
fn result_of<T, E>(of: Result<T, E>) -> Result<T, E> {
    of
}

/// Its type alone says whether it is fallible, and inside it is any type.
#[timed]
fn opaque_result<R>(make: impl FnOnce() -> R) -> R {
    make()
}

#[timed]
async fn plain_async<T>(value: T) -> T {
    later().await;
    value
}

#[timed]
async fn unsized_async<T: ?Sized + Display>(value: &T) -> String {
    later().await;
    value.to_string()
}

#[timed]
async fn closure_to_future<X, F, Fut>(of: F, x: &X) -> usize
where
    F: for<'a> FnOnce(&'a X) -> Fut,
    Fut: Future<Output = usize>,
{
    of(x).await
}

#[timed]
async fn async_closure<F>(of: F) -> usize
where
    F: AsyncFnOnce(&str) -> usize,
{
    let text = String::from("abc");
    of(&text).await
}

#[timed]
async fn constant_async<const N: usize>(of: [u8; N]) -> [u8; N] {
    later().await;
    of
}

#[timed]
async fn impl_argument_async(items: impl IntoIterator<Item = impl Future<Output = u32>>) -> Vec<u32> {
    let mut all = Vec::new();
    for item in items {
        all.push(item.await);
    }
    all
}

struct Pair<A, B = u8>(A, B);

impl<A: Clone, B> Pair<A, B> {
    #[timed]
    fn first(&self) -> A {
        self.0.clone()
    }

    #[timed]
    fn map<C>(self, with: impl FnOnce(B) -> C) -> Pair<A, C> {
        Pair(self.0, with(self.1))
    }

    #[timed]
    async fn second(self) -> B {
        later().await;
        self.1
    }
}

impl Pair<u32> {
    #[timed]
    fn of_one_type(self) -> u32 {
        self.0
    }
}

#[test]
fn sync() {
    assert_eq!(ok!("plain", plain("x")), "x");
    assert_eq!(ok!("unsized_by_ref", unsized_by_ref::<str>("x")), "x");
    assert_eq!(ok!("unsized_by_ref", unsized_by_ref::<dyn Display>(&5)), "5");
    assert_eq!(ok!("with_where", with_where(vec![(1, 'a')]))[&1], 'a');
    assert_eq!(ok!("associated", associated([1, 3, 2])), Some(3));
    assert_eq!(ok!("of_associated", of_associated([7].into_iter())), 7);
    assert_eq!(ok!("constant", constant::<3, _>(1)), [1; 3]);
    assert_eq!(ok!("constant_in_a_path", constant_in_a_path::<2>()), Wrapped([1; 2]));
    assert_eq!(ok!("closure", closure(str::len)), 3);
    let mut sum = 0;
    assert_eq!(
        ok!(
            "closure_mut",
            closure_mut(|x| {
                sum += x;
                sum
            })
        ),
        4
    );
    assert_eq!(ok!("impl_argument", impl_argument([1_u8, 2])), 3);
    assert_eq!(ok!("impl_in_tuple", impl_in_tuple((1, &"a"), &[2])), "1 \"a\" 1");
    assert_eq!(ok!("dyn_arguments", dyn_arguments(&1, Box::new(|| 2))), "1 2");
    assert_eq!(ok!("never_inferred", never_inferred::<u8>()), Ok(0));
}

/// One static and one series for all instantiations.
#[test]
fn results_of_any_type() {
    assert_eq!(error!("result_of", result_of::<(), _>(Err("x"))), Err("x"));
    assert_eq!(ok!("result_of", result_of::<_, u8>(Ok(1))), Ok(1));
    assert_eq!(ok!("opaque_result", opaque_result(|| 1)), 1);
}

#[test]
fn asynchronous() {
    assert_eq!(ok!("plain_async", block_on(plain_async("x"))), "x");
    assert_eq!(ok!("unsized_async", block_on(unsized_async("x"))), "x");
    let of = |x: &String| std::future::ready(x.len());
    assert_eq!(ok!("closure_to_future", block_on(closure_to_future(of, &"abc".to_owned()))), 3);
    assert_eq!(
        ok!(
            "async_closure",
            block_on(async_closure(async |x: &str| {
                later().await;
                x.len()
            }))
        ),
        3
    );
    assert_eq!(ok!("constant_async", block_on(constant_async([1, 2]))), [1, 2]);
    assert_eq!(ok!("impl_argument_async", block_on(impl_argument_async([plain_async_unmeasured(3)]))), [3]);
}

async fn plain_async_unmeasured(x: u32) -> u32 {
    x
}

#[test]
fn methods_of_generic_types() {
    assert_eq!(ok!("Pair::first", Pair("a", 1).first()), "a");
    assert_eq!(ok!("Pair::map", Pair("a", 1).map(|x| x + 1)).1, 2);
    assert_eq!(ok!("Pair::second", block_on(Pair("a", 1).second())), 1);
    assert_eq!(ok!("Pair::of_one_type", Pair(1, 1).of_one_type()), 1);
}
