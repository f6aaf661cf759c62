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

fn main() {}
