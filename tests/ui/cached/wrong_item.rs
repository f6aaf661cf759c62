//! Where it cannot stand.

use fujita::cached;

#[cached]
impl Shop {}

#[cached]
mod shop {}

#[cached]
struct Shop;

#[cached]
const fn area(x: u8) -> u8 {
    x
}

#[cached]
#[cached]
fn twice(n: u8) -> u8 {
    n
}

#[cached(skip(x), handle = hidden)]
fn each(n: u8, x: impl ToString) -> u8 {
    n
}

fn main() {}
