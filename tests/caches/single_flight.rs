//! However many ask for one key at a time, one of them loads.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use fujita::{future, sync};
use tokio::runtime::Builder;
use tokio::sync::{Barrier, oneshot};

use crate::{ends, together, until};

#[test]
fn sixteen_threads_load_once() {
    let cache = sync::Cache::builder("sixteen").build();
    for round in 0..300_u32 {
        let loads = AtomicUsize::new(0);
        let values = together(16, |_| {
            cache.get_with(round, || {
                loads.fetch_add(1, Ordering::SeqCst);
                if round % 10 == 0 {
                    thread::sleep(Duration::from_millis(1));
                }
                round * 2
            })
        });
        assert_eq!(values, vec![round * 2; 16]);
        assert_eq!(loads.into_inner(), 1, "round {round}");
    }
    let stats = cache.stats();
    assert_eq!((stats.misses, stats.loads, stats.requests()), (300, 300, 300 * 16));
    assert_eq!(stats.hits + stats.coalesced, 300 * 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_tasks_load_once() {
    let cache = future::Cache::builder("hundred").build();
    for round in 0..100_u32 {
        let loads = Arc::new(AtomicUsize::new(0));
        let barrier = Arc::new(Barrier::new(100));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (cache, loads, barrier) = (cache.clone(), Arc::clone(&loads), Arc::clone(&barrier));
                tokio::spawn(async move {
                    barrier.wait().await;
                    let load = async {
                        loads.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        round * 2
                    };
                    cache.get_with(round, load).await
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), round * 2);
        }
        assert_eq!(loads.load(Ordering::SeqCst), 1, "round {round}");
    }
    let stats = cache.stats();
    assert_eq!((stats.misses, stats.loads, stats.requests()), (100, 100, 10_000));
}

#[test]
fn a_leader_that_panics_hands_over() {
    let cache = sync::Cache::builder("panics").build();
    for round in 0..50_u32 {
        let loads = AtomicUsize::new(0);
        let ended = together(16, |_| {
            let call = || {
                cache.get_with(round, || {
                    let load = loads.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_micros(300));
                    assert!(load > 2, "load {load} panics");
                    load
                })
            };
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(call))
        });
        let panics = ended.iter().filter(|ended| ended.is_err()).count();
        assert_eq!(panics, 3, "each of the first three loads panics, in its own caller");
        assert!(ended.into_iter().flatten().all(|value| value == 3), "the fourth answers all others");
        assert_eq!(loads.into_inner(), 4);
    }
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.load_errors), (200, 150));
    assert_eq!(stats.requests(), 50 * 16);
}

/// Pending as often as it is told to.
async fn pauses(count: usize) {
    for _ in 0..count {
        let mut paused = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[test]
fn a_leader_that_is_cancelled_at_any_await_hands_over() {
    const AWAITS: usize = 6;
    for cancelled_at in 0..=AWAITS {
        let cache = future::Cache::builder("cancelled").build();
        let context = &mut Context::from_waker(Waker::noop());
        let loads = AtomicUsize::new(0);
        let mut leader = Box::pin(cache.get_with(1, async {
            pauses(AWAITS).await;
            unreachable!("it is cancelled before")
        }));
        for _ in 0..cancelled_at {
            assert!(leader.as_mut().poll(context).is_pending());
        }
        let mut followers: Vec<_> = (0..5)
            .map(|_| {
                Box::pin(cache.get_with(1, async {
                    loads.fetch_add(1, Ordering::SeqCst);
                    pauses(1).await;
                    "second"
                }))
            })
            .collect();
        for follower in &mut followers {
            assert!(follower.as_mut().poll(context).is_pending());
        }
        drop(leader);
        let mut values = Vec::new();
        for _ in 0..4 {
            followers.retain_mut(|follower| match follower.as_mut().poll(context) {
                Poll::Ready(value) => {
                    values.push(value);
                    false
                }
                Poll::Pending => true,
            });
        }
        assert_eq!(
            (values, loads.load(Ordering::SeqCst)),
            (vec!["second"; 5], 1),
            "cancelled at {cancelled_at}"
        );
        let stats = cache.stats();
        assert_eq!((stats.loads, stats.requests()), (1, 5 + u64::from(cancelled_at > 0)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_of_a_cancelled_leader_load_once() {
    for round in 0..50_u32 {
        let cache = future::Cache::builder("aborted").build();
        let (started, has_started) = oneshot::channel();
        let leader = tokio::spawn({
            let cache = cache.clone();
            async move {
                let load = async {
                    started.send(()).unwrap();
                    std::future::pending::<u32>().await
                };
                cache.get_with(round, load).await
            }
        });
        has_started.await.unwrap();
        let loads = Arc::new(AtomicUsize::new(0));
        let followers: Vec<_> = (0..20)
            .map(|_| {
                let (cache, loads) = (cache.clone(), Arc::clone(&loads));
                tokio::spawn(async move {
                    let load = async {
                        loads.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        7
                    };
                    cache.get_with(round, load).await
                })
            })
            .collect();
        tokio::task::yield_now().await;
        leader.abort();
        for follower in followers {
            assert_eq!(follower.await.unwrap(), 7);
        }
        assert_eq!(loads.load(Ordering::SeqCst), 1, "round {round}");
        // The leader's own call counts, too.
        until(|| cache.stats().requests() == 21);
    }
}

#[test]
fn a_slow_leader_holds_up_its_own_key_alone() {
    ends(|| {
        let cache = sync::Cache::builder("slow").build();
        let (release, released) = std::sync::mpsc::channel::<()>();
        thread::scope(|scope| {
            let cache = &cache;
            let (loading, is_loading) = std::sync::mpsc::channel();
            scope.spawn(move || {
                cache.get_with(0, || {
                    loading.send(()).unwrap();
                    released.recv().is_ok()
                })
            });
            is_loading.recv().unwrap();
            // More keys than there are shards, on the thread that could not go on if any of them waited.
            for key in 1..2_000 {
                assert!(cache.get_with(key, || true));
            }
            drop(release);
        });
        assert_eq!(cache.stats().loads, 2_000);
    });
}

#[test]
fn two_hundred_failed_leaders_in_a_row() {
    let cache = sync::Cache::<u32, u32>::builder("failed").build();
    let failed = together(16, |thread| {
        (0..200)
            .filter(|n| cache.try_get_with(1, || Err::<u32, _>((thread, *n))) == Err((thread, *n)))
            .count()
    });
    assert_eq!(failed, vec![200; 16], "everyone gets the error of the load that was their own");
    assert_eq!(cache.stats().load_errors, 3_200);
}

/// moka#240: a leader that lost in a `select!` is alive, and polled no more.
#[tokio::test]
async fn a_leader_that_is_never_polled_again_hands_over() {
    let cache = future::Cache::builder("asleep").build();
    let load = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        "never seen"
    };
    let mut leader = pin!(cache.get_with(1, load));
    assert!(futures::poll!(leader.as_mut()).is_pending());
    let follower = tokio::time::timeout(Duration::from_secs(20), cache.get_with(1, async { "taken over" }));
    assert_eq!(follower.await, Ok("taken over"));
    assert_eq!(leader.await, "never seen", "its own caller gets its value all the same");
    assert_eq!(cache.get(&1).await, Some("taken over"));
    let stats = cache.stats();
    assert_eq!((stats.requests(), stats.misses, stats.loads), (3, 2, 2));
}

/// As a leader may, a follower may sleep, too: the next one takes over. Nor does it help to invalidate the key.
#[tokio::test]
async fn a_follower_that_is_never_polled_again_does_not_take_over() {
    let cache = future::Cache::builder("both asleep").build();
    for invalidates in [false, true] {
        let load = async {
            tokio::task::yield_now().await;
            "never seen"
        };
        let mut leader = pin!(cache.get_with(1, load));
        assert!(futures::poll!(leader.as_mut()).is_pending());
        let mut first = pin!(cache.get_with(1, async { "never seen either" }));
        assert!(futures::poll!(first.as_mut()).is_pending());
        let mut second = pin!(cache.get_with(1, async { "taken over" }));
        assert!(futures::poll!(second.as_mut()).is_pending());
        if invalidates {
            cache.invalidate(&1).await;
        }
        assert_eq!(tokio::time::timeout(Duration::from_secs(20), second).await, Ok("taken over"));
        assert_eq!(leader.await, "never seen");
        assert_eq!(cache.get(&1).await, Some("taken over"));
        assert_eq!(first.await, "taken over");
        cache.invalidate(&1).await;
    }
}

/// Nor does it matter that it is the one that is woken when the leader leaves.
#[tokio::test]
async fn a_follower_that_sleeps_when_the_leader_leaves() {
    let cache = future::Cache::builder("left asleep").build();
    let mut leader = Box::pin(cache.get_with(1, std::future::pending()));
    assert!(futures::poll!(leader.as_mut()).is_pending());
    let mut first = pin!(cache.get_with(1, async { "never seen" }));
    assert!(futures::poll!(first.as_mut()).is_pending());
    let second = cache.clone();
    let second = tokio::spawn(async move { second.get_with(1, async { "taken over" }).await });
    tokio::task::yield_now().await;
    drop(leader);
    let second = tokio::time::timeout(Duration::from_secs(20), second).await;
    assert_eq!(second.expect("it is woken, too").unwrap(), "taken over");
    assert_eq!(first.await, "taken over");
}

/// Where all are late, nobody is asleep.
#[test]
fn under_overload_one_of_them_loads() {
    assert_eq!(loads_under_overload(Builder::new_multi_thread().worker_threads(1)), 1);
}

#[test]
fn under_overload_of_the_only_thread_one_of_them_loads() {
    assert_eq!(loads_under_overload(&mut Builder::new_current_thread()), 1);
}

/// How many of ten callers load, in a runtime one of whose tasks blocks for longer than a leader may sleep.
fn loads_under_overload(runtime: &mut Builder) -> usize {
    let cache = future::Cache::builder("overload").build();
    let (loads, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    runtime.enable_all().build().unwrap().block_on(async {
        let calls: Vec<_> = (0..10)
            .map(|_| {
                let (cache, loads) = (cache.clone(), Arc::clone(&loads));
                tokio::spawn(async move {
                    let load = async {
                        loads.fetch_add(1, Ordering::SeqCst);
                        for _ in 0..3 {
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        }
                    };
                    cache.get_with(1, load).await;
                })
            })
            .collect();
        let hog = Arc::clone(&is_over);
        let hog = tokio::spawn(async move {
            while !hog.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1_700));
                tokio::task::yield_now().await;
            }
        });
        for call in calls {
            call.await.unwrap();
        }
        is_over.store(true, Ordering::SeqCst);
        hog.await.unwrap();
    });
    loads.load(Ordering::SeqCst)
}

/// With two workers that are late, a follower on one may find the leader asleep on the other. They do not go on like that:
/// whoever takes over has more time than the one before.
#[test]
fn those_who_take_over_may_sleep_longer() {
    let cache = future::Cache::builder("patience").build();
    let context = &mut Context::from_waker(Waker::noop());
    let loads = AtomicUsize::new(0);
    let call = |load| {
        let (cache, loads) = (&cache, &loads);
        let mut is_ready = false;
        let load = std::future::poll_fn(move |context| {
            if std::mem::replace(&mut is_ready, true) {
                return Poll::Ready(load);
            }
            loads.fetch_add(1, Ordering::SeqCst);
            context.waker().wake_by_ref();
            Poll::Pending
        });
        Box::pin(cache.get_with(1, load))
    };
    let mut calls: Vec<_> = (0..4).map(call).collect();
    assert!(calls.iter_mut().all(|call| call.as_mut().poll(context).is_pending()));
    let begin = std::time::Instant::now();
    for (next, call) in calls.iter_mut().enumerate().take(3).skip(1) {
        while loads.load(Ordering::SeqCst) == next {
            assert!(call.as_mut().poll(context).is_pending() && begin.elapsed().as_secs() < 60);
            thread::sleep(Duration::from_millis(1));
        }
    }
    let begin = std::time::Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        assert!(calls[3].as_mut().poll(context).is_pending());
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(calls[2].as_mut().poll(context), Poll::Ready(2));
    assert_eq!(calls[3].as_mut().poll(context), Poll::Ready(2));
    assert_eq!(loads.load(Ordering::SeqCst), 3);
}

/// A follower may be polled before a leader that is only late: the leader has its turn before that one's next.
#[test]
fn a_leader_that_was_only_late_keeps_the_lead() {
    let cache = future::Cache::builder("late").build();
    let context = &mut Context::from_waker(Waker::noop());
    let (send, sent) = oneshot::channel();
    let mut leader = pin!(cache.get_with(1, async { sent.await.unwrap() }));
    assert!(leader.as_mut().poll(context).is_pending());
    let mut follower = pin!(cache.get_with(1, async { "second" }));
    assert!(follower.as_mut().poll(context).is_pending());
    send.send("first").unwrap();
    thread::sleep(Duration::from_millis(2_500));
    assert!(follower.as_mut().poll(context).is_pending());
    assert_eq!(leader.as_mut().poll(context), Poll::Ready("first"));
    assert_eq!(follower.as_mut().poll(context), Poll::Ready("first"));
}

/// A leader that works is not asleep, however long that takes and whoever wakes it meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_woken_while_it_is_polled_keeps_the_lead() {
    let cache = future::Cache::builder("busy").build();
    let (started, has_started) = oneshot::channel();
    let leader = tokio::spawn({
        let cache = cache.clone();
        async move {
            let mut started = Some(started);
            let load = std::future::poll_fn(move |context| {
                let Some(started) = started.take() else { return Poll::Ready("first") };
                context.waker().wake_by_ref();
                started.send(()).unwrap();
                thread::sleep(Duration::from_millis(2_500));
                Poll::Pending
            });
            cache.get_with(1, load).await
        }
    });
    has_started.await.unwrap();
    assert_eq!(cache.get_with(1, async { "second" }).await, "first");
    assert_eq!(leader.await.unwrap(), "first");
    assert_eq!(cache.get(&1).await, Some("first"));
}

/// Nothing is cloned for those who wait no more.
#[test]
fn followers_that_leave_are_not_served() {
    struct Counted(Arc<AtomicUsize>);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::SeqCst);
            Self(Arc::clone(&self.0))
        }
    }
    let clones = |followers: usize| {
        let cache = future::Cache::builder("left").build();
        let context = &mut Context::from_waker(Waker::noop());
        let clones = Arc::new(AtomicUsize::new(0));
        let mut leader = pin!(cache.get_with(1, async {
            pauses(2).await;
            Counted(Arc::clone(&clones))
        }));
        assert!(leader.as_mut().poll(context).is_pending());
        for _ in 0..followers {
            let mut follower = pin!(cache.get_with(1, async { unreachable!("it is being loaded") }));
            assert!(follower.as_mut().poll(context).is_pending());
        }
        assert!(leader.as_mut().poll(context).is_pending());
        assert!(leader.as_mut().poll(context).is_ready());
        clones.load(Ordering::SeqCst)
    };
    assert_eq!(clones(3), clones(0));
}

/// A leader that only waits is not asleep, however long it waits.
#[tokio::test]
async fn a_leader_that_waits_long_keeps_the_lead() {
    let cache = future::Cache::builder("patient").build();
    let load = async {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        "first"
    };
    let (leader, follower) = tokio::join!(cache.get_with(1, load), cache.get_with(1, async { "second" }));
    assert_eq!((leader, follower), ("first", "first"));
}
