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
    /// Of a leader that is a future, from its first poll on.
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
    /// Not kept; a copy of it if it can be shared.
    Failed(Option<Mutex<Box<dyn Any + Send>>>),
    /// Panicked or cancelled: one of the followers takes over.
    Abandoned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Loading,
    /// The value is being put into the store.
    Committing,
}

#[derive(Debug)]
pub(super) struct State<V> {
    pub(super) phase: Phase,
    /// Invalidated or overwritten after it began: its value must not stay in the store.
    pub(super) doomed: bool,
    /// Doomed while committing: what belongs into the store instead.
    pub(super) instead: Option<Arc<Entry<V>>>,
    /// `instead` has changed since the committing thread looked.
    pub(super) redo: bool,
    pub(super) followers: usize,
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

    /// For a flight that is still on the table, whose shard is locked: its value must not stay in the store, which is to
    /// hold `instead`. Whether it is committing.
    pub(super) fn doom(&self, instead: Option<&Arc<Entry<V>>>) -> bool {
        let mut state = self.state();
        state.doomed = true;
        state.redo = true;
        state.instead = instead.cloned();
        state.phase == Phase::Committing
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
    /// Doomed while they were committing, until the store holds what it should.
    pub(super) dying: Vec<Arc<Flight<K, V>>>,
}

const SHARDS: usize = 16;

impl<K, V> Flights<K, V> {
    pub(super) fn new() -> Self {
        let shard = || Shard(Mutex::new(Table { loading: HashTable::new(), dying: Vec::new() }));
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
    /// Takes a flight off the table, if it is still there.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<K, V>>) {
        if let Ok(found) = self.loading.find_entry(flight.hash, |other| Arc::ptr_eq(other, flight)) {
            found.remove();
        }
        if !self.dying.is_empty() {
            self.dying.retain(|other| !Arc::ptr_eq(other, flight));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
