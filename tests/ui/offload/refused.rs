//! Options that need a `Result`.

use fujita::{OffloadError, offload};

#[offload(timeout = "1s")]
fn nothing() {}

#[offload(on_full = "reject", queue_timeout = "1s")]
fn never() -> ! {
    loop {}
}

#[offload(on_full = "reject")]
fn hidden() -> impl Iterator<Item = u8> {
    0..1
}

#[offload(on_full = "reject")]
fn value(n: u8) -> Vec<u8> {
    vec![n]
}

#[offload(timeout = "1s")]
fn option() -> Option<u8> {
    None
}

#[offload(timeout = "1s")]
fn other_error() -> Result<u8, String> {
    Ok(1)
}

#[offload(timeout = "1s")]
fn no_error() -> Result<u8, ()> {
    Ok(1)
}

#[offload(timeout = "1s")]
fn parameter<E: Send + 'static>(error: E) -> Result<(), E> {
    Err(error)
}

struct Shop<E>(E);

impl<E: Send + 'static> Shop<E> {
    #[offload(queue_timeout = "1s")]
    fn outer(self) -> Result<(), E> {
        Err(self.0)
    }
}

#[offload(timeout = "1s")]
fn io_error() -> std::io::Result<u8> {
    Ok(1)
}

#[offload(timeout = "1s")]
fn fine() -> Result<u8, OffloadError> {
    Ok(1)
}

fn main() {}
