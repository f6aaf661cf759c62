//! Where it cannot stand.

use std::future::Future;
use std::pin::Pin;

use fujita::offload;

#[offload]
impl Shop {}

#[offload]
mod shop {}

#[offload]
struct Shop;

#[offload]
const fn area(x: u8) -> u8 {
    x
}

#[offload]
#[offload]
fn twice(n: u8) -> u8 {
    n
}

#[offload]
extern "C" fn exported(n: u8) -> u8 {
    n
}

#[offload(cpu)]
async fn asynchronous(n: u8) -> u8 {
    n
}

#[offload]
fn future(n: u8) -> impl Future<Output = u8> {
    async move { n }
}

#[offload]
fn boxed(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move { n })
}

trait Get {
    #[offload]
    fn get(&self) -> u8;
}

fn main() {
    let closure = #[offload] || 1;
}
