//! A timed future is at most the plain one, its arguments once more, and 64 bytes; and never larger than the same
//! function under `#[tracing::instrument(skip_all)]`.

use std::future::Future;

use crate::support::later;

macro_rules! sizes {
    ($($name:ident($($of:ty = $value:expr),*) { $($function:tt)* })*) => {
        mod plain {
            use super::*;
            $(pub(super) $($function)*)*
        }
        mod timed {
            use super::*;
            $(#[fujita::timed] pub(super) $($function)*)*
        }
        mod instrumented {
            use super::*;
            $(#[tracing::instrument(skip_all)] pub(super) $($function)*)*
        }
        $(
            #[test]
            fn $name() {
                let plain = size_of_val(&plain::$name($($value),*));
                let timed = size_of_val(&timed::$name($($value),*));
                let instrumented = size_of_val(&instrumented::$name($($value),*));
                let arguments = 0 $(+ size_of::<$of>())*;
                let sizes = format!("{plain} plain, {timed} timed, {instrumented} instrumented, {arguments} of arguments");
                assert!(timed <= plain + arguments + 64, "{sizes}");
                assert!(timed <= instrumented, "{sizes}");
            }
        )*
    };
}

type Big = [u8; 1024];

sizes! {
    nothing() {
        async fn nothing() {}
    }
    one_wait() {
        async fn one_wait() -> u32 { later().await; 1 }
    }
    small_argument(u64 = 1) {
        async fn small_argument(x: u64) -> u64 { later().await; x }
    }
    big_argument(Big = [0; 1024]) {
        async fn big_argument(x: Big) -> u8 { later().await; x[0] }
    }
    big_argument_unused_after(Big = [0; 1024]) {
        async fn big_argument_unused_after(x: Big) -> u8 { let first = x[0]; later().await; first }
    }
    big_argument_ignored(Big = [0; 1024]) {
        async fn big_argument_ignored(_: Big) -> u8 { later().await; 1 }
    }
    big_pattern((Big, Big) = ([0; 1024], [0; 1024])) {
        async fn big_pattern((x, y): (Big, Big)) -> u8 { later().await; x[0] + y[0] }
    }
    many_arguments(String = String::new(), Vec<u8> = vec![], u8 = 1, Big = [0; 1024], &str = "a") {
        async fn many_arguments(a: String, b: Vec<u8>, mut c: u8, d: Big, e: &str) -> usize {
            c += 1;
            later().await;
            a.len() + b.len() + usize::from(c) + d.len() + e.len()
        }
    }
    big_local() {
        async fn big_local() -> u8 { let big: Big = std::hint::black_box([0; 1024]); later().await; big[0] }
    }
    big_value() {
        async fn big_value() -> Big { later().await; [0; 1024] }
    }
    big_result() {
        async fn big_result() -> Result<Big, String> { later().await; Err(String::new())?; Ok([0; 1024]) }
    }
    awaiting_others(Big = [0; 1024]) {
        async fn awaiting_others(x: Big) -> u8 {
            let first = super::plain::big_argument(x).await;
            let second = super::plain::big_local().await;
            first + second + super::plain::big_value().await[0]
        }
    }
}

/// Each level adds its own share only: doubling would show here first.
#[test]
fn nested_ten_deep() {
    macro_rules! level {
        ($($name:ident $inner:expr;)*) => {
            $(
                #[fujita::timed]
                async fn $name(x: u64) -> u64 { $inner(x).await + 1 }
            )*
        };
    }
    level! {
        l1 super::sizes::plain::small_argument; l2 l1; l3 l2; l4 l3; l5 l4; l6 l5; l7 l6; l8 l7; l9 l8; l10 l9;
    }
    let (one, ten) = (size_of_val(&l1(1)), size_of_val(&l10(1)));
    assert!(ten <= one * 10, "{one} for one, {ten} for ten");
}

fn size_of_boxed(future: std::pin::Pin<Box<impl Future>>) -> usize {
    size_of_val(&*future)
}

/// What is returned as `impl Future` is wrapped once: no arguments are moved.
#[test]
fn returned_futures() {
    fn plain(x: Big) -> impl Future<Output = u8> {
        async move {
            later().await;
            x[0]
        }
    }
    #[fujita::timed]
    fn timed(x: Big) -> impl Future<Output = u8> {
        async move {
            later().await;
            x[0]
        }
    }
    let (plain, timed) =
        (size_of_boxed(Box::pin(plain([0; 1024]))), size_of_boxed(Box::pin(timed([0; 1024]))));
    assert!(timed <= plain + 64, "{plain} plain, {timed} timed");
}
