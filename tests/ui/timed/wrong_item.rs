use fujita::timed;

#[timed]
struct Struct;

#[timed]
enum Enum {
    A,
}

#[timed]
const CONST: u32 = 1;

#[timed]
static STATIC: u32 = 1;

#[timed]
type Alias = u32;

#[timed]
use std::fmt;

#[timed]
unsafe extern "C" {
    fn getpid() -> i32;
}

#[timed]
macro_rules! a_macro {
    () => {};
}

fn main() {
    // Nothing else fails: the items are still there.
    let _ = (Struct, Enum::A, CONST + STATIC, 1 as Alias, fmt::Error, unsafe { getpid() });
    a_macro!();
}
