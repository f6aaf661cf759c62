//! What makes no sense where nothing is moved.

use fujita::{OffloadError, offload};

#[offload(in_place, pool = "images", max_concurrent = 4, on_full = "caller_runs", on_drop = "detach")]
fn queued() {}

#[offload(in_place, queue_timeout = "1s", timeout = "2s")]
fn timed() -> Result<(), OffloadError> {
    Ok(())
}

#[derive(Clone)]
struct Shop;

impl Shop {
    #[offload(in_place, clone_self, owned(name), propagate(REQUEST))]
    fn copied(&self, name: &str) {}
}

#[offload(in_place, blocking)]
fn blocking() {}

fn main() {}
