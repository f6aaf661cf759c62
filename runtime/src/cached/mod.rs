//! What `#[cached]` does at run time, and the caches that can be used by hand.

mod alarm;
mod background;
mod builder;
mod clock;
mod commit;
mod core;
mod cycle;
mod departed;
mod entry;
mod epoch;
mod fit;
mod flight;
mod following;
pub mod future;

mod handle;
mod held;
mod join;
mod key;
mod leading;
mod meter;
mod settle;
mod settle_async;
mod shape;
mod slot;
mod snapshot;
mod stats;
pub mod sync;
mod tags;
pub(crate) mod tend;

use std::cell::Cell;
use std::time::Duration;

pub use background::RunsAfterTheCall;
pub use builder::{Builder, Kind, Policy};
pub use clock::{Clock, ClockHand};
pub use fit::{AnyCall, AnyOwns, AnyTypes, Call, Owns, Types};
pub use held::{Companion, Held, companion_core, core};
pub use join::{Found, early, find};
pub use key::{
    AnyLent, AnyPart, ArrayBy, Copied, Each, EachBy, Hasher, Keepable, KeepableAlias, Key, KeyOf, KeyPart,
    KeyView, Lendable, Lent, Of, Parts, Value, View, check_alias, check_copied, check_hasher, check_key,
    check_value, key_of, new_hasher, part,
};
pub(crate) use meter::preregister;
pub use settle::{Loading, lead_or, settle, settle_behind};
pub use settle_async::{
    Settle, SpawnedOr, settle_async, settle_async_behind, settle_made, settle_made_behind,
};
pub use shape::{
    AnyRest, AnyReturned, Kept, NeitherOfThem, OkOnly, RestProbe, ResultOrOption, ReturnProbe, Shape,
    Sharing, SomeOnly, Whole, never_err, no_sharing,
};
pub use slot::Slot;
pub(crate) use snapshot::Snapshot;
pub use stats::{Evictions, Stats};

use crate::timed::CacheStatus;

pub use self::core::Core;

/// Of a literal, in an expansion.
#[must_use]
pub const fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

thread_local! {
    static STATUS: Cell<Option<CacheStatus>> = const { Cell::new(None) };
}

/// For the `#[timed]` layer around, which looks as soon as the function has returned.
#[inline]
fn leave_status(status: CacheStatus) {
    let _ = STATUS.try_with(|last| last.set(Some(status)));
}

/// What the cache layer that returned just now on this thread did.
#[inline]
#[must_use]
pub fn status() -> Option<CacheStatus> {
    STATUS.try_with(Cell::take).ok().flatten()
}

/// A cache of this process, of whatever type, as [`caches`] lists it.
pub struct AnyCache(std::sync::Arc<dyn self::core::Listed>);

impl AnyCache {
    /// Its name: by default the path of its function.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// Empties it, as its own `invalidate_all` does.
    pub fn invalidate_all(&self) {
        self.0.clear();
    }
}

impl std::fmt::Debug for AnyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnyCache").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// Lists every cache of the process: those of `#[cached]` functions from the first call of the function or of its
/// companion on, and those built by hand as long as they live.
///
/// Before that, a function has no cache: what it is made of are expressions (`max_capacity`, `clock`, …), which run when it is
/// needed, and a generic function has one for each instantiation. [`functions`](crate::functions) lists the functions, called or not,
/// with `"cached"` among their layers.
///
/// ```
/// #[fujita::cached]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(4);
/// square(4);
/// let caches = fujita::caches();
/// let square = caches.iter().find(|cache| cache.name().ends_with("::square")).unwrap();
/// assert_eq!(square.stats().hits, 1);
/// ```
#[must_use]
pub fn caches() -> Vec<AnyCache> {
    self::core::listed().into_iter().map(AnyCache).collect()
}

/// Empties every cache of the process, so that one test does not see what another has left. Loads that are under way do
/// not put their values back.
pub fn clear_caches() {
    for cache in self::core::listed() {
        cache.clear();
    }
}
