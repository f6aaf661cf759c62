//! Both attributes on one function, and on blocks.

use fujita::{cached, timed};
#[timed]
#[cached]
fn outer(n: u8) -> u8 {
    n
}
#[cached]
#[timed]
fn inner(n: u8) -> u8 {
    n
}
#[timed(labels(n = n), slow = "1s", in_flight)]
#[cached]
fn labels(n: u8) -> Result<u8, String> {
    Ok(n)
}
#[timed]
#[cached]
async fn async_outer(n: &str) -> Result<usize, String> {
    Ok(n.len())
}
#[cached]
#[timed(busy)]
async fn async_inner(n: &str) -> Result<usize, String> {
    Ok(n.len())
}
#[timed]
#[cached]
fn made(n: &str) -> impl Future<Output = usize> {
    async move { n.len() }
}
#[cached]
#[timed]
fn made_inner(n: &str) -> impl Future<Output = usize> {
    async move { n.len() }
}
#[timed]
#[cached]
fn boxed(n: &str) -> futures::future::BoxFuture<'_, usize> {
    Box::pin(async move { n.len() })
}
#[cached]
#[timed]
fn boxed_inner(n: &str) -> futures::future::BoxFuture<'_, usize> {
    Box::pin(async move { n.len() })
}
struct S;
#[timed]
impl S {
    #[cached(skip(self))]
    pub fn a(&self, n: u8) -> u8 {
        n
    }
    #[cached]
    #[timed(ok_if = |n| *n > 0)]
    fn b(n: u8) -> u8 {
        n
    }
    #[timed(skip)]
    #[cached]
    fn c(n: u8) -> u8 {
        n
    }

    #[cached(ttl = "1s", stale_while_revalidate = "1s", skip(self))]
    #[timed(error_kind = |_| "x")]
    async fn e(&self, n: &str) -> Result<u8, std::num::ParseIntError> {
        n.parse()
    }
}
#[timed]
mod m {
    use fujita::cached;
    #[cached]
    pub fn a(n: u8) -> u8 {
        n
    }
    pub trait T {
        #[cached(skip(self))]
        fn b(&self, n: u8) -> u8 {
            n
        }
    }
    impl T for u8 {}
    impl T for u16 {
        #[cached(skip(self))]
        fn b(&self, n: u8) -> u8 {
            n
        }
    }
}
#[tokio::test]
async fn all() {
    use m::T as _;
    for _ in 0..2 {
        outer(1);
        inner(1);
        labels(1).unwrap();
        async_outer("a").await.unwrap();
        async_inner("a").await.unwrap();
        made("a").await;
        made_inner("a").await;
        boxed("a").await;
        boxed_inner("a").await;
        S.a(1);
        S::b(1);
        S::c(1);
        S.e("1").await.unwrap();
        m::a(1);
        1_u8.b(1);
        1_u16.b(1);
    }
    assert_eq!(outer_cache().stats().hits, 1);
    assert_eq!(S::a_cache().stats().hits, 1);
    assert_eq!(m::a_cache().stats().hits, 1);
    let functions = fujita::functions();
    let layers = |path: &str| {
        let found = functions.iter().find(|function| function.path == format!("cached::layers::{path}"));
        found.unwrap_or_else(|| panic!("no {path} in {functions:#?}")).layers
    };
    for path in ["outer", "labels", "async_outer", "made", "boxed", "S::a", "m::a", "m::T::b", "m::u16::b"] {
        assert_eq!(layers(path), ["timed", "cached"], "{path}");
    }
    for path in ["inner", "async_inner", "made_inner", "boxed_inner", "S::b", "S::e"] {
        assert_eq!(layers(path), ["cached", "timed"], "{path}");
    }
    assert_eq!(layers("S::c"), ["cached"]);
}
