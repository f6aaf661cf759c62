//! The thread that hands sums over to the recorder, and frees what has expired.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use super::core::listed;

/// Half of what counts may lag by.
const PERIOD: Duration = Duration::from_millis(500);

/// Started with the first cache; it ends with the process.
pub(super) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let forever = || {
            loop {
                thread::sleep(PERIOD);
                now();
            }
        };
        if let Err(error) = thread::Builder::new().name("fujita-caches".into()).spawn(forever) {
            tracing::warn!(target: "fujita::cached", %error, "no thread could be started: requests to caches are not recorded");
        }
    });
}

/// Hands over what every cache has counted.
pub(crate) fn now() {
    for cache in listed() {
        // A recorder that panics must not end this thread.
        let _ = catch_unwind(AssertUnwindSafe(|| cache.hand_over()));
    }
}
