//! The thread that tends the caches: hands sums over to the recorder, frees what has expired, wakes who waits for a
//! leader that sleeps.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use super::core::listed;
use super::meter;

/// Half of what counts may lag by.
const PERIOD: Duration = Duration::from_millis(500);

/// Started with the first cache; it ends with the process.
pub(super) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let forever = || {
            loop {
                thread::sleep(PERIOD);
                for cache in listed() {
                    cache.depose_sleepers();
                }
                hand_over();
            }
        };
        if let Err(error) = thread::Builder::new().name("fujita-caches".into()).spawn(forever) {
            tracing::warn!(target: "fujita::cached", %error, "no thread could be started: caches are not tended and their requests not recorded");
        }
    });
}

/// Hands over what every cache has counted.
pub(crate) fn hand_over() {
    let caches = listed();
    let mut gauges = BTreeMap::<&str, (u64, u64)>::new();
    for cache in &caches {
        // A recorder that panics must not end the thread.
        let Ok((entries, weight)) = catch_unwind(AssertUnwindSafe(|| cache.hand_over())) else { continue };
        let sum = gauges.entry(cache.name()).or_default();
        *sum = (sum.0 + entries, sum.1 + weight);
    }
    for (name, (entries, weight)) in gauges {
        let _ = catch_unwind(|| meter::set_gauges(name, entries, weight));
    }
}
