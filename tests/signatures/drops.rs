//! Everything is dropped when it was: each function twice, plain and timed, and the logs compared.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fujita::timed;

use crate::support::{Noisy, log, logged};

struct Pair {
    a: Noisy,
    b: Noisy,
}

fn pair(a: &'static str, b: &'static str) -> Pair {
    Pair { a: Noisy(a), b: Noisy(b) }
}

struct Unit;

impl Drop for Unit {
    fn drop(&mut self) {
        log("unit");
    }
}

impl Noisy {
    fn borrow(&self) -> Borrowed<'_> {
        Borrowed(self)
    }
}

/// A temporary that borrows: dropped too late, it would not even compile.
struct Borrowed<'a>(&'a Noisy);

impl Borrowed<'_> {
    fn len(&self) -> usize {
        self.0.0.len()
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        log(&format!("borrowed {}", self.0.0));
    }
}

/// `run`, and what it does until what it returns is dropped.
fn log_of<R>(run: impl FnOnce() -> R) -> Vec<String> {
    logged(|| match catch_unwind(AssertUnwindSafe(run)) {
        Ok(returned) => {
            log("returned");
            drop(returned);
        }
        Err(_) => log("panicked"),
    })
}

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

macro_rules! methods {
    ($(fn $test:ident($($receiver:tt)+) [$of:expr] [$($returned:tt)*] $body:block)*) => {
        $(
            #[test]
            #[allow(unused_variables, unused_mut, unused_assignments, dead_code)]
            fn $test() {
                struct Own { a: Noisy, b: Noisy, c: Noisy }
                impl Own {
                    fn plain($($receiver)+, x: Noisy) $($returned)* $body
                    #[timed]
                    fn timed($($receiver)+, x: Noisy) $($returned)* $body
                }
                let own = || Own { a: Noisy("a"), b: Noisy("b"), c: Noisy("c") };
                let plain = log_of(|| Own::plain($of(own()), Noisy("x")));
                let timed = log_of(|| Own::timed($of(own()), Noisy("x")));
                assert_eq!(timed, plain);
                assert!(plain.len() > 3, "{plain:?}");
            }
        )*
    };
}

mod receivers {
    use super::*;

    methods! {
        fn unused(self) [std::convert::identity] [-> u32] { log("body"); 1 }
        fn unused_in_plain_form(self) [std::convert::identity] [] { log("body"); }
        fn whole(self) [std::convert::identity] [-> Self] { self }
        fn partially_moved(self) [std::convert::identity] [-> usize] {
            let _local = Noisy("local");
            drop(self.b);
            log("body");
            self.a.0.len()
        }
        fn partially_moved_in_plain_form(self) [std::convert::identity] [-> (Noisy, u32)] {
            let _local = Noisy("local");
            (self.b, 1)
        }
        fn one_field_read(self) [std::convert::identity] [-> usize] {
            let _local = Noisy("local");
            self.b.borrow().len()
        }
        fn one_field_kept(self) [std::convert::identity] [-> Option<Noisy>] {
            let _local = Noisy("local");
            Some(self.b)
        }
        fn destructured(self) [std::convert::identity] [-> Result<Noisy, Noisy>] {
            let Self { b, .. } = self;
            let _local = Noisy("local");
            Err(b)
        }
        fn reassigned(mut self) [std::convert::identity] [-> usize] {
            self.a = Noisy("a2");
            let _local = Noisy("local");
            self.a.borrow().len()
        }
        fn boxed(self: Box<Self>) [Box::new] [-> Noisy] {
            let _local = Noisy("local");
            self.b
        }
        fn boxed_and_mutable(mut self: Box<Self>) [Box::new] [-> usize] {
            self.a = Noisy("a2");
            1
        }
        fn counted(self: std::rc::Rc<Self>) [std::rc::Rc::new] [-> usize] {
            let _local = Noisy("local");
            self.a.0.len()
        }
        fn panicking(self) [std::convert::identity] [-> usize] {
            let _b = self.b;
            let _local = Noisy("local");
            panic!("{}", self.a.0)
        }
        fn captured_by_a_closure(self) [std::convert::identity] [-> usize] {
            let _local = Noisy("local");
            let closure = move || self.b.0.len();
            log("made");
            closure()
        }
    }
}
