//! Cached functions.
#![allow(
    unused_results,
    clippy::absolute_paths,
    clippy::missing_inline_in_public_items,
    clippy::std_instead_of_alloc,
    reason = "the team's own code"
)]

use core::pin::Pin;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use fujita::{cached, timed};

/// Doc.
#[cached]
#[must_use]
pub fn square(number: u64) -> u64 {
    number.wrapping_mul(number)
}
/// Doc.
/// # Errors
/// Never.
#[cached(ttl = "60s", max_capacity = 100, tags("all", query))]
pub fn search(root: &Path, query: &str, _other: Option<&str>) -> Result<String, String> {
    root.to_str().map(|text| format!("{text}{query}")).ok_or_else(|| query.to_owned())
}
/// Doc.
#[cached]
#[must_use]
pub fn first(items: &[String], more: &[&str], cow: Cow<'_, str>) -> Option<String> {
    items.first().cloned().filter(|item| !more.contains(&item.as_str()) && *item != cow)
}
/// Doc.
#[cached]
#[must_use]
pub fn patterns((left, right): (u8, u8), [up, down]: [u8; 2], _: u8) -> u8 {
    left.wrapping_add(right).wrapping_add(up).wrapping_add(down)
}
/// Doc.
#[cached(stale_while_revalidate = "1s", ttl = "1s")]
#[must_use]
pub fn behind(name: &str, mut more: Cow<'_, str>, option: Option<&str>) -> String {
    more.to_mut().push('x');
    format!("{name}{more}{option:?}")
}
/// Doc.
#[cached(stale_while_revalidate = "1s", ttl = "1s")]
pub async fn behind_async(name: &str, mut more: Cow<'_, str>, option: Option<&str>) -> String {
    more.to_mut().push('x');
    core::future::ready(()).await;
    format!("{name}{more}{option:?}")
}
/// Doc.
#[cached]
pub async fn asynchronous(name: &str, mut count: u8) -> Option<usize> {
    count = count.wrapping_add(1);
    core::future::ready(count).await;
    Some(name.len())
}
/// Doc.
#[cached]
pub fn made(name: &str) -> impl Future<Output = usize> + Send {
    async move { core::future::ready(name.len()).await }
}
/// Doc.
#[cached]
#[must_use]
pub fn boxed(name: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
    Box::pin(async move { core::future::ready(name.len()).await })
}
/// Doc.
#[cached]
#[must_use]
pub fn generic<T: core::hash::Hash + Eq + Clone + Send + Sync + 'static, const N: usize>(
    item: T,
) -> Arc<[T]> {
    core::iter::repeat_n(item, N).collect()
}
/// Doc.
#[cached]
#[must_use]
pub fn lifetimes<'text>(left: &'text str, right: &'text str) -> usize {
    left.len().wrapping_add(right.len())
}
/// Doc.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Type(u8);
impl Type {
    /// Doc.
    #[cached(skip(self))]
    #[must_use]
    pub fn skipped(&self, more: u8) -> u8 {
        self.0.wrapping_add(more)
    }
    /// Doc.
    #[cached(key = (self.0, more.to_owned()))]
    #[must_use]
    pub fn keyed(&self, more: &str) -> usize {
        usize::from(self.0).wrapping_add(more.len())
    }
    /// Doc.
    #[cached(key: (u8, String) = (self.0, more))]
    #[timed]
    #[must_use]
    pub fn typed(self, more: &str) -> usize {
        usize::from(self.0).wrapping_add(more.len())
    }
    /// Doc.
    #[timed]
    #[cached]
    #[must_use]
    pub fn associated(more: &str) -> usize {
        more.len()
    }
}
impl Default for Type {
    #[cached]
    fn default() -> Self {
        Self(0)
    }
}
/// Doc.
#[timed]
#[cached(max_capacity = 1 << 20, weigher = |_key, value| u32::from(*value), cache_if = |value| *value > 0, policy = "lru", expire_after = |_key, _value| None, hasher = std::hash::RandomState, name = "x", handle = handle)]
#[must_use]
pub fn options(number: u8) -> u8 {
    number
}
/// Doc.
#[timed]
#[cached(cache_err = "1s")]
/// # Errors
/// Never.
pub async fn timed_async(number: &str) -> Result<u8, core::num::ParseIntError> {
    core::future::ready(number.parse()).await
}
