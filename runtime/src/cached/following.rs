//! Callers that wait for the load of another, and those that will look again.

use std::hash::BuildHasher;
use std::sync::Arc;

use super::core::Core;
use super::cycle::{self, Waiting};
use super::flight::{Flight, Outcome, Phase};
use super::join::{Answer, Ways, find};
use super::key::{Key, Value, View};
use super::shape::Shape;
use super::tags::{Stamp, Tags};
use crate::site::Site;
use crate::timed::CacheStatus;

/// A call that will be looked up again.
pub(super) struct Later<K, V, S> {
    pub(super) core: Arc<Core<K, V, S>>,
    pub(super) flight: Arc<Flight<K, V>>,
    pub(super) ways: Ways<K, V, S>,
    pub(super) tags: Box<[Stamp]>,
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

pub(super) fn find_later<K, V, S>(later: &Later<K, V, S>) -> Answer<K, V, S>
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
    pub(super) core: Arc<Core<K, V, S>>,
    pub(super) flight: Arc<Flight<K, V>>,
    pub(super) ways: Ways<K, V, S>,
    pub(super) tags: Box<[Stamp]>,
    pub(super) waiting: Option<Waiting>,
    /// Woken without an outcome: the leader seems to be asleep.
    pub(super) doubts: bool,
    pub(super) counts: bool,
}

#[cold]
pub(super) fn waits_for_itself(site: Option<&'static Site>, cache: &str) -> ! {
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
