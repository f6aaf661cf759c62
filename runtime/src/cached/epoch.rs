//! What a hit must know of its whole cache, in one word: how often it was invalidated, and whether its store is to be
//! trusted just now.

use std::sync::atomic::{AtomicU64, Ordering};

/// The lower bits count suspects: loads that were doomed while they put their value into the store. As long as there are
/// any, the store is not to be trusted with their keys.
const SUSPECTS: u64 = (1 << 24) - 1;
const ONE_GENERATION: u64 = SUSPECTS + 1;
const NOT_PLAIN: u64 = 1 << 63;

#[derive(Debug, Default)]
pub(super) struct Epoch(AtomicU64);

impl Epoch {
    #[inline]
    pub(super) fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Acquire))
    }

    /// The whole cache is invalidated.
    pub(super) fn advance(&self) {
        self.0.fetch_add(ONE_GENERATION, Ordering::AcqRel);
    }

    pub(super) fn add_suspect(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn remove_suspect(&self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) const fn has_suspects(self) -> bool {
        self.0 & SUSPECTS != 0
    }

    /// The whole cache was never invalidated, and there are no suspects.
    pub(super) const fn is_first(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn generation(self) -> Generation {
        Generation(self.0 & !SUSPECTS)
    }
}

/// How often the whole cache had been invalidated when a load began.
///
/// The store has a moment of its own for that, but an entry that is being overwritten has for an instant the old value and
/// the new times, and would come to life again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(u64);

/// The generation of an entry, and whether the store alone decides how long it may be served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(u64);

impl Mark {
    pub(super) const fn new(generation: Generation, is_plain: bool) -> Self {
        Self(if is_plain { generation.0 } else { generation.0 | NOT_PLAIN })
    }

    /// Whether an entry may be served as it is: it is plain, of this generation, and there are no suspects.
    #[inline]
    pub(super) const fn is_good_at(self, moment: Moment) -> bool {
        self.0 == moment.0
    }

    pub(super) const fn is_plain_of(self, generation: Generation) -> bool {
        self.0 == generation.0
    }

    pub(super) const fn is_of(self, generation: Generation) -> bool {
        self.0 & !NOT_PLAIN == generation.0
    }
}
