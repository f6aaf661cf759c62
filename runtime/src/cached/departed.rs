//! Caches that are no more, until all they counted has been handed over.
//!
//! Not by whoever drops the last handle: that may be under a recorder of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use metrics::{Counter, SharedString};

use super::meter::{REQUESTS, register_of};
use crate::recorder::{self, Handles};
use crate::timed::CacheStatus;

/// What is still due, by name.
static DEPARTED: Mutex<BTreeMap<SharedString, [u64; 4]>> = Mutex::new(BTreeMap::new());

pub(super) fn add(name: &SharedString, due: [u64; 4]) {
    let mut departed = lock();
    let sums = departed.entry(name.clone()).or_default();
    *sums = std::array::from_fn(|index| sums[index] + due[index]);
}

/// Hands over what is due, and returns the names, whose gauges are to be set once more. Under a recorder that is told at
/// once nothing changes, unless this is `for_good`: it may be local to whoever asks.
pub(super) fn hand_over(for_good: bool) -> Vec<SharedString> {
    let handles = recorder::handles(REQUESTS);
    let mut departed = lock();
    if handles == Handles::Once && !for_good {
        return departed.keys().cloned().collect();
    }
    let all = std::mem::take(&mut *departed);
    // The recorder may itself drop a cache.
    drop(departed);
    if handles == Handles::Kept {
        for (name, sums) in &all {
            for (status, due) in CacheStatus::ALL.into_iter().zip(*sums).filter(|(_, due)| *due > 0) {
                register_of::<Counter>(name, REQUESTS, ("result", status.as_str())).increment(due);
            }
        }
    }
    all.into_keys().collect()
}

fn lock() -> MutexGuard<'static, BTreeMap<SharedString, [u64; 4]>> {
    DEPARTED.lock().unwrap_or_else(PoisonError::into_inner)
}
