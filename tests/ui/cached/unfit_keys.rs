//! Types that cannot be part of a key.

use fujita::cached;
use std::rc::Rc;

/// Neither `Hash` nor `Eq` nor `Clone`.
struct Plain;

#[derive(Hash, PartialEq, Eq)]
struct NoClone;

#[cached]
fn by_value(x: Plain) -> u8 {
    0
}

#[cached]
fn one_of_two(a: u8, x: NoClone) -> u8 {
    0
}

#[cached]
fn not_send(a: u8, x: Rc<u8>) -> u8 {
    0
}

#[cached]
async fn asynchronous(x: Plain) -> u8 {
    0
}

#[cached]
fn generic<T: std::hash::Hash + Eq + Clone>(x: T) -> u8 {
    0
}

fn main() {}
