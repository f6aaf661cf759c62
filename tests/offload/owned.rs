//! Borrowed arguments: the body sees what it saw.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use fujita::offload;

use crate::elsewhere;

fn is<T>(_: T) -> &'static str {
    std::any::type_name::<T>()
}

#[offload(owned(text, path, list, value, os))]
fn references(text: &str, path: &Path, list: &[String], value: &u32, os: &OsStr) -> [&'static str; 5] {
    [is(text), is(path), is(list), is(value), is(os)]
}
#[offload(owned(text, more, none))]
fn optional(text: Option<&str>, more: Option<&[u8]>, none: Option<&Path>) -> (usize, Option<u8>, bool) {
    (text.map_or(0, str::len), more.and_then(|more| more.first().copied()), none.is_none())
}
#[offload(owned(a, b))]
fn cow(mut a: Cow<'_, str>, b: std::borrow::Cow<'_, [u8]>) -> String {
    a.to_mut().push('!');
    format!("{a}{}", b.len())
}
#[offload(owned(a))]
fn twice(a: &&str) -> usize {
    a.len()
}
#[offload(owned(a, b))]
fn reassigned(mut a: &str, b: &'_ mut_free::Value) -> usize {
    while let Some(rest) = a.strip_prefix('x') {
        a = rest;
    }
    a.len() + b.0
}
mod mut_free {
    #[derive(Clone)]
    pub struct Value(pub usize);
}
#[offload(owned(a))]
fn named<'a>(a: &'a str, b: String) -> String {
    let a: &'_ str = a;
    a.to_owned() + &b
}
#[offload(owned(root, query))]
fn early(root: &Path, query: &str) -> Result<PathBuf, String> {
    if query.is_empty() {
        return Err("empty".to_owned());
    }
    let found: u8 = query.parse().map_err(|_| format!("{query} in {}", root.display()))?;
    Ok(root.join(found.to_string()))
}
#[offload(cpu, owned(text))]
fn thread(text: &str) -> (usize, std::thread::ThreadId) {
    (text.len(), crate::here())
}
#[offload(owned(unused))]
#[allow(unused_variables)]
fn unused(unused: &str) {}

#[tokio::test]
async fn all() {
    let local = String::from("xxab");
    let types = references(&local, Path::new("a"), &[local.clone()], &1, OsStr::new("a")).await;
    assert_eq!(types[..2], ["&str", "&std::path::Path"]);
    assert_eq!(types[2..4], ["&[alloc::string::String]", "&u32"]);
    assert_eq!(optional(Some(&local), Some(&[7]), None).await, (4, Some(7), true));
    assert_eq!(cow(Cow::Borrowed(&local), Cow::Owned(vec![1])).await, "xxab!1");
    assert_eq!(twice(&&*local).await, 4);
    assert_eq!(reassigned(&local, &mut_free::Value(1)).await, 3);
    assert_eq!(named(&local, "b".into()).await, "xxabb");
    assert_eq!(early(Path::new("a"), "").await.unwrap_err(), "empty");
    assert_eq!(early(Path::new("a"), "b").await.unwrap_err(), "b in a");
    assert_eq!(early(Path::new("a"), "1").await.unwrap(), Path::new("a/1"));
    let (length, ran_on) = thread(&local).await;
    assert_eq!(length, 4);
    elsewhere(ran_on);
    unused(&local).await;
}
