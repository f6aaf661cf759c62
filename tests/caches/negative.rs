//! An old failure is neither served nor a fallback: that would undo the time it was given.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use fujita::{Clock, ClockHand, cached, sync};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_old_error_is_no_fallback_for_another() {
    static CLOCK: LazyLock<(Clock, ClockHand)> = LazyLock::new(Clock::mock);
    static LOADS: AtomicU32 = AtomicU32::new(0);
    #[cached(ttl = "10s", cache_err = "1s", stale_if_error = "60s", clock = CLOCK.0.clone())]
    fn shorter(_: u32) -> Result<u32, u32> {
        Err(LOADS.fetch_add(1, Ordering::SeqCst))
    }
    #[cached(ttl = "1s", cache_err, stale_if_error = "60s", clock = CLOCK.0.clone())]
    fn as_long(_: u32) -> Result<u32, u32> {
        Err(LOADS.fetch_add(1, Ordering::SeqCst))
    }
    for (call, cache) in [(shorter as fn(u32) -> _, shorter_cache()), (as_long, as_long_cache())] {
        LOADS.store(0, Ordering::SeqCst);
        assert_eq!(call(1), Err(0));
        CLOCK.1.advance(2 * SECOND);
        for _ in 0..100 {
            assert_eq!(call(1), Err(1), "its own error, which is kept in turn");
        }
        let stats = cache.stats();
        assert_eq!((stats.loads, stats.stale, stats.hits), (2, 0, 99));
    }
}

#[test]
fn an_old_value_still_is() {
    static CLOCK: LazyLock<(Clock, ClockHand)> = LazyLock::new(Clock::mock);
    static DOWN: AtomicBool = AtomicBool::new(false);
    #[cached(ttl = "10s", cache_err = "1s", stale_if_error = "60s", clock = CLOCK.0.clone())]
    fn rate(n: u32) -> Result<u32, &'static str> {
        if DOWN.load(Ordering::SeqCst) { Err("down") } else { Ok(n) }
    }
    assert_eq!(rate(1), Ok(1));
    DOWN.store(true, Ordering::SeqCst);
    CLOCK.1.advance(11 * SECOND);
    assert_eq!(rate(1), Ok(1));
    CLOCK.1.advance(60 * SECOND);
    assert_eq!(rate(1), Err("down"));
}

#[test]
fn an_old_none_is_not_served_while_it_is_reloaded() {
    static CLOCK: LazyLock<(Clock, ClockHand)> = LazyLock::new(Clock::mock);
    static THERE: AtomicBool = AtomicBool::new(false);
    #[cached(ttl = "10s", cache_none = "1s", stale_while_revalidate = "60s", clock = CLOCK.0.clone())]
    fn owner(n: u32) -> Option<u32> {
        THERE.load(Ordering::SeqCst).then_some(n)
    }
    assert_eq!((owner(1), owner(1)), (None, None));
    CLOCK.1.advance(2 * SECOND);
    THERE.store(true, Ordering::SeqCst);
    assert_eq!(owner(1), Some(1));
    assert_eq!(owner_cache().stats().stale, 0);
    CLOCK.1.advance(11 * SECOND);
    assert_eq!((owner(1), owner_cache().stats().stale), (Some(1), 1), "an old value is");
}

#[test]
fn nor_by_hand() {
    let (clock, hand) = Clock::mock();
    let cache = sync::Cache::<u32, Option<u32>>::builder("negative")
        .ttl(10 * SECOND)
        .cache_none(SECOND)
        .stale_while_revalidate(60 * SECOND)
        .clock(clock)
        .build();
    cache.insert(1, None);
    cache.insert(2, Some(2));
    hand.advance(11 * SECOND);
    assert_eq!((cache.get(&1), cache.get(&2)), (None, Some(Some(2))));
    // With a time of zero none is kept, though values are.
    let (clock, _) = Clock::mock();
    let cache = sync::Cache::<u32, Option<u32>>::builder("negative")
        .cache_none(Duration::ZERO)
        .stale_while_revalidate(SECOND)
        .clock(clock)
        .build();
    cache.insert(1, None);
    assert_eq!(cache.entry_count(), 0);
}
