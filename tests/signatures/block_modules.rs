//! The attribute on `mod` blocks, with all that may stand in one.

use fujita::timed;

use crate::support::{block_on, recorded};

#[timed]
pub(crate) mod module {
    //! Documented within.
    #![allow(dead_code, unused_braces, unused_imports)]

    use std::collections::{BTreeMap as Map, HashMap};
    use std::fmt::{self, Debug};

    pub(super) use self::inner::deep;
    use crate::support::later;

    pub(super) const LIMIT: usize = {
        const fn limit() -> usize {
            3
        }
        limit()
    };
    static NAMES: [&str; { 2 }] = ["a", "b"];
    type Names = [&'static str; { LIMIT - 1 }];

    #[derive(Debug, Default)]
    pub(super) struct Named {
        names: Map<u32, String>,
    }

    struct Tuple(u32);

    pub(super) struct Sized2<const N: usize>;

    enum Choice {
        One = { 1 },
        Two = 5,
    }

    macro_rules! generated {
        ($name:ident) => {
            pub(crate) fn $name() -> u32 {
                1
            }
        };
    }

    generated!(from_a_macro);
    generated! { from_another }

    thread_local! {
        static LOCAL: std::cell::Cell<u32> = const { std::cell::Cell::new(1) };
    }

    pub(super) fn free(x: u32) -> Option<u32> {
        fn not_of_the_block(x: u32) -> u32 {
            x
        }
        let _: (Names, HashMap<u32, u32>) = (NAMES, HashMap::new());
        Some(not_of_the_block(x) + LOCAL.get() + Tuple(Choice::One as u32).0)
    }

    pub(super) async fn asynchronous() -> Result<u32, String> {
        later().await;
        Err("e".to_owned())
    }

    impl Named {
        pub(super) fn method(&self) -> usize {
            self.names.len()
        }
    }

    impl fmt::Display for Named {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "named")
        }
    }

    impl Sized2<{ 2 }> {
        pub(super) fn of_two(&self) -> u32 {
            2
        }
    }

    impl<const N: usize> Debug for Sized2<{ N }> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{N}")
        }
    }

    pub(super) struct Holds<F: Fn(u32) -> u32>(pub(super) F);

    impl<F: Fn(u32) -> u32> Holds<F>
    where
        [(); { 1 }]: Sized,
    {
        pub(super) fn call(&self) -> u32 {
            (self.0)(1)
        }
    }

    impl<F: Fn(u32) -> u32> Fn2<{ 1 << 1 }> for Holds<F> {
        fn twice(&self) -> u32 {
            2
        }
    }

    pub(super) trait Fn2<const N: usize>: Sized {
        fn twice(&self) -> u32;
    }

    pub(super) trait Greets {
        fn greet(&self) -> String {
            "hello".to_owned()
        }
    }

    impl Greets for Named {}

    #[async_trait::async_trait]
    pub(super) trait Waits {
        async fn wait(&self) -> u32;
    }

    #[async_trait::async_trait]
    impl Waits for Named {
        async fn wait(&self) -> u32 {
            later().await;
            1
        }
    }

    pub(super) const fn constant() -> u32 {
        1
    }

    #[fujita::timed(skip)]
    pub(super) fn skipped() -> u32 {
        1
    }

    #[fujita::timed(name = "inner_seconds")]
    pub(super) mod own {
        pub(crate) fn options() -> u32 {
            1
        }
    }

    pub(super) mod inner {
        use super::*;

        pub(crate) fn function() -> u32 {
            1
        }

        #[cfg(not(any()))]
        pub(crate) mod deep {
            use super::super::*;

            pub(crate) fn function() -> (u32, u32) {
                (LIMIT as u32, 1)
            }

            impl Named {
                pub(crate) fn from_deep() -> Self {
                    Self::default()
                }
            }
        }
    }
}

#[test]
fn on_mod() {
    use module::{Greets, Waits};

    let here = concat!(module_path!(), "::module");
    let of = |module: &str, function: &str, run: &dyn Fn()| recorded(module, &[(function, "ok", 1)], run);
    of(here, "free", &|| assert_eq!(module::free(1), Some(3)));
    recorded(here, &[("asynchronous", "error", 1)], || block_on(module::asynchronous())).unwrap_err();
    let named = module::Named::default();
    of(here, "Named::method", &|| assert_eq!(named.method(), 0));
    of(here, "Named::fmt", &|| assert_eq!(named.to_string(), "named"));
    of(here, "Greets::greet", &|| assert_eq!(named.greet(), "hello"));
    of(here, "Named::wait", &|| assert_eq!(block_on(named.wait()), 1));
    of(here, "Sized2::of_two", &|| assert_eq!(module::Sized2::<2>.of_two(), 2));
    of(here, "Holds::call", &|| assert_eq!(module::Holds(|x| x).call(), 1));
    of(here, "Holds::twice", &|| assert_eq!(module::Fn2::twice(&module::Holds(|x| x)), 2));
    of(here, "Sized2::fmt", &|| assert_eq!(format!("{:?}", module::Sized2::<3>), "3"));
    of(&format!("{here}::inner"), "function", &|| assert_eq!(module::inner::function(), 1));
    of(&format!("{here}::inner::deep"), "function", &|| assert_eq!(module::deep::function(), (3, 1)));
    of(&format!("{here}::inner::deep"), "Named::from_deep", &|| drop(module::Named::from_deep()));
}

#[test]
fn not_everything_in_a_mod_is_timed() {
    recorded(module_path!(), &[], || {
        module::constant();
        module::skipped();
        // What a macro will write is not there yet.
        module::from_a_macro();
        module::from_another();
    });
    let (_, recorded) = fujita_tests::record(module::own::options);
    assert_eq!(recorded.sum("inner_seconds", &["function=options"]), 1.0);
}

/// Options that some functions of a block cannot have are left out there.
#[timed(ok_if = |_| false, busy, in_flight, slow_poll = "1h")]
mod with_options {
    pub(super) fn returns_nothing() {}

    pub(super) fn sync() -> u32 {
        1
    }

    pub(super) async fn asynchronous() -> Result<u32, u32> {
        Ok(1)
    }
}

#[test]
fn options_where_they_fit() {
    let (_, recorded) = fujita_tests::record(|| {
        with_options::returns_nothing();
        with_options::sync();
        block_on(with_options::asynchronous())
    });
    assert_eq!(recorded.calls("returns_nothing", "ok"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("sync", "error"), 1.0, "{recorded:?}");
    assert_eq!(recorded.calls("asynchronous", "error"), 1.0, "{recorded:?}");
    assert_eq!(recorded.series("function_busy_seconds", &[]), 1, "{recorded:?}");
    assert_eq!(recorded.series("function_in_flight", &[]), 3, "{recorded:?}");
}
