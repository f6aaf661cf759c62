//! Names that might collide with ours, and names that must be spelled with care.

#![allow(non_snake_case, non_camel_case_types, non_upper_case_globals, reason = "the subject")]

use fujita::timed;

use crate::support::{block_on, later};

#[timed]
fn r#match(r#type: u32, r#fn: &str) -> u32 {
    r#type + r#fn.len() as u32
}

#[timed]
async fn r#async(r#await: u32, (r#dyn, r#loop): (u32, u32)) -> Option<u32> {
    later().await;
    Some(r#await + r#dyn + r#loop)
}

#[timed(labels(r#type = r#type))]
fn raw_labels(r#type: u32) -> u32 {
    r#type
}

struct r#struct {
    r#use: u32,
}

impl r#struct {
    #[timed(function = "raw method")]
    fn r#impl(&self) -> u32 {
        self.r#use
    }
}

/// The locals, statics and labels of expansions.
#[timed(labels(k = __fujita_ret))]
fn ours(
    __fujita_call: u32,
    __fujita_ret: u32,
    __fujita_site: u32,
    __fujita_extras: u32,
    __fujita_hint: u32,
) -> u64 {
    const __FUJITA_SITE: u32 = 1;
    let __fujita_arg0 = 1;
    (__fujita_call
        + __fujita_ret
        + __fujita_site
        + __fujita_extras
        + __fujita_hint
        + __FUJITA_SITE
        + __fujita_arg0)
        .into()
}

#[timed(in_flight)]
fn ours_in_plain_form(__fujita_call: &mut u32, __fujita_site: u32) -> (u32,) {
    let __fujita_ret = *__fujita_call + __fujita_site;
    (__fujita_ret,)
}

#[timed(busy, ok_if = |__fujita_ret| __fujita_ret.is_some())]
async fn ours_async(
    __fujita_arg1: u32,
    (__fujita_arg0, __fujita_ret): (u32, u32),
    __fujita_extras: u32,
) -> Option<u32> {
    later().await;
    Some(__fujita_arg0 + __fujita_arg1 + __fujita_ret + __fujita_extras)
}

#[timed]
#[track_caller]
fn ours_with_track_caller(__fujita_call: u32, __fujita_ret: u32) -> Result<u32, u32> {
    '__fujita_body: {
        if __fujita_call == 0 {
            break '__fujita_body;
        }
        return Ok(__fujita_call);
    }
    Err(__fujita_ret)
}

/// What others have called theirs.
#[timed]
fn common(
    call: u32,
    ret: u32,
    site: u32,
    key: u32,
    cache: u32,
    result: u32,
    self_: u32,
    private: u32,
) -> u32 {
    let (caller, this, future, extras, inner) = (1, 1, 1, 1, 1);
    call + ret + site + key + cache + result + self_ + private + caller + this + future + extras + inner
}

#[timed]
async fn common_async(
    call: u32,
    key: &str,
    cache: u32,
    result: u32,
    self_: u32,
    __self: u32,
    __ret: u32,
) -> u32 {
    later().await;
    call + key.len() as u32 + cache + result + self_ + __self + __ret
}

#[timed]
fn like_types(String: String, Option: u32, Vec: Option<u32>, u32: u32, str: &str) -> u32 {
    String.len() as u32 + Option + Vec.unwrap_or(0) + u32 + str.len() as u32
}

#[timed]
async fn like_types_async(String: String, Result: u32, Box: Box<u32>) -> u32 {
    later().await;
    String.len() as u32 + Result + *Box
}

#[timed]
fn like_crates(core: u32, std: u32, fujita: u32, metrics: u32, timed: u32) -> u32 {
    core + std + fujita + metrics + timed
}

#[timed]
fn like_itself(like_itself: u32) -> u32 {
    like_itself
}

#[timed]
fn größe(länge: u32, 名前: &str) -> u32 {
    länge + 名前.len() as u32
}

#[timed]
fn shadowed(x: u32) -> u32 {
    let x = x + 1;
    let x = |y: u32| x + y;
    let x = x(1);
    x
}

#[timed]
fn generic_like_ours<F: Fn() -> R, R, T: Default + PartialEq, C, X>(f: F, _: C, _: X) -> Result<R, T> {
    if T::default() == T::default() { Ok(f()) } else { Err(T::default()) }
}

/// Modules that a path of ours could mistake for crates.
mod among_modules_like_crates {
    use crate::support::later;

    mod core {
        pub(super) mod prelude {
            pub(crate) const OURS: u32 = 1;
        }
    }

    mod std {}

    mod metrics {}

    mod fujita {
        pub(super) fn timed() -> u32 {
            1
        }
    }

    #[::fujita::timed]
    pub(super) fn plain() -> (u32, u32) {
        (core::prelude::OURS, fujita::timed())
    }

    #[::fujita::timed(in_flight, error_kind = |e: &u32| if *e > 0 { "some" } else { "none" })]
    pub(super) fn sync(x: u32) -> Result<u32, u32> {
        Ok(core::prelude::OURS + x)
    }

    #[::fujita::timed(busy)]
    pub(super) async fn asynchronous() -> u32 {
        later().await;
        core::prelude::OURS + fujita::timed()
    }
}

mod timed_module {
    use fujita::timed;

    #[timed]
    pub(super) fn timed(x: u32) -> u32 {
        x
    }
}

#[test]
fn raw() {
    assert_eq!(ok!("match", r#match(1, "a")), 2);
    assert_eq!(ok!("async", block_on(r#async(1, (2, 3)))), Some(6));
    let (_, recorded) = fujita_tests::record(|| raw_labels(1));
    assert_eq!(recorded.sum("function_duration_seconds", &["function=raw_labels", "type=1"]), 1.0);
    assert_eq!(ok!("raw method", r#struct { r#use: 1 }.r#impl()), 1);
}

#[test]
fn of_expansions() {
    let (value, recorded) = fujita_tests::record(|| ours(1, 2, 3, 4, 5));
    assert_eq!(value, 17);
    assert_eq!(recorded.sum("function_duration_seconds", &["function=ours", "k=2"]), 1.0);
    let (value, recorded) = fujita_tests::record(|| ours_in_plain_form(&mut 1, 2));
    assert_eq!((value, recorded.calls("ours_in_plain_form", "ok")), ((3,), 1.0));
    let (value, recorded) = fujita_tests::record(|| block_on(ours_async(1, (2, 3), 4)));
    assert_eq!((value, recorded.calls("ours_async", "ok")), (Some(10), 1.0));
    assert_eq!(ok!("ours_with_track_caller", ours_with_track_caller(1, 2)), Ok(1));
    assert_eq!(error!("ours_with_track_caller", ours_with_track_caller(0, 2)), Err(2));
}

#[test]
fn of_everyone() {
    assert_eq!(ok!("common", common(1, 1, 1, 1, 1, 1, 1, 1)), 13);
    assert_eq!(ok!("common_async", block_on(common_async(1, "a", 1, 1, 1, 1, 1))), 7);
    assert_eq!(ok!("like_types", like_types("a".into(), 1, Some(1), 1, "a")), 5);
    assert_eq!(ok!("like_types_async", block_on(like_types_async("a".into(), 1, Box::new(1)))), 3);
    assert_eq!(ok!("like_crates", like_crates(1, 1, 1, 1, 1)), 5);
    assert_eq!(ok!("like_itself", like_itself(1)), 1);
    assert_eq!(ok!("größe", größe(1, "名")), 4);
    assert_eq!(ok!("shadowed", shadowed(1)), 3);
    assert_eq!(ok!("generic_like_ours", generic_like_ours::<_, _, u8, _, _>(|| 1, 1, 1)), Ok(1));
    assert_eq!(among_modules_like_crates::plain(), (1, 1));
    assert_eq!(among_modules_like_crates::sync(1), Ok(2));
    assert_eq!(block_on(among_modules_like_crates::asynchronous()), 2);
    let module = concat!(module_path!(), "::timed_module");
    assert_eq!(crate::support::recorded(module, &[("timed", "ok", 1)], || timed_module::timed(1)), 1);
}
