//! Return types that cannot be kept.

use fujita::cached;
use std::borrow::Cow;

#[cached]
fn a43(x: u8) {}

#[cached]

fn a44(x: u8) -> () {}

#[cached]

fn a45(x: u8) -> ! { loop {} }

#[cached]

fn a46(x: u8) -> impl Iterator<Item = u8> { [1].into_iter() }

#[cached]

fn a47(x: &str) -> &str { x }

#[cached]

fn a48(x: &str) -> Option<&str> { Some(x) }

#[cached]

fn a49(x: &str) -> Cow<'_, str> { x.into() }

#[cached]

fn a50(x: &str) -> Result<Vec<&str>, u8> { Ok(vec![]) }

#[cached]

async fn d7(x: &str) -> &str { x }

fn main() {}
