//! Invalidating by tag.
//!
//! Tags are given by functions, so these are `#[cached]`.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::task::{Context, Poll, Waker};
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

#[test]
fn who_takes_over_from_a_caller_whose_tags_panic_has_tags() {
    static FIRST: AtomicBool = AtomicBool::new(true);
    static LOADS: AtomicU32 = AtomicU32::new(0);
    static GATE: Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>> = Mutex::new(None);
    fn tag(key: u32) -> String {
        if FIRST.swap(false, Ordering::SeqCst) {
            let (arrived, may_go_on) = GATE.lock().unwrap().take().unwrap();
            let _ = (arrived.send(()), may_go_on.recv());
            panic!("as asked");
        }
        format!("t{key}")
    }
    #[cached(tags(tag(key)))]
    async fn tagged(key: u32) -> u32 {
        let _ = key;
        LOADS.fetch_add(1, Ordering::SeqCst)
    }
    let (arrived, has_arrived) = mpsc::channel();
    let (open, may_go_on) = mpsc::channel();
    *GATE.lock().unwrap() = Some((arrived, may_go_on));
    let leader = thread::spawn(|| futures::executor::block_on(tagged(1)));
    has_arrived.recv().unwrap();
    let mut follower = pin!(tagged(1));
    let context = &mut Context::from_waker(Waker::noop());
    assert!(follower.as_mut().poll(context).is_pending(), "it waits for the leader");
    drop(open);
    assert!(leader.join().is_err());
    assert_eq!(follower.as_mut().poll(context), Poll::Ready(0));
    assert!(tagged_cache().contains_key(&1));
    tagged_cache().invalidate_tag("t1");
    assert!(!tagged_cache().contains_key(&1));
    assert_eq!(futures::executor::block_on(tagged(1)), 1);
}

#[test]
fn who_takes_over_has_tags_of_its_own() {
    #[cached(key: u32 = 1, tags(tag))]
    async fn own(tag: &str, load: futures::future::BoxFuture<'static, u32>) -> u32 {
        let _ = tag;
        load.await
    }
    let context = &mut Context::from_waker(Waker::noop());
    let mut leader = Box::pin(own("a", Box::pin(std::future::pending())));
    assert!(leader.as_mut().poll(context).is_pending());
    let mut follower = pin!(own("b", Box::pin(std::future::ready(2))));
    assert!(follower.as_mut().poll(context).is_pending());
    drop(leader);
    assert_eq!(follower.as_mut().poll(context), Poll::Ready(2));
    own_cache().invalidate_tag("a");
    assert!(own_cache().contains_key(&1));
    own_cache().invalidate_tag("b");
    assert!(!own_cache().contains_key(&1));
}
