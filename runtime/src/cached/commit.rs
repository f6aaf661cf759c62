//! Putting a loaded value into the store.

use std::hash::BuildHasher;
use std::sync::Arc;

use super::core::Core;
use super::entry::Entry;
use super::flight::{Flight, Phase};
use super::key::{Key, Value};

/// Puts the value into the store and takes the flight off the table, unless the key was invalidated or overwritten
/// meanwhile; should that happen just now, puts right what the store holds. No lock is held while the store runs code of
/// the user's. Whether the flight is off the table.
pub(super) fn commit<K, V, S>(core: &Core<K, V, S>, flight: &Arc<Flight<K, V>>, value: &V) -> bool
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let stamps = (flight.generation, flight.tags.get().cloned().unwrap_or_default());
    let Some(entry) = core.entry(&flight.key, value.clone(), stamps) else { return false };
    {
        let mut state = flight.state();
        if state.doomed {
            return false;
        }
        state.phase = Phase::Committing;
    }
    let commits = Committing { core, flight };
    core.store.insert(flight.key.clone(), entry);
    drop(commits);
    true
}

/// The time in which a value is put into the store. It ends with the flight off the table, even by a panic.
struct Committing<'a, K: Key, V: Value, S: BuildHasher + Clone + Send + Sync + 'static> {
    core: &'a Core<K, V, S>,
    flight: &'a Arc<Flight<K, V>>,
}

impl<K, V, S> Drop for Committing<'_, K, V, S>
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
