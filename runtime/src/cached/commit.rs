//! Putting an entry into the store, one thread at a time for each key.
//!
//! moka queues what an insertion means for its bookkeeping after it has let go of the key. Two threads that insert one key at a
//! time may queue that in the wrong order, and the entry then weighs twice as much, for good. So whoever finds another
//! one writing has it write this entry, too.

use std::hash::BuildHasher;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::core::Core;
use super::entry::Entry;
use super::flight::{Flight, Phase, Table};
use super::key::{Key, Value};

/// Puts a loaded value into the store and takes the flight off the table, unless the key was invalidated or overwritten
/// meanwhile. If there is none, or none to keep, an old one must not be served for it any more. Whether the flight is off
/// the table.
pub(super) fn commit<K, V, S>(core: &Core<K, V, S>, flight: &Arc<Flight<K, V>>, value: Option<&V>) -> bool
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let stamps = (flight.generation, flight.tags.get().cloned().unwrap_or_default());
    let entry = value.and_then(|value| core.entry(&flight.key, value.clone(), stamps));
    if entry.is_none() && core.times.stale_for() == Duration::ZERO {
        return false;
    }
    let table = core.flights.shard(flight.hash);
    if flight.state().doomed {
        // Not within the lock: the entry is the user's to drop.
        drop(table);
        return false;
    }
    write(core, table, flight, entry);
    true
}

/// Puts an entry into the store, or leaves none there, and takes the flight off the table. Should the key be invalidated or overwritten just then,
/// puts right what the store holds. No lock is held while the store runs code of the user's.
pub(super) fn write<K, V, S>(
    core: &Core<K, V, S>,
    mut table: MutexGuard<'_, Table<K, V>>,
    flight: &Arc<Flight<K, V>>,
    entry: Option<Entry<V>>,
) where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    if let Some(writer) = table.writer(flight.hash, |key| *key == flight.key) {
        let doomed = core.doom_flight(writer, entry.map(Arc::new));
        table.remove(flight);
        drop(table);
        drop(doomed);
        return;
    }
    flight.state().phase = Phase::Writing;
    table.writing.push(Arc::clone(flight));
    drop(table);
    let writing = Writing { core, flight };
    match entry {
        Some(entry) => core.store.insert(flight.key.clone(), entry),
        None => core.store.invalidate(&flight.key),
    }
    drop(writing);
}

/// The time in which an entry is put into the store. It ends with the flight off the table, even by a panic.
struct Writing<'a, K: Key, V: Value, S: BuildHasher + Clone + Send + Sync + 'static> {
    core: &'a Core<K, V, S>,
    flight: &'a Arc<Flight<K, V>>,
}

impl<K, V, S> Drop for Writing<'_, K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    fn drop(&mut self) {
        let Self { core, flight } = self;
        loop {
            let mut table = core.flights.shard(flight.hash);
            let mut state = flight.state();
            if !state.redo {
                state.phase = Phase::Loading;
                let doomed = state.doomed;
                drop(state);
                table.remove(flight);
                if doomed {
                    core.epoch.remove_suspect();
                }
                return;
            }
            state.redo = false;
            let instead = state.instead.clone();
            drop(state);
            drop(table);
            match instead {
                Some(entry) => core.store.insert(flight.key.clone(), Entry::clone(&entry)),
                None => core.store.invalidate(&flight.key),
            }
        }
    }
}
