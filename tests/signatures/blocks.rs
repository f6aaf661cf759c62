//! The attribute on whole `impl`, `trait` and `mod` blocks.

use std::future::Future;
use std::pin::Pin;

use fujita::timed;

use crate::support::{block_on, later, recorded};

#[derive(Debug, Clone, PartialEq)]
struct Cart<T, const N: usize = 2>
where
    T: Clone,
{
    items: Vec<T>,
}

/// Documented.
#[timed]
#[allow(dead_code)]
impl<T, const N: usize> Cart<T, N>
where
    T: Clone + PartialEq,
{
    const SIZE: usize = { N };

    const fn constant() -> usize {
        Self::SIZE
    }

    /// Documented too.
    #[must_use]
    pub(crate) fn new() -> Self {
        #![allow(clippy::new_without_default)]
        Self { items: Vec::with_capacity(Self::constant()) }
    }

    fn add(&mut self, item: T) -> Result<&mut Self, T> {
        if self.items.len() == N {
            return Err(item);
        }
        self.items.push(item);
        Ok(self)
    }

    async fn first(&self) -> Option<&T> {
        later().await;
        self.items.first()
    }

    fn taken(mut self) -> impl Future<Output = Option<T>> {
        async move {
            later().await;
            self.items.pop()
        }
    }

    fn boxed<'a>(
        self: Box<Self>,
        (index, _): (usize, &'a str),
    ) -> Pin<Box<dyn Future<Output = Result<T, usize>> + 'a>>
    where
        T: 'a,
        Self: 'a,
    {
        Box::pin(async move { self.items.get(index).cloned().ok_or(index) })
    }

    #[timed(skip)]
    fn unmeasured(&self) -> usize {
        self.items.len()
    }

    #[timed(function = "other name")]
    fn renamed(&self) -> usize {
        self.items.len()
    }

    #[fujita::timed(labels(index = index), in_flight)]
    fn labelled(&self, index: usize) -> bool {
        index < self.items.len()
    }

    #[cfg(any())]
    fn renamed(&self) -> Absent {}

    extern "C" fn of_c(&self) -> u32 {
        1
    }

    fn iter(&self) -> impl Iterator<Item = &T> + use<'_, T, N> {
        self.items.iter()
    }
}

#[test]
fn on_impl() {
    let mut cart = ok!("Cart::new", Cart::<_>::new());
    assert!(ok!("Cart::add", cart.add(1)).is_ok());
    assert_eq!(
        recorded(module_path!(), &[("Cart::add", "ok", 1), ("Cart::add", "error", 1)], || cart
            .add(2)?
            .add(3)
            .map(drop)),
        Err(3)
    );
    assert_eq!(ok!("Cart::first", block_on(cart.first())), Some(&1));
    assert_eq!(ok!("Cart::taken", block_on(cart.clone().taken())), Some(2));
    assert_eq!(error!("Cart::boxed", block_on(Box::new(cart.clone()).boxed((2, "")))), Err(2));
    assert_eq!(recorded(module_path!(), &[], || cart.unmeasured()), 2);
    assert_eq!(ok!("other name", cart.renamed()), 2);
    assert_eq!(ok!("Cart::of_c", cart.of_c()), 1);
    assert_eq!(ok!("Cart::iter", cart.iter()).count(), 2);
    let (_, labelled) = fujita_tests::record(|| cart.labelled(1));
    assert_eq!(labelled.sum("function_duration_seconds", &["function=Cart::labelled", "index=1"]), 1.0);
    assert_eq!(labelled.series("function_in_flight", &["function=Cart::labelled"]), 1);
}

#[timed(name = "store_seconds", labels(layer = "store"))]
pub(crate) trait Store: Sized {
    type Key: Copy;
    const ZERO: u32 = { 0 };

    fn declared(&self, key: Self::Key) -> u32;

    fn with_default(&self, key: Self::Key) -> Result<u32, String> {
        match self.declared(key) {
            0 => Err("zero".to_owned()),
            x => Ok(x + Self::ZERO),
        }
    }

    fn declared_future(&self) -> impl Future<Output = u32> + Send;

    async fn wait(&self, key: Self::Key) -> u32 {
        later().await;
        self.declared(key)
    }

    fn future(self, key: Self::Key) -> impl Future<Output = u32> {
        async move { self.declared(key) }
    }

    #[timed(skip)]
    fn skipped(&self) -> u32 {
        1
    }

    #[timed(name = "own_seconds")]
    fn own(&self) {}
}

impl Store for u32 {
    type Key = ();

    fn declared(&self, (): ()) -> u32 {
        *self
    }

    #[timed]
    async fn declared_future(&self) -> u32 {
        *self
    }
}

#[test]
fn on_trait() {
    let (results, recorded) = fujita_tests::record(|| {
        let results = (
            1_u32.with_default(()),
            0_u32.with_default(()),
            block_on(2_u32.wait(())),
            block_on(3_u32.future(())),
        );
        4_u32.skipped();
        5_u32.own();
        results
    });
    assert_eq!(results, (Ok(1), Err("zero".to_owned()), 2, 3));
    let count = |labels: &[&str]| recorded.sum("store_seconds", labels);
    assert_eq!(count(&["layer=store"]), 4.0);
    assert_eq!(count(&["function=Store::with_default", "result=ok"]), 1.0);
    assert_eq!(count(&["function=Store::with_default", "result=error"]), 1.0);
    assert_eq!(count(&["function=Store::wait", "result=ok"]), 1.0);
    assert_eq!(count(&["function=Store::future", "result=ok"]), 1.0);
    assert_eq!(recorded.sum("own_seconds", &["function=Store::own", "layer=store"]), 1.0);
    assert_eq!(recorded.names().len(), 5);
    assert_eq!(ok!("u32::declared_future", block_on(6_u32.declared_future())), 6);
}

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
