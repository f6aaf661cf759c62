//! Offloaded functions.
#![allow(
    unused_results,
    clippy::absolute_paths,
    clippy::missing_inline_in_public_items,
    clippy::single_call_fn,
    clippy::std_instead_of_alloc,
    reason = "the team's own code"
)]

use core::num::ParseIntError;
use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;

use fujita::{OffloadError, cached, offload, timed};

/// Doc.
#[offload]
pub fn nothing() {}
/// Doc.
#[offload(cpu)]
#[must_use]
pub fn square(number: u64) -> u64 {
    number.wrapping_mul(number)
}
/// Doc.
#[offload]
pub fn arguments(mut number: u32, (left, right): (u32, u32), _: u32, _unused: u32) -> u32 {
    number = number.saturating_add(left);
    number.saturating_add(right)
}
/// Doc.
/// # Errors
/// Where it cannot be read.
#[offload(owned(path, more, cow))]
pub fn read(path: &Path, more: Option<&str>, mut cow: Cow<'_, str>) -> io::Result<String> {
    cow.to_mut().push('x');
    let text = std::fs::read_to_string(path)?;
    if text.is_empty() {
        return Ok(cow.into_owned());
    }
    Ok(format!("{text}{cow}{more:?}"))
}
/// Doc.
/// # Errors
/// If it is no number, or there is no room.
#[offload(on_full = "reject", timeout = "1s", queue_timeout = "10ms", max_concurrent = 4, pool = "numbers")]
pub fn refusable(text: String) -> Result<u32, Refused> {
    Ok(text.parse()?)
}
/// An error.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// Not run.
    Offload(OffloadError),
    /// Not a number.
    Number(ParseIntError),
}
impl From<OffloadError> for Refused {
    #[inline]
    fn from(error: OffloadError) -> Self {
        Self::Offload(error)
    }
}
impl From<ParseIntError> for Refused {
    #[inline]
    fn from(error: ParseIntError) -> Self {
        Self::Number(error)
    }
}
/// Doc.
#[offload(in_place)]
#[must_use]
pub fn here<'text>(text: &'text str, other: &str) -> Option<&'text str> {
    text.strip_prefix(other)
}
/// Doc.
#[offload(keep_sync = item_first_sync)]
#[inline]
#[must_use]
pub fn item_first(number: u32) -> u32 {
    const MORE: u32 = 1;
    number.saturating_add(MORE)
}
/// Doc.
#[offload]
pub fn generic<Value: Send + 'static>(value: Value) -> Option<Value> {
    Some(value)
}
/// Doc.
/// # Errors
/// Never.
#[timed(labels(query = query))]
#[cached]
#[offload(cpu, owned(query))]
pub fn below(query: &str) -> Result<usize, OffloadError> {
    Ok(query.len())
}
/// Doc.
#[offload]
#[timed]
#[cached]
#[must_use]
pub fn above(number: u64) -> Option<u64> {
    number.checked_mul(number)
}
/// Doc.
#[offload]
pub fn items(most: u32) -> impl Iterator<Item = u32> + Send + 'static {
    0..most
}
/// Doc.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Shop {
    /// Doc.
    names: Arc<str>,
}
impl Shop {
    /// Doc.
    #[offload(clone_self)]
    pub fn cloned(&self, number: usize) -> usize {
        self.names.len().saturating_add(number)
    }
    /// Doc.
    #[offload(clone_self, owned(more), keep_sync = kept_sync)]
    #[must_use]
    pub fn kept(&self, more: &str, _: u32) -> String {
        format!("{}{more}", self.names)
    }
    /// Doc.
    #[offload]
    pub fn shared(self: Arc<Self>) -> usize {
        self.names.len()
    }
    /// Doc.
    #[offload(in_place)]
    pub fn mutable(&mut self, names: Arc<str>) -> &str {
        self.names = names;
        &self.names
    }
}
/// Doc.
pub trait Names {
    /// Doc.
    fn names(&self, number: usize) -> impl Future<Output = String> + Send;
}
impl Names for Shop {
    #[offload(clone_self)]
    fn names(&self, number: usize) -> String {
        format!("{self:?}{}{number}", self.names)
    }
}
/// Doc.
#[offload(keep_sync = expected_sync)]
#[expect(clippy::needless_pass_by_value, reason = "callers hand it over")]
#[must_use]
pub fn expected(text: String) -> usize {
    text.len()
}
/// Doc.
#[offload(keep_sync = tracked_sync)]
#[track_caller]
#[must_use]
pub fn tracked(number: u32) -> u32 {
    core::panic::Location::caller().line().saturating_add(number)
}
/// Doc.
#[deprecated = "old"]
#[offload(keep_sync = old_sync)]
#[must_use]
pub fn old(number: u32) -> u32 {
    number
}
/// Doc.
pub trait Counts: Send + Sync + 'static {
    /// Doc.
    #[offload]
    fn count(self: Arc<Self>) -> usize {
        Arc::strong_count(&self)
    }
}
