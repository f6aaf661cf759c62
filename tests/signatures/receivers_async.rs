//! Everything `self` can be in an async method.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use fujita::timed;

use crate::support::{block_on, later};

struct Counter {
    count: u32,
    name: String,
}

fn counter(count: u32) -> Counter {
    Counter { count, name: "c".to_owned() }
}

struct Async(Counter);

impl Async {
    #[timed]
    async fn none() -> u32 {
        later().await;
        1
    }

    #[timed]
    async fn by_value(self) -> String {
        later().await;
        self.0.name
    }

    #[timed]
    async fn by_mut_value(mut self) -> u32 {
        self.0.count += 1;
        later().await;
        self.0.count
    }

    #[timed]
    async fn by_ref(&self) -> &str {
        later().await;
        &self.0.name
    }

    #[timed]
    async fn by_named_ref<'a>(&'a self) -> Option<&'a str> {
        later().await;
        Some(&self.0.name)
    }

    #[timed]
    async fn by_mut(&mut self) -> &mut u32 {
        self.0.count += 1;
        later().await;
        &mut self.0.count
    }

    #[timed]
    async fn typed_ref(self: &Self) -> u32 {
        self.0.count
    }

    #[timed]
    async fn typed_mut(self: &mut Self) -> u32 {
        self.0.count += 1;
        self.0.count
    }

    #[timed]
    async fn boxed(self: Box<Self>) -> String {
        self.0.name
    }

    #[timed]
    async fn mut_boxed(mut self: Box<Self>) -> u32 {
        self.0.count += 1;
        self.0.count
    }

    #[timed]
    async fn rc(self: Rc<Self>) -> usize {
        later().await;
        Rc::strong_count(&self)
    }

    #[timed]
    async fn arc(self: Arc<Self>) -> usize {
        later().await;
        Arc::strong_count(&self)
    }

    #[timed]
    async fn ref_arc(self: &Arc<Self>) -> usize {
        later().await;
        Arc::strong_count(self)
    }

    #[timed]
    async fn pin_mut(self: Pin<&mut Self>) -> u32 {
        later().await;
        self.0.count
    }

    #[timed]
    async fn mut_pin_mut(mut self: Pin<&mut Self>) -> u32 {
        self.as_mut().get_mut().0.count += 1;
        later().await;
        self.0.count
    }

    #[timed]
    async fn pin_box(self: Pin<Box<Self>>) -> u32 {
        self.0.count
    }
}

#[test]
fn asynchronous() {
    let mut this = Async(counter(1));
    assert_eq!(ok!("Async::none", block_on(Async::none())), 1);
    assert_eq!(ok!("Async::by_value", block_on(Async(counter(1)).by_value())), "c");
    assert_eq!(ok!("Async::by_mut_value", block_on(Async(counter(1)).by_mut_value())), 2);
    assert_eq!(ok!("Async::by_ref", block_on(this.by_ref())), "c");
    assert_eq!(ok!("Async::by_named_ref", block_on(this.by_named_ref())), Some("c"));
    assert_eq!(*ok!("Async::by_mut", block_on(this.by_mut())), 2);
    assert_eq!(ok!("Async::typed_ref", block_on(this.typed_ref())), 2);
    assert_eq!(ok!("Async::typed_mut", block_on(this.typed_mut())), 3);
    assert_eq!(ok!("Async::boxed", block_on(Box::new(Async(counter(1))).boxed())), "c");
    assert_eq!(ok!("Async::mut_boxed", block_on(Box::new(Async(counter(1))).mut_boxed())), 2);
    assert_eq!(ok!("Async::rc", block_on(Rc::new(Async(counter(1))).rc())), 1);
    assert_eq!(ok!("Async::arc", block_on(Arc::new(Async(counter(1))).arc())), 1);
    assert_eq!(ok!("Async::ref_arc", block_on(Arc::new(Async(counter(1))).ref_arc())), 1);
    assert_eq!(ok!("Async::pin_mut", block_on(Pin::new(&mut this).pin_mut())), 3);
    assert_eq!(ok!("Async::mut_pin_mut", block_on(Pin::new(&mut this).mut_pin_mut())), 4);
    assert_eq!(ok!("Async::pin_box", block_on(Box::pin(Async(counter(1))).pin_box())), 1);
}
