//! Every kind of return type and of leaving a function.

use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::ops::ControlFlow;
use std::task::Poll;

use fujita::timed;

use crate::support::{later, panicked};

type Numbers<T> = Result<T, std::num::ParseIntError>;
type Nothing = ();
type Done = Numbers<Nothing>;

macro_rules! returned {
    () => { Result<u8, String> };
}

#[timed]
fn nothing() {}

#[timed]
fn unit() -> () {
    return;
}

#[timed]
fn alias_of_unit() -> Nothing {
    later();
}

#[timed]
fn early(x: u32) -> u32 {
    if x > 1 {
        return 1;
    }
    let inner = || {
        return 5;
    };
    inner() + x
}

#[timed]
fn early_from_nothing(x: &mut u32) {
    if *x > 1 {
        return;
    }
    *x += 1;
}

#[timed]
fn question_mark(text: &str) -> Numbers<u32> {
    let inner = |text: &str| -> Numbers<u32> { Ok(text.parse::<u32>()? + 1) };
    let x: u32 = text.parse()?;
    if x == 7 {
        return Ok(0);
    }
    inner(text)
}

#[timed]
fn question_mark_option(all: &[u32]) -> Option<&u32> {
    let first = all.first()?;
    all.get(*first as usize)
}

#[timed]
fn into_a_boxed_error(text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    if text == "?" {
        Err(Box::new(fmt::Error))?;
    }
    Ok(text.parse()?)
}

#[timed]
fn io_result(kind: Option<io::ErrorKind>) -> io::Result<()> {
    kind.map_or(Ok(()), |kind| Err(kind.into()))
}

#[timed]
fn anyhow_result(text: &str) -> anyhow::Result<u32> {
    anyhow::ensure!(!text.is_empty(), "empty");
    Ok(text.parse()?)
}

#[timed]
fn fmt_result(out: &mut dyn fmt::Write) -> fmt::Result {
    write!(out, "x")
}

#[timed]
fn alias_of_result(text: &str) -> Done {
    text.parse::<u32>().map(drop)
}

#[timed]
fn of_a_macro(x: u8) -> returned!() {
    if x == 0 { Err("zero".into()) } else { Ok(x) }
}

#[timed]
fn result_of_reference(of: &Result<u8, u8>) -> &Result<u8, u8> {
    of
}

#[timed]
fn poll(x: u32) -> Poll<Result<u32, u32>> {
    Poll::Ready(Err(x))
}

#[timed]
fn control_flow(x: u32) -> ControlFlow<u32> {
    if x == 0 {
        ControlFlow::Break(1)?;
    }
    ControlFlow::Continue(())
}

#[timed]
#[allow(unused_parens)]
fn parenthesised() -> (Result<u8, u8>) {
    Err(1)
}

#[timed]
fn tuple() -> (u8, Result<u8, u8>) {
    (1, Err(1))
}

#[timed]
fn array() -> [u8; 2] {
    [1, 2]
}

#[timed]
fn function_pointer() -> fn(u8) -> u8 {
    |x| x + 1
}

#[timed]
fn static_dyn() -> &'static dyn Display {
    &1
}

#[timed]
fn boxed_dyn(yes: bool) -> Box<dyn Fn(u32) -> u32> {
    if yes {
        return Box::new(|x| x + 1);
    }
    Box::new(move |x| x - 1)
}

#[timed]
fn raw_pointer() -> *const u8 {
    std::ptr::null()
}

#[timed]
fn coerced(x: &[u8; 2]) -> &[u8] {
    x
}

#[timed]
fn diverging_body(x: u32) -> u32 {
    if x == 0 {
        unreachable!("never zero")
    } else {
        loop {
            break x;
        }
    }
}

#[timed]
fn unimplemented_body() -> Result<u32, String> {
    todo!()
}

#[timed]
fn never() -> ! {
    panic!("never returns")
}

#[timed]
#[allow(unreachable_code)]
fn loops(mut x: u32) -> u32 {
    loop {
        x += 1;
        if x > 3 {
            return x;
        }
    }
}

#[test]
fn plain() {
    ok!("nothing", nothing());
    ok!("unit", unit());
    ok!("alias_of_unit", alias_of_unit());
    assert_eq!(ok!("early", early(2)), 1);
    assert_eq!(ok!("early", early(0)), 5);
    let mut x = 1;
    ok!("early_from_nothing", early_from_nothing(&mut x));
    ok!("early_from_nothing", early_from_nothing(&mut x));
    assert_eq!(x, 2);
    assert_eq!(ok!("poll", poll(1)), Poll::Ready(Err(1)));
    assert_eq!(ok!("control_flow", control_flow(0)), ControlFlow::Break(1));
    assert_eq!(ok!("tuple", tuple()), (1, Err(1)));
    assert_eq!(ok!("array", array()), [1, 2]);
    assert_eq!(ok!("function_pointer", function_pointer())(1), 2);
    assert_eq!(ok!("static_dyn", static_dyn()).to_string(), "1");
    assert_eq!(ok!("boxed_dyn", boxed_dyn(true))(1), 2);
    assert_eq!(ok!("boxed_dyn", boxed_dyn(false))(1), 0);
    assert!(ok!("raw_pointer", raw_pointer()).is_null());
    assert_eq!(ok!("coerced", coerced(&[1, 2])), [1, 2]);
    assert_eq!(ok!("loops", loops(0)), 4);
    assert_eq!(ok!("question_mark_option", question_mark_option(&[])), None);
    assert_eq!(ok!("question_mark_option", question_mark_option(&[0])), Some(&0));
}

#[test]
fn results() {
    assert_eq!(ok!("question_mark", question_mark("1")), Ok(2));
    assert_eq!(ok!("question_mark", question_mark("7")), Ok(0));
    assert!(error!("question_mark", question_mark("")).is_err());
    for bad in ["", "?", "x"] {
        assert!(error!("into_a_boxed_error", into_a_boxed_error(bad)).is_err());
    }
    assert_eq!(ok!("into_a_boxed_error", into_a_boxed_error("1")).unwrap(), 1);
    assert!(ok!("io_result", io_result(None)).is_ok());
    assert!(error!("io_result", io_result(Some(io::ErrorKind::NotFound))).is_err());
    assert_eq!(ok!("anyhow_result", anyhow_result("1")).unwrap(), 1);
    assert_eq!(error!("anyhow_result", anyhow_result("")).unwrap_err().to_string(), "empty");
    assert!(ok!("fmt_result", fmt_result(&mut String::new())).is_ok());
    assert!(error!("fmt_result", fmt_result(&mut Full)).is_err());
    assert!(ok!("alias_of_result", alias_of_result("1")).is_ok());
    assert!(error!("alias_of_result", alias_of_result("")).is_err());
    assert_eq!(error!("of_a_macro", of_a_macro(0)), Err("zero".into()));
    assert_eq!(error!("parenthesised", parenthesised()), Err(1));
    // A reference to a `Result` is somebody else's result.
    assert_eq!(ok!("result_of_reference", result_of_reference(&Err(1))), &Err(1));
}

struct Full;

impl fmt::Write for Full {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn diverging() {
    panicked(module_path!(), "diverging_body", || assert_eq!(diverging_body(0), 0));
    assert_eq!(ok!("diverging_body", diverging_body(1)), 1);
    panicked(module_path!(), "unimplemented_body", || drop(unimplemented_body()));
    panicked(module_path!(), "never", || never());
}
