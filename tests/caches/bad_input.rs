//! What nobody should do, and what happens then.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use fujita::{Clock, sync};

#[test]
fn a_capacity_of_zero_keeps_nothing_and_still_loads_once() {
    let cache = sync::Cache::<u32, u32>::builder("zero").max_capacity(0).build();
    assert_eq!(cache.get_with(1, || 1), 1);
    assert_eq!((cache.get(&1), cache.entry_count()), (None, 0));
    let values = crate::together(8, |_| {
        cache.get_with(1, || {
            thread::sleep(Duration::from_millis(50));
            2
        })
    });
    assert_eq!(values, vec![2; 8]);
    let stats = cache.stats();
    assert!(stats.coalesced > 0, "{stats:?}");
}

#[test]
fn a_ttl_of_zero_keeps_nothing() {
    for clock in [Clock::new(), Clock::mock().0] {
        let cache = sync::Cache::<u32, u32>::builder("ttl zero").ttl(Duration::ZERO).clock(clock).build();
        assert_eq!(cache.get_with(1, || 1), 1);
        assert_eq!(cache.get_with(1, || 2), 2);
        cache.insert(1, 3);
        assert_eq!((cache.get(&1), cache.entry_count()), (None, 0));
    }
}

#[test]
fn a_ttl_of_a_thousand_years_and_more() {
    let year = Duration::from_secs(365 * 24 * 3600);
    for years in [500, 600, 1_000, 1_000_000, u32::MAX] {
        for clock in [Clock::new(), Clock::mock().0] {
            let cache = sync::Cache::<u32, u32>::builder("years")
                .ttl(year * years)
                .tti(year * years)
                .stale_if_error(year * years)
                .clock(clock)
                .build();
            cache.insert(1, 1);
            assert_eq!(cache.get(&1), Some(1), "{years}");
        }
        let each = sync::Cache::<u32, u32>::builder("years each")
            .expire_after(move |_, _| Some(year * years))
            .build();
        each.insert(1, 1);
        assert_eq!(each.get(&1), Some(1), "{years}");
    }
    let longest = sync::Cache::<u32, u32>::builder("longest").ttl(Duration::MAX).tti(Duration::MAX).build();
    longest.insert(1, 1);
    assert_eq!(longest.get(&1), Some(1));
}

#[test]
fn weights_of_nothing_and_of_too_much() {
    let light = sync::Cache::<u32, u32>::builder("light").max_capacity(10).weigher(|_, _| 0).build();
    for key in 0..1_000 {
        light.insert(key, 0);
    }
    assert_eq!((light.entry_count(), light.weighted_size()), (1_000, 0), "what weighs nothing takes no room");
    let heavy = sync::Cache::<u32, u32>::builder("heavy").max_capacity(10).weigher(|_, _| u32::MAX).build();
    assert_eq!(heavy.get_with(1, || 7), 7);
    assert_eq!(
        (heavy.entry_count(), heavy.get(&1)),
        (0, None),
        "what is heavier than all the room is not kept"
    );
    let huge =
        sync::Cache::<u32, u32>::builder("huge").max_capacity(u64::MAX).weigher(|_, _| u32::MAX).build();
    for key in 0..100 {
        huge.insert(key, 0);
    }
    assert_eq!((huge.entry_count(), huge.weighted_size()), (100, 100 * u64::from(u32::MAX)));
}

#[test]
fn a_key_whose_hash_or_eq_panics() {
    static PANICS: AtomicBool = AtomicBool::new(false);
    #[derive(Debug, Clone, Eq)]
    struct Key(u32, bool);
    impl Key {
        fn panic(&self, in_hash: bool) {
            assert!(!(PANICS.load(Ordering::SeqCst) && self.1 == in_hash), "as asked");
        }
    }
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.panic(true);
            self.0.hash(state);
        }
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            self.panic(false);
            self.0 == other.0
        }
    }
    for in_hash in [true, false] {
        let cache = sync::Cache::<Key, u32>::builder("panicking key").build();
        let call = |key: u32| cache.get_with(Key(key, in_hash), || key);
        assert_eq!(call(1), 1);
        PANICS.store(true, Ordering::SeqCst);
        for _ in 0..20 {
            assert!(catch_unwind(AssertUnwindSafe(|| call(1))).is_err(), "the panic reaches the caller");
        }
        PANICS.store(false, Ordering::SeqCst);
        crate::ends({
            let cache = cache.clone();
            move || {
                assert_eq!(cache.get_with(Key(1, in_hash), || 9), 1, "and the cache goes on");
                assert_eq!(cache.get_with(Key(2, in_hash), || 2), 2);
                cache.invalidate(&Key(1, in_hash));
                assert_eq!(cache.get_with(Key(1, in_hash), || 9), 9);
            }
        });
    }
}

#[test]
fn a_value_whose_clone_or_drop_panics() {
    static IN_CLONE: AtomicBool = AtomicBool::new(false);
    static IN_DROP: AtomicBool = AtomicBool::new(false);
    #[derive(Debug)]
    struct Value(u32);
    impl Clone for Value {
        fn clone(&self) -> Self {
            assert!(!IN_CLONE.load(Ordering::SeqCst), "as asked");
            Self(self.0)
        }
    }
    impl Drop for Value {
        fn drop(&mut self) {
            if !thread::panicking() {
                assert!(!IN_DROP.load(Ordering::SeqCst), "as asked");
            }
        }
    }
    crate::ends(|| {
        let cache = sync::Cache::<u32, Value>::builder("panicking value").max_capacity(100).build();
        cache.get_with(1, || Value(1));
        IN_CLONE.store(true, Ordering::SeqCst);
        assert!(catch_unwind(AssertUnwindSafe(|| cache.get(&1))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| cache.get_with(2, || Value(2)))).is_err());
        IN_CLONE.store(false, Ordering::SeqCst);
        assert_eq!(cache.get_with(2, || Value(3)).0, 3, "nothing of the failed load is left");
        IN_DROP.store(true, Ordering::SeqCst);
        let _ = catch_unwind(AssertUnwindSafe(|| cache.invalidate(&1)));
        IN_DROP.store(false, Ordering::SeqCst);
        for key in 10..500 {
            cache.insert(key, Value(key));
        }
        let evictions = cache.stats().evictions;
        assert!(evictions.size > 300, "evictions are still seen: {evictions:?}");
        assert_eq!(evictions.explicit, 1);
    });
}

#[test]
fn a_loader_that_never_returns() {
    let cache = sync::Cache::<u32, u32>::builder("never").build();
    let (started, has_started) = std::sync::mpsc::channel();
    thread::spawn({
        let cache = cache.clone();
        move || {
            cache.get_with(1, || {
                started.send(()).unwrap();
                loop {
                    thread::park();
                }
            })
        }
    });
    has_started.recv().unwrap();
    crate::ends(move || {
        for key in 2..1_000 {
            assert_eq!(cache.get_with(key, || key), key);
        }
        assert_eq!(cache.get(&1), None);
        cache.invalidate(&1);
        assert_eq!(cache.get_with(1, || 1), 1, "invalidated, the key is free again");
    });
}

/// The last handle is dropped while the thread that tends the caches has one; so the destructors run there.
#[test]
fn a_destructor_that_panics_on_the_thread_that_tends_the_caches() {
    /// Every clone of it, as the store tells of what it evicts by one, there and then.
    #[derive(Clone)]
    struct OnDrop(Arc<dyn Fn() + Send + Sync>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            if thread::current().name() == Some("fujita-caches") {
                self.0();
            }
        }
    }
    let (tells, told) = mpsc::channel();
    let (let_go, is_let_go) = mpsc::channel::<()>();
    let is_let_go = Mutex::new(is_let_go);
    let waits = OnDrop(Arc::new(move || {
        let _ = (tells.send(()), is_let_go.lock().unwrap().recv());
    }));
    let cache = sync::Cache::<u32, OnDrop>::builder("dropped while it is tended")
        .expire_after(|key, _| (*key == 1).then_some(Duration::from_millis(1)))
        .build();
    cache.insert(1, waits);
    cache.insert(2, OnDrop(Arc::new(|| panic!("as asked"))));
    told.recv_timeout(Duration::from_secs(20)).unwrap();
    drop(cache);
    drop(let_go);

    let freed = Arc::new(AtomicBool::new(false));
    let frees = Arc::clone(&freed);
    let other = sync::Cache::<u32, OnDrop>::builder("still tended").ttl(Duration::from_millis(1)).build();
    other.insert(1, OnDrop(Arc::new(move || frees.store(true, Ordering::SeqCst))));
    crate::until(|| freed.load(Ordering::SeqCst));
}
