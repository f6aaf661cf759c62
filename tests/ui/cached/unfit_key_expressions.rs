//! Expressions that are no key.

use fujita::cached;
use std::cell::Cell;

struct Plain;

struct User {
    id: f64,
}

#[cached(key = x * 2.0)]
fn float(x: f64) -> u8 {
    0
}

#[cached(key = u.id)]
fn field(u: &User) -> u8 {
    0
}

#[cached(key = Cell::new(x))]
fn call(x: u8) -> u8 {
    0
}

#[cached(key = (u.id, x))]
fn element(u: &User, x: u8) -> u8 {
    0
}

#[cached(key = x as f64)]
fn cast(x: u8) -> u8 {
    0
}

#[cached(key = x)]
fn borrowed(x: &Plain) -> u8 {
    0
}

#[cached(key: u64 = x)]
fn of_another_type(x: u8) -> u8 {
    0
}

fn main() {}
