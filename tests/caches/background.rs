//! Reloads behind the caller's back, by a clock that the test moves.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use fujita::{Clock, ClockHand, cached};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::{ends, until};

static CLOCK: LazyLock<(Clock, ClockHand)> = LazyLock::new(Clock::mock);

/// The clock moves for all of them at once.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass(seconds: u64) {
    CLOCK.1.advance(Duration::from_secs(seconds));
}

static LOADS: AtomicU32 = AtomicU32::new(0);
/// What a reload waits for.
static GATE: Mutex<Option<mpsc::Receiver<()>>> = Mutex::new(None);

fn close_gate() -> mpsc::Sender<()> {
    let (open, wait) = mpsc::channel();
    *GATE.lock().unwrap() = Some(wait);
    open
}

#[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
fn shout(name: &str, parts: &[String], more: Option<&str>) -> (String, u32) {
    if let Some(wait) = GATE.lock().unwrap().take() {
        let _ = wait.recv();
    }
    (format!("{name}{}{more:?}", parts.concat()).to_uppercase(), LOADS.fetch_add(1, Ordering::SeqCst))
}

fn served_at_once_and_reloaded_once() {
    let _alone = alone();
    shout_cache().invalidate_all();
    let call = || shout("a", &["b".to_owned()], Some("c"));
    let (text, first) = call();
    assert_eq!(text, "ABSOME(\"C\")");
    pass(11);
    let before = shout_cache().stats();
    let open = close_gate();
    let served = crate::together(8, |_| call());
    assert_eq!(served, vec![(text.clone(), first); 8], "at once: the reload waits at the gate");
    assert_eq!(call().1, first);
    drop(open);
    until(|| call().1 == first + 1);
    let stats = shout_cache().stats();
    assert_eq!((stats.loads - before.loads, stats.misses - before.misses), (1, 0), "reloaded once");
    assert!(stats.stale - before.stale >= 9);
    pass(60);
    assert_eq!(call().1, first + 2, "too old to be served");
}

#[test]
fn sync_on_a_thread_of_its_own() {
    ends(served_at_once_and_reloaded_once);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sync_on_the_blocking_threads_of_a_runtime() {
    tokio::task::block_in_place(served_at_once_and_reloaded_once);
}

static FAILS: AtomicBool = AtomicBool::new(false);

#[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
async fn whisper(name: &str) -> Result<(String, u32), String> {
    tokio::task::yield_now().await;
    if FAILS.load(Ordering::SeqCst) {
        return Err("down".into());
    }
    Ok((name.to_lowercase(), LOADS.fetch_add(1, Ordering::SeqCst)))
}

#[tokio::test]
async fn async_on_the_current_runtime() {
    let _alone = alone();
    let first = whisper("A").await.unwrap().1;
    pass(11);
    let before = whisper_cache().stats();
    for _ in 0..5 {
        assert_eq!(whisper("A").await.unwrap().1, first, "nothing of the reload has run yet");
    }
    // Lets the reload's task run.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let reloaded = whisper("A").await.unwrap().1;
    assert!(reloaded > first);
    let stats = whisper_cache().stats();
    assert_eq!((stats.stale - before.stale, stats.loads - before.loads, stats.hits - before.hits), (5, 1, 1));

    // A reload that fails is counted, and the old value stays.
    FAILS.store(true, Ordering::SeqCst);
    pass(11);
    assert_eq!(whisper("A").await.unwrap().1, reloaded);
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(whisper_cache().stats().load_errors - before.load_errors, 1);
    assert_eq!(whisper("A").await.unwrap().1, reloaded);
    FAILS.store(false, Ordering::SeqCst);
    for _ in 0..6 {
        tokio::task::yield_now().await;
    }
    assert!(whisper("A").await.unwrap().1 >= reloaded);
}

/// There is no runtime to ask: the reload runs all the same.
#[test]
fn async_without_a_runtime() {
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    async fn plain(n: u32) -> (u32, thread::ThreadId) {
        let mut waited = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut waited, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        (n, thread::current().id())
    }
    ends(|| {
        let _alone = alone();
        let call = || futures::executor::block_on(plain(7));
        let here = thread::current().id();
        assert_eq!(call(), (7, here));
        pass(11);
        assert_eq!(call(), (7, here), "served at once");
        until(|| call().1 != here);
    });
}

/// A runtime that shuts down drops the reload; the next caller tries again.
#[test]
fn a_reload_that_is_dropped_is_tried_again() {
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    async fn stuck(n: u32) -> u32 {
        if LOADED.swap(true, Ordering::SeqCst) && DROPPED.load(Ordering::SeqCst) == 0 {
            struct Dropped;
            impl Drop for Dropped {
                fn drop(&mut self) {
                    DROPPED.fetch_add(1, Ordering::SeqCst);
                }
            }
            let _dropped = Dropped;
            std::future::pending::<()>().await;
        }
        n + DROPPED.load(Ordering::SeqCst)
    }
    static LOADED: AtomicBool = AtomicBool::new(false);
    static DROPPED: AtomicU32 = AtomicU32::new(0);
    ends(|| {
        let _alone = alone();
        let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let first = runtime();
        assert_eq!(first.block_on(stuck(1)), 1);
        pass(11);
        assert_eq!(first.block_on(stuck(1)), 1);
        until(|| stuck_cache().stats().stale == 1);
        thread::sleep(Duration::from_millis(20));
        drop(first);
        assert_eq!(DROPPED.load(Ordering::SeqCst), 1);
        let second = runtime();
        until(|| second.block_on(stuck(1)) == 2);
    });
}

/// A reload that panics reaches nobody, and is counted.
#[test]
fn a_reload_that_panics() {
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    fn panics(n: u32) -> u32 {
        assert!(!LOADED.swap(true, Ordering::SeqCst), "as asked");
        n
    }
    static LOADED: AtomicBool = AtomicBool::new(false);
    ends(|| {
        let _alone = alone();
        assert_eq!(panics(1), 1);
        pass(11);
        assert_eq!(panics(1), 1);
        until(|| panics_cache().stats().load_errors > 0);
        assert_eq!(panics(1), 1);
    });
}

/// Methods of an `Arc`, and what two callers of different functions share.
#[tokio::test]
async fn methods_of_an_arc() {
    struct Shop {
        id: u32,
    }
    impl Shop {
        #[cached(ttl = "10s", stale_while_revalidate = "50s", key = (self.id, item), clock = CLOCK.0.clone())]
        async fn price(self: std::sync::Arc<Self>, item: &str) -> (usize, u32) {
            (item.len() + self.id as usize, LOADS.fetch_add(1, Ordering::SeqCst))
        }
    }
    let _alone = alone();
    let shop = std::sync::Arc::new(Shop { id: 1 });
    let first = shop.clone().price("pear").await;
    assert_eq!(first.0, 5);
    pass(11);
    assert_eq!(shop.clone().price("pear").await, first);
    tokio::task::yield_now().await;
    assert_ne!(shop.price("pear").await, first);
}

/// Made and not polled, a call holds up nobody, and counts as nothing.
#[test]
fn a_call_that_is_never_polled() {
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    fn implied(n: u32) -> impl Future<Output = u32> + Send {
        async move { n }
    }
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    fn boxed(n: u32) -> BoxFuture<'static, u32> {
        Box::pin(async move { n })
    }
    let _alone = alone();
    let leads = (implied(1), boxed(1));
    assert_eq!((implied(1).now_or_never(), boxed(1).now_or_never()), (Some(1), Some(1)));
    drop(leads);
    for stats in [implied_cache().stats(), boxed_cache().stats()] {
        assert_eq!((stats.requests(), stats.misses, stats.loads), (1, 1, 1));
    }
}

/// A reload whose turn never comes holds up nobody, and does nothing when it comes after all.
#[test]
fn a_reload_on_a_runtime_that_nobody_drives() {
    static LOADS: AtomicU32 = AtomicU32::new(0);
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    async fn idle(n: u32) -> (u32, u32) {
        (n, LOADS.fetch_add(1, Ordering::SeqCst))
    }
    ends(|| {
        let _alone = alone();
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (first, second) = (runtime(), runtime());
        assert_eq!(first.block_on(idle(1)), (1, 0));
        pass(11);
        assert_eq!(first.block_on(idle(1)), (1, 0), "served at once; the reload is left there");
        pass(60);
        assert_eq!(second.block_on(idle(1)), (1, 1));
        first.block_on(tokio::task::yield_now());
        assert_eq!(LOADS.load(Ordering::SeqCst), 2);
        assert_eq!(first.block_on(idle(1)), (1, 1));
        assert_eq!(idle_cache().stats().loads, 2);
    });
}

#[test]
fn a_reload_queued_behind_those_who_wait_for_it() {
    static LOADS: AtomicU32 = AtomicU32::new(0);
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    fn queued(n: u32) -> (u32, u32) {
        (n, LOADS.fetch_add(1, Ordering::SeqCst))
    }
    ends(|| {
        let _alone = alone();
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).max_blocking_threads(1).build().unwrap();
        let calls = runtime.spawn_blocking(|| {
            assert_eq!(queued(1), (1, 0));
            pass(11);
            assert_eq!(queued(1), (1, 0), "served at once; the reload is queued behind this very thread");
            pass(60);
            assert_eq!(crate::together(4, |_| queued(1)), [(1, 1); 4]);
        });
        runtime.block_on(calls).unwrap();
        // When this has its turn, the reload has had it.
        runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
        assert_eq!((LOADS.load(Ordering::SeqCst), queued_cache().stats().loads), (2, 2));
    });
}

/// Nobody wants what a reload would load that was invalidated before it began; who waits for it already loads anew.
#[tokio::test]
async fn a_reload_that_is_invalidated_before_it_begins() {
    let _alone = alone();
    let loads = || whisper_cache().stats().loads;
    for is_followed in [false, true] {
        let old = whisper("early").await.unwrap();
        pass(11);
        assert_eq!(whisper("early").await, Ok(old.clone()));
        let before = loads();
        pass(60);
        let mut follower = std::pin::pin!(whisper("early"));
        if is_followed {
            assert!(futures::poll!(follower.as_mut()).is_pending());
        }
        whisper_cache().invalidate("early").await;
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(loads(), before);
        assert_ne!(follower.await, Ok(old));
        assert_eq!(loads(), before + 1);
    }
}

/// Where there is no runtime whose threads are limited.
#[test]
fn reloads_have_so_many_threads_and_no_more() {
    static RUNNING: AtomicU32 = AtomicU32::new(0);
    static MOST: AtomicU32 = AtomicU32::new(0);
    static OPEN: AtomicBool = AtomicBool::new(true);
    fn body(n: u32) -> (u32, u32) {
        let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(running, Ordering::SeqCst);
        until(|| OPEN.load(Ordering::SeqCst));
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        (n, LOADS.fetch_add(1, Ordering::SeqCst))
    }
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    fn gated(n: u32) -> (u32, u32) {
        body(n)
    }
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    async fn gated_async(n: u32) -> (u32, u32) {
        body(n)
    }
    ends(|| {
        let _alone = alone();
        const KEYS: u32 = 500;
        let call = |n| if n % 2 == 0 { gated(n) } else { futures::executor::block_on(gated_async(n)) };
        let old: Vec<_> = (0..KEYS).map(call).collect();
        pass(11);
        OPEN.store(false, Ordering::SeqCst);
        for _ in 0..3 {
            assert_eq!((0..KEYS).map(call).collect::<Vec<_>>(), old, "served at once, reloaded or not");
        }
        until(|| RUNNING.load(Ordering::SeqCst) > 10);
        OPEN.store(true, Ordering::SeqCst);
        until(|| (0..KEYS).all(|n| call(n) != old[n as usize]));
        assert!(MOST.load(Ordering::SeqCst) <= 64, "{MOST:?}");
    });
}

/// The old value is still good for errors: a reload that fails does not put its own in its place, though errors are kept.
#[tokio::test]
async fn a_reload_that_fails_spares_what_is_better_than_an_error() {
    static LOADS: AtomicU32 = AtomicU32::new(0);
    fn load() -> Result<u32, &'static str> {
        if LOADS.fetch_add(1, Ordering::SeqCst).is_multiple_of(10) { Ok(1) } else { Err("down") }
    }
    #[cached(ttl = "10s", cache_err = "5s", stale_while_revalidate = "10s", stale_if_error = "1m", clock = CLOCK.0.clone())]
    async fn spared(_: u32) -> Result<u32, &'static str> {
        load()
    }
    #[cached(ttl = "10s", cache_err = "5s", stale_while_revalidate = "10s", clock = CLOCK.0.clone())]
    async fn replaced(_: u32) -> Result<u32, &'static str> {
        load()
    }
    let _alone = alone();
    for (is_spared, expected) in [(true, Ok(1)), (false, Err("down"))] {
        LOADS.store(0, Ordering::SeqCst);
        let call = async || if is_spared { spared(1).await } else { replaced(1).await };
        assert_eq!(call().await, Ok(1));
        pass(11);
        assert_eq!(call().await, Ok(1), "served at once");
        tokio::task::yield_now().await;
        assert_eq!(LOADS.load(Ordering::SeqCst), 2);
        assert_eq!(call().await, expected);
        // The next reload.
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_reload_on_a_thread_spares_it_too() {
    static LOADS: AtomicU32 = AtomicU32::new(0);
    #[cached(ttl = "10s", cache_err = "5s", stale_while_revalidate = "10s", stale_if_error = "1m", clock = CLOCK.0.clone())]
    fn spared_sync(_: u32) -> Result<u32, &'static str> {
        if LOADS.fetch_add(1, Ordering::SeqCst) == 0 { Ok(1) } else { Err("down") }
    }
    let _alone = alone();
    assert_eq!(spared_sync(1), Ok(1));
    pass(11);
    assert_eq!(spared_sync(1), Ok(1));
    until(|| spared_sync_cache().stats().load_errors == 1);
    until(|| {
        assert_eq!(spared_sync(1), Ok(1));
        spared_sync_cache().stats().load_errors > 1
    });
}

/// A load that found that there is nothing, or nothing to keep, has not failed: the old value is not served any longer.
#[tokio::test]
async fn what_is_gone_is_not_served_any_longer() {
    static LOADS: AtomicU32 = AtomicU32::new(0);
    #[cached(ttl = "10s", stale_while_revalidate = "50s", clock = CLOCK.0.clone())]
    async fn found(_: u32) -> Option<u32> {
        (LOADS.fetch_add(1, Ordering::SeqCst) == 0).then_some(1)
    }
    #[cached(ttl = "10s", stale_while_revalidate = "50s", cache_if = |n| *n == 1, clock = CLOCK.0.clone())]
    async fn admitted(_: u32) -> u32 {
        1 + LOADS.fetch_add(1, Ordering::SeqCst)
    }
    let _alone = alone();
    assert_eq!(found(1).await, Some(1));
    pass(11);
    assert_eq!(found(1).await, Some(1), "served at once");
    tokio::task::yield_now().await;
    assert_eq!((found(1).await, found_cache().iter().count()), (None, 0));

    LOADS.store(0, Ordering::SeqCst);
    assert_eq!(admitted(1).await, 1);
    pass(11);
    assert_eq!(admitted(1).await, 1, "served at once");
    tokio::task::yield_now().await;
    assert_eq!((admitted(1).await, admitted_cache().iter().count()), (3, 0));
}
