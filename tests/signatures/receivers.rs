//! Everything `self` can be.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use fujita::timed;

#[derive(Debug, Clone, PartialEq)]
struct Counter {
    count: u32,
    name: String,
}

fn counter(count: u32) -> Counter {
    Counter { count, name: "c".to_owned() }
}

impl Counter {
    #[timed]
    fn none() -> u32 {
        1
    }

    #[timed]
    fn by_value(self) -> u32 {
        self.count
    }

    #[timed]
    fn by_value_whole(self) -> Self {
        self
    }

    #[timed]
    fn by_value_unit(self) {
        drop(self.name);
    }

    #[timed]
    fn by_mut_value(mut self) -> Counter {
        self.count += 1;
        self.name.push('!');
        self
    }

    #[timed]
    fn by_ref(&self) -> u32 {
        self.count
    }

    #[timed]
    fn by_ref_to_ref(&self) -> &String {
        &self.name
    }

    #[timed]
    fn by_named_ref<'a>(&'a self) -> Option<&'a str> {
        Some(&self.name)
    }

    #[timed]
    fn by_mut(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    #[timed]
    fn by_mut_to_mut(&mut self) -> &mut String {
        &mut self.name
    }

    #[timed]
    fn by_mut_to_some(&mut self) -> Option<&mut u32> {
        Some(&mut self.count)
    }

    #[timed]
    fn by_named_mut<'a>(&'a mut self) -> std::slice::IterMut<'a, u32> {
        std::slice::from_mut(&mut self.count).iter_mut()
    }

    #[timed]
    fn typed_value(self: Self) -> u32 {
        self.count
    }

    #[timed]
    fn typed_ref(self: &Self) -> u32 {
        self.count
    }

    #[timed]
    fn typed_mut(self: &mut Self) -> u32 {
        self.count += 1;
        self.count
    }

    #[timed]
    fn typed_mut_to_some(self: &mut Self) -> Option<&mut u32> {
        Some(&mut self.count)
    }

    #[timed]
    fn pin_to_pin(self: Pin<&mut Self>) -> Pin<&mut String> {
        Pin::new(&mut self.get_mut().name)
    }

    #[timed]
    fn mut_typed_ref<'a>(mut self: &'a Self, other: &'a Self) -> u32 {
        if self.count < other.count {
            self = other;
        }
        self.count
    }

    #[timed]
    fn boxed(self: Box<Self>) -> String {
        self.name
    }

    #[timed]
    fn mut_boxed(mut self: Box<Self>) -> Box<Self> {
        self.count += 1;
        self
    }

    #[timed]
    fn rc(self: Rc<Self>) -> usize {
        Rc::strong_count(&self)
    }

    #[timed]
    fn arc(self: Arc<Self>) -> usize {
        Arc::strong_count(&self)
    }

    #[timed]
    fn mut_arc(mut self: Arc<Self>) -> Arc<Self> {
        Arc::make_mut(&mut self).count += 1;
        self
    }

    #[timed]
    fn ref_arc(self: &Arc<Self>) -> Arc<Self> {
        Arc::clone(self)
    }

    #[timed]
    fn pin_mut(self: Pin<&mut Self>) -> u32 {
        self.get_mut().by_mut_unmeasured()
    }

    #[timed]
    fn pin_ref(self: Pin<&Self>) -> u32 {
        self.count
    }

    #[timed]
    fn mut_pin_mut(mut self: Pin<&mut Self>) -> u32 {
        self.as_mut().get_mut().count += 1;
        self.count
    }

    #[timed]
    fn pin_box(self: Pin<Box<Self>>) -> String {
        Pin::into_inner(self).name
    }

    #[timed]
    fn mut_pin_box(mut self: Pin<Box<Self>>) -> Pin<Box<Self>> {
        self.count += 1;
        self
    }

    fn by_mut_unmeasured(&mut self) -> u32 {
        self.count += 1;
        self.count
    }
}

#[test]
fn sync() {
    assert_eq!(ok!("Counter::none", Counter::none()), 1);
    assert_eq!(ok!("Counter::by_value", counter(1).by_value()), 1);
    assert_eq!(ok!("Counter::by_value_whole", counter(1).by_value_whole()), counter(1));
    ok!("Counter::by_value_unit", counter(1).by_value_unit());
    assert_eq!(
        ok!("Counter::by_mut_value", counter(1).by_mut_value()),
        Counter { count: 2, name: "c!".into() }
    );
    assert_eq!(ok!("Counter::by_ref", counter(1).by_ref()), 1);
    assert_eq!(ok!("Counter::by_ref_to_ref", counter(1).by_ref_to_ref().clone()), "c");
    assert_eq!(ok!("Counter::by_named_ref", counter(1).by_named_ref().map(str::len)), Some(1));
    assert_eq!(ok!("Counter::typed_value", counter(1).typed_value()), 1);
    assert_eq!(ok!("Counter::typed_ref", counter(1).typed_ref()), 1);
    assert_eq!(ok!("Counter::mut_typed_ref", counter(1).mut_typed_ref(&counter(5))), 5);
}

#[test]
fn sync_by_mutable_reference() {
    let mut this = counter(1);
    assert_eq!(ok!("Counter::by_mut", this.by_mut()), 2);
    ok!("Counter::by_mut_to_mut", this.by_mut_to_mut().push('?'));
    *ok!("Counter::by_mut_to_some", this.by_mut_to_some()).unwrap() += 1;
    *ok!("Counter::by_named_mut", this.by_named_mut()).next().unwrap() += 1;
    assert_eq!(ok!("Counter::typed_mut", this.typed_mut()), 5);
    *ok!("Counter::typed_mut_to_some", this.typed_mut_to_some()).unwrap() += 1;
    ok!("Counter::pin_to_pin", Pin::new(&mut this).pin_to_pin()).push('!');
    assert_eq!(this, Counter { count: 6, name: "c?!".into() });
}

#[test]
fn sync_behind_pointers() {
    assert_eq!(ok!("Counter::boxed", Box::new(counter(1)).boxed()), "c");
    assert_eq!(ok!("Counter::mut_boxed", Box::new(counter(1)).mut_boxed()).count, 2);
    assert_eq!(ok!("Counter::rc", Rc::new(counter(1)).rc()), 1);
    assert_eq!(ok!("Counter::arc", Arc::new(counter(1)).arc()), 1);
    assert_eq!(ok!("Counter::mut_arc", Arc::new(counter(1)).mut_arc()).count, 2);
    let shared = Arc::new(counter(1));
    assert_eq!(ok!("Counter::ref_arc", Arc::strong_count(&shared.ref_arc())), 2);
    let mut pinned = counter(1);
    assert_eq!(ok!("Counter::pin_mut", Pin::new(&mut pinned).pin_mut()), 2);
    assert_eq!(ok!("Counter::pin_ref", Pin::new(&pinned).pin_ref()), 2);
    assert_eq!(ok!("Counter::mut_pin_mut", Pin::new(&mut pinned).mut_pin_mut()), 3);
    assert_eq!(ok!("Counter::pin_box", Box::pin(counter(1)).pin_box()), "c");
    assert_eq!(ok!("Counter::mut_pin_box", Box::pin(counter(1)).mut_pin_box()).count, 2);
}
