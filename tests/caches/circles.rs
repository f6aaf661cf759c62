//! Looking for circles among loads that wait for each other: how long it takes, and what is none.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

use fujita::{future, sync};

use crate::ends;
use crate::recursion::message;

/// A load that waits for many, and many that wait for it: each of them looks for a circle through all.
#[test]
fn many_that_wait_for_one_that_waits_for_many() {
    ends(|| {
        let cache = future::Cache::<u32, u32>::builder("hub").unbounded().build();
        let context = &mut Context::from_waker(Waker::noop());
        let mut pending: Vec<Pin<Box<dyn Future<Output = u32>>>> = Vec::new();
        let mut start = |load: Pin<Box<dyn Future<Output = u32>>>| {
            pending.push(load);
            assert!(pending.last_mut().unwrap().as_mut().poll(context).is_pending());
        };
        let load = |key: u32| {
            let cache = cache.clone();
            Box::pin(async move { cache.get_with(key, std::future::pending()).await })
        };
        const LEAVES: u32 = 100_000;
        (0..LEAVES).for_each(|leaf| start(load(leaf)));
        let (leaves, all): (Vec<_>, _) = ((0..LEAVES).map(load).collect(), cache.clone());
        start(Box::pin(async move {
            let sum = async { futures::future::join_all(leaves).await.len() as u32 };
            all.get_with(LEAVES, sum).await
        }));
        for spoke in 1..50 {
            let (hub, all) = (load(LEAVES), cache.clone());
            start(Box::pin(async move { all.get_with(LEAVES + spoke, hub).await }));
        }
    });
}

/// A load that is over may have left a wait behind; another that has its place in memory does not inherit it.
#[test]
fn a_wait_that_outlives_its_load() {
    let cache = future::Cache::<u32, u32>::builder("outlived").build();
    let context = &mut Context::from_waker(Waker::noop());
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    let others = 10..200;
    let second = cache.get_with(2, {
        let (cache, others) = (cache.clone(), others.clone());
        async move {
            let _ = may_go_on.await;
            let all = others.map(|key| cache.get_with(key, std::future::pending()));
            futures::future::join_all(all).await.len() as u32
        }
    });
    let mut second = pin!(second);
    assert!(second.as_mut().poll(context).is_pending());
    let mut left = Box::pin(cache.get_with(2, std::future::pending()));
    let first = cache.get_with(1, async {
        std::future::poll_fn(|context| {
            assert!(left.as_mut().poll(context).is_pending());
            Poll::Ready(1)
        })
        .await
    });
    assert_eq!(pin!(first).as_mut().poll(context), Poll::Ready(1));
    let mut loads: Vec<_> = others.map(|key| Box::pin(cache.get_with(key, std::future::pending()))).collect();
    for load in &mut loads {
        assert!(load.as_mut().poll(context).is_pending());
    }
    go_on.send(()).unwrap();
    assert!(second.as_mut().poll(context).is_pending(), "it waits for those, and none of them for it");
}

/// A load that blocks on a runtime polls whatever other tasks the runtime has; what they wait for it does not.
#[test]
fn what_a_task_waits_for_that_a_load_happens_to_poll() {
    ends(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let tasks = runtime.handle().clone();
        let cache = future::Cache::<u32, u32>::builder("polled").build();
        let (blocks, is_blocking) = mpsc::channel();
        let (finish, may_finish) = tokio::sync::oneshot::channel::<()>();
        let first = thread::spawn({
            let cache = cache.clone();
            move || {
                let block = async {
                    blocks.send(()).unwrap();
                    let _ = may_finish.await;
                    1
                };
                let first = {
                    let first = pin!(cache.get_with(1, async { runtime.block_on(block) }));
                    first.poll(&mut Context::from_waker(Waker::noop()))
                };
                (first, runtime)
            }
        });
        is_blocking.recv().unwrap();
        let context = &mut Context::from_waker(Waker::noop());
        let mut second = pin!(cache.get_with(2, async { cache.get_with(1, async { 0 }).await + 1 }));
        assert!(second.as_mut().poll(context).is_pending());
        let (polled, was_polled) = mpsc::channel();
        let third = tasks.spawn({
            let cache = cache.clone();
            async move {
                let mut second = pin!(cache.get_with(2, async { 0 }));
                std::future::poll_fn(|context| {
                    let poll = second.as_mut().poll(context);
                    let _ = polled.send(());
                    poll
                })
                .await
            }
        });
        // Nothing is sent if it panics.
        let _ = was_polled.recv();
        finish.send(()).unwrap();
        let (first, runtime) = first.join().unwrap();
        assert_eq!((first, second.as_mut().poll(context)), (Poll::Ready(1), Poll::Ready(2)));
        assert_eq!(runtime.block_on(third).map_err(|error| message(error.into_panic())), Ok(2));
    });
}

/// But one that blocks the thread blocks the load, too.
#[test]
fn what_a_task_blocks_for_that_a_load_happens_to_poll() {
    let panic = ends(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let cache = sync::Cache::<u32, u32>::builder("blocked").build();
        let again = cache.clone();
        let task = runtime.spawn(async move { again.get_with(1, || 2) });
        let mut panic = None;
        cache.get_with(1, || {
            panic = runtime.block_on(task).map_err(|error| message(error.into_panic())).err();
            1
        });
        panic.unwrap()
    });
    assert!(panic.contains("`blocked` waits for itself"), "{panic}");
}
