//! As `drops`, for methods that take `self` by value.

use fujita::timed;

use crate::noisy::{Noisy, log, log_of};

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
