//! Functions with a mistake each. The compiler and clippy must say the same as without the attribute: same lint, same
//! place. `crates.rs` compares what they say with and without the feature `timed-off`.

#![warn(clippy::pedantic, unused_lifetimes, single_use_lifetimes, elided_lifetimes_in_paths)]
#![allow(clippy::must_use_candidate, clippy::missing_errors_doc)]

use std::future::{Future, ready};
use std::pin::Pin;

#[cfg(not(feature = "timed-off"))]
use fujita::offload;
use fujita::timed;

// Arguments and variables.

#[timed]
fn unused_argument(x: u32, y: u32) -> u32 {
    x
}

#[timed]
fn unused_argument_in_plain_form(x: u32) {}

#[timed]
async fn unused_argument_async(x: u32, y: &str) -> u32 {
    ready(x).await
}

#[timed]
fn unused_argument_in_impl_future(x: u32, y: u32) -> impl Future<Output = u32> {
    ready(x)
}

#[timed]
fn unused_argument_in_boxed(x: u32, y: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { x })
}

#[timed]
fn unused_argument_named_in_a_string(x: u32) -> String {
    "text, and a {} for no x".to_owned()
}

#[timed]
fn unused_argument_named_like_a_field(x: u32, other: &Point) -> Option<u32> {
    (other.x > 0).then_some(other.x)
}

#[timed]
async fn unused_argument_named_like_a_method(len: usize, other: &str) -> usize {
    ready(other.len()).await
}

#[timed]
fn used_in_a_format_string(used: u32, also: u32) -> String {
    format!("{used} {also:?}")
}

struct Point {
    x: u32,
}

#[timed]
fn unused_in_pattern((x, y): (u32, u32)) -> u32 {
    x
}

#[timed]
async fn unused_in_pattern_async((x, y): (u32, u32), [a, b]: [u32; 2]) -> u32 {
    ready(x).await + b
}

#[timed]
fn unused_mut(mut x: u32) -> u32 {
    x
}

#[timed]
async fn unused_mut_async(mut x: u32, (mut y, z): (u32, u32)) -> u32 {
    ready(x).await + y + z
}

#[timed]
fn unused_variable() -> u32 {
    let x = 1;
    2
}

#[timed]
async fn unused_variable_async() -> u32 {
    let mut x = 1;
    ready(2).await
}

#[timed]
fn unused_assignment() -> u32 {
    let mut x = 1;
    x = 2;
    x
}

// What is not used, or not reached.

#[timed]
fn unused_result() -> u32 {
    fallible();
    1
}

#[timed]
async fn unused_result_async() {
    fallible();
    asynchronous();
    impl_future();
    boxed();
    ready(()).await;
}

#[timed]
fn fallible() -> Result<u32, u32> {
    "1".parse().map_err(|_| 1)
}

#[timed]
async fn asynchronous() -> u32 {
    ready(1).await
}

#[timed]
fn impl_future() -> impl Future<Output = u32> {
    ready(1)
}

#[timed]
fn boxed() -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(ready(1))
}

#[must_use = "for a reason"]
#[timed]
fn must_use() -> u32 {
    1
}

#[timed]
fn uses_nothing() {
    must_use();
    deprecated();
}

#[timed]
#[deprecated = "old"]
fn deprecated() {}

#[timed]
fn unreachable() -> u32 {
    return 1;
    2
}

#[timed]
async fn unreachable_async() -> u32 {
    return ready(1).await;
    2
}

#[timed]
fn dead(x: u32) -> u32 {
    x
}

#[timed]
async fn dead_async(x: u32) -> u32 {
    ready(x).await
}

#[timed]
fn not_Snake(Argument: u32) -> u32 {
    Argument
}

// Lifetimes.

#[timed]
fn one_use<'a>(x: &'a str) -> usize {
    x.len()
}

#[timed]
fn unused_lifetime<'a>(x: u32) -> u32 {
    x
}

#[timed]
fn hidden_lifetime(x: &str) -> std::str::Chars {
    x.chars()
}

// Style.

#[timed]
fn needless_return(x: u32) -> u32 {
    return x;
}

#[timed]
fn needless_return_in_plain_form() {
    return;
}

#[timed]
fn needless_braces(x: u32) -> u32 {
    { x }
}

#[timed]
fn needless_parens(x: u32) -> u32 {
    let y = (x + 1);
    (y)
}

#[timed]
fn let_and_return(x: u32) -> u32 {
    let y = x + 1;
    y
}

#[timed]
fn needless_borrow(x: &String) -> usize {
    (&x).len()
}

#[timed]
fn items_after_statements() -> u32 {
    let x = 1;
    const Y: u32 = 1;
    x + Y
}

#[timed]
fn used_underscore(_x: u32) -> u32 {
    _x + 1
}

#[timed]
fn needless_question_mark(x: Result<u32, u32>) -> Result<u32, u32> {
    Ok(x?)
}

#[timed]
fn too_many(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32) -> u32 {
    a + b + c + d + e + f + g + h
}

#[timed]
async fn holds_a_lock(x: std::sync::Mutex<u32>) -> u32 {
    let guard = x.lock().unwrap();
    ready(1).await + *guard
}

struct Type;

impl Type {
    #[timed]
    fn wrong_self(self) -> u32 {
        1
    }

    #[timed]
    fn to_wrong_self(self) -> u32 {
        1
    }

    #[timed]
    fn unused_self(&self) -> u32 {
        1
    }

    #[timed]
    async fn unused_self_async(mut self) -> u32 {
        ready(1).await
    }
}

// Functions that are offloaded, unless all are as written.

#[cfg_attr(not(feature = "timed-off"), offload)]
fn dead_offloaded(x: u32) -> u32 {
    x
}

#[cfg_attr(not(feature = "timed-off"), offload)]
fn offloaded_With(x: u32, y: u32) -> u32 {
    let unused = 1;
    fallible();
    x
}

#[derive(Clone)]
struct Cloned;

impl Cloned {
    #[cfg_attr(not(feature = "timed-off"), offload(clone_self))]
    fn dead_cloned(&self, x: u32) -> u32 {
        x
    }

    #[cfg_attr(not(feature = "timed-off"), offload(clone_self))]
    fn cloned_With(&self, x: u32, y: u32) -> u32 {
        x
    }
}

fn main() {
    _ = (unused_argument(1, 2), unused_argument_in_plain_form(1), unused_argument_async(1, ""));
    _ = (unused_argument_in_impl_future(1, 2), unused_argument_in_boxed(1, 2));
    _ = unused_argument_named_in_a_string(1);
    _ = unused_argument_named_like_a_field(1, &Point { x: 1 });
    _ = (unused_argument_named_like_a_method(1, ""), used_in_a_format_string(1, 2));
    _ = (unused_in_pattern((1, 2)), unused_in_pattern_async((1, 2), [3, 4]));
    _ = (unused_mut(1), unused_mut_async(1, (2, 3)), unused_variable(), unused_variable_async());
    _ = (unused_assignment(), overwritten_argument(1), overwritten_argument_async(1));
    _ = (unused_result(), unused_result_async(), uses_nothing(), unreachable(), unreachable_async());
    _ = (not_Snake(1), recursion_without_end(1), one_use(""), unused_lifetime(1), hidden_lifetime(""));
    _ = (
        needless_return(1),
        needless_return_in_plain_form(),
        needless_braces(1),
        needless_parens(1),
        let_and_return(1),
    );
    _ = (needless_borrow(&String::new()), items_after_statements(), used_underscore(1), shadows(1));
    _ = (needless_question_mark(Ok(1)), unnecessary_wraps(1), too_many(1, 2, 3, 4, 5, 6, 7, 8));
    _ = (holds_a_lock(std::sync::Mutex::new(1)), Type.wrong_self(), Type.to_wrong_self());
    _ = (Type.unused_self(), Type.unused_self_async(), unused_async(1));
    _ = (offloaded_With(1, 2), Cloned.cloned_With(1, 2));
}

// Lost: a closure, or an `await` of ours, hides these.

// A macro may take `x: 1` for a use of the variable `x`, as `json!` does; so it counts as one everywhere.
#[timed]
fn unused_argument_named_like_a_field_that_is_set(x: u32, other: &Point) -> Option<Point> {
    (other.x > 0).then_some(Point { x: 1 })
}

#[timed]
fn overwritten_argument(mut x: u32) -> u32 {
    x = 2;
    x
}

#[timed]
async fn overwritten_argument_async(mut x: u32) -> u32 {
    x = 2;
    ready(x).await
}

#[timed]
fn recursion_without_end(x: u32) -> u32 {
    recursion_without_end(x)
}

#[timed]
fn unnecessary_wraps(x: u32) -> Option<u32> {
    Some(x)
}

#[timed]
fn shadows(x: u32) -> u32 {
    let x = x;
    x
}

#[timed]
async fn unused_async(x: u32) -> u32 {
    x
}
