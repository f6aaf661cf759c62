//! From a call to what answers it: a value, a load of its own, or the load of another caller.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::task::Waker;

use hashbrown::hash_table::Entry as Place;
use metrics::SharedString;
use moka::Equivalent;

use super::alarm::Alarm;
use super::commit::commit;
use super::core::{Core, Looked};
use super::cycle::{self, InLoad, Waiting};
use super::entry::Entry;
use super::flight::{Flight, Outcome};
use super::key::{Key, Parts, Value, View};
use super::meter::LoadEnd;
use super::shape::Shape;
use super::tags::Tags;
use crate::clock;
use crate::site::Site;
use crate::timed::CacheStatus;

/// What is done with a value after its load: what the functions around the user's body need of its type. As they ask
/// nothing else of it, a type that cannot be cached is one error, where [`find`] asks, and not one for each of them.
/// And for which function it is done.
#[expect(clippy::type_complexity, reason = "the signatures of three functions")]
struct Ways<K, V, S> {
    clone: fn(&V) -> V,
    commit: fn(&Core<K, V, S>, &Arc<Flight<K, V>>, &V) -> bool,
    find: fn(&Later<K, V, S>) -> Answer<K, V, S>,
    /// Where the cache does not have its name.
    site: Option<&'static Site>,
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
    Reload(V, Leading<K, V, S>),
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
    let (stale, fallback) = match core.judge(view, entry) {
        Looked::Fresh(value) => return hit(value),
        Looked::Stale(value) => (Some(value), None),
        Looked::Nothing { fallback } => (None, fallback),
    };
    let hash = core.hash(view);
    let served_stale = |value| {
        core.meter.request(CacheStatus::Stale);
        Answer::Value(value, CacheStatus::Stale)
    };
    let stale = match stale {
        Some(value) if is_loading(core, view, hash) => return served_stale(value),
        other => other,
    };
    let flight = match board(core, view, hash) {
        Boarded::New(flight) => flight,
        Boarded::Running(flight) => {
            if let Some(value) = stale {
                flight.state().followers -= 1;
                return served_stale(value);
            }
            let (core, ways) = (Arc::clone(core), Ways::THESE);
            return Answer::Follow(Following { core, flight, ways, waiting: None, counts: true });
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
        let looked = core.plain_hit(view).map_or_else(|entry| core.judge(view, entry), Looked::Fresh);
        if let Looked::Fresh(value) = looked {
            leading.land(|| Outcome::Value(value.clone()));
            return hit(value);
        }
    }
    leading.counts = true;
    match stale {
        Some(value) => Answer::Reload(value, leading),
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
            running.state().followers += 1;
            return Boarded::Running(running);
        }
        Place::Occupied(mut place) => std::mem::replace(place.get_mut(), Arc::clone(&mine)),
    };
    core.doom_taken(&mut table, outdated, None);
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
    pub fn with_tags<const N: usize>(self, tags: impl FnOnce() -> [String; N]) -> Self {
        if let Answer::Lead(leading, _) | Answer::Reload(_, leading) = &self.answer {
            let _ = leading.flight.tags.set(self.core.tags.stamps(&tags()));
        }
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
    fn of_site(&mut self, site: &'static Site) {
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

/// The one caller that loads a key. Dropped without a result, it hands over to one of its followers.
pub(super) struct Leading<K, V, S> {
    core: Arc<Core<K, V, S>>,
    flight: Arc<Flight<K, V>>,
    ways: Ways<K, V, S>,
    /// In ticks; zero until the load begins.
    start: u64,
    /// Whether this is a request, too, and not only a reload.
    counts: bool,
    on_table: bool,
    landed: bool,
}

impl<K, V, S> Leading<K, V, S> {
    pub(super) fn cache_name(&self) -> &SharedString {
        &self.core.meter.name
    }

    /// The caller is served an old value meanwhile: from now on this is a reload, and no request.
    pub(super) fn go_behind(&mut self) {
        self.core.meter.request(CacheStatus::Stale);
        self.counts = false;
    }

    /// Gives the lead up, uncounted, for whoever asks next.
    pub(super) fn resign(mut self) -> Later<K, V, S> {
        self.counts = false;
        Later { core: Arc::clone(&self.core), flight: Arc::clone(&self.flight), ways: self.ways }
    }

    /// As long as the guard lives, this thread runs the load.
    #[inline]
    pub(super) fn run(&mut self) -> InLoad {
        if self.start == 0 {
            self.start = clock::now();
        }
        InLoad::enter(self.flight.id())
    }

    /// The waker that the load is polled with, on behalf of `task`.
    pub(super) fn alarm(&self, task: &Waker) -> Waker {
        let alarm = self.flight.alarm.get_or_init(|| Arc::new(Alarm::new(task)));
        alarm.answer(task);
        Waker::from(Arc::clone(alarm))
    }

    /// The load is over: keeps what is to be kept, and tells the followers.
    pub(super) fn conclude<R, M: Shape<R, V>>(
        mut self,
        shape: &M,
        parts: Result<V, M::Rest>,
        fallback: Option<V>,
    ) -> (Result<V, M::Rest>, CacheStatus, bool) {
        let failed = shape.failed(&parts);
        self.core.meter.load(self.elapsed(), if failed { LoadEnd::Error } else { LoadEnd::Ok });
        self.start = 0;
        let (parts, status) = if let Some(old) = fallback.filter(|_| failed) {
            let clone = self.ways.clone;
            self.land(|| Outcome::Stale(clone(&old)));
            (Ok(old), CacheStatus::Stale)
        } else {
            if let Ok(value) = &parts {
                self.on_table = !(self.ways.commit)(&self.core, &self.flight, value);
            }
            let clone = self.ways.clone;
            self.land(|| match &parts {
                Ok(value) => Outcome::Value(clone(value)),
                Err(rest) => Outcome::Failed(shape.sharing().map(|by| by.erase(rest).into())),
            });
            (parts, CacheStatus::Miss)
        };
        if std::mem::take(&mut self.counts) {
            self.core.meter.request(status);
        }
        (parts, status, failed)
    }

    fn elapsed(&self) -> u64 {
        clock::now().saturating_sub(self.start)
    }

    /// Takes the load off the table. Followers, if there are any, get the outcome.
    pub(super) fn land(&mut self, outcome: impl FnOnce() -> Outcome<V>) {
        if std::mem::take(&mut self.on_table) {
            self.core.flights.shard(self.flight.hash).remove(&self.flight);
        }
        if self.flight.state().followers > 0 {
            self.flight.land(outcome());
        }
        self.landed = true;
    }
}

impl<K, V, S> Drop for Leading<K, V, S> {
    fn drop(&mut self) {
        if self.start != 0 {
            let panicked = std::thread::panicking();
            self.core.meter.load(self.elapsed(), if panicked { LoadEnd::Panic } else { LoadEnd::Cancelled });
        }
        if self.counts {
            self.core.meter.request(CacheStatus::Miss);
        }
        if !self.landed {
            self.land(|| Outcome::Abandoned);
        }
    }
}

/// A call that will be looked up again.
pub(super) struct Later<K, V, S> {
    core: Arc<Core<K, V, S>>,
    flight: Arc<Flight<K, V>>,
    ways: Ways<K, V, S>,
}

impl<K, V, S> Later<K, V, S> {
    pub(super) fn find(self) -> Answer<K, V, S> {
        (self.ways.find)(&self)
    }
}

fn find_later<K, V, S>(later: &Later<K, V, S>) -> Answer<K, V, S>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let mut answer = find(&later.core, View(&later.flight.key)).answer;
    if let Some(site) = later.ways.site {
        answer.of_site(site);
    }
    if let (Answer::Lead(leading, _) | Answer::Reload(_, leading), Some(tags)) =
        (&answer, later.flight.tags.get())
    {
        let _ = leading.flight.tags.set(Tags::renewed(tags));
    }
    answer
}

/// A caller that waits for the load of another.
pub(super) struct Following<K, V, S> {
    core: Arc<Core<K, V, S>>,
    pub(super) flight: Arc<Flight<K, V>>,
    ways: Ways<K, V, S>,
    waiting: Option<Waiting>,
    counts: bool,
}

/// What a follower has in the end.
pub(super) enum Followed<K, V, S, E> {
    Parts(Result<V, E>, CacheStatus),
    /// The load came to nothing that can be shared: look again.
    Again(Answer<K, V, S>),
}

impl<K, V, S> Following<K, V, S> {
    /// Stops waiting, uncounted.
    pub(super) fn resign(mut self) -> Later<K, V, S> {
        self.counts = false;
        Later { core: Arc::clone(&self.core), flight: Arc::clone(&self.flight), ways: self.ways }
    }

    /// To be called before each wait.
    ///
    /// # Panics
    /// If the load waits for this very caller.
    pub(super) fn wait(&mut self) {
        if self.waiting.is_none() {
            let Some(waiting) = cycle::wait_for(self.flight.id()) else {
                let cache = &self.core.meter.name;
                let (name, cache) = match self.ways.site {
                    Some(site) => (site.path(), format!(" of the cache `{cache}`")),
                    None => (cache.to_string(), String::new()),
                };
                panic!(
                    "`{name}` waits for itself: while it loads a key{cache} it was called, directly or through other \
                     cached functions, with the same key"
                );
            };
            self.waiting = Some(waiting);
        }
    }

    pub(super) fn has_landed(&self) -> bool {
        self.flight.outcome().is_some()
    }

    /// To be called when the load has landed.
    pub(super) fn follow<R, M: Shape<R, V>>(mut self, shape: &M) -> Followed<K, V, S, M::Rest> {
        self.waiting = None;
        let (parts, status) = match self.flight.outcome() {
            Some(Outcome::Value(value)) => (Some(Ok((self.ways.clone)(value))), CacheStatus::Coalesced),
            Some(Outcome::Stale(value)) => (Some(Ok((self.ways.clone)(value))), CacheStatus::Stale),
            Some(Outcome::Failed(Some(rest))) => {
                let rest = rest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let rest = shape.sharing().and_then(|by| by.recover(&**rest));
                (rest.map(Err), CacheStatus::Coalesced)
            }
            Some(Outcome::Failed(None) | Outcome::Abandoned) | None => (None, CacheStatus::Coalesced),
        };
        self.counts = false;
        match parts {
            Some(parts) => {
                self.core.meter.request(status);
                Followed::Parts(parts, status)
            }
            None => Followed::Again(self.resign().find()),
        }
    }
}

impl<K, V, S> Drop for Following<K, V, S> {
    fn drop(&mut self) {
        if self.counts {
            self.core.meter.request(CacheStatus::Coalesced);
        }
    }
}
