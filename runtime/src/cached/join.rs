//! From a call to what answers it: a value, a load of its own, or the load of another caller.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::task::Waker;

use hashbrown::hash_table::Entry as Place;
use metrics::SharedString;
use moka::Equivalent;

use super::alarm::Alarm;
use super::commit::commit;
use super::core::{Core, Looked, Old};
use super::cycle::{self, InLoad, Waiting};
use super::entry::Entry;
use super::flight::{Flight, Outcome, Phase};
use super::key::{Key, Parts, Value, View};
use super::meter::LoadEnd;
use super::shape::Shape;
use super::tags::{Stamp, Tags};
use crate::clock;
use crate::site::Site;
use crate::timed::CacheStatus;

/// What is done with a value after its load: what the functions around the user's body need of its type. As they ask
/// nothing else of it, a type that cannot be cached is one error, where [`find`] asks, and not one for each of them.
/// And for which function it is done.
#[expect(clippy::type_complexity, reason = "the signatures of three functions")]
struct Ways<K, V, S> {
    clone: fn(&V) -> V,
    commit: fn(&Core<K, V, S>, &Arc<Flight<K, V>>, Option<&V>) -> bool,
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
    let (stale, fallback) = match core.judge(view, entry) {
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
        let looked = core.plain_hit(view).map_or_else(|entry| core.judge(view, entry), Looked::Fresh);
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
        // It waits for its turn already, which may never come.
        let _ = self.flight.alarm.set(Arc::new(Alarm::rung()));
    }

    /// What a reload falls back to if it fails.
    pub(super) fn fallback(&self, old: &Old<V>) -> Option<V> {
        old.is_fallback.then(|| (self.ways.clone)(&old.value))
    }

    /// Whether a reload, whose turn has come, is still to begin: not if the lead was lost meanwhile.
    pub(super) fn begins(&self) -> bool {
        let leads = self.flight.alarm.get().is_none_or(|alarm| alarm.answer());
        leads && !self.flight.state().doomed
    }

    pub(super) fn has_begun(&self) -> bool {
        self.start != 0
    }

    /// Gives the lead up, uncounted, for whoever asks next.
    pub(super) fn resign(mut self) -> Later<K, V, S> {
        self.counts = false;
        let tags = self.flight.tags.get().cloned().unwrap_or_default();
        Later { core: Arc::clone(&self.core), flight: Arc::clone(&self.flight), ways: self.ways, tags }
    }

    /// As long as the guard lives, this thread runs the load.
    #[inline]
    pub(super) fn run(&mut self) -> InLoad {
        if self.start == 0 {
            self.start = clock::now();
        }
        InLoad::enter(self.flight.id)
    }

    /// The waker that the load is polled with, on behalf of `task`.
    pub(super) fn get_up(&self, task: &Waker) -> Waker {
        let alarm = self.flight.alarm.get_or_init(|| Arc::new(Alarm::rung()));
        alarm.answer();
        alarm.set(task);
        Waker::from(Arc::clone(alarm))
    }

    /// The load was polled, and waits.
    pub(super) fn rest(&self) {
        if let Some(alarm) = self.flight.alarm.get() {
            alarm.rest();
        }
    }

    /// The load is over: keeps what is to be kept, and tells the followers.
    pub(super) fn conclude<R, M: Shape<R, V>>(
        mut self,
        shape: &M,
        parts: Result<V, M::Rest>,
        fallback: Option<V>,
    ) -> (Result<V, M::Rest>, CacheStatus, bool) {
        // As long as it is on the table: what is asked about the value may be code of the user's.
        let _in_load = InLoad::enter(self.flight.id);
        let failed = shape.failed(&parts);
        let elapsed = self.elapsed();
        // It is not recorded again, should something here panic.
        self.start = 0;
        self.core.meter.load(elapsed, if failed { LoadEnd::Error } else { LoadEnd::Ok });
        // An error that was kept is no better than this one.
        let fallback = fallback.filter(|_| failed).map(Ok).filter(|old| !shape.failed(old));
        let (parts, status) = if let Some(Ok(old)) = fallback {
            let clone = self.ways.clone;
            self.land(|| Outcome::Stale(clone(&old)));
            (Ok(old), CacheStatus::Stale)
        } else {
            // An error is no reason to forget the old value.
            if parts.is_ok() || !failed {
                self.on_table = !(self.ways.commit)(&self.core, &self.flight, parts.as_ref().ok());
            }
            let clone = self.ways.clone;
            match (&parts, shape.sharing()) {
                (Ok(value), _) => self.land(|| Outcome::Value(clone(value))),
                (Err(rest), Some(by)) => self.land(|| Outcome::Failed(by.erase(rest).into())),
                (Err(_), None) => self.hand_over(),
            }
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

    /// Ends a load that came to nothing that can be shared. One follower after another is woken, as each may come to the
    /// same.
    fn hand_over(&mut self) {
        let table = self.core.flights.shard(self.flight.hash);
        let vacates = table.vacate(&self.flight);
        drop(table);
        if vacates {
            self.landed = true;
            self.flight.rouse();
        } else {
            self.land(|| Outcome::Abandoned);
        }
    }
}

impl<K, V, S> Drop for Leading<K, V, S> {
    fn drop(&mut self) {
        // First: others wait.
        if !self.landed {
            self.hand_over();
        }
        if self.start != 0 {
            let panicked = cycle::has_panicked(self.flight.id);
            self.core.meter.load(self.elapsed(), if panicked { LoadEnd::Panic } else { LoadEnd::Cancelled });
        }
        if self.counts {
            self.core.meter.request(CacheStatus::Miss);
        }
    }
}

/// A call that will be looked up again.
pub(super) struct Later<K, V, S> {
    core: Arc<Core<K, V, S>>,
    flight: Arc<Flight<K, V>>,
    ways: Ways<K, V, S>,
    tags: Box<[Stamp]>,
}

impl<K, V, S> Later<K, V, S> {
    pub(super) fn find(self) -> Answer<K, V, S> {
        let mut answer = (self.ways.find)(&self);
        match &mut answer {
            Answer::Value(..) => {}
            // Set, they would be those of a function that has tags.
            Answer::Lead(..) | Answer::Reload(..) if self.tags.is_empty() => {}
            Answer::Lead(leading, _) | Answer::Reload(_, leading) => {
                let _ = leading.flight.tags.set(Tags::renewed(&self.tags));
            }
            Answer::Follow(following) => following.tags = self.tags,
        }
        answer
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
    answer
}

/// A caller that waits for the load of another.
pub(super) struct Following<K, V, S> {
    core: Arc<Core<K, V, S>>,
    pub(super) flight: Arc<Flight<K, V>>,
    ways: Ways<K, V, S>,
    tags: Box<[Stamp]>,
    waiting: Option<Waiting>,
    /// Woken without an outcome: the leader seems to be asleep.
    pub(super) doubts: bool,
    counts: bool,
}

#[cold]
fn waits_for_itself(site: Option<&'static Site>, cache: &str) -> ! {
    let (name, cache) = match site {
        Some(site) => (site.path(), format!(" of the cache `{cache}`")),
        None => (cache.to_owned(), String::new()),
    };
    panic!(
        "`{name}` waits for itself: while it loads a key{cache} it was called, directly or through other cached functions, \
         with the same key"
    )
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
        self.later()
    }

    fn later(&mut self) -> Later<K, V, S> {
        let tags = std::mem::take(&mut self.tags);
        Later { core: Arc::clone(&self.core), flight: Arc::clone(&self.flight), ways: self.ways, tags }
    }

    /// To be called before each wait of a future.
    ///
    /// # Panics
    /// If the load waits for this very caller.
    pub(super) fn wait(&mut self) {
        self.note(cycle::wait_for);
    }

    /// As [`wait`](Self::wait), before the thread waits.
    pub(super) fn block(&mut self) {
        self.note(cycle::block_on);
    }

    fn note(&mut self, wait: fn(cycle::Id) -> Option<Waiting>) {
        if self.waiting.is_none() {
            let Some(waiting) = wait(self.flight.id) else {
                waits_for_itself(self.ways.site, &self.core.meter.name)
            };
            self.waiting = Some(waiting);
        }
    }

    /// Whether there is an outcome, or the lead to be had.
    pub(super) fn has_landed(&self) -> bool {
        self.flight.outcome().is_some() || self.flight.is_vacant()
    }

    /// Takes the lead from a leader that is still asleep. The load has landed then.
    pub(super) fn depose(&self) {
        let mut table = self.core.flights.shard(self.flight.hash);
        if self.flight.depose() {
            table.remove(&self.flight);
            drop(table);
            self.flight.land(Outcome::Abandoned);
        }
    }

    /// To be called when the load has landed.
    pub(super) fn follow<R, M: Shape<R, V>>(mut self, shape: &M) -> Followed<K, V, S, M::Rest> {
        self.waiting = None;
        let (parts, status) = match self.flight.outcome() {
            Some(Outcome::Value(value)) => (Some(Ok((self.ways.clone)(value))), CacheStatus::Coalesced),
            Some(Outcome::Stale(value)) => (Some(Ok((self.ways.clone)(value))), CacheStatus::Stale),
            Some(Outcome::Failed(rest)) => {
                let rest = rest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let rest = shape.sharing().and_then(|by| by.recover(&**rest));
                (rest.map(Err), CacheStatus::Coalesced)
            }
            Some(Outcome::Abandoned) | None => (None, CacheStatus::Coalesced),
        };
        self.counts = false;
        match parts {
            Some(parts) => {
                self.core.meter.request(status);
                Followed::Parts(parts, status)
            }
            None => Followed::Again(self.again()),
        }
    }

    /// Looks again, with more time if the lead was taken from the one before.
    fn again(mut self) -> Answer<K, V, S> {
        let alarm = self.flight.alarm.get().and_then(|alarm| alarm.after());
        // It leaves when the lead is taken: not before, when it would wake the next one for that.
        let answer = self.later().find();
        if let (Answer::Lead(leading, _) | Answer::Reload(_, leading), Some(alarm)) = (&answer, alarm) {
            let _ = leading.flight.alarm.set(Arc::new(alarm));
        }
        answer
    }
}

impl<K, V, S> Drop for Following<K, V, S> {
    fn drop(&mut self) {
        let (is_vacant, is_last) = {
            let mut state = self.flight.state();
            state.followers -= 1;
            (state.phase == Phase::Vacant, state.followers == 0)
        };
        if is_vacant && !is_last {
            // This may have been the one that was woken; and if the lead is not to be had any more, each wakes the next.
            self.flight.rouse();
        } else if is_vacant {
            let mut table = self.core.flights.shard(self.flight.hash);
            if self.flight.is_forsaken() {
                table.remove(&self.flight);
            }
        }
        if self.counts {
            self.core.meter.request(CacheStatus::Coalesced);
        }
    }
}
