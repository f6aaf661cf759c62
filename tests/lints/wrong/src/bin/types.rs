//! Errors of the type checker, one in each function.

use std::future::{Future, ready};
use std::pin::Pin;

use fujita::timed;

#[timed]
fn tail(x: &str) -> u32 {
    x
}

#[timed]
fn early(x: &str) -> u32 {
    if x.is_empty() {
        return x;
    }
    1
}

#[timed]
fn nothing(x: u32) {
    x
}

#[timed]
fn nothing_at_the_end(x: u32) -> u32 {
    x;
}

#[timed]
fn plain_form(x: u32) -> (u32, u32) {
    (x, "")
}

#[timed]
fn wrong_error(x: &str) -> Result<u32, std::fmt::Error> {
    let x: u32 = x.parse()?;
    Ok(x)
}

#[timed]
fn no_result(x: &str) -> u32 {
    let x: u32 = x.parse()?;
    x
}

#[timed]
fn missing_method(x: u32) -> u32 {
    x.missing()
}

#[timed]
fn missing_bound<T>(x: T) -> String {
    x.to_string()
}

#[timed]
fn not_an_iterator(x: u32) -> impl Iterator<Item = u32> {
    x
}

#[timed]
fn result_of_opaque(x: u32) -> Result<impl Iterator<Item = u32>, String> {
    if x == 0 {
        return Err(x);
    }
    Ok(0..x)
}

#[timed]
async fn tail_async(x: &str) -> u32 {
    x
}

#[timed]
async fn early_async(x: &str) -> u32 {
    if x.is_empty() {
        return x;
    }
    1
}

#[timed]
async fn wrong_error_async(x: &str) -> Result<u32, std::fmt::Error> {
    let x: u32 = x.parse()?;
    Ok(x)
}

#[timed]
async fn missing_method_async(x: u32) -> u32 {
    x.missing().await
}

#[timed]
async fn not_a_future(x: u32) -> u32 {
    x.await
}

#[timed]
fn wrong_output(x: u32) -> impl Future<Output = String> {
    ready(x)
}

#[timed]
fn wrong_output_boxed(x: u32) -> Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move { x })
}

#[timed]
fn wrong_value_boxed(x: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    x
}

struct Type;

impl Type {
    #[timed]
    fn missing_field(&self) -> u32 {
        self.missing
    }

    #[timed]
    async fn missing_field_async(&mut self) -> u32 {
        self.missing
    }
}

fn main() {
    let _: u32 = tail(1);
    let _: String = plain_form(1);
    early();
    drop(early_async());
}
