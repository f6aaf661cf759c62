//! Building a cache: the same options as the attribute has.

use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::SharedString;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;

use super::clock::Clock;
use super::core::{Admits, Core, PerEntry, Store, list};
use super::entry::{Entry, Times};
use super::epoch::Epoch;
use super::flight::Flights;
use super::key::{Key, Value};
use super::meter::Meter;
use super::tags::Tags;
use super::tend;

/// Which entries are evicted when a cache is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Policy {
    /// Those asked for least often, by the sketch of [TinyLFU](https://dl.acm.org/citation.cfm?id=3149371); a newcomer
    /// that is asked for less often than the entry it would displace is not let in.
    #[default]
    TinyLfu,
    /// The least recently used.
    Lru,
}

/// How long a time may be; what is longer is as good as for ever. Also moka's limit.
const LONGEST: Duration = Duration::from_secs(1_000 * 365 * 24 * 3600);

const DEFAULT_CAPACITY: u64 = 10_000;

/// Which values are kept for a time of their own, and for how long.
type Negative<V> = (fn(&V) -> bool, Duration);

type Weigher<K, V> = Box<dyn Fn(&K, &V) -> u32 + Send + Sync>;

/// Which of the two kinds of cache is built.
pub trait Kind {
    type Cache<K, V, S>;
    fn handle_on<K, V, S>(core: Arc<Core<K, V, S>>) -> Self::Cache<K, V, S>;
}

/// Builds a cache; made by `Cache::builder`.
///
/// Durations of more than a thousand years mean for ever.
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<K, V, S, C> {
    name: SharedString,
    max_capacity: Option<u64>,
    initial_capacity: Option<usize>,
    weigher: Option<Weigher<K, V>>,
    policy: Policy,
    times: Times,
    expire_after: Option<PerEntry<K, V>>,
    negative: Option<Negative<V>>,
    admits: Option<Admits<V>>,
    hasher: S,
    kind: PhantomData<fn() -> C>,
}

impl<K, V, S, C> std::fmt::Debug for Builder<K, V, S, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<K, V, C> Builder<K, V, RandomState, C> {
    pub(super) fn new(name: SharedString) -> Self {
        Self {
            name,
            max_capacity: Some(DEFAULT_CAPACITY),
            initial_capacity: None,
            weigher: None,
            policy: Policy::default(),
            times: Times::default(),
            expire_after: None,
            negative: None,
            admits: None,
            hasher: RandomState::new(),
            kind: PhantomData,
        }
    }
}

impl<K, V, S, C> Builder<K, V, S, C> {
    /// At most so many entries or, with a [`weigher`](Self::weigher), so much weight. The default is 10 000 entries.
    ///
    /// With 0 nothing is kept; concurrent calls still share one load.
    pub fn max_capacity(mut self, max_capacity: u64) -> Self {
        self.max_capacity = Some(max_capacity);
        self
    }

    /// Entries stay until they expire or are invalidated.
    pub fn unbounded(mut self) -> Self {
        self.max_capacity = None;
        self
    }

    /// Room for so many entries from the start.
    pub fn initial_capacity(mut self, entries: usize) -> Self {
        self.initial_capacity = Some(entries);
        self
    }

    /// What an entry weighs; [`max_capacity`](Self::max_capacity) is then the largest total. An entry of weight 0 takes no
    /// room; one that is heavier than the whole capacity is not kept.
    pub fn weigher(mut self, weigher: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        self.weigher = Some(Box::new(weigher));
        self
    }

    /// Which entries are evicted when the cache is full.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Time to live: entries expire so long after they were loaded or inserted. With zero nothing is kept.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.times.ttl = bounded(ttl);
        self
    }

    /// Time to idle: entries expire so long after they were asked for last.
    pub fn tti(mut self, tti: Duration) -> Self {
        self.times.tti = bounded(tti);
        self
    }

    /// moka's name for [`ttl`](Self::ttl).
    pub fn time_to_live(self, ttl: Duration) -> Self {
        self.ttl(ttl)
    }

    /// moka's name for [`tti`](Self::tti).
    pub fn time_to_idle(self, tti: Duration) -> Self {
        self.tti(tti)
    }

    /// How long after it was loaded or inserted this very entry expires; `None` leaves it to [`ttl`](Self::ttl).
    pub fn expire_after(
        mut self,
        expire_after: impl Fn(&K, &V) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.expire_after = Some(Arc::new(expire_after));
        self
    }

    /// Whether a value is kept at all; callers get it either way.
    pub fn cache_if(mut self, cache_if: impl Fn(&V) -> bool + Send + Sync + 'static) -> Self {
        self.admits = Some(Box::new(cache_if));
        self
    }

    /// For so long after its time an old value is served, while one caller sees to it that it is loaded anew.
    ///
    /// As in [RFC 5861](https://www.rfc-editor.org/rfc/rfc5861).
    pub fn stale_while_revalidate(mut self, window: Duration) -> Self {
        self.times.stale_while_revalidate = Some(window.min(LONGEST));
        self
    }

    /// For so long after its time an old value is served when a load fails.
    ///
    /// As in [RFC 5861](https://www.rfc-editor.org/rfc/rfc5861).
    pub fn stale_if_error(mut self, window: Duration) -> Self {
        self.times.stale_if_error = Some(window.min(LONGEST));
        self
    }

    /// The clock by which entries expire, so that tests need not sleep.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.times.mock = clock.into_mock();
        self
    }

    /// Hashes keys with something else than [`RandomState`].
    pub fn hasher<T>(self, hasher: T) -> Builder<K, V, T, C> {
        let Self { name, max_capacity, initial_capacity, weigher, policy, times, expire_after, .. } = self;
        let (negative, admits, kind) = (self.negative, self.admits, PhantomData);
        Builder {
            name,
            max_capacity,
            initial_capacity,
            weigher,
            policy,
            times,
            expire_after,
            negative,
            admits,
            hasher,
            kind,
        }
    }
}

impl<K, T, E, S, C> Builder<K, Result<T, E>, S, C> {
    /// Errors expire so long after they were loaded, and are neither served nor a fallback after that.
    pub fn cache_err(mut self, ttl: Duration) -> Self {
        self.negative = Some((Result::is_err, ttl.min(LONGEST)));
        self
    }
}

impl<K, T, S, C> Builder<K, Option<T>, S, C> {
    /// `None` expires so long after it was loaded, and is not served after that.
    pub fn cache_none(mut self, ttl: Duration) -> Self {
        self.negative = Some((Option::is_none, ttl.min(LONGEST)));
        self
    }
}

fn bounded(duration: Duration) -> Option<Duration> {
    (duration <= LONGEST).then_some(duration)
}

impl<K, V, S, C> Builder<K, V, S, C>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    C: Kind,
{
    /// Builds the cache.
    #[must_use]
    pub fn build(self) -> C::Cache<K, V, S> {
        let Self { name, times, expire_after, negative, admits, hasher, .. } = self;
        let meter = Arc::new(Meter::new(name));
        let fresh_for = fresh_for(expire_after, negative);
        let is_negative = negative.map(|(is_negative, _)| is_negative);
        let mut store = Store::<K, V, RandomState>::builder().eviction_policy(match self.policy {
            Policy::TinyLfu => EvictionPolicy::tiny_lfu(),
            Policy::Lru => EvictionPolicy::lru(),
        });
        if let Some(capacity) = self.max_capacity {
            store = store.max_capacity(capacity);
        }
        if let Some(capacity) = self.initial_capacity {
            store = store.initial_capacity(capacity);
        }
        if let Some(weigher) = self.weigher {
            store = store.weigher(move |key: &K, entry: &Entry<V>| weigher(key, &entry.value));
        }
        // The store's own clock cannot be moved by a test; entries keep the time then.
        if times.mock.is_none() {
            if fresh_for.is_some() {
                let or_else = times.ttl.map(|ttl| ttl.saturating_add(times.stale_for()));
                store = store.expire_after(EachItsOwn { or_else });
            } else if let Some(ttl) = times.ttl {
                store = store.time_to_live(ttl.saturating_add(times.stale_for()).min(LONGEST));
            }
            if let Some(tti) = times.tti {
                store = store.time_to_idle(tti);
            }
        }
        let listener = {
            let (meter, times) = (Arc::clone(&meter), times.clone());
            move |key: Arc<K>, entry: Entry<V>, cause: RemovalCause| {
                meter.eviction(entry.cause_to_leave(cause, &times));
                // The store does without a listener for good once it has panicked, and destructors may.
                let _ = catch_unwind(AssertUnwindSafe(|| drop((key, entry))));
            }
        };
        let core = Arc::new(Core {
            store: store.eviction_listener(listener).build_with_hasher(hasher.clone()),
            hasher,
            flights: Flights::new(),
            epoch: Epoch::default(),
            tags: Tags::default(),
            meter,
            times,
            fresh_for,
            is_negative,
            admits,
        });
        list(&core);
        tend::start();
        C::handle_on(core)
    }
}

/// How long an entry is fresh by itself, where anything says so.
fn fresh_for<K: 'static, V: 'static>(
    expire_after: Option<PerEntry<K, V>>,
    negative: Option<Negative<V>>,
) -> Option<PerEntry<K, V>> {
    let Some((is_negative, ttl)) = negative else { return expire_after };
    Some(Arc::new(move |key, value| {
        if is_negative(value) {
            Some(ttl)
        } else {
            expire_after.as_ref().and_then(|expire_after| expire_after(key, value))
        }
    }))
}

/// Entries that expire each in its own time. An entry that is overwritten starts anew: moka's own default would leave it
/// what remained to the old one.
struct EachItsOwn {
    or_else: Option<Duration>,
}

impl EachItsOwn {
    fn lives<V>(&self, entry: &Entry<V>) -> Option<Duration> {
        entry.lives().or(self.or_else).map(|lives| lives.min(LONGEST))
    }
}

impl<K, V> moka::Expiry<K, Entry<V>> for EachItsOwn {
    fn expire_after_create(&self, _: &K, entry: &Entry<V>, _: Instant) -> Option<Duration> {
        self.lives(entry)
    }

    fn expire_after_update(
        &self,
        _: &K,
        entry: &Entry<V>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.lives(entry)
    }
}
