use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use fujita::offload;
use fujita::offload::Pool;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use pollster::block_on as block_without_runtime;
use tokio::runtime::{Handle, Runtime};

/// What hangs is to fail, not to hang the suite.
pub(crate) fn within_a_minute(test: impl FnOnce() + Send + 'static) {
    let (done, is_done) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    match is_done.recv_timeout(Duration::from_secs(60)) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        _ => thread.join().unwrap(),
    }
}

/// Deeper and deeper into the same pool, with the runtime's own `block_on`.
#[offload(pool = "one")]
fn deep(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + Handle::current().block_on(deep(depth - 1)) }
}

#[offload(pool = "one cpu", cpu)]
fn deep_on_cpu(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + block_without_runtime(deep_on_cpu(depth - 1)) }
}

/// There and back again, as often as you like.
#[offload(pool = "one")]
fn ping(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + block_without_runtime(pong(depth - 1)) }
}

#[offload(pool = "one cpu", cpu)]
fn pong(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + Handle::current().block_on(ping(depth - 1)) }
}

#[offload(pool = "another")]
fn pang(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + Handle::current().block_on(ping(depth - 1)) }
}

/// With a limit of its own as well.
#[offload(pool = "another", max_concurrent = 1)]
fn alone(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + Handle::current().block_on(deep(depth - 1)) }
}

fn set_up() {
    Pool::builder("one").threads(1).install().unwrap();
    Pool::builder("one cpu").cpu().threads(1).install().unwrap();
    Pool::builder("another").threads(1).install().unwrap();
}

#[test]
fn calls_within_calls_do_not_wait_for_themselves() {
    within_a_minute(|| {
        set_up();
        crate::under_each_runtime(|| async {
            assert_eq!(deep(100).await, 100);
            assert_eq!(deep_on_cpu(100).await, 100);
            assert_eq!(ping(100).await, 100);
            assert_eq!(pong(100).await, 100);
            // Many at once, crosswise, on pools of one thread each.
            let mut all = Vec::new();
            for number in 0..400 {
                all.push(tokio::spawn(async move {
                    match number % 5 {
                        0 => ping(number % 9).await,
                        1 => pong(number % 9).await,
                        2 => pang(number % 9).await,
                        3 => deep(number % 9).await,
                        _ => alone(number % 9).await,
                    }
                }));
            }
            for (number, ended) in join_all(all).await.into_iter().enumerate() {
                assert_eq!(ended.unwrap() as usize, number % 9);
            }
        });
    });
}

/// A call may hold the only turn that a call further down waits for.
#[test]
fn a_limit_does_not_wait_for_itself_by_way_of_another_pool() {
    #[offload(pool = "one at a time", max_concurrent = 1)]
    fn limited(depth: u32) -> u32 {
        if depth == 0 { 0 } else { 1 + Handle::current().block_on(between(depth - 1)) }
    }
    #[offload(pool = "between")]
    fn between(depth: u32) -> u32 {
        if depth == 0 { 0 } else { 1 + Handle::current().block_on(limited(depth - 1)) }
    }

    within_a_minute(|| {
        Pool::builder("one at a time").threads(4).install().unwrap();
        Pool::builder("between").threads(4).install().unwrap();
        crate::under_each_runtime(|| async {
            assert_eq!(limited(9).await, 9);
            assert_eq!(join_all((0..40).map(limited)).await, (0..40).collect::<Vec<_>>());
        });
    });
}

#[test]
fn parallel_iterators_run_on_the_pool_of_their_call() {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

    #[offload(pool = "parallel", cpu)]
    fn sum(depth: u32) -> u64 {
        (0..64_u64)
            .into_par_iter()
            .map(|number| {
                let name = std::thread::current().name().map(str::to_owned);
                assert!(name.is_some_and(|name| name.starts_with("par-")), "another pool's thread");
                // From a part of the iterator, on a thread that runs no call of its own.
                if depth == 0 { number } else { number + block_without_runtime(sum(depth - 1)) }
            })
            .sum()
    }

    within_a_minute(|| {
        Pool::builder("parallel").cpu().threads(2).thread_name("par").install().unwrap();
        assert_eq!(block_without_runtime(sum(1)), 2_016 + 64 * 2_016);
        let all = block_without_runtime(join_all((0..32).map(|number| sum(number % 2))));
        assert_eq!(all.iter().sum::<u64>(), 16 * 2_016 + 16 * (2_016 + 64 * 2_016));
    });
}

#[test]
fn a_cpu_pool_needs_no_runtime() {
    #[offload(cpu)]
    fn cpu() -> u32 {
        5
    }

    assert_eq!(block_without_runtime(cpu()), 5);
    assert_eq!(futures::executor::block_on(cpu()), 5);
}

#[test]
#[should_panic(expected = "there is no tokio runtime here")]
fn a_blocking_pool_says_what_it_needs() {
    #[offload]
    fn blocking() {}

    block_without_runtime(blocking());
}

#[test]
fn a_runtime_that_ends_does_not_wait_for_calls_of_another() {
    #[offload(pool = "shared")]
    fn call(began: SyncSender<()>, end: Receiver<()>) {
        began.send(()).unwrap();
        end.recv().unwrap();
    }

    within_a_minute(|| {
        let pool = Pool::builder("shared").threads(1).install().unwrap();
        let (stays, goes) = (Runtime::new().unwrap(), Runtime::new().unwrap());
        let begin = |on: &Runtime| {
            let (began, has_begun) = sync_channel(1);
            let (end, ends) = sync_channel(1);
            (on.spawn(call(began, ends)), has_begun, end)
        };
        let (first, has_begun, end_first) = begin(&goes);
        has_begun.recv().unwrap();
        let (second, has_begun, end_second) = begin(&stays);
        while pool.queue_depth() == 0 {
            std::thread::yield_now();
        }
        end_first.send(()).unwrap();
        stays.block_on(first).unwrap();
        has_begun.recv().unwrap();
        // It waits for its threads, and the other call ends only afterwards.
        drop(goes);
        end_second.send(()).unwrap();
        stays.block_on(second).unwrap();
    });
}

#[test]
fn a_runtime_that_ends_takes_its_own_calls_along_and_no_others() {
    #[offload(pool = "outlives")]
    fn call(millis: u64) -> u64 {
        std::thread::sleep(Duration::from_millis(millis));
        millis
    }

    within_a_minute(|| {
        let pool = Pool::builder("outlives").threads(1).install().unwrap();
        let stays = Runtime::new().unwrap();
        for _ in 0..30 {
            let goes = Runtime::new().unwrap();
            let mine = stays.spawn(async { join_all((0..5).map(|_| call(1))).await });
            let theirs = goes.spawn(async { join_all((0..50).map(|_| call(1))).await });
            std::thread::sleep(Duration::from_millis(3));
            goes.shutdown_background();
            assert_eq!(stays.block_on(mine).unwrap(), [1; 5]);
            drop(theirs);
        }
        crate::eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
        assert_eq!(stays.block_on(call(0)), 0);
    });
}

/// All of tokio's `block_on`s on one thread share what wakes it: one within another takes what was meant for that.
#[test]
fn what_waits_beside_a_body_that_runs_in_place_is_not_forgotten() {
    const A_MOMENT: Duration = Duration::from_millis(5);
    #[offload]
    fn disk() {
        std::thread::sleep(A_MOMENT);
    }
    #[offload(cpu)]
    fn part() {
        Handle::current().block_on(async {
            disk().await;
            disk().await;
        });
    }
    #[offload(cpu)]
    fn whole() {
        Handle::current().block_on(async { tokio::join!(disk(), part()) });
    }
    #[offload(pool = "side by side")]
    fn blocking_part() {
        Handle::current().block_on(async { tokio::time::sleep(3 * A_MOMENT).await });
    }
    #[offload(pool = "side by side")]
    fn blocking_whole() {
        Handle::current().block_on(async {
            let mut all = FuturesUnordered::new();
            all.push(tokio::time::sleep(A_MOMENT).boxed());
            all.push(blocking_part().boxed());
            while all.next().await.is_some() {}
        });
    }
    #[offload(in_place)]
    fn here() {
        Handle::current().block_on(async {
            disk().await;
            disk().await;
        });
    }

    within_a_minute(|| {
        Pool::builder("side by side").threads(1).install().unwrap();
        let current_thread = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let multi_thread = Runtime::new().unwrap();
        for _ in 0..10 {
            for runtime in [&current_thread, &multi_thread] {
                runtime.block_on(whole());
                runtime.block_on(blocking_whole());
            }
            multi_thread.block_on(async { tokio::join!(disk(), here()) });
        }
    });
}
