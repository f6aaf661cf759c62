//! Mistakes in what the user wrote, reported there.

use fujita::cached;

#[cached]
fn text(x: &str) -> String {
    x
}

#[derive(Clone)]
struct MyError;

#[cached]
fn question(x: &str) -> Result<String, MyError> {
    x.parse::<u8>()?;
    Ok(x.into())
}

#[cached]
async fn asynchronous(x: &str) -> String {
    x
}

#[cached(key = x.into_bytes())]
fn moves(x: String) -> usize {
    x.len()
}

#[cached(cache_if = |x| x.is_some())]
fn closure(x: u8) -> u8 {
    x
}

#[cached(ttl = 3 + 4)]
fn number(x: u8) -> u8 {
    x
}

#[cached(max_capacity = "x".to_owned())]
fn string(x: u8) -> u8 {
    x
}

#[cached(tags(x))]
fn tag(x: Vec<u8>) -> u8 {
    0
}

#[cached(ttl = "1s", stale_while_revalidate = "1s", skip(x))]
fn stays(x: std::rc::Rc<u8>) -> u8 {
    *x
}

struct Connection;

#[cached(ttl = "1s", stale_while_revalidate = "1s", skip(connection))]
fn lent(x: u8, connection: &Connection) -> u8 {
    x
}

#[cached(ttl = "1s", stale_while_revalidate = "1s")]
async fn waits(x: u8) -> u8 {
    let here = std::rc::Rc::new(x);
    std::future::ready(()).await;
    *here
}

fn main() {}
