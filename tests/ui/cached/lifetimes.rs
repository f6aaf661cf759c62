//! Type parameters that may borrow.

use fujita::cached;
use std::hash::Hash;

#[cached]
fn argument<T: Hash + Eq + Clone + Send + Sync>(x: T) -> u8 {
    0
}

#[cached]
fn borrowed<T: Hash + Eq + Clone + Send + Sync>(x: &T) -> u8 {
    0
}

#[cached]
fn returned<T: Default + Clone + Send + Sync>(x: u8) -> T {
    T::default()
}

#[cached]
fn both<T: Hash + Eq + Clone + Send + Sync>(x: T) -> T {
    x
}

struct Shop<T>(T);

impl<T: Hash + Eq + Clone + Send + Sync> Shop<T> {
    #[cached(skip(self))]
    fn of_the_block(&self, x: u8) -> T {
        self.0.clone()
    }

    #[cached(key = self.0)]
    fn field(&self) -> u8 {
        0
    }
}

fn main() {}
