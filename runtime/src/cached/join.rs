//! From a call to what answers it: a value, a load of its own, or the load of another caller.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::hash_table::Entry as Place;
use moka::Equivalent;

use super::commit::commit;
use super::core::{Core, Looked, Old};
use super::cycle::{self, InLoad};
use super::entry::Entry;
use super::flight::{Flight, Outcome};
use super::following::{Following, Later, find_later, waits_for_itself};
use super::key::{Key, Parts, Value, View};
use super::leading::Leading;
use super::shape::Shape;
use crate::site::Site;
use crate::timed::CacheStatus;

/// What is done with a value after its load: what the functions around the user's body need of its type. As they ask
/// nothing else of it, a type that cannot be cached is one error, where [`find`] asks, and not one for each of them.
/// And for which function it is done.
#[expect(clippy::type_complexity, reason = "the signatures of three functions")]
pub(super) struct Ways<K, V, S> {
    pub(super) clone: fn(&V) -> V,
    pub(super) commit: fn(&Core<K, V, S>, &Arc<Flight<K, V>>, Option<&V>) -> bool,
    pub(super) find: fn(&Later<K, V, S>) -> Answer<K, V, S>,
    /// Where the cache does not have its name.
    pub(super) site: Option<&'static Site>,
}

impl<K, V, S> Clone for Ways<K, V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, S> Copy for Ways<K, V, S> {}

impl<K, V, S> Ways<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    const THESE: Self = Self { clone: V::clone, commit, find: find_later, site: None };
}

/// What answers a call.
#[must_use]
pub struct Found<'c, K, V, S> {
    pub(super) core: &'c Arc<Core<K, V, S>>,
    pub(super) answer: Answer<K, V, S>,
}

pub(super) enum Answer<K, V, S> {
    /// Counted already.
    Value(V, CacheStatus),
    /// An old value that is good enough, and the task to load a new one.
    Reload(Old<V>, Leading<K, V, S>),
    /// `V` is an old value that is better than an error.
    Lead(Leading<K, V, S>, Option<V>),
    Follow(Following<K, V, S>),
}

/// Looks a call up.
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "shorter in every expansion")]
#[expect(clippy::inline_always, reason = "a hit; a frame of its own is a tenth of what is done here")]
pub fn find<K, V, S, Q>(core: &Arc<Core<K, V, S>>, view: View<Q>) -> Found<'_, K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    Q: Parts<Owned = K>,
{
    match core.plain_hit(&view) {
        Ok(value) => {
            core.meter.request(CacheStatus::Hit);
            Found { core, answer: Answer::Value(value, CacheStatus::Hit) }
        }
        Err(entry) => Found { core, answer: join(core, &view, entry) },
    }
}

#[inline(never)]
fn join<K, V, S, Q>(core: &Arc<Core<K, V, S>>, view: &View<Q>, entry: Option<Entry<V>>) -> Answer<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    Q: Parts<Owned = K>,
{
    let hit = |value| {
        core.meter.request(CacheStatus::Hit);
        Answer::Value(value, CacheStatus::Hit)
    };
    let (stale, fallback) = match core.judge(entry) {
        Looked::Fresh(value) => return hit(value),
        Looked::Stale(old) => (Some(old), None),
        Looked::Nothing { fallback } => (None, fallback),
    };
    let hash = core.hash(view);
    let served_stale = |value| {
        core.meter.request(CacheStatus::Stale);
        Answer::Value(value, CacheStatus::Stale)
    };
    let stale = match stale {
        Some(old) if is_loading(core, view, hash) => return served_stale(old.value),
        other => other,
    };
    let flight = match board(core, view, hash) {
        Boarded::New(flight) => flight,
        Boarded::Running(flight) => {
            let mut following = Following {
                core: Arc::clone(core),
                flight,
                ways: Ways::THESE,
                tags: Box::default(),
                waiting: None,
                doubts: false,
                counts: true,
            };
            if let Some(old) = stale {
                following.counts = false;
                return served_stale(old.value);
            }
            return Answer::Follow(following);
        }
    };
    let mut leading = Leading {
        core: Arc::clone(core),
        flight,
        ways: Ways::THESE,
        start: 0,
        counts: false,
        on_table: true,
        landed: false,
    };
    // A load that landed since the store was asked has put its value there before it left the table.
    if core.store.contains_key(view) {
        // A clone that asks for this key would wait for this very caller.
        let _in_load = InLoad::enter(leading.flight.id);
        let looked = core.plain_hit(view).map_or_else(|entry| core.judge(entry), Looked::Fresh);
        if let Looked::Fresh(value) = looked {
            // Followers look for themselves: it may have been invalidated since, before they asked.
            leading.land(|| Outcome::Abandoned);
            return hit(value);
        }
    }
    leading.counts = true;
    match stale {
        Some(old) => Answer::Reload(old, leading),
        None => Answer::Lead(leading, fallback),
    }
}

enum Boarded<K, V> {
    New(Arc<Flight<K, V>>),
    Running(Arc<Flight<K, V>>),
}

/// The load of a key that is under way, or a new one.
fn board<K, V, S, Q>(core: &Core<K, V, S>, view: &View<Q>, hash: u64) -> Boarded<K, V>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    Q: Parts<Owned = K>,
{
    // Made outside of the lock: it is code of the user's.
    let mine = Arc::new(Flight::new(view.0.to_key(), hash, core.epoch.now().generation()));
    let mut table = core.flights.shard(hash);
    let same = |flight: &Arc<Flight<K, V>>| view.equivalent(&flight.key);
    let outdated = match table.loading.entry(hash, same, |flight| flight.hash) {
        Place::Vacant(place) => {
            place.insert(Arc::clone(&mine));
            return Boarded::New(mine);
        }
        Place::Occupied(place) if !place.get().is_outdated() => {
            let running = Arc::clone(place.get());
            if running.claim() {
                return Boarded::New(running);
            }
            running.state().followers += 1;
            return Boarded::Running(running);
        }
        Place::Occupied(mut place) => std::mem::replace(place.get_mut(), Arc::clone(&mine)),
    };
    let doomed = core.doom_load(&mut table, outdated);
    drop(table);
    drop(doomed);
    Boarded::New(mine)
}

/// Whether a load of the key is under way, which whoever is served an old value need not wait for.
fn is_loading<K, V, S, Q>(core: &Core<K, V, S>, view: &View<Q>, hash: u64) -> bool
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    Q: Parts<Owned = K>,
{
    core.flights.shard(hash).loading.find(hash, |flight| view.equivalent(&flight.key)).is_some()
}

impl<K, V, S> Found<'_, K, V, S> {
    /// The tags that the loaded value will have, as they are before the load. `tags` is not asked on a hit.
    pub fn with_tags<const N: usize>(mut self, tags: impl FnOnce() -> [String; N]) -> Self {
        let (flight, site) = match &self.answer {
            Answer::Value(..) => return self,
            Answer::Lead(leading, _) | Answer::Reload(_, leading) => (&leading.flight, leading.ways.site),
            Answer::Follow(following) => (&following.flight, following.ways.site),
        };
        let Some(asking) = cycle::ask_tags(flight.id) else { waits_for_itself(site, &self.core.meter.name) };
        let stamps = || self.core.tags.stamps(&tags());
        match &mut self.answer {
            Answer::Value(..) => {}
            Answer::Lead(leading, _) | Answer::Reload(_, leading) => {
                let _in_load = InLoad::enter(leading.flight.id);
                let _ = leading.flight.tags.set(stamps());
            }
            // Its own, should it take over: those of the leader may be others, or never have come to be.
            Answer::Follow(following) => following.tags = stamps(),
        }
        drop(asking);
        self
    }

    /// The function that was called, where the cache does not have its name.
    #[inline]
    pub fn of_site(mut self, site: &'static Site) -> Self {
        self.answer.of_site(site);
        self
    }
}

impl<K, V, S> Answer<K, V, S> {
    #[inline]
    pub(super) fn of_site(&mut self, site: &'static Site) {
        let ways = match self {
            Self::Value(..) => return,
            Self::Reload(_, leading) | Self::Lead(leading, _) => &mut leading.ways,
            Self::Follow(following) => &mut following.ways,
        };
        ways.site = Some(site);
    }
}

/// What a fresh hit answers.
///
/// # Errors
/// Everything else, to go on with.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "shorter in every expansion")]
pub fn early<K, V, S, R, M>(found: Found<'_, K, V, S>, shape: M) -> Result<R, Found<'_, K, V, S>>
where
    M: Shape<R, V>,
{
    match found.answer {
        Answer::Value(value, status) => {
            super::leave_status(status);
            Ok(shape.join(Ok(value)))
        }
        answer => Err(Found { core: found.core, answer }),
    }
}
