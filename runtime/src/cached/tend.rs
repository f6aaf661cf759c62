//! The thread that tends the caches: hands sums over to the recorder, frees what has expired, wakes who waits for a
//! leader that sleeps.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use super::core::{Listed, listed};

/// Half of what counts may lag by.
const PERIOD: Duration = Duration::from_millis(500);

/// Started with the first cache; it ends with the process.
pub(super) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let forever = || {
            loop {
                thread::sleep(PERIOD);
                each(|cache| cache.tend());
            }
        };
        if let Err(error) = thread::Builder::new().name("fujita-caches".into()).spawn(forever) {
            tracing::warn!(target: "fujita::cached", %error, "no thread could be started: caches are not tended and their requests not recorded");
        }
    });
}

/// Hands over what every cache has counted.
pub(crate) fn hand_over() {
    each(|cache| cache.hand_over());
}

fn each(then: impl Fn(&dyn Listed)) {
    for cache in listed() {
        // A recorder that panics must not end the thread.
        let _ = catch_unwind(AssertUnwindSafe(|| then(&*cache)));
    }
}
