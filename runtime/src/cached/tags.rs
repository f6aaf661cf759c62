//! Tags by generation stamps: invalidating one is a single addition, however many entries carry it.
//!
//! An entry keeps the generations that its tags had when its load began. When one of them has moved on, the entry is
//! dead, wherever it is; so a load that began before the invalidation brings back nothing either.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The tags of one cache that an entry or a load still carries.
#[derive(Debug, Default)]
pub(super) struct Tags {
    table: Mutex<Table>,
    were_given: AtomicBool,
}

#[derive(Debug, Default)]
struct Table {
    generations: HashMap<Box<str>, Arc<AtomicU64>>,
    /// Tags that nothing carries any more are dropped when there are so many.
    limit: usize,
}

/// A tag and the generation it had.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    current: Arc<AtomicU64>,
    then: u64,
}

impl Stamp {
    pub(super) fn is_outdated(&self) -> bool {
        self.current.load(Ordering::Acquire) != self.then
    }
}

impl Tags {
    /// The same tags as they are now.
    pub(super) fn renewed(stamps: &[Stamp]) -> Box<[Stamp]> {
        let now = |stamp: &Stamp| Stamp {
            then: stamp.current.load(Ordering::Acquire),
            current: Arc::clone(&stamp.current),
        };
        stamps.iter().map(now).collect()
    }

    pub(super) fn stamps(&self, tags: &[String]) -> Box<[Stamp]> {
        self.were_given.store(true, Ordering::Release);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.generations.len() > table.limit {
            table.generations.retain(|_, generation| Arc::strong_count(generation) > 1);
            table.limit = (2 * table.generations.len()).max(1024);
        }
        let stamp = |tag: &String| {
            let current = match table.generations.get(tag.as_str()) {
                Some(generation) => Arc::clone(generation),
                None => Arc::clone(table.generations.entry(tag.as_str().into()).or_default()),
            };
            Stamp { then: current.load(Ordering::Acquire), current }
        };
        tags.iter().map(stamp).collect()
    }

    /// Whether any entry of this cache may have had a tag.
    pub(super) fn were_given(&self) -> bool {
        self.were_given.load(Ordering::Acquire)
    }

    pub(super) fn invalidate(&self, tag: &str) {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(generation) = table.generations.get(tag) {
            generation.fetch_add(1, Ordering::AcqRel);
        }
    }
}
