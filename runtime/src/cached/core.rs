//! One cache: a moka store, the loads under way, and what is counted.
//!
//! The store is asked for nothing but keeping and evicting. Loads are joined in [`Flights`] instead of with the store's own
//! `get_with`, whose waiters know neither owned errors nor invalidation.

use std::hash::{BuildHasher, Hash};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::SharedString;
use moka::Equivalent;

use super::commit::write;
use super::entry::{Entry, Times, Worth};
use super::epoch::{Epoch, Generation};
use super::flight::{Doomed, Flight, Flights, Say, Table};
use super::key::{Key, Value};
use super::meter::Meter;
use super::stats::{self, Stats};
use super::tags::{Stamp, Tags};
use crate::timed::CacheStatus;

pub(super) type Store<K, V, S> = moka::sync::Cache<K, Entry<V>, S>;
pub(super) type PerEntry<K, V> = Arc<dyn Fn(&K, &V) -> Option<Duration> + Send + Sync>;
pub(super) type Admits<V> = Box<dyn Fn(&V) -> bool + Send + Sync>;

pub struct Core<K, V, S> {
    pub(super) store: Store<K, V, S>,
    pub(super) hasher: S,
    pub(super) flights: Flights<K, V>,
    pub(super) epoch: Epoch,
    pub(super) tags: Tags,
    pub(super) meter: Arc<Meter>,
    pub(super) times: Times,
    /// How long an entry is fresh, where that differs from entry to entry.
    pub(super) fresh_for: Option<PerEntry<K, V>>,
    /// Which values have no stale window.
    pub(super) is_negative: Option<fn(&V) -> bool>,
    pub(super) admits: Option<Admits<V>>,
}

impl<K, V, S> std::fmt::Debug for Core<K, V, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("name", &self.meter.name).finish_non_exhaustive()
    }
}

/// A value past its time that is served while it is being reloaded.
pub(super) struct Old<V> {
    pub(super) value: V,
    /// Whether it is better than an error, too.
    pub(super) is_fallback: bool,
}

/// What the store had for a key.
pub(super) enum Looked<V> {
    Fresh(V),
    Stale(Old<V>),
    Nothing { fallback: Option<V> },
}

impl<K, V, S> Core<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    #[inline]
    pub(super) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    /// A fresh value, in the common case that the store itself keeps the time.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `find`")]
    pub(super) fn plain_hit<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Result<V, Option<Entry<V>>> {
        // Before the store is asked: what was doomed earlier, and is no suspect any more, is not in it any more.
        let now = self.epoch.now();
        match self.store.get(key) {
            Some(entry) if entry.mark.is_good_at(now) => Ok(entry.value),
            entry if now.has_suspects() => self.careful_hit(key, entry),
            other => Err(other),
        }
    }

    /// As [`plain_hit`](Self::plain_hit), while a value may be in the store that ought not to be.
    #[cold]
    fn careful_hit<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        key: &Q,
        found: Option<Entry<V>>,
    ) -> Result<V, Option<Entry<V>>> {
        drop(found);
        match self.second_look(key) {
            Some(entry) if entry.mark.is_plain_of(self.epoch.now().generation()) => Ok(entry.value),
            other => Err(other),
        }
    }

    /// Who has the say over a key, while there are suspects.
    #[cold]
    fn say<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Say<V> {
        let hash = self.hash(key);
        let table = self.flights.shard(hash);
        match table.writer(hash, |other| key.equivalent(other)).map(|writer| writer.state()) {
            Some(state) if state.doomed => Say::Suspect(state.instead.clone()),
            _ => Say::Store,
        }
    }

    /// An entry that was found while there were suspects: from the store, if that has the say.
    #[cold]
    fn second_look<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<Entry<V>> {
        match self.say(key) {
            Say::Store => self.store.get(key),
            Say::Suspect(instead) => instead.map(Arc::unwrap_or_clone),
        }
    }

    /// What an entry, found or not, comes to.
    pub(super) fn judge(&self, entry: Option<Entry<V>>) -> Looked<V> {
        let Some(entry) = entry else { return Looked::Nothing { fallback: None } };
        match self.worth(&entry) {
            Worth::Fresh => {
                entry.touch(&self.times);
                Looked::Fresh(entry.value)
            }
            Worth::Stale => {
                let is_fallback = entry.is_fallback(&self.times);
                Looked::Stale(Old { value: entry.value, is_fallback })
            }
            Worth::Fallback => Looked::Nothing { fallback: Some(entry.value) },
            Worth::Nothing => Looked::Nothing { fallback: None },
        }
    }

    fn worth(&self, entry: &Entry<V>) -> Worth {
        if entry.mark.is_of(self.epoch.now().generation()) {
            entry.worth(&self.times)
        } else {
            Worth::Nothing
        }
    }

    pub(super) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        let looked = match self.plain_hit(key) {
            Ok(value) => Looked::Fresh(value),
            Err(entry) => self.judge(entry),
        };
        let (status, value) = match looked {
            Looked::Fresh(value) => (CacheStatus::Hit, Some(value)),
            Looked::Stale(old) => (CacheStatus::Stale, Some(old.value)),
            Looked::Nothing { .. } => (CacheStatus::Miss, None),
        };
        self.meter.request(status);
        value
    }

    /// As [`get`](Self::get), uncounted. It is no use of the entry either, as long as the store's word is enough; to see the
    /// entry itself, the store must be asked as for a use.
    pub(super) fn contains_key<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> bool {
        let now = self.epoch.now();
        if !now.has_suspects() {
            let is_there = self.store.contains_key(key);
            // Whatever is there is good: the store keeps all times, nothing has tags, nothing is of an earlier generation.
            if !is_there || now.is_first() && !self.times.in_entries() && !self.tags.were_given() {
                return is_there;
            }
        }
        match self.plain_hit(key) {
            Ok(_) => true,
            Err(entry) => {
                entry.is_some_and(|entry| matches!(self.worth(&entry), Worth::Fresh | Worth::Stale))
            }
        }
    }

    /// The entry for a value, `None` if it is not to be kept.
    pub(super) fn entry(&self, key: &K, value: V, stamps: (Generation, Box<[Stamp]>)) -> Option<Entry<V>> {
        if self.admits.as_ref().is_some_and(|admits| !admits(&value)) {
            return None;
        }
        let own = self.fresh_for.as_ref().and_then(|fresh_for| fresh_for(key, &value));
        let fresh_for = own.or(self.times.ttl);
        let is_negative = self.is_negative.is_some_and(|is_negative| is_negative(&value));
        if fresh_for == Some(Duration::ZERO) && (is_negative || self.times.stale_for() == Duration::ZERO) {
            return None;
        }
        Some(Entry::new(value, (fresh_for, is_negative), stamps, &self.times, self.fresh_for.is_some()))
    }

    pub(super) fn insert(&self, key: K, value: V) {
        let generation = self.epoch.now().generation();
        let stamps = (generation, Box::default());
        let Some(entry) = self.entry(&key, value, stamps) else { return self.invalidate(&key) };
        let hash = self.hash(&key);
        let flight = Arc::new(Flight::new(key, hash, generation));
        let mut table = self.flights.shard(flight.hash);
        // A load that began earlier must not overwrite it.
        let load = table.take_load(flight.hash, |key| *key == flight.key);
        let doomed = load.map(|load| self.doom_load(&mut table, load));
        write(self, table, &flight, Some(entry));
        drop(doomed);
    }

    pub(super) fn invalidate<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        match self.doom(key) {
            Say::Store => self.store.invalidate(key),
            Say::Suspect(_) => {}
        }
    }

    pub(super) fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        let entry = match self.doom(key) {
            Say::Store => self.store.remove(key)?,
            Say::Suspect(instead) => Arc::unwrap_or_clone(instead?),
        };
        (self.worth(&entry) == Worth::Fresh).then_some(entry.value)
    }

    pub(super) fn invalidate_all(&self) {
        // First: loads that begin from now on are not what is invalidated.
        self.epoch.advance();
        let mut doomed = Vec::new();
        for mut table in self.flights.all() {
            doomed.extend(table.writing.iter().map(|flight| self.doom_flight(flight, None)));
            let loading = std::mem::take(&mut table.loading);
            doomed.extend(loading.into_iter().map(|load| self.doom_load(&mut table, load)));
        }
        drop(doomed);
        self.store.invalidate_all();
    }

    /// Callers from now on start a load of their own, and what is under way does not put its value back. Who had the say
    /// until then: a suspect sees to the store itself.
    fn doom<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Say<V> {
        let hash = self.hash(key);
        let is_it = |other: &K| key.equivalent(other);
        let mut table = self.flights.shard(hash);
        let writer = table.writer(hash, is_it).map(|writer| self.doom_flight(writer, None));
        let load = table.take_load(hash, is_it).map(|load| self.doom_load(&mut table, load));
        drop(table);
        drop(load);
        writer.map_or(Say::Store, |doomed| doomed.before)
    }

    /// Dooms a load that was taken off the table.
    pub(super) fn doom_load(&self, table: &mut Table<K, V>, load: Arc<Flight<K, V>>) -> Doomed<V> {
        let doomed = self.doom_flight(&load, None);
        if load.has_followers() {
            table.adrift.push(load);
        }
        doomed
    }

    /// Dooms a flight whose shard is locked.
    pub(super) fn doom_flight(&self, flight: &Flight<K, V>, instead: Option<Arc<Entry<V>>>) -> Doomed<V> {
        let doomed = flight.doom(instead);
        if doomed.is_new_suspect {
            self.epoch.add_suspect();
        }
        doomed
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Arc<K>, V)> + '_ {
        let mut entries = self.store.iter();
        let next = move || {
            // As for a hit: before the store is asked.
            let now = self.epoch.now();
            let (key, entry) = entries.next()?;
            let entry = if now.has_suspects() { self.second_look(&*key) } else { Some(entry) };
            let fresh = entry.filter(|entry| self.worth(entry) == Worth::Fresh);
            Some(fresh.map(|entry| (key, entry.value)))
        };
        std::iter::from_fn(next).flatten()
    }

    /// Has the lead taken from futures that were woken and are not polled: by a follower, as soon as that one is polled.
    fn depose_sleepers(&self) {
        let sleepers: Vec<_> = self.flights.all().flat_map(|table| table.sleepers()).collect();
        // Not within the lock: executors may poll there and then.
        for flight in sleepers {
            flight.rouse();
        }
    }

    pub(super) fn stats(&self) -> Stats {
        self.run_pending_tasks();
        let [hits, stale, coalesced, misses] = self.meter.requests.sums();
        let counts = &self.meter.counts;
        let loads = counts.loads.load(Ordering::Relaxed);
        let load_nanos = counts.load_nanos.load(Ordering::Relaxed);
        Stats {
            hits,
            misses,
            stale,
            coalesced,
            loads,
            load_errors: counts.load_errors.load(Ordering::Relaxed),
            evictions: counts.evictions(),
            entries: self.store.entry_count(),
            weight: self.store.weighted_size(),
            mean_load: stats::mean(load_nanos, loads),
            load_nanos,
        }
    }

    /// Runs what the store has put off.
    pub(super) fn run_pending_tasks(&self) {
        if self.times.mock.is_some() {
            // The store's own clock stands still, so it frees nothing by itself.
            for (key, _) in self.store.iter().filter(|(_, entry)| entry.worth(&self.times) == Worth::Nothing)
            {
                self.store.invalidate(&*key);
            }
        }
        self.store.run_pending_tasks();
    }

    /// As [`run_pending_tasks`](Self::run_pending_tasks). A destructor of the user's may panic in it; that is its own caller's affair, and
    /// this one's callers have none.
    fn run_pending_tasks_quietly(&self) {
        let _ = std::panic::catch_unwind(AssertUnwindSafe(|| self.run_pending_tasks()));
    }
}

/// A cache of any type, as the process-wide list knows it.
pub(super) trait Listed: Send + Sync {
    fn name(&self) -> &SharedString;
    fn stats(&self) -> Stats;
    fn clear(&self);
    fn depose_sleepers(&self);
    /// Hands over what was counted, and tells the entries and their weight.
    fn hand_over(&self) -> (u64, u64);
}

impl<K, V, S> Listed for Core<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    fn name(&self) -> &SharedString {
        &self.meter.name
    }

    fn stats(&self) -> Stats {
        self.stats()
    }

    fn clear(&self) {
        self.invalidate_all();
        self.run_pending_tasks();
    }

    fn depose_sleepers(&self) {
        self.depose_sleepers();
    }

    fn hand_over(&self) -> (u64, u64) {
        self.run_pending_tasks_quietly();
        self.meter.hand_over();
        (self.store.entry_count(), self.store.weighted_size())
    }
}

/// Every cache of the process that is still there, in the order they were built.
static CACHES: Mutex<Vec<std::sync::Weak<dyn Listed>>> = Mutex::new(Vec::new());

pub(super) fn list(cache: &Arc<impl Listed + 'static>) {
    let cache: Arc<dyn Listed> = Arc::clone(cache) as _;
    let mut caches = CACHES.lock().unwrap_or_else(PoisonError::into_inner);
    caches.retain(|cache| cache.strong_count() > 0);
    caches.push(Arc::downgrade(&cache));
}

pub(super) fn listed() -> Vec<Arc<dyn Listed>> {
    let caches = CACHES.lock().unwrap_or_else(PoisonError::into_inner);
    caches.iter().filter_map(std::sync::Weak::upgrade).collect()
}
