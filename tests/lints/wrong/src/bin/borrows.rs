//! Errors of the borrow checker, one in each function.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use fujita::timed;

#[timed]
fn moved_twice(x: String) -> usize {
    drop(x);
    x.len()
}

#[timed]
fn moved_twice_in_plain_form(x: String) -> (usize,) {
    drop(x);
    (x.len(),)
}

#[timed]
async fn moved_twice_async(x: String) -> usize {
    drop(x);
    x.len()
}

#[timed]
fn local_returned() -> Option<&'static str> {
    let text = String::new();
    Some(&text)
}

#[timed]
fn argument_returned(text: String) -> Option<&'static str> {
    Some(&text)
}

#[timed]
fn wrong_lifetime<'a, 'b>(_x: &'a str, y: &'b str) -> Option<&'a str> {
    Some(y)
}

#[timed]
async fn wrong_lifetime_async<'a, 'b>(_x: &'a str, y: &'b str) -> Option<&'a str> {
    Some(y)
}

#[timed]
fn not_mutable(x: Vec<u32>) -> usize {
    x.push(1);
    x.len()
}

#[timed]
async fn not_mutable_async(x: Vec<u32>) -> usize {
    x.push(1);
    x.len()
}

#[timed]
fn borrowed_twice(x: &mut Vec<u32>) -> Option<&mut u32> {
    let first = x.first_mut();
    x.clear();
    first
}

#[timed]
fn not_send(x: Rc<u32>) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { *x })
}

struct Type(String);

impl Type {
    #[timed]
    fn not_mutable(&self) -> usize {
        self.0.push('a');
        self.0.len()
    }

    #[timed]
    fn moved_out(&self) -> String {
        self.0
    }

    #[timed]
    async fn moved_out_async(&self) -> String {
        self.0
    }
}

fn main() {}
