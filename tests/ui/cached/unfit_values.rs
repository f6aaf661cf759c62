//! Types that cannot be kept.

use fujita::{cached, timed};
use std::rc::Rc;

#[derive(Debug)]
struct NoClone;

#[cached]
fn plain(a: u8) -> NoClone {
    NoClone
}

#[cached]
fn in_a_result(a: u8) -> Result<NoClone, String> {
    Ok(NoClone)
}

#[cached]
fn not_send(a: u8) -> Option<Rc<u8>> {
    None
}

#[cached]
async fn asynchronous(x: u8) -> NoClone {
    NoClone
}

#[timed]
#[cached]
fn measured(a: u8) -> NoClone {
    NoClone
}

#[derive(Hash, PartialEq, Eq, Clone)]
struct Id;

#[cached]
fn by_id(id: Id) -> NoClone {
    NoClone
}

#[cached(key = id)]
fn by_key(id: Id) -> NoClone {
    NoClone
}

type Reply<T> = std::io::Result<T>;

#[cached]
fn alias(x: u8) -> Reply<u8> {
    Ok(x)
}

fn main() {}
