//! Types that cannot go to another thread: each is named once, where it is written.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, MutexGuard};

use fujita::offload;

#[offload]
fn argument(id: u8, list: Rc<u8>) -> usize {
    1
}

#[offload]
fn among_others(name: String, shop: Shop, list: Rc<u8>) -> Result<Shop, Error> {
    Ok(shop)
}

struct Shop;
struct Error;

#[offload]
fn within(list: Vec<Option<Arc<Cell<u8>>>>) {}

#[offload]
fn returned() -> Rc<u8> {
    Rc::new(1)
}

#[offload]
fn returned_in_result(shop: Shop) -> Result<u8, Box<dyn std::error::Error>> {
    Ok(1)
}

#[offload]
fn pointer(at: *const u8) {}

#[offload(owned(shop))]
fn copied(shop: &Shop) {}

#[offload(owned(shop))]
fn copied_not_send(shop: &NotSend) {}

#[derive(Clone)]
struct NotSend(Rc<u8>);

#[offload]
fn hidden(f: impl Fn() + 'static) {}

#[offload]
fn guard(guard: MutexGuard<'static, u8>) -> RefCell<u8> {
    RefCell::new(1)
}

fn main() {}
