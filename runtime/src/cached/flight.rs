//! Loads that are under way, by key.
//!
//! The table is sharded by hash; a shard is locked for as long as it takes to look up a key, never while code of the
//! user's runs that could come back here (loads, clones, drops).

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use event_listener::Event;
use hashbrown::HashTable;

use super::alarm::Alarm;
use super::cycle;
use super::entry::Entry;
use super::epoch::Generation;
use super::tags::Stamp;

/// One load and those who wait for it.
#[derive(Debug)]
pub(super) struct Flight<K, V> {
    pub(super) id: cycle::Id,
    pub(super) key: K,
    pub(super) hash: u64,
    pub(super) generation: Generation,
    /// Set before the load begins.
    pub(super) tags: OnceLock<Box<[Stamp]>>,
    /// Of a leader that is a future, from its first poll on, and of a reload.
    pub(super) alarm: OnceLock<Arc<Alarm>>,
    state: Mutex<State<V>>,
    outcome: OnceLock<Outcome<V>>,
    landed: Event,
}

/// What the followers of a load get.
#[derive(Debug)]
pub(super) enum Outcome<V> {
    Value(V),
    /// An old value instead of an error.
    Stale(V),
    /// Not kept; a copy of it.
    Failed(Mutex<Box<dyn Any + Send>>),
    /// Nothing that can be shared: the followers look again.
    Abandoned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Loading,
    /// Its entry is being put into the store.
    Writing,
    /// It came to nothing that can be shared, and whoever asks next loads: one of the followers, which is woken for that.
    Vacant,
}

#[derive(Debug)]
pub(super) struct State<V> {
    pub(super) phase: Phase,
    /// Invalidated or overwritten after it began: its value must not stay in the store.
    pub(super) doomed: bool,
    /// Doomed while writing: what belongs into the store instead.
    pub(super) instead: Option<Arc<Entry<V>>>,
    /// `instead` has changed since the writing thread looked.
    pub(super) redo: bool,
    pub(super) followers: usize,
}

/// Who has the say over a key.
pub(super) enum Say<V> {
    Store,
    /// A suspect is writing the key: this is to be in the store, which is not to be trusted.
    Suspect(Option<Arc<Entry<V>>>),
}

/// What came of dooming a flight.
#[must_use = "the value in it is to be dropped when no lock is held"]
pub(super) struct Doomed<V> {
    pub(super) is_new_suspect: bool,
    /// Who had the say until then.
    pub(super) before: Say<V>,
}

impl<K, V> Flight<K, V> {
    pub(super) fn new(key: K, hash: u64, generation: Generation) -> Self {
        let state = State { phase: Phase::Loading, doomed: false, instead: None, redo: false, followers: 0 };
        let (tags, alarm, outcome) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let id = cycle::new_id();
        Self {
            id,
            key,
            hash,
            generation,
            tags,
            alarm,
            state: Mutex::new(state),
            outcome,
            landed: Event::new(),
        }
    }

    /// Locked after the shard, if both are.
    pub(super) fn state(&self) -> MutexGuard<'_, State<V>> {
        lock(&self.state)
    }

    /// Whether a tag of it was invalidated after it began.
    pub(super) fn is_outdated(&self) -> bool {
        self.tags.get().is_some_and(|tags| tags.iter().any(Stamp::is_outdated))
    }

    pub(super) fn land(&self, outcome: Outcome<V>) {
        let _ = self.outcome.set(outcome);
        self.landed.notify(usize::MAX);
    }

    pub(super) fn listen(&self) -> event_listener::EventListener {
        self.landed.listen()
    }

    pub(super) fn outcome(&self) -> Option<&Outcome<V>> {
        self.outcome.get()
    }

    pub(super) fn has_followers(&self) -> bool {
        self.state().followers > 0
    }

    pub(super) fn is_vacant(&self) -> bool {
        self.state().phase == Phase::Vacant
    }

    /// For a flight whose shard is locked: whether nobody leads, and nobody will.
    pub(super) fn is_forsaken(&self) -> bool {
        let state = self.state();
        state.phase == Phase::Vacant && state.followers == 0
    }

    /// For a flight whose shard is locked: takes it over, if nobody leads.
    pub(super) fn claim(&self) -> bool {
        let mut state = self.state();
        let claims = state.phase == Phase::Vacant;
        if claims {
            state.phase = Phase::Loading;
            if let Some(alarm) = self.alarm.get() {
                alarm.answer();
            }
        }
        claims
    }

    /// Whether it is waited for, and a follower should look why.
    pub(super) fn is_held_up(&self) -> bool {
        let sleeps = self.alarm.get().is_some_and(|alarm| alarm.is_slept_through());
        let state = self.state();
        state.followers > 0 && (sleeps || state.phase == Phase::Vacant)
    }

    /// Wakes one more follower, though there is no outcome.
    pub(super) fn rouse(&self) {
        self.landed.notify_additional(1);
    }

    /// For a flight whose shard is locked: takes the lead from a leader that is still asleep. Whether it was.
    pub(super) fn depose(&self) -> bool {
        // Within the lock: should the leader awake now, it finds its value unwanted.
        let mut state = self.state();
        let deposed = self.alarm.get().is_some_and(|alarm| alarm.depose());
        state.doomed |= deposed;
        deposed
    }

    /// For a flight that is still on the table, whose shard is locked: its value must not stay in the store, which is to
    /// hold `instead`.
    pub(super) fn doom(&self, instead: Option<Arc<Entry<V>>>) -> Doomed<V> {
        let mut state = self.state();
        let was_doomed = std::mem::replace(&mut state.doomed, true);
        state.redo = true;
        let before = std::mem::replace(&mut state.instead, instead);
        let writes = state.phase == Phase::Writing;
        let before = if was_doomed && writes { Say::Suspect(before) } else { Say::Store };
        Doomed { is_new_suspect: writes && !was_doomed, before }
    }
}

#[derive(Debug)]
pub(super) struct Flights<K, V> {
    shards: Box<[Shard<K, V>]>,
}

#[derive(Debug)]
#[repr(align(128))]
struct Shard<K, V>(Mutex<Table<K, V>>);

#[derive(Debug)]
pub(super) struct Table<K, V> {
    pub(super) loading: HashTable<Arc<Flight<K, V>>>,
    /// Who is putting an entry into the store: a load that is over, or an insertion by hand. At most one for each key, for
    /// the store weighs an entry wrongly that two threads put there at a time. A suspect, if it is doomed.
    pub(super) writing: Vec<Arc<Flight<K, V>>>,
    /// Doomed while others followed: their leaders can fall asleep all the same.
    pub(super) adrift: Vec<Arc<Flight<K, V>>>,
}

const SHARDS: usize = 16;

impl<K, V> Flights<K, V> {
    pub(super) fn new() -> Self {
        let table = || Table { loading: HashTable::new(), writing: Vec::new(), adrift: Vec::new() };
        let shard = || Shard(Mutex::new(table()));
        Self { shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// The shard of a hash. The table within goes by the hash itself, so this goes by other bits; by all of them, as a hasher
    /// may leave small numbers as they are.
    pub(super) fn shard(&self, hash: u64) -> MutexGuard<'_, Table<K, V>> {
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SHARDS.ilog2());
        let index = usize::try_from(mixed).unwrap_or_default();
        lock(&self.shards[index].0)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = MutexGuard<'_, Table<K, V>>> {
        self.shards.iter().map(|shard| lock(&shard.0))
    }
}

impl<K, V> Table<K, V> {
    /// Who is writing a key.
    pub(super) fn writer(&self, hash: u64, is_it: impl Fn(&K) -> bool) -> Option<&Arc<Flight<K, V>>> {
        self.writing.iter().find(|flight| flight.hash == hash && is_it(&flight.key))
    }

    /// Takes the load of a key off the table.
    pub(super) fn take_load(&mut self, hash: u64, is_it: impl Fn(&K) -> bool) -> Option<Arc<Flight<K, V>>> {
        let found = self.loading.find_entry(hash, |flight| is_it(&flight.key)).ok()?;
        Some(found.remove().0)
    }

    /// Leaves a flight to its followers, if it has any and is still here. Whether it did.
    pub(super) fn vacate(&self, flight: &Arc<Flight<K, V>>) -> bool {
        let is_here = self.loading.find(flight.hash, |other| Arc::ptr_eq(other, flight)).is_some();
        let mut state = flight.state();
        // The tags of one function are not those of another that shares the cache.
        let vacates = is_here && state.followers > 0 && flight.tags.get().is_none();
        if vacates {
            state.phase = Phase::Vacant;
        }
        vacates
    }

    /// Those who are waited for while they sleep.
    pub(super) fn sleepers(&self) -> Vec<Arc<Flight<K, V>>> {
        let all = self.loading.iter().chain(&self.adrift);
        all.filter(|flight| flight.is_held_up()).map(Arc::clone).collect()
    }

    /// Takes a flight off the table, if it is still there.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<K, V>>) {
        if let Ok(found) = self.loading.find_entry(flight.hash, |other| Arc::ptr_eq(other, flight)) {
            found.remove();
        }
        if !self.writing.is_empty() {
            self.writing.retain(|other| !Arc::ptr_eq(other, flight));
        }
        if !self.adrift.is_empty() {
            self.adrift.retain(|other| !Arc::ptr_eq(other, flight));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
