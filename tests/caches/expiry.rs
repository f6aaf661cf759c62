//! When entries expire.

use std::thread::sleep;
use std::time::Duration;

use fujita::{Clock, sync};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn ttl_runs_from_the_last_write_and_tti_from_the_last_read() {
    let (clock, hand) = Clock::mock();
    let written = sync::Cache::<u32, u32>::builder("ttl").ttl(10 * SECOND).clock(clock.clone()).build();
    let read = sync::Cache::<u32, u32>::builder("tti").tti(10 * SECOND).clock(clock).build();
    written.insert(1, 1);
    read.insert(1, 1);
    for _ in 0..3 {
        hand.advance(6 * SECOND);
        assert_eq!(read.get(&1), Some(1), "each read renews it");
        assert!(read.contains_key(&1));
    }
    assert_eq!(written.get(&1), None, "reads do not renew it");
    hand.advance(10 * SECOND);
    assert_eq!(read.get(&1), None);
    written.insert(1, 1);
    hand.advance(9 * SECOND);
    written.insert(1, 2);
    hand.advance(9 * SECOND);
    assert_eq!(written.get(&1), Some(2), "overwriting renews it");
}

#[test]
fn each_entry_may_expire_in_its_own_time() {
    for mocked in [true, false] {
        let (clock, hand) = if mocked { Clock::mock() } else { (Clock::new(), Clock::mock().1) };
        let unit = if mocked { SECOND } else { Duration::from_millis(40) };
        let pass = |units: u32| if mocked { hand.advance(unit * units) } else { sleep(unit * units) };
        let cache = sync::Cache::<u32, u32>::builder("each")
            .ttl(unit * 5)
            .expire_after(move |_, &units| (units > 0).then(|| unit * units))
            .clock(clock)
            .build();
        cache.insert(1, 2);
        cache.insert(2, 0);
        cache.insert(3, 20);
        pass(3);
        assert_eq!(
            (cache.get(&1), cache.get(&2), cache.get(&3)),
            (None, Some(0), Some(20)),
            "mocked: {mocked}"
        );
        pass(3);
        assert_eq!((cache.get(&2), cache.get(&3)), (None, Some(20)), "mocked: {mocked}");
    }
}

#[test]
fn overwriting_renews_an_entry_of_its_own_time() {
    let unit = Duration::from_millis(60);
    let cache = sync::Cache::<u32, u32>::builder("renewed").expire_after(move |_, _| Some(unit * 2)).build();
    cache.insert(1, 1);
    sleep(unit);
    cache.insert(1, 2);
    sleep(unit + unit / 3);
    assert_eq!(cache.get(&1), Some(2), "moka's default would leave it what remained to the old one");
}

#[test]
fn errors_and_none_may_be_kept_for_a_time_of_their_own() {
    let (clock, hand) = Clock::mock();
    let results = sync::Cache::<u32, Result<u32, &str>>::builder("negative")
        .ttl(60 * SECOND)
        .cache_err(SECOND)
        .clock(clock.clone())
        .build();
    let options = sync::Cache::<u32, Option<u32>>::builder("none").cache_none(SECOND).clock(clock).build();
    assert_eq!(results.get_with(1, || Err("down")), Err("down"));
    assert_eq!(results.get_with(1, || unreachable!("it is kept")), Err("down"));
    assert_eq!(results.get_with(2, || Ok(2)), Ok(2));
    assert_eq!((options.get_with(1, || None), options.get_with(2, || Some(2))), (None, Some(2)));
    hand.advance(SECOND);
    assert_eq!(results.get_with(1, || Ok(1)), Ok(1), "errors for a second");
    assert_eq!(options.get_with(1, || Some(1)), Some(1));
    hand.advance(59 * SECOND);
    assert_eq!(results.get(&2), None, "values for a minute");
    hand.advance(1_000_000 * SECOND);
    assert_eq!(options.get(&2), Some(Some(2)), "and without a ttl for ever");
}

#[test]
fn a_value_may_be_refused() {
    let cache = sync::Cache::<u32, u32>::builder("refused").cache_if(|value| value % 2 == 0).build();
    assert_eq!((cache.get_with(1, || 1), cache.get_with(2, || 2)), (1, 2));
    assert_eq!((cache.get(&1), cache.get(&2)), (None, Some(2)));
    cache.insert(2, 3);
    assert_eq!(cache.get(&2), None, "an old value does not outlive a new one that is refused");
}

#[test]
fn what_a_moved_clock_has_expired_leaves() {
    let (clock, hand) = Clock::mock();
    let cache = sync::Cache::<u32, u32>::builder("moved").ttl(SECOND).clock(clock).build();
    (0..10).for_each(|key| cache.insert(key, key));
    assert_eq!(cache.entry_count(), 10);
    hand.advance(SECOND);
    cache.insert(10, 10);
    assert_eq!((cache.entry_count(), cache.iter().count()), (1, 1));
    let stats = cache.stats();
    assert_eq!((stats.evictions.expired, stats.evictions.total(), stats.entries), (10, 10, 1));
}

#[test]
fn to_ask_whether_a_key_is_there_does_not_keep_it() {
    let cache = sync::Cache::<u32, u32>::builder("asked").tti(Duration::from_millis(200)).build();
    cache.insert(1, 1);
    assert!(cache.contains_key(&1));
    crate::until(|| !cache.contains_key(&1));

    let (clock, hand) = Clock::mock();
    let cache = sync::Cache::<u32, u32>::builder("asked").tti(Duration::from_secs(3)).clock(clock).build();
    cache.insert(1, 1);
    hand.advance(Duration::from_secs(2));
    assert!(cache.contains_key(&1));
    hand.advance(Duration::from_secs(2));
    assert!(!cache.contains_key(&1));
}
