//! Methods: what becomes of `self`.

use std::pin::Pin;
use std::sync::Arc;
use std::thread::ThreadId;

use fujita::offload;

use crate::{elsewhere, here};

#[derive(Clone, Debug, PartialEq)]
struct Shop {
    name: Arc<str>,
    count: u8,
}

impl Shop {
    const MOST: u8 = 9;

    fn new(count: u8) -> Self {
        Self { name: "shop".into(), count }
    }
    #[offload]
    fn by_value(self, n: u8) -> (Self, u8) {
        (self, n)
    }
    #[offload]
    fn by_mut_value(mut self) -> u8 {
        self.count += 1;
        self.count
    }
    #[offload]
    fn by_arc(self: Arc<Self>, n: u8) -> u8 {
        self.count + n
    }
    #[offload]
    fn by_box(self: Box<Self>) -> u8 {
        self.count
    }
    #[offload]
    fn by_mut_box(mut self: Box<Self>) -> u8 {
        self.count += 1;
        self.count
    }
    #[offload]
    fn by_pin(self: Pin<Box<Self>>) -> u8 {
        self.count
    }
    #[offload(clone_self)]
    pub fn by_clone(&self, n: u8) -> (u8, ThreadId) {
        (self.count + n, here())
    }
    #[offload(clone_self)]
    fn private_by_clone(&self, mut n: u8, (a, _): (u8, u8), _: u8) -> String {
        n += a;
        let inner = || format!("{self:?}").len() > 3 && Self::MOST == 9;
        format!("{} {n} {}", self.name, inner())
    }
    #[offload(clone_self)]
    fn by_spelled(self: &Self, n: u8) -> u8 {
        self.count + n
    }
    #[offload(clone_self, owned(text, more))]
    fn borrowed(&self, text: &str, more: Option<&[u8]>) -> usize {
        text.len() + more.map_or(0, <[u8]>::len) + usize::from(self.count)
    }
    #[offload(clone_self)]
    fn generic<T: ToString + Send + 'static, const N: usize>(&self, items: [T; N]) -> String {
        items.iter().map(T::to_string).collect::<String>() + &self.name
    }
    #[offload(clone_self)]
    fn opaque(&self, f: impl Fn(u8) -> u8 + Send + 'static) -> impl Iterator<Item = u8> + Send + 'static {
        let count = f(self.count);
        0..count
    }
    #[offload(in_place)]
    fn by_reference(&self) -> (&str, ThreadId) {
        (&self.name, here())
    }
    #[offload(in_place)]
    fn by_mut_reference(&mut self, more: &mut u8) -> &mut u8 {
        self.count += *more;
        *more = 0;
        &mut self.count
    }
    #[offload(in_place)]
    fn by_pin_mut(self: Pin<&mut Self>, n: u8) -> u8 {
        self.get_mut().count = n;
        n
    }
    #[offload(clone_self)]
    #[allow(clippy::unused_self)]
    fn without_self(&self, n: u8) -> u8 {
        n
    }
    #[offload]
    fn associated(n: u8) -> Self {
        Self::new(n)
    }
}

struct Wrapper<T>(T);

impl<T: Clone + Send + 'static> Wrapper<T> {
    #[offload]
    fn into_inner(self) -> T {
        self.0
    }
    #[offload(clone_self)]
    fn cloned<U: Send + 'static>(&self, other: U) -> (T, U) {
        (self.0.clone(), other)
    }
    #[offload]
    fn of(value: T) -> Self {
        Self(value)
    }
}

impl<T: Clone> Clone for Wrapper<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[tokio::test]
async fn by_every_receiver() {
    let shop = Shop::new(3);
    assert_eq!(shop.clone().by_value(1).await, (shop.clone(), 1));
    assert_eq!(shop.clone().by_mut_value().await, 4);
    assert_eq!(Arc::new(shop.clone()).by_arc(1).await, 4);
    assert_eq!(Box::new(shop.clone()).by_box().await, 3);
    assert_eq!(Box::new(shop.clone()).by_mut_box().await, 4);
    assert_eq!(Box::pin(shop.clone()).by_pin().await, 3);
    let (count, thread) = shop.by_clone(1).await;
    assert_eq!(count, 4);
    elsewhere(thread);
    assert_eq!(shop.private_by_clone(1, (2, 3), 4).await, "shop 3 true");
    assert_eq!(shop.by_spelled(1).await, 4);
    assert_eq!(shop.borrowed("ab", Some(&[1, 2])).await, 7);
    assert_eq!(shop.generic([1, 2]).await, "12shop");
    assert_eq!(shop.opaque(|n| n + 1).await.count(), 4);
    assert_eq!(shop.by_reference().await, ("shop", here()));
    let (mut own, mut more) = (shop.clone(), 4);
    assert_eq!(*own.by_mut_reference(&mut more).await, 7);
    assert_eq!(Pin::new(&mut own).by_pin_mut(8).await, 8);
    assert_eq!((more, own.count), (0, 8));
    assert_eq!(shop.without_self(1).await, 1);
    assert_eq!(Shop::associated(3).await, shop);
}

#[tokio::test]
async fn of_generic_types() {
    assert_eq!(Wrapper::of("a").await.cloned(1).await, ("a", 1));
    assert_eq!(Wrapper(String::from("b")).into_inner().await, "b");
}
