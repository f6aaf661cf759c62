//! Functions whose reloads go on behind the call, with every kind of argument.

use async_trait::async_trait;
use fujita::cached;
use futures::future::BoxFuture;
use std::borrow::Cow;
use std::sync::Arc;
#[cached(ttl = "60s", stale_while_revalidate = "10s")]
fn sync(
    a: u8,
    name: &str,
    items: &[String],
    mut c: Cow<'_, str>,
    d: Option<&str>,
    e: &&u8,
    &f: &u8,
    _: &str,
) -> Result<String, String> {
    c.to_mut().push('x');
    let _ = (a, items, d, e, f);
    if name.is_empty() {
        return Err("x".into());
    }
    Ok(format!("{name}{c}"))
}
#[cached(ttl = "60s", stale_while_revalidate = "10s")]
async fn asynchronous(
    a: u8,
    mut name: &str,
    items: &[String],
    mut c: Cow<'_, str>,
    d: Option<&str>,
    e: &&u8,
    &f: &u8,
    _: &str,
) -> Result<String, String> {
    c.to_mut().push('x');
    name = name.trim();
    tokio::task::yield_now().await;
    let _ = (a, items, d, e, f);
    if name.is_empty() {
        return Err("x".into());
    }
    Ok(format!("{name}{c}"))
}
#[cached(ttl = "60s", stale_while_revalidate = "10s")]
fn boxed(name: &str) -> BoxFuture<'_, usize> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        name.len()
    })
}
#[cached(ttl = "60s", stale_while_revalidate = "10s")]
fn implied(name: &str) -> impl Future<Output = usize> + Send {
    async move {
        tokio::task::yield_now().await;
        name.len()
    }
}
struct S(u8);
impl S {
    #[cached(ttl = "60s", stale_while_revalidate = "10s", skip(self))]
    fn unused(&self, name: &str) -> usize {
        name.len()
    }
    #[cached(ttl = "60s", stale_while_revalidate = "10s", key = (self.0, name))]
    async fn arc(self: Arc<Self>, name: &str) -> usize {
        name.len() + self.0 as usize
    }
}
#[async_trait]
trait A {
    async fn a(self: Arc<Self>, n: &str) -> usize;
}
#[async_trait]
impl A for S {
    #[cached(ttl = "60s", stale_while_revalidate = "10s", key = (self.0, n))]
    async fn a(self: Arc<Self>, n: &str) -> usize {
        n.len() + self.0 as usize
    }
}
#[tokio::test]
async fn all() {
    for _ in 0..2 {
        assert_eq!(sync(1, "a", &[], "b".into(), None, &&1, &2, ""), Ok("abx".into()));
        assert_eq!(asynchronous(1, "a", &[], "b".into(), None, &&1, &2, "").await, Ok("abx".into()));
        assert_eq!(boxed("abc").await, 3);
        assert_eq!(implied("abc").await, 3);
        assert_eq!(S(1).unused("abc"), 3);
        assert_eq!(Arc::new(S(1)).arc("abc").await, 4);
        assert_eq!(Arc::new(S(1)).a("abc").await, 4);
    }
    assert_eq!(sync_cache().stats().hits, 1);
    assert_eq!(asynchronous_cache().stats().hits, 1);
}
