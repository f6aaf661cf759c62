//! What every cache had done at one moment, for those who count from there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use super::AnyCache;
use super::core::{Listed, listed};
use super::stats::Stats;

/// A cache that was built later has done nothing by then.
pub(crate) struct Snapshot(Vec<(Weak<dyn Listed>, Stats)>);

impl Snapshot {
    pub(crate) fn take() -> Self {
        // A destructor of the user's may panic in it, and whoever takes this has nothing to do with it.
        let of = |cache: Arc<dyn Listed>| {
            let stats = catch_unwind(AssertUnwindSafe(|| cache.stats())).unwrap_or_default();
            (Arc::downgrade(&cache), stats)
        };
        Self(listed().into_iter().map(of).collect())
    }

    /// What the cache has done since then.
    pub(crate) fn since(&self, cache: &AnyCache) -> Stats {
        // Several may have one name; none can have the place of one that is gone, as long as that is kept here.
        let is_same = |earlier: &&(Weak<dyn Listed>, Stats)| {
            Weak::as_ptr(&earlier.0).addr() == Arc::as_ptr(&cache.0).addr()
        };
        let stats = cache.stats();
        self.0.iter().find(is_same).map_or(stats, |(_, earlier)| stats.since(earlier))
    }
}
