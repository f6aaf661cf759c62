//! Mistakes are mistakes, whether anything is measured or not.

use fujita::{offload, timed};

#[timed(slwo = "1s")]
fn unknown_option() {}

#[timed]
struct NoFunction;

#[timed(busy)]
fn not_async() {}

#[timed]
impl NoFunction {
    #[timed(slow = "10 parsecs")]
    fn bad_duration() {}
}

// The feature `cpu` is off in this crate.
#[offload(cpu)]
fn no_pool() {}

fn main() {
    drop(no_pool());
    unknown_option();
    not_async();
    NoFunction::bad_duration();
}
