//! Statics that cannot be carried over.

use std::cell::Cell;
use std::rc::Rc;

use fujita::offload;

tokio::task_local! {
    static LOCAL: Rc<u8>;
}

thread_local! {
    static THREAD: Cell<u8> = const { Cell::new(1) };
}

static PLAIN: u8 = 1;

#[offload(propagate(LOCAL))]
fn not_send() {}

#[offload(propagate(THREAD))]
fn of_thread() {}

#[offload(propagate(PLAIN))]
fn plain() {}

#[offload(propagate(MISSING))]
fn missing() {}

#[offload(propagate(a.b))]
fn expression() {}

#[offload(propagate())]
fn nothing() {}

#[offload(propagate(LOCAL, self::LOCAL, LOCAL))]
fn twice() {}

fn main() {}
