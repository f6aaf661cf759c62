//! The thread that tends the caches: hands sums over to the recorder, frees what has expired, wakes who waits for a
//! leader that sleeps.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use super::core::listed;
use super::{departed, meter};

/// Half of what counts may lag by.
const PERIOD: Duration = Duration::from_millis(500);

/// Started with the first cache; it ends with the process.
pub(super) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let forever = || {
            loop {
                thread::sleep(PERIOD);
                quietly(depose_sleepers);
                quietly(|| hand_over_all(true));
            }
        };
        if let Err(error) = thread::Builder::new().name("fujita-caches".into()).spawn(forever) {
            tracing::warn!(target: "fujita::cached", %error, "no thread could be started: caches are not tended and their requests not recorded");
        }
    });
}

fn depose_sleepers() {
    for cache in listed() {
        quietly(|| cache.depose_sleepers());
        quietly(|| drop(cache));
    }
}

/// Hands over what every cache has counted.
pub(crate) fn hand_over() {
    hand_over_all(false);
}

fn hand_over_all(for_good: bool) {
    let caches = listed();
    let mut gauges = BTreeMap::new();
    for cache in &caches {
        let Some((entries, weight)) = quietly(|| cache.hand_over()) else { continue };
        let sum = gauges.entry(cache.name().clone()).or_insert((0, 0));
        *sum = (sum.0 + entries, sum.1 + weight);
    }
    for name in quietly(|| departed::hand_over(for_good)).into_iter().flatten() {
        gauges.entry(name).or_default();
    }
    for (name, (entries, weight)) in gauges {
        quietly(|| meter::set_gauges(&name, entries, weight));
    }
    // Not before: a cache that departs meanwhile would have its gauges set after it has been forgotten.
    for cache in caches {
        quietly(|| drop(cache));
    }
}

/// Runs what must not panic into what it is called from, and may: a recorder, and destructors of the user's, which run on the
/// thread above if the last handle of a cache is dropped meanwhile.
pub(super) fn quietly<R>(run: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
