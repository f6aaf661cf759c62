//! Loads that fail.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
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
