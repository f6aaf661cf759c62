//! The caller that loads a key.

use std::sync::Arc;
use std::task::Waker;

use metrics::SharedString;

use super::alarm::Alarm;
use super::core::{Core, Old};
use super::cycle::{self, InLoad};
use super::flight::{Flight, Outcome};
use super::following::Later;
use super::join::Ways;
use super::meter::LoadEnd;
use super::shape::Shape;
use crate::clock;
use crate::timed::CacheStatus;

/// The one caller that loads a key. Dropped without a result, it hands over to one of its followers.
pub(super) struct Leading<K, V, S> {
    pub(super) core: Arc<Core<K, V, S>>,
    pub(super) flight: Arc<Flight<K, V>>,
    pub(super) ways: Ways<K, V, S>,
    /// In ticks; zero until the load begins.
    pub(super) start: u64,
    /// Whether this is a request, too, and not only a reload.
    pub(super) counts: bool,
    pub(super) on_table: bool,
    pub(super) landed: bool,
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
