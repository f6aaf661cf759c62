//! What a cache counts.

use std::cell::Cell;
use std::cmp::Ordering as Order;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::timed::CacheStatus;

/// What a cache has done since it was built, as its method `stats` tells it.
///
/// Requests are counted on every thread apart and summed up here, so a number may be behind calls that are still
/// running, never behind those that have returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that were answered with a fresh value.
    pub hits: u64,
    /// Requests that ran a load, or (by hand) found nothing.
    pub misses: u64,
    /// Requests that were answered with a value past its `ttl`.
    pub stale: u64,
    /// Requests that waited for a load of another caller.
    pub coalesced: u64,
    /// Loads that came to an end, however they ended: values, errors, panics. Those that were cancelled are not counted.
    pub loads: u64,
    /// Loads that returned an error or panicked; they are among `loads`.
    pub load_errors: u64,
    /// Entries that left the cache, by cause.
    pub evictions: Evictions,
    /// Entries in the cache. Like the weight, exact for the moment in which pending tasks were run.
    pub entries: u64,
    /// The total weight of the entries: their number, unless the cache has a weigher.
    pub weight: u64,
    /// The mean time of a load; zero before the first.
    pub mean_load: Duration,
    /// The time of all loads together, which the mean is of.
    pub(super) load_nanos: u64,
}

impl Stats {
    /// Requests of every kind.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.hits + self.misses + self.stale + self.coalesced
    }

    /// About how long callers would have waited more without the cache: the mean time of a load for every request that was
    /// answered at once.
    #[must_use]
    pub fn time_saved(&self) -> Duration {
        let nanos = self.mean_load.as_nanos().saturating_mul(u128::from(self.hits + self.stale));
        u64::try_from(nanos).map_or(Duration::MAX, Duration::from_nanos)
    }

    /// The share of requests that ran no load, from 0 to 1; 1 before the first request, as Caffeine has it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub fn hit_rate(&self) -> f64 {
        match self.requests() {
            0 => 1.0,
            requests => (requests - self.misses) as f64 / requests as f64,
        }
    }

    /// What was added since `earlier`, and what is there now.
    pub(super) fn since(self, earlier: &Self) -> Self {
        let loads = self.loads.saturating_sub(earlier.loads);
        let load_nanos = self.load_nanos.saturating_sub(earlier.load_nanos);
        Self {
            hits: self.hits.saturating_sub(earlier.hits),
            misses: self.misses.saturating_sub(earlier.misses),
            stale: self.stale.saturating_sub(earlier.stale),
            coalesced: self.coalesced.saturating_sub(earlier.coalesced),
            loads,
            load_errors: self.load_errors.saturating_sub(earlier.load_errors),
            evictions: self.evictions.since(earlier.evictions),
            mean_load: mean(load_nanos, loads),
            load_nanos,
            ..self
        }
    }
}

pub(super) fn mean(nanos: u64, of: u64) -> Duration {
    Duration::from_nanos(nanos / of.max(1))
}

/// Entries that left a cache, by cause. Compares with a number as the [`total`](Self::total).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Evictions {
    /// Past their time.
    pub expired: u64,
    /// Invalidated.
    pub explicit: u64,
    /// Overwritten.
    pub replaced: u64,
    /// There was no room, or others were asked for more often.
    pub size: u64,
}

impl Evictions {
    /// Entries that left for whatever cause.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.expired + self.explicit + self.replaced + self.size
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            expired: self.expired.saturating_sub(earlier.expired),
            explicit: self.explicit.saturating_sub(earlier.explicit),
            replaced: self.replaced.saturating_sub(earlier.replaced),
            size: self.size.saturating_sub(earlier.size),
        }
    }
}

impl PartialEq<u64> for Evictions {
    fn eq(&self, other: &u64) -> bool {
        self.total() == *other
    }
}

impl PartialOrd<u64> for Evictions {
    fn partial_cmp(&self, other: &u64) -> Option<Order> {
        self.total().partial_cmp(other)
    }
}

/// A counter for each [`CacheStatus`], kept by each thread apart: no two of the first threads share a cache line.
#[derive(Debug)]
pub(super) struct Requests {
    /// One for each of the first threads, and a few for all others.
    stripes: Box<[Stripe; OWN + SHARED]>,
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe([AtomicU64; 4]);

/// Threads with a stripe of their own.
const OWN: usize = 64;

/// Stripes that the others take in turn.
const SHARED: usize = 8;

impl Requests {
    pub(super) fn new() -> Self {
        Self { stripes: Box::new(std::array::from_fn(|_| Stripe::default())) }
    }

    #[inline]
    pub(super) fn count(&self, status: CacheStatus) {
        let stripe = STRIPE.get();
        if stripe < OWN {
            let count = &self.stripes[stripe].0[status as usize];
            // This thread alone writes here: a plain addition, without the lock on the cache line.
            count.store(count.load(Ordering::Relaxed) + 1, Ordering::Release);
        } else {
            self.count_shared(status);
        }
    }

    /// For the first request of a thread, and those of threads that have to share a stripe.
    #[cold]
    fn count_shared(&self, status: CacheStatus) {
        let stripe = match STRIPE.get() {
            UNKNOWN => take_stripe(),
            stripe => stripe,
        };
        if stripe < OWN {
            return self.count(status);
        }
        self.stripes[stripe].0[status as usize].fetch_add(1, Ordering::Release);
    }

    pub(super) fn sums(&self) -> [u64; 4] {
        let mut sums = [0; 4];
        for stripe in self.stripes.iter() {
            for (sum, count) in sums.iter_mut().zip(&stripe.0) {
                *sum += count.load(Ordering::Acquire);
            }
        }
        sums
    }
}

thread_local! {
    static STRIPE: Cell<usize> = const { Cell::new(UNKNOWN) };
    static RETURNS: Returns = const { Returns };
}

const UNKNOWN: usize = usize::MAX;

/// Which stripes are taken, a bit for each.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// Gives the stripe back when its thread ends. The next thread to take it sees what this one has written.
struct Returns;

impl Drop for Returns {
    fn drop(&mut self) {
        let stripe = STRIPE.replace(OWN);
        if stripe < OWN {
            TAKEN.fetch_and(!(1 << stripe), Ordering::Release);
        }
    }
}

fn take_stripe() -> usize {
    // Without its destructor, nobody would give the stripe back.
    let own = RETURNS.try_with(|_| ()).ok().and_then(|()| first_free());
    let stripe = own.unwrap_or_else(|| OWN + NEXT_SHARED.fetch_add(1, Ordering::Relaxed) % SHARED);
    STRIPE.set(stripe);
    stripe
}

static NEXT_SHARED: AtomicUsize = AtomicUsize::new(0);

fn first_free() -> Option<usize> {
    let mut taken = TAKEN.load(Ordering::Relaxed);
    loop {
        let free = (!taken).trailing_zeros() as usize;
        if free >= OWN {
            return None;
        }
        // Acquire: what the former owner wrote is seen before this thread adds to it.
        match TAKEN.compare_exchange_weak(taken, taken | 1 << free, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return Some(free),
            Err(now) => taken = now,
        }
    }
}

/// What is counted about loads and evictions.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) loads: AtomicU64,
    pub(super) load_errors: AtomicU64,
    pub(super) load_nanos: AtomicU64,
    pub(super) evictions: [AtomicU64; 4],
}

impl Counts {
    pub(super) fn evictions(&self) -> Evictions {
        let [expired, explicit, replaced, size] =
            self.evictions.each_ref().map(|count| count.load(Ordering::Relaxed));
        Evictions { expired, explicit, replaced, size }
    }
}
