//! Loads that fail.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use fujita::{future, sync};

use crate::{together, until};

#[test]
fn an_error_is_returned_and_not_kept() {
    let cache = sync::Cache::<u32, String>::builder("not kept").build();
    assert_eq!(cache.try_get_with(1, || Err("down")), Err("down"));
    assert_eq!(cache.get(&1), None);
    assert_eq!(cache.try_get_with(1, || Ok::<_, &str>("up".into())), Ok("up".into()));
    assert_eq!(cache.optionally_get_with(2, || None), None);
    assert_eq!(cache.optionally_get_with(2, || Some("there".into())), Some("there".into()));
}

#[test]
fn an_error_that_can_be_cloned_is_loaded_once() {
    let cache = sync::Cache::<u32, u32>::builder("cloned").build();
    for round in 0..3_u32 {
        let (loads, here) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let errors = together(16, |_| {
            here.fetch_add(1, Ordering::SeqCst);
            cache.try_get_with_shared(round, || {
                // Long enough for everybody to have joined.
                until(|| here.load(Ordering::SeqCst) == 16);
                thread::sleep(Duration::from_millis(250));
                Err(format!("load {}", loads.fetch_add(1, Ordering::SeqCst)))
            })
        });
        let first = &errors[0];
        assert!(errors.iter().all(|error| error == first), "{errors:?}");
        assert_eq!(loads.into_inner(), 1);
    }
}

#[test]
fn an_error_with_one_owner_goes_to_its_own_caller() {
    /// No `Clone`, and it counts itself.
    struct Mine(Arc<AtomicUsize>);
    impl Drop for Mine {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let cache = sync::Cache::<u32, u32>::builder("owned").build();
    let dropped = Arc::new(AtomicUsize::new(0));
    let loads = AtomicUsize::new(0);
    let errors = together(16, |_| {
        cache.try_get_with(1, || {
            loads.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_micros(200));
            Err(Mine(Arc::clone(&dropped)))
        })
    });
    assert!(errors.iter().all(Result::is_err));
    assert_eq!((loads.into_inner(), dropped.load(Ordering::SeqCst)), (16, 0), "none is lost");
    drop(errors);
    assert_eq!(dropped.load(Ordering::SeqCst), 16);
}

#[test]
fn a_hundred_futures_share_one_error() {
    let cache = future::Cache::<u32, u32>::builder("async errors").build();
    let context = &mut Context::from_waker(Waker::noop());
    let (fail, mut may_fail) = tokio::sync::oneshot::channel::<()>();
    let mut leader = pin!(cache.try_get_with_shared(1, async {
        let _ = (&mut may_fail).await;
        Err("down".to_owned())
    }));
    assert!(leader.as_mut().poll(context).is_pending());
    let mut followers: Vec<_> = (0..99)
        .map(|_| Box::pin(cache.try_get_with_shared(1, async { unreachable!("it is being loaded") })))
        .collect();
    assert!(followers.iter_mut().all(|follower| follower.as_mut().poll(context).is_pending()));
    fail.send(()).unwrap();
    let down = Poll::Ready(Err("down".to_owned()));
    assert_eq!(leader.as_mut().poll(context), down);
    assert!(followers.iter_mut().all(|follower| follower.as_mut().poll(context) == down));
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.load_errors, stats.misses, stats.coalesced), (1, 1, 1, 99));
}

/// Woken, or not.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What has one owner, as an error.
#[derive(Debug, PartialEq)]
struct Owned(usize);

type Call<'c> = Pin<Box<dyn Future<Output = Result<u32, Owned>> + 'c>>;

/// Calls of one key, each with a flag for its waker. Their loads wait once and fail.
fn calls<'c>(
    cache: &'c future::Cache<Arc<u32>, u32>,
    key: &Arc<u32>,
    count: usize,
) -> Vec<(Call<'c>, Arc<Flag>)> {
    let call = |n| -> Call<'c> {
        let mut has_begun = false;
        let load = std::future::poll_fn(move |context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut has_begun, true) { Poll::Ready(Err(Owned(n))) } else { Poll::Pending }
        });
        Box::pin(cache.try_get_with(Arc::clone(key), load))
    };
    (0..count).map(|n| (call(n), Arc::new(Flag(true.into())))).collect()
}

/// Polls a call, if it was woken.
fn turn((call, flag): &mut (Call<'_>, Arc<Flag>)) -> Option<Poll<Result<u32, Owned>>> {
    let is_woken = flag.0.swap(false, Ordering::SeqCst);
    let waker = Arc::clone(flag).into();
    is_woken.then(|| call.as_mut().poll(&mut Context::from_waker(&waker)))
}

#[test]
fn each_failure_wakes_one_of_those_who_wait() {
    let cache = future::Cache::builder("herd").build();
    let mut calls = calls(&cache, &Arc::new(1), 300);
    let mut polls = 0;
    while !calls.is_empty() {
        let before = polls;
        calls.retain_mut(|call| {
            let polled = turn(call);
            polls += usize::from(polled.is_some());
            !matches!(polled, Some(Poll::Ready(Err(_))))
        });
        assert!(polls > before, "somebody is always awake");
    }
    assert!(polls <= 3 * 300, "{polls}");
    assert_eq!(cache.stats().loads, 300);
}

/// Whoever is woken to take over may be cancelled there and then, or a little later; the key may be invalidated meanwhile.
#[test]
fn whoever_is_woken_and_leaves_wakes_the_next() {
    for round in 0..200_usize {
        let cache = future::Cache::builder("leaves").build();
        let key = Arc::new(1);
        let mut calls = calls(&cache, &key, 12);
        for call in &mut calls {
            assert_eq!(turn(call), Some(Poll::Pending));
        }
        for step in 0.. {
            let Some(next) = calls.iter().position(|(_, flag)| flag.0.load(Ordering::SeqCst)) else {
                panic!("nobody is awake, and {} wait", calls.len());
            };
            // As the digits of the round have it.
            match (round >> (step % 8)) & 3 {
                0 => drop(calls.swap_remove(next)),
                1 => {
                    let _ = futures::FutureExt::now_or_never(std::future::IntoFuture::into_future(
                        cache.invalidate(&1),
                    ));
                    drop(calls.swap_remove(next));
                }
                _ => {
                    if let Some(Poll::Ready(failed)) = turn(&mut calls[next]) {
                        assert!(failed.is_err());
                        drop(calls.swap_remove(next));
                    }
                }
            }
            if calls.is_empty() {
                break;
            }
        }
        assert_eq!(Arc::strong_count(&key), 1, "nothing is left behind");
    }
}

/// Also if it has begun to take over, and panics.
#[test]
fn whoever_is_woken_and_panics_wakes_the_next() {
    #[derive(PartialEq, Eq, Hash)]
    struct Touchy;
    static PANICS: AtomicBool = AtomicBool::new(false);
    impl Clone for Touchy {
        fn clone(&self) -> Self {
            assert!(!PANICS.load(Ordering::SeqCst), "as asked");
            Self
        }
    }
    let cache = future::Cache::<Touchy, u32>::builder("touchy").build();
    let load = |n| -> Call<'_> { Box::pin(cache.try_get_with(Touchy, async move { Err(Owned(n)) })) };
    let mut leader = Box::pin(cache.get_with(Touchy, std::future::pending()));
    assert!(leader.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut calls: Vec<_> = (0..4).map(|n| (load(n), Arc::new(Flag(true.into())))).collect();
    assert!(calls.iter_mut().all(|call| turn(call) == Some(Poll::Pending)));
    drop(leader);
    for (n, call) in calls.iter_mut().enumerate() {
        PANICS.store(n < 3, Ordering::SeqCst);
        match catch_unwind(AssertUnwindSafe(|| turn(call))) {
            Ok(turn) => assert_eq!(turn, Some(Poll::Ready(Err(Owned(3))))),
            Err(_) => assert!(n < 3),
        }
    }
}

#[test]
fn functions_with_different_errors_share_a_cache() {
    let cache = sync::Cache::<u32, u32>::builder("two errors").build();
    let results = together(16, |thread| {
        if thread % 2 == 0 {
            cache
                .try_get_with_shared(1, || {
                    thread::sleep(Duration::from_micros(200));
                    Err("a string")
                })
                .map_err(|error| assert_eq!(error, "a string"))
        } else {
            cache
                .try_get_with_shared(1, || {
                    thread::sleep(Duration::from_micros(200));
                    Err(404_u16)
                })
                .map_err(|error| assert_eq!(error, 404))
        }
    });
    assert_eq!(results, vec![Err(()); 16], "each caller gets an error of its own type");
}

#[test]
fn a_load_that_somebody_elses_panic_cancels_did_not_panic() {
    let cache = future::Cache::<u32, u32>::builder("unwound").build();
    let panics = |load: futures::future::BoxFuture<'_, u32>, other: futures::future::BoxFuture<'_, ()>| {
        let both = futures::future::join(cache.get_with(1, load), other);
        let run = std::panic::AssertUnwindSafe(|| futures::executor::block_on(both));
        assert!(std::panic::catch_unwind(run).is_err());
        let stats = cache.stats();
        (stats.misses, stats.loads, stats.load_errors)
    };
    let stands = panics(Box::pin(std::future::pending()), Box::pin(async { panic!("of somebody else") }));
    assert_eq!(stands, (1, 0, 0));
    let stands = panics(Box::pin(async { panic!("of its own") }), Box::pin(std::future::pending()));
    assert_eq!(stands, (2, 1, 1));
}
