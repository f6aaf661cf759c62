//! Bodies that outlive their calls.

use fujita::cached;

#[cached(ttl = "1s", stale_while_revalidate = "1s", skip(x))]
fn c1(n: u8, x: &mut u8) -> u8 { n }

#[cached(ttl = "1s", stale_while_revalidate = "1s")]

fn c2(n: (&str, u8)) -> u8 { n.1 }

#[cached(ttl = "1s", stale_while_revalidate = "1s")]

fn c3(n: &str) -> Result<u8, &str> { Err(n) }

#[cached(ttl = "1s", stale_while_revalidate = "1s", skip(f))]

fn c4(n: u8, f: &dyn Fn() -> u8) -> u8 { f() + n }

fn main() {}
