//! Borrowed arguments and results.

use std::borrow::Cow;

use fujita::offload;

#[offload]
fn text(name: &str) -> usize {
    name.len()
}

#[offload(cpu)]
fn several(name: &str, ids: Option<&[u8]>, cow: Cow<'_, str>) -> usize {
    name.len()
}

#[offload]
fn mutable(out: &mut Vec<u8>) {}

#[offload(owned(out))]
fn mutable_owned(out: &mut Vec<u8>) {}

#[offload]
fn inner(names: Vec<&str>, more: (&str, u8), dynamic: Box<dyn Fn() + '_>) {}

#[offload]
fn pattern((a, b): &(u8, u8), _: &str) {}

#[offload]
fn hidden<'a>(f: impl Fn() + 'a) {}

#[offload(owned(nam, count, self, left, name, name))]
fn wrong_names(name: &str, count: u8, (left, _): (u8, u8)) {}

#[offload(owned(name))]
fn nothing() {}

#[offload(owned(name))]
fn returned(name: &str) -> &str {
    name
}

#[offload]
fn returned_in_result<'a>() -> Result<u8, Cow<'a, str>> {
    Ok(1)
}

#[offload]
fn both(name: &str) -> Option<&str> {
    Some(name)
}

#[offload]
fn unnamed(f: &dyn Fn() -> u8, g: &(impl Fn() -> u8 + Send), h: Option<&(dyn Fn() + Sync)>) {}

#[offload(owned(f))]
fn unnamed_owned(f: &dyn Fn() -> u8) {}

#[offload]
fn conditional(#[cfg(all())] there: &str, #[cfg(any())] not_there: &str) -> usize {
    there.len()
}

#[offload(owned(s))]
fn items(s: &[u8]) -> impl Iterator<Item = &u8> {
    s.iter()
}

#[offload(owned(s))]
fn captured<'a>(s: &'a str) -> impl Iterator<Item = char> + use<'a> {
    s.chars()
}

#[offload]
fn many(s: Box<dyn Iterator<Item = &u8> + Send>, and: Vec<impl AsRef<Cow<'_, str>>>) -> usize {
    s.count() + and.len()
}

fn main() {}
