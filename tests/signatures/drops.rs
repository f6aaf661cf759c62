//! Everything is dropped when it was: each function twice, plain and timed, and the logs compared.

use fujita::timed;

use crate::noisy::{Guard, Noisy, Pair, Unit, log, log_of, pair};

macro_rules! twins {
    ($(fn $test:ident($($argument:pat => $of:ty = $value:expr),*) [$($returned:tt)*] $body:block)*) => {
        $(
            #[test]
            #[allow(unused_variables, unused_assignments, unreachable_code)]
            fn $test() {
                fn plain($($argument: $of),*) $($returned)* $body
                #[timed]
                fn timed($($argument: $of),*) $($returned)* $body
                let (plain, timed) = (log_of(|| plain($($value),*)), log_of(|| timed($($value),*)));
                assert_eq!(timed, plain);
                assert!(plain.len() > 2, "{plain:?}");
            }
        )*
    };
}

mod sync {
    use super::*;

    twins! {
        fn plain_form(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [] {
            let (_c, _d) = (Noisy("c"), Noisy("d"));
            log("body");
        }

        fn plain_form_of_tuple(a => Noisy = Noisy("a"), _ => Noisy = Noisy("_"), b => Noisy = Noisy("b")) [-> (usize, Noisy)] {
            let _c = Noisy("c");
            (Noisy("temporary").borrow().len() + a.borrow().len(), b)
        }

        fn value(a => Noisy = Noisy("a"), b => Noisy = Noisy("b"), c => Noisy = Noisy("c")) [-> Noisy] {
            let _d = Noisy("d");
            let _e = Noisy("e");
            log("body");
            b
        }

        fn value_early(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> usize] {
            let _c = Noisy("c");
            if b.0 == "b" {
                return Noisy("temporary").borrow().len();
            }
            1
        }

        fn result(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Result<Noisy, Noisy>] {
            let _c = Noisy("c");
            Err(b)?;
            Ok(Noisy("never"))
        }

        fn option(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Option<Noisy>] {
            let _c = Noisy("c");
            let Some(d) = (a.0 == "b").then_some(b) else { return None };
            Some(d)
        }

        fn hidden(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Result<impl Sized, Noisy>] {
            let _c = Noisy("c");
            if b.0 == "x" {
                return Err(b);
            }
            Ok(a)
        }

        fn ignored(_ => Noisy = Noisy("1"), _b => Noisy = Noisy("b"), _ => Noisy = Noisy("3"), d => Noisy = Noisy("d")) [-> u32] {
            let _ = Noisy("at once");
            let _e = Noisy("e");
            1
        }

        fn unused(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> u32] {
            log("body");
            1
        }

        fn patterns(
            (a, _) => (Noisy, Noisy) = (Noisy("a"), Noisy("a2")),
            Pair { b, .. } => Pair = pair("b1", "b"),
            ref c => Noisy = Noisy("c"),
            ref mut d => Noisy = Noisy("d"),
            [_, e, _] => [Noisy; 3] = [Noisy("e1"), Noisy("e"), Noisy("e3")]
        ) [-> usize] {
            *d = Noisy("d2");
            let _f = Noisy("f");
            c.borrow().len()
        }

        fn patterns_bind_in_order((_, a) => (Noisy, Noisy) = (Noisy("1"), Noisy("a")), (b, _) => (Noisy, Noisy) = (Noisy("b"), Noisy("2"))) [-> Option<Noisy>] {
            log("body");
            Some(b)
        }

        fn a_rest_that_is_dropped(a => Noisy = Noisy("a"), Guard { number, .. } => Guard = Guard { number: 1 }) [-> u32] {
            log("body");
            number
        }

        fn a_rest_though_all_is_bound(a => Noisy = Noisy("a"), Guard { number } => Guard = Guard { number: 1 }, c => Noisy = Noisy("c")) [-> u32] {
            log("body");
            number
        }

        fn a_rest_though_all_is_bound_in_a_tuple(a => Noisy = Noisy("a"), (b, Guard { number }) => (Noisy, Guard) = (Noisy("b"), Guard { number: 1 })) [-> u32] {
            log("body");
            number
        }

        fn nothing_bound(a => Noisy = Noisy("a"), Guard { .. } => Guard = Guard { number: 1 }, Unit {} => Unit = Unit) [-> Option<Noisy>] {
            log("body");
            Some(a)
        }

        fn all_bound(a => Noisy = Noisy("a"), (b, [c, d]) => (Noisy, [Noisy; 2]) = (Noisy("b"), [Noisy("c"), Noisy("d")]), Pair { a: e, b: f } => Pair = pair("e", "f")) [-> u32] {
            log("body");
            drop(c);
            1
        }

        fn unit_pattern(Unit => Unit = Unit, b => Noisy = Noisy("b")) [-> u32] {
            log("body");
            1
        }

        fn moved(a => Noisy = Noisy("a"), b => Noisy = Noisy("b"), c => Pair = pair("c1", "c2")) [-> u32] {
            drop(b);
            let _moved = c.a;
            log("body");
            drop(a);
            1
        }

        fn reassigned(mut a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> u32] {
            a = Noisy("a2");
            log("body");
            1
        }

        fn tail_temporaries(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> usize] {
            let c = Noisy("c");
            match a.borrow().len() {
                0 => 0,
                n => n + Noisy("temporary").borrow().len() + c.0.len(),
            }
        }

        fn tail_that_borrows_an_argument(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> usize] {
            let _c = Noisy("c");
            a.borrow().len()
        }

        fn scrutinees(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> usize] {
            if let 1 = a.borrow().len() { log("inside") } else { log("else") }
            if let Some(_x) = Some(b) { log("inside") }
            match Noisy("scrutinee").borrow() { x => x.len() }
        }

        fn kept_by_the_value(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Box<dyn FnOnce() -> usize>] {
            let _c = Noisy("c");
            Box::new(move || a.0.len())
        }

        fn panicking(a => Noisy = Noisy("a"), (b, _) => (Noisy, Noisy) = (Noisy("b"), Noisy("b2")), _ => Noisy = Noisy("_")) [-> usize] {
            let _c = Noisy("c");
            let length = Noisy("temporary").borrow().len() + [1_usize][a.0.len()];
            log("never");
            length
        }

        fn panicking_result(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Result<usize, Noisy>] {
            let _c = Noisy("c");
            let c = Err::<usize, _>(Noisy("error"));
            Ok(c.map_err(|error| drop(error)).unwrap())
        }

        fn panicking_plain_form(a => Noisy = Noisy("a"), _ => Noisy = Noisy("_")) [] {
            let _c = Noisy("c");
            unreachable!()
        }

        fn a_loop(a => Vec<Noisy> = vec![Noisy("1"), Noisy("2"), Noisy("3")]) [-> Option<Noisy>] {
            for x in a {
                if x.0 == "2" {
                    return Some(x);
                }
            }
            None
        }

        fn boxed_future(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> std::pin::Pin<Box<dyn std::future::Future<Output = usize>>>] {
            let _c = Noisy("c");
            Box::pin(async move { a.0.len() })
        }

        fn impl_future(a => Noisy = Noisy("a"), b => Noisy = Noisy("b"), _ => Noisy = Noisy("_")) [-> impl std::future::Future<Output = usize>] {
            let _c = Noisy("c");
            async move { a.0.len() }
        }
    }
}

/// Labels are read from the arguments, which stay the body's.
#[test]
fn with_labels() {
    macro_rules! both {
        ([$($labels:tt)*] $($function:tt)*) => {
            fn plain $($function)*
            #[timed($($labels)*)]
            fn timed $($function)*
        };
    }
    both! {
        [labels(a = a.0, b = b.0, c = c, d = d.0)]
        (a: Noisy, (b, _e): (Noisy, Noisy), mut c: u32, _: Noisy, d: Noisy) -> u32 {
            let _local = Noisy("local");
            c += (a.0.len() + b.0.len()) as u32;
            drop(d);
            c
        }
    }
    let noisy = || (Noisy("a"), (Noisy("b"), Noisy("rest")), 1, Noisy("_"), Noisy("d"));
    let plain = log_of(|| {
        let (a, b, c, ignored, d) = noisy();
        plain(a, b, c, ignored, d)
    });
    let timed = metrics_of(|| {
        let (a, b, c, ignored, d) = noisy();
        timed(a, b, c, ignored, d)
    });
    assert_eq!(timed, plain);
}

/// `log_of`, with a recorder that listens.
fn metrics_of<R>(run: impl FnOnce() -> R) -> Vec<String> {
    fujita_tests::record(|| log_of(run)).0
}
