//! Type parameters, in every place they can say what they need.

use std::fmt::{Debug, Display};

use fujita::{OffloadError, offload};

#[offload]
fn inline<T: Send + 'static>(value: T) -> T {
    value
}
#[offload(cpu)]
fn in_where<T, U>(value: T, others: Vec<U>) -> (T, usize)
where
    T: Send + 'static,
    U: Send + 'static + Debug,
{
    (value, others.len())
}
trait Job: Send + 'static {
    type Output: Send + 'static;
    fn run(self) -> Self::Output;
}
impl Job for u8 {
    type Output = u16;
    fn run(self) -> u16 {
        u16::from(self) * 2
    }
}
#[offload]
fn by_supertrait<J: Job>(job: J, more: Option<J>) -> (J::Output, Option<<J as Job>::Output>) {
    (job.run(), more.map(J::run))
}
#[offload]
fn constant<const N: usize>(values: [u8; N]) -> usize {
    N + values.len()
}
/// Short names that are no type parameters.
mod short {
    #![allow(unused_variables)]
    use std::sync::Arc;

    use fujita::offload;

    const K: usize = 3;
    pub(crate) type Q = u8;
    pub(crate) struct W<T>(pub(crate) T);
    pub(crate) struct C<const N: usize>;
    pub(crate) struct Y<T: ?Sized>(pub(crate) Arc<T>);
    pub(crate) trait Z: Send {}
    impl Z for u8 {}
    macro_rules! V {
        () => {
            u8
        };
    }

    #[offload]
    pub(crate) fn result<const N: usize>(n: u8) -> [u8; N] {
        [n; N]
    }
    #[offload]
    pub(crate) fn length(n: [u8; K], alias: Q, path: super::short::Q, made: V!()) -> W<u8> {
        W(n[0])
    }
    #[offload]
    pub(crate) fn dynamic(n: Box<dyn Z>, w: W<Q>) {}
    impl<const N: usize> C<N> {
        const M: usize = N;
        #[offload]
        pub(crate) fn make(n: [u8; N]) -> usize {
            n.len()
        }
    }
    impl C<1> {
        #[offload]
        pub(crate) fn of_self(n: [u8; 1], m: Option<<Vec<Q> as IntoIterator>::Item>) -> usize {
            n.len() + Self::M
        }
    }
    impl<T: ?Sized + Send + Sync + 'static> Y<T> {
        #[offload]
        pub(crate) fn unsized_in(self, x: Arc<T>) -> u8 {
            1
        }
    }
    impl<T: Send + 'static> W<T> {
        #[offload]
        pub(crate) fn back(x: T, all: Vec<T>) -> T {
            x
        }
    }
}
#[offload]
fn only_returned<T: Default + Send + 'static>() -> T {
    T::default()
}
#[offload]
fn only_in_the_body<T: Default + Display>() -> String {
    T::default().to_string()
}
#[offload]
fn callable<F, R>(f: F) -> Option<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Some(f())
}
#[offload]
fn higher_ranked(f: impl for<'a> Fn(&'a str) -> &'a str + Send + 'static, g: fn(&str) -> usize) -> usize {
    g(f("abc"))
}
#[offload]
fn fallible<T, E>(f: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    f()
}
#[offload(on_full = "reject")]
fn refusable<T: Send + 'static, E: From<OffloadError> + Send + 'static>(value: Result<T, E>) -> Result<T, E> {
    value
}
#[offload(owned(items, value))]
fn copied<T: Clone + Send + 'static>(items: &[T], value: &T) -> (Vec<T>, T) {
    (items.to_vec(), value.clone())
}
#[offload(in_place)]
fn borrowed<'a, T: ?Sized + Display>(value: &'a T, _other: &str) -> (&'a T, String) {
    (value, value.to_string())
}
#[offload]
fn unused_lifetime<'a>(n: u8) -> u8 {
    n
}

#[tokio::test]
async fn all() {
    assert_eq!(inline("a").await, "a");
    assert_eq!(in_where('a', vec![1]).await, ('a', 1));
    assert_eq!(by_supertrait(1_u8, Some(2)).await, (2, Some(4)));
    assert_eq!(constant([1; 3]).await, 6);
    assert_eq!((only_returned::<u8>().await, only_in_the_body::<u8>().await), (0, "0".to_owned()));
    assert_eq!(callable(|| 1).await, Some(1));
    assert_eq!(higher_ranked(|s| &s[1..], str::len).await, 2);
    assert_eq!(fallible(|| Err::<(), _>(1)).await, Err(1));
    assert_eq!(refusable::<_, OffloadError>(Ok(1)).await, Ok(1));
    assert_eq!(copied(&[1], &2).await, (vec![1], 2));
    assert_eq!(borrowed("a", "b").await, ("a", "a".to_owned()));
    assert_eq!(unused_lifetime(1).await, 1);
    assert_eq!(short::result::<2>(7).await, [7, 7]);
    assert_eq!(short::length([1, 2, 3], 4, 5, 6).await.0, 1);
    short::dynamic(Box::new(1), short::W(2)).await;
    assert_eq!(short::C::<2>::make([1, 2]).await, 2);
    assert_eq!(short::C::<1>::of_self([1], None).await, 2);
    let text = std::sync::Arc::<str>::from("a");
    assert_eq!(short::Y(text.clone()).unsized_in(text).await, 1);
    assert_eq!(short::W::<u8>::back(1, Vec::new()).await, 1);
}
