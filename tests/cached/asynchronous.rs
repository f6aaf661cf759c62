//! Futures of every kind.

use fujita::cached;
use fujita::future::Cache;
use futures::future::BoxFuture;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

#[cached]
async fn plain(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}
#[cached(ttl = "1s")]
async fn text(name: &str, more: Option<&str>) -> Result<String, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    let n: u8 = name.parse()?;
    Ok(format!("{n}{more:?}"))
}
#[cached]
fn implied(name: &str) -> impl Future<Output = usize> + Send {
    async move {
        tokio::task::yield_now().await;
        name.len()
    }
}
#[cached]
fn early(name: &str) -> impl Future<Output = usize> + Send + use<> {
    let n = name.len();
    async move {
        tokio::task::yield_now().await;
        n
    }
}
#[cached]
fn boxed(name: String) -> Pin<Box<dyn Future<Output = Option<usize>> + Send>> {
    let n = name.len();
    Box::pin(async move {
        tokio::task::yield_now().await;
        Some(n)
    })
}
#[cached]
fn boxed2(name: &str) -> BoxFuture<'_, usize> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        name.len()
    })
}
#[cached]
fn boxed3(name: &str) -> BoxFuture<'static, usize> {
    if name.is_empty() {
        return Box::pin(async { 0 });
    }
    let n = name.len();
    Box::pin(async move { n })
}
struct S {
    cache: Cache<String, usize>,
    id: u8,
}
impl S {
    #[cached(cache = self.cache)]
    async fn held(&self, name: &str) -> usize {
        tokio::task::yield_now().await;
        name.len() + self.id as usize
    }
    #[cached(cache = self.cache)]
    async fn held_arc(self: Arc<Self>, name: &str) -> usize {
        tokio::task::yield_now().await;
        name.len() + self.id as usize
    }
    #[cached(cache = self.cache)]
    async fn held_mut(&mut self, name: &str) -> usize {
        self.id += 1;
        tokio::task::yield_now().await;
        name.len() + self.id as usize
    }
    #[cached(cache = self.cache)]
    fn held_boxed<'a>(&'a self, name: &'a str) -> BoxFuture<'a, usize> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            name.len() + self.id as usize
        })
    }
    #[cached(cache = self.cache)]
    fn held_boxed_arc(self: Arc<Self>, name: String) -> BoxFuture<'static, usize> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            name.len() + self.id as usize
        })
    }
    #[cached(skip(self))]
    async fn skipped(&self, mut n: u8, (a, _): (u8, u8)) -> u8 {
        n += a;
        tokio::task::yield_now().await;
        n + self.id
    }
    #[cached(key = (self.id, &name))]
    pub async fn keyed(self: &Arc<Self>, name: String) -> String {
        tokio::task::yield_now().await;
        name
    }
}

#[tokio::test]
async fn all() {
    fn send<T: Send>(t: T) -> T {
        t
    }
    for _ in 0..2 {
        assert_eq!(send(plain(1)).await, 1);
        assert_eq!(send(text("1", None)).await.unwrap(), "1None");
        assert_eq!(send(implied("abc")).await, 3);
        assert_eq!(send(early("abc")).await, 3);
        assert_eq!(send(boxed("abc".into())).await, Some(3));
        assert_eq!(send(boxed2("abc")).await, 3);
        assert_eq!(send(boxed3("abc")).await, 3);
    }
    assert_eq!(plain_cache().stats().hits, 1);
    assert_eq!(text_cache().stats().hits, 1);
    assert_eq!(implied_cache().stats().hits, 1);
    assert_eq!(early_cache().stats().hits, 1);
    assert_eq!(boxed_cache().stats().hits, 1);
    assert_eq!(boxed2_cache().stats().hits, 1);
    assert_eq!(boxed3_cache().stats().hits, 1);
    assert_eq!(boxed_cache().get("abc").await, Some(3));
    let s = Arc::new(S { cache: Cache::builder("s").build(), id: 1 });
    s.held("a").await;
    s.clone().held_arc("a").await;
    s.held_boxed("a").await;
    s.clone().held_boxed_arc("a".into()).await;
    assert_eq!(s.cache.stats().hits, 3);
    s.skipped(1, (2, 3)).await;
    S { cache: Cache::builder("s").build(), id: 1 }.held_mut("a").await;
    s.keyed("a".into()).await;
    s.keyed("a".into()).await;
    assert_eq!(S::keyed_cache().stats().hits, 1);
}
