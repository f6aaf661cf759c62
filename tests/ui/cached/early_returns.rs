//! A `return` that may be a closure's, where the body cannot become a closure.

use fujita::cached;

#[cached]
#[track_caller]
fn behind_a_block(n: u8) -> u8 {
    if n == 0 {
        return 1;
    }
    for _ in 0..n {}
    |x: u8| -> u8 { return x }(n)
}

#[cached]
#[track_caller]
fn in_a_macro(n: u8) -> u8 {
    macro_rules! leave {
        ($n:expr) => {
            Some($n).map(|n| return n)
        };
    }
    leave!(n).unwrap_or(0)
}

fn main() {}
