//! The attribute on whole `impl` and `trait` blocks. For `mod` see `block_modules`.

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
