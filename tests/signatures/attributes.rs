//! Other attributes on the function, on its arguments and in its body.

#![allow(deprecated, reason = "one of the attributes")]

use fujita::timed;

use crate::support::{block_on, later, recorded};

/// Documented,
#[doc = "in two ways."]
#[timed]
#[doc(hidden)]
/// And below.
fn documented() -> u32 {
    1
}

#[timed]
#[cfg(not(any()))]
fn configured() -> u32 {
    1
}

#[cfg(any())]
#[timed]
fn configured() -> u32 {
    2
}

#[timed]
#[cfg(any())]
fn configured() -> u32 {
    3
}

#[cfg_attr(not(any()), timed(function = "renamed"))]
fn conditionally() -> u32 {
    1
}

#[cfg_attr(any(), timed)]
fn never_measured() -> u32 {
    1
}

#[timed]
#[cfg_attr(not(any()), must_use, inline(never))]
fn with_conditional_attributes() -> Option<u32> {
    Some(1)
}

#[timed]
#[inline(always)]
#[must_use = "for a reason"]
#[deprecated(since = "0.0.0", note = "old")]
#[cold]
fn many() -> u32 {
    1
}

#[timed]
fn uses_the_deprecated() -> u32 {
    many()
}

#[timed]
#[expect(unused_variables, unused_mut, reason = "the lints fire as they did")]
fn expecting(x: u32, mut y: u32) -> u32 {
    let mut z = 1;
    z
}

#[expect(unused_variables)]
#[timed]
fn expecting_in_plain_form(x: u32) -> (u32,) {
    (1,)
}

#[expect(unused_variables, unused_mut)]
#[timed]
async fn expecting_async(x: u32, mut y: u32) -> u32 {
    let mut z = 1;
    later().await;
    z
}

#[timed]
fn on_arguments(
    #[allow(unused_variables)] allowed: u32,
    #[expect(unused_variables)] expected: u32,
    #[expect(unused_mut)] mut mutable: u32,
    #[cfg(any())] absent: Absent,
    #[cfg(not(any()))] (present, _): (u32, u32),
    #[cfg_attr(not(any()), allow(unused_variables))] also_allowed: u32,
) -> u32 {
    mutable + present
}

#[timed]
fn on_arguments_in_plain_form(
    #[expect(unused_variables)] expected: u32,
    #[cfg(any())] absent: Absent,
    #[cfg(not(any()))] present: u32,
) -> (u32,) {
    (present,)
}

#[timed]
async fn on_arguments_async(
    #[allow(unused_variables)] allowed: u32,
    #[expect(unused_variables)] expected: u32,
    #[cfg(any())] absent: Absent,
    #[cfg(any())] (a, b): Absent,
    #[cfg(not(any()))] (present, _): (u32, u32),
) -> Result<u32, u32> {
    later().await;
    Err(present)
}

#[timed]
fn inner() -> u32 {
    //! Documented from within.
    #![allow(unused_variables)]
    #![expect(unused_mut)]
    let mut x = 1;
    1
}

#[timed]
async fn inner_async() -> Result<u32, u32> {
    #![expect(unused_variables)]
    let x = 1;
    Err(1)
}

#[timed]
fn on_statements() -> u32 {
    #[cfg(any())]
    return 3;
    #[expect(unused_variables)]
    let x = 2;
    #[rustfmt::skip]
    let y = { 1  };
    #[cfg(not(any()))]
    {
        y + 1
    }
    #[cfg(any())]
    {
        y + 2
    }
}

#[tracing::instrument(skip_all)]
#[timed]
fn instrumented_above(x: u32) -> Result<u32, String> {
    Err(x.to_string())
}

#[timed]
#[tracing::instrument(skip_all, err)]
fn instrumented_below(x: u32) -> Result<u32, String> {
    Err(x.to_string())
}

#[tracing::instrument]
#[timed]
async fn instrumented_above_async(x: &str, mut y: u32) -> Result<u32, String> {
    y += 1;
    later().await;
    Err(format!("{x}{y}"))
}

#[timed]
#[tracing::instrument(ret)]
async fn instrumented_below_async(x: &str, mut y: u32) -> Result<u32, String> {
    y += 1;
    later().await;
    Err(format!("{x}{y}"))
}

#[test]
fn sync() {
    assert_eq!(ok!("documented", documented()), 1);
    assert_eq!(ok!("configured", configured()), 1);
    assert_eq!(ok!("renamed", conditionally()), 1);
    assert_eq!(recorded(module_path!(), &[], never_measured), 1);
    assert_eq!(ok!("with_conditional_attributes", with_conditional_attributes()), Some(1));
    let both = [("many", "ok", 1), ("uses_the_deprecated", "ok", 1)];
    assert_eq!(recorded(module_path!(), &both, uses_the_deprecated), 1);
    assert_eq!(ok!("expecting", expecting(1, 2)), 1);
    assert_eq!(ok!("expecting_in_plain_form", expecting_in_plain_form(1)), (1,));
    assert_eq!(ok!("on_arguments", on_arguments(1, 2, 3, (4, 5), 6)), 7);
    assert_eq!(ok!("on_arguments_in_plain_form", on_arguments_in_plain_form(1, 2)), (2,));
    assert_eq!(ok!("inner", inner()), 1);
    assert_eq!(ok!("on_statements", on_statements()), 2);
}

#[test]
fn asynchronous() {
    assert_eq!(ok!("expecting_async", block_on(expecting_async(1, 2))), 1);
    assert_eq!(error!("on_arguments_async", block_on(on_arguments_async(1, 2, (3, 4)))), Err(3));
    assert_eq!(error!("inner_async", block_on(inner_async())), Err(1));
}

#[test]
fn beside_instrument() {
    assert!(error!("instrumented_above", instrumented_above(1)).is_err());
    assert!(error!("instrumented_below", instrumented_below(1)).is_err());
    let failed = Err("a2".to_owned());
    assert_eq!(error!("instrumented_above_async", block_on(instrumented_above_async("a", 1))), failed);
    assert_eq!(error!("instrumented_below_async", block_on(instrumented_below_async("a", 1))), failed);
}

#[test]
#[timed]
fn tests_below() {
    assert_eq!(1, 1);
}

#[timed]
#[test]
#[should_panic = "as it should"]
fn tests_above() {
    panic!("as it should");
}

#[timed]
#[test]
fn tests_that_return() -> Result<(), std::num::ParseIntError> {
    "1".parse::<u32>()?;
    Ok(())
}

#[tokio::test]
#[timed]
async fn tokio_above() -> Result<(), String> {
    tokio::task::yield_now().await;
    Ok(())
}

#[timed]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tokio_below() {
    tokio::task::yield_now().await;
}
