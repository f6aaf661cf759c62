//! What async functions return, and how they are left.

use std::error::Error;
use std::fmt;

use fujita::timed;

use crate::support::{block_on, later, panicked};

type Numbers<T> = Result<T, std::num::ParseIntError>;
type Nothing = ();

#[timed]
async fn nothing() {
    later().await;
}

#[timed]
async fn alias_of_unit() -> Nothing {
    later().await
}

#[timed]
async fn early(x: u32) -> u32 {
    if x > 1 {
        return 1;
    }
    later().await;
    let inner = async {
        return 5;
    };
    inner.await + x
}

#[timed]
async fn question_mark(text: &str) -> Numbers<u32> {
    let inner = async |text: &str| -> Numbers<u32> { Ok(text.parse::<u32>()? + 1) };
    let x: u32 = text.parse()?;
    if x == 7 {
        return Ok(0);
    }
    inner(text).await
}

#[timed]
async fn into_a_boxed_error(text: &str) -> Result<u32, Box<dyn Error>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    if text == "?" {
        Err(Box::new(fmt::Error))?;
    }
    later().await;
    Ok(text.parse()?)
}

#[timed]
async fn anyhow(text: &str) -> anyhow::Result<u32> {
    Ok(text.parse()?)
}

#[timed]
async fn boxed_dyn(yes: bool) -> Box<dyn Fn(u32) -> u32> {
    if yes {
        return Box::new(|x| x + 1);
    }
    later().await;
    Box::new(move |x| x - 1)
}

#[timed]
async fn coerced(x: &[u8; 2]) -> &[u8] {
    x
}

#[timed]
async fn function_pointer() -> fn(u8) -> u8 {
    |x| x + 1
}

#[timed]
async fn never() -> ! {
    later().await;
    panic!("never returns")
}

#[timed]
async fn diverging_body() -> Result<u32, String> {
    later().await;
    todo!()
}

#[timed]
async fn infinite() -> u32 {
    loop {
        later().await;
    }
}

#[test]
fn asynchronous() {
    ok!("nothing", block_on(nothing()));
    ok!("alias_of_unit", block_on(alias_of_unit()));
    assert_eq!(ok!("early", block_on(early(2))), 1);
    assert_eq!(ok!("early", block_on(early(0))), 5);
    assert_eq!(ok!("question_mark", block_on(question_mark("1"))), Ok(2));
    assert_eq!(ok!("question_mark", block_on(question_mark("7"))), Ok(0));
    assert!(error!("question_mark", block_on(question_mark(""))).is_err());
    for bad in ["", "?", "x"] {
        assert!(error!("into_a_boxed_error", block_on(into_a_boxed_error(bad))).is_err());
    }
    assert!(error!("anyhow", block_on(anyhow(""))).is_err());
    assert_eq!(ok!("boxed_dyn", block_on(boxed_dyn(true)))(1), 2);
    assert_eq!(ok!("boxed_dyn", block_on(boxed_dyn(false)))(1), 0);
    assert_eq!(ok!("coerced", block_on(coerced(&[1, 2]))), [1, 2]);
    assert_eq!(ok!("function_pointer", block_on(function_pointer()))(1), 2);
}

#[test]
fn diverging() {
    panicked(module_path!(), "never", || block_on(never()));
    panicked(module_path!(), "diverging_body", || drop(block_on(diverging_body())));
    crate::support::recorded(module_path!(), &[("infinite", "cancelled", 1)], || {
        let mut endless = Box::pin(infinite());
        assert!(crate::support::poll_once(&mut endless).is_pending());
    });
}
