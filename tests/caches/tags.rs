//! Invalidating by tag.
//!
//! Tags are given by functions, so these are `#[cached]`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use fujita::cached;

static LOADS: AtomicU32 = AtomicU32::new(0);

#[cached(tags(format!("user:{user}"), "pages"))]
fn page(user: u32, number: u32) -> (u32, u32) {
    LOADS.fetch_add(1, Ordering::SeqCst);
    (user, number)
}

#[test]
fn a_tag_takes_its_group_and_nothing_else() {
    for user in 0..3 {
        for number in 0..10 {
            page(user, number);
        }
    }
    assert_eq!(LOADS.swap(0, Ordering::SeqCst), 30);
    page_cache().invalidate_tag("user:1");
    assert_eq!(page_cache().get(&(1, 5)), None);
    assert!(!page_cache().contains_key(&(1, 5)));
    assert_eq!(page_cache().iter().count(), 20);
    for user in 0..3 {
        for number in 0..10 {
            assert_eq!(page(user, number), (user, number));
        }
    }
    assert_eq!(LOADS.swap(0, Ordering::SeqCst), 10);
    page_cache().invalidate_tag("pages");
    assert_eq!(page_cache().iter().count(), 0);
    page_cache().invalidate_tag("nobody has it");
}

#[cached(tags("tagged"))]
fn tagged(n: u32) -> u32 {
    n
}

#[test]
fn what_a_tag_takes_is_no_longer_there_on_purpose() {
    (0..10).for_each(|n| assert_eq!(tagged(n), n));
    tagged_cache().invalidate_tag("tagged");
    (0..10).for_each(|n| assert_eq!(tagged(n), n));
    let evictions = tagged_cache().stats().evictions;
    assert_eq!((evictions.explicit, evictions.total()), (10, 10), "{evictions:?}");
}

#[cached(key = tag, tags(tag))]
fn blocking(tag: &str, wait: Box<dyn FnOnce()>, value: u32) -> u32 {
    wait();
    value
}

#[test]
fn a_load_that_began_before_does_not_bring_the_old_value_back() {
    let (loading, is_loading) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let load = scope.spawn(move || {
            let wait = move || {
                loading.send(()).unwrap();
                let _ = may_finish.recv();
            };
            blocking("a", Box::new(wait), 1)
        });
        is_loading.recv().unwrap();
        blocking_cache().invalidate_tag("a");
        assert_eq!(blocking("a", Box::new(|| ()), 2), 2, "nobody joins the old load");
        drop(finish);
        assert_eq!(load.join().unwrap(), 1);
    });
    assert_ne!(blocking("a", Box::new(|| ()), 3), 1);
}
