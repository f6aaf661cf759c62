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

#[derive(Debug)]
pub(super) struct State<V> {
    /// The value is being put into the store.
    pub(super) writing: bool,
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
        let state = State { writing: false, doomed: false, instead: None, redo: false, followers: 0 };
        let (tags, alarm, outcome) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { key, hash, generation, tags, alarm, state: Mutex::new(state), outcome, landed: Event::new() }
    }

    /// Locked after the shard, if both are.
    pub(super) fn state(&self) -> MutexGuard<'_, State<V>> {
        lock(&self.state)
    }

    pub(super) fn id(self: &Arc<Self>) -> cycle::Id {
        Arc::as_ptr(self).addr()
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
    /// hold `instead`.
    pub(super) fn doom(&self, instead: Option<Arc<Entry<V>>>) -> Doomed<V> {
        let mut state = self.state();
        let was_doomed = std::mem::replace(&mut state.doomed, true);
        state.redo = true;
        let before = std::mem::replace(&mut state.instead, instead);
        let before = if was_doomed && state.writing { Say::Suspect(before) } else { Say::Store };
        Doomed { is_new_suspect: state.writing && !was_doomed, before }
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
}

const SHARDS: usize = 16;

impl<K, V> Flights<K, V> {
    pub(super) fn new() -> Self {
        let shard = || Shard(Mutex::new(Table { loading: HashTable::new(), writing: Vec::new() }));
        Self { shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// The shard of a hash. The table within goes by the lower bits, so this goes by others.
    pub(super) fn shard(&self, hash: u64) -> MutexGuard<'_, Table<K, V>> {
        let index = usize::try_from((hash >> 32) % SHARDS as u64).unwrap_or_default();
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

    /// Takes a flight off the table, if it is still there.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<K, V>>) {
        if let Ok(found) = self.loading.find_entry(flight.hash, |other| Arc::ptr_eq(other, flight)) {
            found.remove();
        }
        if !self.writing.is_empty() {
            self.writing.retain(|other| !Arc::ptr_eq(other, flight));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
