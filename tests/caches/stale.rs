//! Old values while a new one is loaded, and instead of errors; by a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fujita::{Clock, sync};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_old_value_instead_of_an_error() {
    let (clock, hand) = Clock::mock();
    let cache = sync::Cache::<u32, &str>::builder("if error")
        .ttl(10 * SECOND)
        .stale_if_error(20 * SECOND)
        .clock(clock)
        .build();
    assert_eq!(cache.try_get_with(1, || Ok::<_, ()>("old")), Ok("old"));
    hand.advance(10 * SECOND);
    assert_eq!(cache.get(&1), None, "it has expired");
    assert_eq!(cache.try_get_with(1, || Err("down")), Ok("old"));
    hand.advance(19 * SECOND);
    assert_eq!(cache.try_get_with(1, || Err("down")), Ok("old"));
    let stats = cache.stats();
    assert_eq!((stats.stale, stats.loads, stats.load_errors), (2, 3, 2), "the errors are counted");
    hand.advance(SECOND);
    assert_eq!(cache.try_get_with(1, || Err("down")), Err("down"), "too old");
    assert_eq!(cache.try_get_with(1, || Ok::<_, ()>("new")), Ok("new"));
    assert_eq!(cache.get(&1), Some("new"));
}

#[test]
fn those_who_wait_for_a_failing_load_get_the_old_value_too() {
    let (clock, hand) = Clock::mock();
    let cache =
        sync::Cache::<u32, &str>::builder("waiters").ttl(SECOND).stale_if_error(SECOND).clock(clock).build();
    cache.insert(1, "old");
    hand.advance(SECOND);
    let loads = AtomicU32::new(0);
    let values = crate::together(16, |_| {
        cache.try_get_with(1, || {
            loads.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(5));
            Err(Arc::new("down"))
        })
    });
    assert_eq!(values, vec![Ok("old"); 16]);
    assert_eq!(u64::from(loads.into_inner()), cache.stats().loads);
    assert_eq!(cache.stats().requests(), 16);
}

#[test]
fn one_caller_reloads_while_the_others_are_served_the_old_value() {
    let (clock, hand) = Clock::mock();
    let cache = sync::Cache::<u32, u32>::builder("revalidate")
        .ttl(10 * SECOND)
        .stale_while_revalidate(5 * SECOND)
        .clock(clock)
        .build();
    cache.insert(1, 1);
    hand.advance(12 * SECOND);
    let reloaded = cache.get_with(1, || {
        // While this caller loads.
        assert_eq!(cache.get(&1), Some(1));
        assert_eq!(cache.get_with(1, || unreachable!("it is being reloaded")), 1);
        2
    });
    assert_eq!((reloaded, cache.get(&1)), (2, Some(2)));
    hand.advance(14 * SECOND);
    assert_eq!(cache.get(&1), Some(2), "old, and good enough");
    hand.advance(SECOND);
    assert_eq!(cache.get(&1), None, "too old");
}

#[test]
fn what_was_invalidated_is_not_served_however_stale() {
    let (clock, hand) = Clock::mock();
    let cache = sync::Cache::<u32, u32>::builder("invalid")
        .ttl(SECOND)
        .stale_if_error(SECOND)
        .stale_while_revalidate(SECOND)
        .clock(clock)
        .build();
    cache.insert(1, 1);
    hand.advance(SECOND);
    cache.invalidate(&1);
    assert_eq!(cache.try_get_with(1, || Err("down")), Err("down"));
}

#[test]
fn with_the_real_clock() {
    let cache = sync::Cache::<u32, u32>::builder("real")
        .ttl(Duration::from_millis(20))
        .stale_if_error(Duration::from_secs(60))
        .build();
    cache.insert(1, 1);
    assert_eq!(cache.get(&1), Some(1));
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(cache.get(&1), None);
    assert_eq!(cache.try_get_with(1, || Err("down")), Ok(1));
}
