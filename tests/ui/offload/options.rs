//! Options that mean nothing by themselves.

use fujita::{OffloadError, offload, timed};

#[offload(blocking, cpu)]
fn two_kinds() {}

#[offload(cpu, cpu)]
fn twice() {}

#[offload(cpu = 4)]
fn not_a_flag() {}

#[offload(thread = "x")]
fn unknown() {}

#[offload(max_concurent = 4)]
fn misspelled() {}

#[offload(pool = "")]
fn empty_pool() {}

#[offload(pool = "in_place")]
fn no_pool() {}

#[offload(name = " ")]
fn empty_name() {}

#[offload(max_concurrent = 0)]
fn none_at_once() {}

#[offload(max_concurrent = "4")]
fn not_a_number() {}

#[offload(on_full = "rejct")]
fn misspelled_choice() -> Result<(), OffloadError> {
    Ok(())
}

#[offload(on_full = "panic")]
fn unknown_choice() {}

#[offload(on_drop = "abort")]
fn unknown_drop() {}

#[offload(queue_timeout = "0ms", timeout = "0s")]
fn no_time() -> Result<(), OffloadError> {
    Ok(())
}

#[offload(queue_timeout = "2s", timeout = "2s")]
fn queue_longer() -> Result<(), OffloadError> {
    Ok(())
}

#[offload(timeout = "2 parsecs")]
fn no_duration() -> Result<(), OffloadError> {
    Ok(())
}

#[offload(keep_sync = "sync", propagate, owned = a)]
fn wrong_values(a: String) {}

#[offload(keep_sync = same)]
fn same() {}

#[offload(crate = fujita)]
fn relative() {}

#[offload(crate = ::nope, timeout = "1s", propagate(STATIC))]
fn missing(a: Vec<Shop>) -> Result<Shop, Shop> {
    Err(Shop)
}

struct Shop;

#[offload(owned = n)]
fn owned_value(_n: &str) {}

#[offload(owned("n"))]
fn owned_text(_n: &str) {}

#[offload(owned)]
fn owned_nothing(_n: &str) {}

impl Shop {
    #[offload(owned(self))]
    fn owned_self(&self) {}

    #[offload(clone_self = true)]
    fn clone_self_value(&self) {}
}

#[timed(busy, slow_poll = "1ms")]
#[offload(cpus)]
fn below_what_needs_a_future(n: u8) -> u8 {
    n
}

#[offload = "cpu"]
fn assigned() {}

fn main() {}
