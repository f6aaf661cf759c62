//! A load that began before an invalidation does not bring the old value back, and nobody joins it any more.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use fujita::{future, sync};

/// A load that is under way while `meanwhile` runs; returns what the caller of the load got.
fn during_a_load(cache: &sync::Cache<u32, &'static str>, meanwhile: impl FnOnce()) -> &'static str {
    let (loading, is_loading) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let load = scope.spawn(move || {
            cache.get_with(1, || {
                loading.send(()).unwrap();
                let _ = may_finish.recv();
                "old"
            })
        });
        is_loading.recv().unwrap();
        meanwhile();
        drop(finish);
        load.join().unwrap()
    })
}

#[test]
fn a_load_under_way_does_not_put_its_value_back() {
    type Invalidate = fn(&sync::Cache<u32, &'static str>);
    let ways: [(&str, Invalidate); 4] = [
        ("invalidate", |cache| cache.invalidate(&1)),
        ("invalidate_all", |cache| cache.invalidate_all()),
        ("remove", |cache| assert_eq!(cache.remove(&1), None)),
        ("AnyCache", |cache| {
            let all = fujita::caches();
            all.iter().find(|any| any.name() == cache.name()).unwrap().invalidate_all();
        }),
    ];
    for (way, invalidate) in ways {
        let cache = sync::Cache::builder(format!("put back after {way}")).build();
        assert_eq!(during_a_load(&cache, || invalidate(&cache)), "old", "its own caller gets it");
        assert_eq!(cache.get(&1), None, "{way}");
    }
}

/// What fujita would do if it used moka's own way to load: the test above can fail.
#[test]
fn moka_itself_puts_it_back() {
    let cache = moka::sync::Cache::<u32, &str>::new(10);
    let (loading, is_loading) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let cache = &cache;
        scope.spawn(move || {
            cache.get_with(1, || {
                loading.send(()).unwrap();
                let _ = may_finish.recv();
                "old"
            })
        });
        is_loading.recv().unwrap();
        cache.invalidate(&1);
        drop(finish);
    });
    assert_eq!(cache.get(&1), Some("old"));
}

#[test]
fn callers_from_then_on_load_anew() {
    let cache = sync::Cache::builder("anew").build();
    let old = during_a_load(&cache, || {
        cache.invalidate(&1);
        assert_eq!(cache.get_with(1, || "new"), "new", "it does not wait for the old load");
    });
    assert_eq!(old, "old");
    assert_eq!(cache.get(&1), Some("new"), "nor does the old load overwrite the new value");
}

#[test]
fn a_value_put_in_by_hand_is_not_overwritten_by_a_load_that_began_earlier() {
    let cache = sync::Cache::builder("by hand").build();
    during_a_load(&cache, || cache.insert(1, "by hand"));
    assert_eq!(cache.get(&1), Some("by hand"));
}

#[tokio::test]
async fn async_loads_do_not_put_their_values_back_either() {
    let cache = future::Cache::<u32, u32>::builder("async put back").build();
    let (finish, may_finish) = tokio::sync::oneshot::channel::<()>();
    let (loading, is_loading) = tokio::sync::oneshot::channel();
    let load = tokio::spawn({
        let cache = cache.clone();
        async move {
            let load = async {
                loading.send(()).unwrap();
                may_finish.await.unwrap();
                1
            };
            cache.get_with(7, load).await
        }
    });
    is_loading.await.unwrap();
    cache.invalidate(&7).await;
    assert_eq!(cache.get_with(7, async { 2 }).await, 2);
    finish.send(()).unwrap();
    assert_eq!(load.await.unwrap(), 1);
    assert_eq!(cache.get(&7).await, Some(2));
}

/// Whoever asks after an invalidation gets nothing that was loaded before it: readers on several threads, against a
/// writer who changes the truth, invalidates, and then says so.
fn nobody_reads_the_past(name: &'static str, invalidate: impl Fn(&sync::Cache<u32, u64>, u64) + Sync) {
    // A small cache: entries also come and go by themselves.
    let cache = sync::Cache::builder(name).max_capacity(2).build();
    let (truth, said) = (AtomicU64::new(0), AtomicU64::new(0));
    let over = AtomicBool::new(false);
    let end = Instant::now() + Duration::from_millis(700);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let floor = said.load(Ordering::SeqCst);
                    let value = cache.get_with(1, || truth.load(Ordering::SeqCst));
                    assert!(value >= floor, "{name}: read {value} after {floor} was invalidated");
                    if let Some(value) = cache.get(&1) {
                        assert!(value >= floor, "{name}: got {value} after {floor} was invalidated");
                    }
                    for (_, value) in cache.iter().filter(|(key, _)| **key == 1) {
                        assert!(value >= floor, "{name}: came to {value} after {floor} was invalidated");
                    }
                    if let Some(value) = cache.remove(&1) {
                        assert!(value >= floor, "{name}: removed {value} after {floor} was invalidated");
                    }
                    cache.get_with(fastrand(floor), || 0);
                }
            });
        }
        let mut now = 0;
        while Instant::now() < end {
            now += 1;
            truth.store(now, Ordering::SeqCst);
            invalidate(&cache, now);
            said.store(now, Ordering::SeqCst);
        }
        over.store(true, Ordering::Relaxed);
        assert!(now > 1_000, "enough rounds to meet the race: {now}");
    });
}

/// Some other key.
fn fastrand(seed: u64) -> u32 {
    2 + (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as u32
}

#[test]
fn nobody_reads_the_past_after_invalidate() {
    nobody_reads_the_past("race: invalidate", |cache, _| cache.invalidate(&1));
}

#[test]
fn nobody_reads_the_past_after_invalidate_all() {
    nobody_reads_the_past("race: invalidate_all", |cache, _| cache.invalidate_all());
}

#[test]
fn nobody_reads_the_past_after_insert() {
    nobody_reads_the_past("race: insert", |cache, now| cache.insert(1, now));
}

/// The same harness over moka finds the race: it can fail.
#[test]
fn the_race_is_there_in_a_naive_cache() {
    let cache = moka::sync::Cache::<u32, u64>::new(2);
    let (truth, said, past) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let over = AtomicBool::new(false);
    let end = Instant::now() + Duration::from_secs(20);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let floor = said.load(Ordering::SeqCst);
                    if cache.get_with(1, || truth.load(Ordering::SeqCst)) < floor {
                        past.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut now = 0;
        while Instant::now() < end && past.load(Ordering::Relaxed) == 0 {
            now += 1;
            truth.store(now, Ordering::SeqCst);
            cache.invalidate(&1);
            said.store(now, Ordering::SeqCst);
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(past.into_inner() > 0);
}

/// A value whose first copy to be dropped waits there: moka drops one between the insertion and what that means for its
/// bookkeeping.
struct Slow(Option<Arc<Gate>>);

#[derive(Default)]
struct Gate {
    is_reached: AtomicBool,
    is_open: AtomicBool,
}

impl Gate {
    /// Stops the first to come until it is opened.
    fn stop_first(&self) {
        if !self.is_reached.swap(true, Ordering::SeqCst) {
            crate::until(|| self.is_open.load(Ordering::SeqCst));
        }
    }

    fn until_reached(&self) {
        crate::until(|| self.is_reached.load(Ordering::SeqCst));
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        if let Some(gate) = &self.0 {
            gate.stop_first();
        }
    }
}

/// moka weighs an entry twice that two threads insert at one time, for good; in the end such a cache keeps nothing.
#[test]
fn what_two_insert_at_a_time_weighs_what_it_weighs() {
    type Write = fn(&sync::Cache<u32, Slow>, Slow);
    let by_hand: Write = |cache, value| cache.insert(1, value);
    let by_load: Write = |cache, value| drop(cache.get_with(1, || value));
    for (name, first) in [("weight: inserted", by_hand), ("weight: loaded", by_load)] {
        let cache = sync::Cache::builder(name).max_capacity(100).build();
        let gate = Arc::<Gate>::default();
        thread::scope(|scope| {
            scope.spawn(|| first(&cache, Slow(Some(Arc::clone(&gate)))));
            gate.until_reached();
            cache.insert(1, Slow(None));
            assert!(cache.get(&1).is_some_and(|value| value.0.is_none()), "{name}: it is there at once");
            assert!(cache.iter().all(|(_, value)| value.0.is_none()), "{name}: and the other is gone");
            gate.open();
        });
        assert!(cache.get(&1).is_some_and(|value| value.0.is_none()));
        assert_eq!((cache.entry_count(), cache.weighted_size()), (1, 1), "{name}");
        cache.invalidate(&1);
        assert_eq!((cache.entry_count(), cache.weighted_size()), (0, 0), "{name}");
    }
}

#[test]
fn what_takes_the_place_of_a_write_can_itself_be_removed_or_invalidated() {
    for invalidate in [false, true] {
        let cache = sync::Cache::builder("taken").build();
        let gate = Arc::<Gate>::default();
        thread::scope(|scope| {
            scope.spawn(|| cache.insert(1, Slow(Some(Arc::clone(&gate)))));
            gate.until_reached();
            cache.insert(1, Slow(None));
            if invalidate {
                cache.invalidate(&1);
            } else {
                assert!(cache.remove(&1).is_some_and(|value| value.0.is_none()));
            }
            assert!(!cache.contains_key(&1));
            gate.open();
        });
        assert!(!cache.contains_key(&1));
        assert_eq!(cache.weighted_size(), 0);
    }
}

/// What a caller finds that looks once more, when it has the lead already, may have been invalidated since: whoever asks only
/// now must not be told of it.
#[test]
fn a_second_look_does_not_bring_back_what_is_being_invalidated() {
    thread_local! { static IS_FIRST: Cell<bool> = const { Cell::new(false) }; }
    #[derive(PartialEq, Eq, Hash)]
    struct Key(Arc<Gates>);
    struct Value(Arc<Gates>, &'static str);
    #[derive(Default)]
    struct Gates {
        boarding: Gate,
        looking: Gate,
        invalidating: Gate,
        asked: AtomicBool,
    }
    impl PartialEq for Gates {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Gates {}
    impl Hash for Gates {
        fn hash<H: Hasher>(&self, state: &mut H) {
            1.hash(state);
        }
    }
    impl Clone for Key {
        fn clone(&self) -> Self {
            if IS_FIRST.get() {
                self.0.boarding.stop_first();
            } else if self.0.looking.is_reached.load(Ordering::SeqCst) {
                self.0.asked.store(true, Ordering::SeqCst);
            }
            Self(Arc::clone(&self.0))
        }
    }
    impl Clone for Value {
        fn clone(&self) -> Self {
            if IS_FIRST.get() {
                self.0.looking.stop_first();
            }
            Self(Arc::clone(&self.0), self.1)
        }
    }
    /// Stops at the second time it is hashed: it is invalidated in the table of loads, and not in the store yet.
    struct Invalidated(Arc<Gates>, Cell<bool>);
    impl Hash for Invalidated {
        fn hash<H: Hasher>(&self, state: &mut H) {
            if self.1.replace(true) {
                self.0.invalidating.stop_first();
            }
            self.0.hash(state);
        }
    }
    impl moka::Equivalent<Key> for Invalidated {
        fn equivalent(&self, _: &Key) -> bool {
            true
        }
    }

    let gates = Arc::<Gates>::default();
    let cache = sync::Cache::<Key, Value>::builder("second look").build();
    let load = |value| cache.get_with(Key(Arc::clone(&gates)), || Value(Arc::clone(&gates), value)).1;
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            IS_FIRST.set(true);
            load("never loaded")
        });
        gates.boarding.until_reached();
        assert_eq!(load("old"), "old");
        let invalidate = scope.spawn(|| cache.invalidate(&Invalidated(Arc::clone(&gates), Cell::new(false))));
        gates.invalidating.until_reached();
        gates.boarding.open();
        gates.looking.until_reached();
        gates.invalidating.open();
        invalidate.join().unwrap();
        let late = scope.spawn(|| load("new"));
        crate::until(|| gates.asked.load(Ordering::SeqCst));
        // It is about to follow the first, which must not make a difference.
        thread::sleep(Duration::from_millis(20));
        gates.looking.open();
        assert_eq!(first.join().unwrap(), "old", "it asked before");
        assert_eq!(late.join().unwrap(), "new");
    });
}
