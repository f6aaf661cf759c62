//! Lifetimes, written every way.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use fujita::timed;

use crate::support::{block_on, later};

#[derive(Debug, Clone, Copy, PartialEq)]
struct View<'t>(&'t str);

#[timed]
fn elided(text: &str) -> Option<&str> {
    text.get(1..)
}

#[timed]
fn underscore(text: &str) -> View<'_> {
    View(text)
}

#[timed]
fn named<'a>(first: &'a str, _second: &str) -> View<'a> {
    View(first)
}

#[timed]
fn bounded<'long: 'short, 'short>(long: &'long str, short: &'short str) -> Result<&'short str, ()> {
    if short.is_empty() { Ok(long) } else { Ok(short) }
}

#[timed]
fn in_where<'a, 'b>(first: &'a str, second: &'b str) -> Cow<'b, str>
where
    'a: 'b,
{
    if second.is_empty() { first.into() } else { second.into() }
}

#[timed]
#[allow(clippy::extra_unused_lifetimes, unused_lifetimes)]
fn unused<'unused>(x: u32) -> u64 {
    x.into()
}

#[timed]
fn to_static() -> Option<&'static str> {
    Some("static")
}

#[timed]
fn higher_ranked(pick: for<'a> fn(&'a str, &'a str) -> &'a str) -> String {
    pick("a", "b").to_owned()
}

#[timed]
fn higher_ranked_bound<F>(of: F) -> usize
where
    F: for<'a> Fn(&'a str) -> Box<dyn Iterator<Item = char> + 'a>,
{
    of("abc").count()
}

#[timed]
fn in_a_trait_object<'a>(text: &'a str) -> Box<dyn Iterator<Item = char> + 'a> {
    Box::new(text.chars())
}

#[timed]
fn mutable<'a>(all: &'a mut Vec<u32>, at: usize) -> Option<&'a mut u32> {
    all.get_mut(at)
}

#[timed]
fn reborrowed<'a>(all: &'a mut Vec<u32>) -> std::vec::Drain<'a, u32> {
    all.push(1);
    let again = &mut *all;
    again.push(2);
    all.drain(..)
}

/// The names that `async_trait` and we ourselves might give.
#[timed]
fn clashing<'life0, 'async_trait, '__fujita>(
    a: &'life0 str,
    b: &'async_trait str,
    c: &'__fujita str,
) -> (View<'life0>, View<'async_trait>, View<'__fujita>) {
    (View(a), View(b), View(c))
}

#[timed]
async fn clashing_async<'life0, 'async_trait>(
    a: &'life0 str,
    b: &'async_trait str,
) -> Result<View<'life0>, View<'async_trait>> {
    later().await;
    if b.is_empty() { Ok(View(a)) } else { Err(View(b)) }
}

#[timed]
async fn elided_async(text: &str) -> Option<&str> {
    later().await;
    text.get(1..)
}

#[timed]
async fn underscore_async(text: &str) -> View<'_> {
    later().await;
    View(text)
}

#[timed]
async fn several_async(a: &str, b: &mut String, c: &[&str]) -> usize {
    b.push_str(a);
    later().await;
    b.push_str(c[0]);
    b.len()
}

#[timed]
async fn bounded_async<'long: 'short, 'short>(long: &'long str, short: &'short str) -> &'short str {
    later().await;
    if short.is_empty() { long } else { short }
}

#[timed]
async fn to_static_async() -> &'static str {
    "static"
}

#[allow(explicit_outlives_requirements)]
struct Holder<'h, T: 'h> {
    text: &'h str,
    of: PhantomData<&'h T>,
}

impl<'h, T: fmt::Debug> Holder<'h, T> {
    #[timed]
    fn own(&self) -> Option<&'h str> {
        Some(self.text)
    }

    #[timed]
    fn both<'a>(&'a self, other: &'a str) -> Result<View<'a>, View<'h>> {
        if other.is_empty() { Err(View(self.text)) } else { Ok(View(other)) }
    }

    #[timed]
    fn swap(&mut self, text: &'h str) -> Option<&'h str> {
        Some(std::mem::replace(&mut self.text, text))
    }

    #[timed]
    async fn own_async(&self) -> &'h str {
        later().await;
        self.text
    }

    #[timed]
    async fn both_async<'a>(&'a mut self, other: &'a str) -> View<'a> {
        later().await;
        if other.is_empty() { View(self.text) } else { View(other) }
    }
}

impl Holder<'static, ()> {
    #[timed]
    fn of_static() -> Self {
        Self { text: "s", of: PhantomData }
    }
}

impl Holder<'_, u8> {
    #[timed]
    fn anonymous(&self) -> String {
        self.text.to_owned()
    }
}

#[test]
fn sync() {
    let text = String::from("text");
    assert_eq!(ok!("elided", elided(&text)), Some("ext"));
    assert_eq!(ok!("underscore", underscore(&text)), View("text"));
    assert_eq!(ok!("named", named(&text, "")), View("text"));
    assert_eq!(ok!("bounded", bounded(&text, "")), Ok("text"));
    assert_eq!(ok!("in_where", in_where(&text, "")), "text");
    assert_eq!(ok!("unused", unused(1)), 1);
    assert_eq!(ok!("to_static", to_static()), Some("static"));
    assert_eq!(ok!("higher_ranked", higher_ranked(|_, b| b)), "b");
    assert_eq!(ok!("higher_ranked_bound", higher_ranked_bound(|text| Box::new(text.chars()))), 3);
    assert_eq!(ok!("in_a_trait_object", in_a_trait_object(&text)).count(), 4);
    assert_eq!(ok!("clashing", clashing("a", "b", "c")), (View("a"), View("b"), View("c")));
}

#[test]
fn sync_mutable() {
    let mut all = vec![1, 2, 3];
    *ok!("mutable", mutable(&mut all, 1)).unwrap() = 5;
    assert_eq!(ok!("reborrowed", reborrowed(&mut all)).collect::<Vec<_>>(), [1, 5, 3, 1, 2]);
    assert!(all.is_empty());
}

#[test]
fn asynchronous() {
    let text = String::from("text");
    assert_eq!(error!("clashing_async", block_on(clashing_async("a", "b"))), Err(View("b")));
    assert_eq!(ok!("elided_async", block_on(elided_async(&text))), Some("ext"));
    assert_eq!(ok!("underscore_async", block_on(underscore_async(&text))), View("text"));
    let mut pushed = String::new();
    assert_eq!(ok!("several_async", block_on(several_async(&text, &mut pushed, &["s"]))), 5);
    assert_eq!(ok!("bounded_async", block_on(bounded_async(&text, ""))), "text");
    assert_eq!(ok!("to_static_async", block_on(to_static_async())), "static");
}

#[test]
fn on_the_impl() {
    let text = String::from("text");
    let mut holder = Holder::<u32> { text: &text, of: PhantomData };
    assert_eq!(ok!("Holder::own", holder.own()), Some("text"));
    assert_eq!(error!("Holder::both", holder.both("")), Err(View("text")));
    assert_eq!(ok!("Holder::own_async", block_on(holder.own_async())), "text");
    assert_eq!(ok!("Holder::both_async", block_on(holder.both_async("o"))), View("o"));
    assert_eq!(ok!("Holder::swap", holder.swap("new")), Some("text"));
    assert_eq!(ok!("Holder::of_static", Holder::of_static()).text, "s");
    assert_eq!(ok!("Holder::anonymous", Holder::<u8> { text: &text, of: PhantomData }.anonymous()), "text");
}
