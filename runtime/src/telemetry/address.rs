//! Addresses as people write them.

use std::borrow::Cow;

/// A port alone is one of this machine, which nobody else can reach.
pub(super) fn with_host(address: &str) -> Cow<'_, str> {
    match address.parse::<u16>() {
        Ok(port) => format!("127.0.0.1:{port}").into(),
        Err(_) => address.into(),
    }
}
