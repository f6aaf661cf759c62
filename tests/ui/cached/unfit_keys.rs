//! Types that cannot be part of a key.

use fujita::cached;
use std::rc::Rc;

/// Neither `Hash` nor `Eq` nor `Clone`.
struct Plain;

#[derive(Hash, PartialEq, Eq)]
struct NoClone;

#[derive(Hash, PartialEq, Eq, Clone)]
struct Fit;

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

/// The other types are fit.
#[cached]
fn beside_a_type(x: Plain, y: Fit) -> Fit {
    y
}

#[cached]
fn twice(x: Plain, y: Plain) -> Plain {
    y
}

#[cached]
fn borrowed(x: &Plain, y: &Fit) -> Fit {
    y.clone()
}

#[cached]
fn optional(x: Option<&NoClone>) -> u8 {
    0
}

#[cached]
fn slice(x: &[NoClone]) -> u8 {
    0
}

impl Plain {
    #[cached]
    fn of_its_own_type(x: &Self) -> u8 {
        0
    }
}

#[cached(hasher = u64)]
fn hashed(x: u8) -> u8 {
    x
}

fn main() {}
