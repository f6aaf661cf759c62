//! Async functions and others that return futures.

use core::future::ready;
use core::num::ParseIntError;
use core::pin::Pin;

use fujita::timed;

/// Nothing is returned.
#[timed]
#[inline]
pub async fn nothing() {
    ready(()).await;
}

/// A value.
#[timed]
#[inline]
pub async fn value(x: u32) -> u32 {
    let y = ready(x).await;
    if y > 5 {
        return 5;
    }
    y
}

/// An item first.
#[timed]
#[inline]
pub async fn item_first(x: u32) -> u32 {
    const MORE: u32 = 1;
    ready(x.saturating_add(MORE)).await
}

/// Arguments of every kind.
#[timed]
#[inline]
pub async fn arguments(mut x: u32, (y, z): (u32, u32), [first, ..]: [u32; 2], _unused: u32, _: u32) -> u32 {
    x = x.saturating_add(y);
    ready(x.saturating_add(z).saturating_add(first)).await
}

/// Borrowed in and out.
#[timed]
#[inline]
pub async fn borrowed<'text>(text: &'text str, other: &str) -> Option<&'text str> {
    ready(text.strip_prefix(other)).await
}

/// With `?`.
///
/// # Errors
/// If it is no number.
#[timed]
#[inline]
pub async fn result(text: &str) -> Result<u32, ParseIntError> {
    let number: u32 = ready(text.parse()).await?;
    Ok(number)
}

/// Every option.
///
/// # Errors
/// If it is no number.
#[timed(
    name = "options_seconds",
    function = "given",
    labels(kind = "fixed", length = text.len()),
    max_label_sets = 5,
    ok_if = |number| number.is_ok(),
    error_kind = |_| "number",
    in_flight,
    busy,
    slow_poll = "10ms",
    slow = "1s",
    log = "info"
)]
#[inline]
pub async fn options(text: &str) -> Result<u32, ParseIntError> {
    ready(text.parse()).await
}

/// A hidden type.
#[timed]
#[inline]
pub async fn iterator(n: u32) -> impl Iterator<Item = u32> {
    ready(0..n).await
}

/// Returned as it is.
///
/// # Errors
/// If it is zero.
#[timed]
#[inline]
pub fn future(x: u32) -> impl Future<Output = Result<u32, u32>> {
    ready(if x == 0 { Err(x) } else { Ok(x) })
}

/// Made in a block.
///
/// # Errors
/// If it is zero.
#[timed]
#[inline]
pub fn block(x: u32) -> impl Future<Output = Result<u32, u32>> {
    let y = x.saturating_add(1);
    async move { if ready(y).await == 0 { Err(x) } else { Ok(x) } }
}

/// Boxed.
#[timed]
#[inline]
#[must_use]
pub fn boxed(x: u32) -> Pin<Box<dyn Future<Output = Result<u32, u32>> + Send>> {
    let y = x.saturating_add(1);
    Box::pin(async move { if ready(y).await == 0 { Err(x) } else { Ok(x) } })
}

/// An alias.
pub type Boxed = Pin<Box<dyn Future<Output = u32> + Send>>;

/// Boxed in two ways.
#[timed]
#[inline]
#[must_use]
pub fn boxed_early(x: u32) -> Boxed {
    if x == 0 {
        return Box::pin(ready(x));
    }
    Box::pin(async move { ready(x).await })
}

/// Never.
#[timed]
#[inline]
pub async fn never() -> ! {
    loop {
        ready(()).await;
    }
}

/// A struct.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Cart {
    /// A field.
    items: Vec<u32>,
}

impl Cart {
    /// By value.
    #[timed]
    #[inline]
    #[must_use]
    pub async fn with(mut self, item: u32) -> Self {
        self.items.push(ready(item).await);
        self
    }

    /// By value, in part.
    #[timed]
    #[inline]
    pub async fn into_items(self) -> Vec<u32> {
        ready(()).await;
        self.items
    }

    /// In a box.
    #[timed]
    #[inline]
    pub async fn boxed(mut self: Box<Self>, item: u32) -> usize {
        self.items.push(ready(item).await);
        self.items.len()
    }

    /// By reference.
    #[timed(busy, labels(items = self.items.len()))]
    #[inline]
    pub async fn total(&self) -> u32 {
        ready(()).await;
        self.items.iter().sum()
    }

    /// By mutable reference.
    #[timed]
    #[inline]
    pub async fn push(&mut self, item: u32) {
        self.items.push(ready(item).await);
    }
}
