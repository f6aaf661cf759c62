//! Type parameters that do not say what is needed.

use fujita::offload;

#[offload]
fn nothing<T>(value: T) -> u8 {
    1
}

#[offload]
fn no_static<T: Send>(value: Vec<T>) -> Option<T> {
    None
}

#[offload]
fn no_static_alone<T: Send>(value: T) {
    drop(value);
}

#[offload]
fn no_static_hidden(value: impl Fn() + Send) {
    value();
}

#[offload]
fn no_send<T: 'static>(name: String, value: T) -> Vec<T> {
    vec![value]
}

#[offload]
fn callable<F: Fn() -> R, R>(shop: Shop, f: F) -> R
where
    F: Send + 'static,
{
    f()
}

struct Shop;

struct Wrapper<T>(T);

impl<T: Send> Wrapper<T> {
    #[offload]
    fn of_impl(self, shop: Shop) -> usize {
        size_of_val(&self)
    }
}

#[offload(cpu)]
fn two<A, B: Send>(a: A, b: B) {}

fn main() {}
