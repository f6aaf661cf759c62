//! As `drops_async`, for methods of `#[async_trait]`, in each order of the attributes. (A pattern that leaves a rest is not
//! among them: the rest is dropped at the call by `async_trait`, which a `#[timed]` above it undoes.)

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use async_trait::async_trait;
use fujita::timed;

use crate::noisy::{Borrowed, Noisy, log, logged};
use crate::support::{block_on, later, poll_once};

#[async_trait]
trait Methods: Sized {
    async fn by_ref(&self, a: Noisy, pair: (Noisy, Noisy), ignored: Noisy) -> usize;
    async fn by_value(self, a: Noisy, b: Noisy) -> Result<Noisy, Noisy>;
    async fn boxed(mut self: Box<Self>, a: Noisy) -> Option<Noisy>;
    async fn panicking(&mut self, a: Noisy, b: Noisy) -> usize;
}

macro_rules! methods {
    ($name:ident, [$($block:tt)*], [$($method:tt)*]) => {
        struct $name {
            x: Noisy,
            y: Noisy,
        }

        $($block)*
        impl Methods for $name {
            $($method)*
            async fn by_ref(&self, a: Noisy, (b, c): (Noisy, Noisy), _: Noisy) -> usize {
                let _local = Noisy("local");
                later().await;
                Borrowed(&a).len() + Borrowed(&Noisy("temporary")).len()
            }

            $($method)*
            async fn by_value(self, a: Noisy, b: Noisy) -> Result<Noisy, Noisy> {
                let _local = Noisy("local");
                later().await;
                drop(self.y);
                if a.0 == "a" {
                    return Err(b);
                }
                later().await;
                Ok(b)
            }

            $($method)*
            async fn boxed(mut self: Box<Self>, a: Noisy) -> Option<Noisy> {
                self.x = Noisy("x2");
                later().await;
                Some(self.y)
            }

            $($method)*
            async fn panicking(&mut self, a: Noisy, b: Noisy) -> usize {
                let _local = Noisy("local");
                later().await;
                [1_usize][Borrowed(&a).len()]
            }
        }
    };
}

mod methods {
    #![allow(unused_variables, unused_assignments)]

    use super::*;

    methods!(Plain, [#[async_trait]], []);
    methods!(Inside, [#[async_trait]], [#[timed]]);
    methods!(Above, [#[timed] #[async_trait]], []);
    methods!(Below, [#[async_trait] #[timed]], []);

    macro_rules! logs {
        ($($name:ident)*) => {
            [$({
                let own = || $name { x: Noisy("x"), y: Noisy("y") };
                let pair = || (Noisy("b"), Noisy("b2"));
                [
                    super::logs(|polls| {
                        let own = own();
                        run(own.by_ref(Noisy("a"), pair(), Noisy("_")), polls)
                    }),
                    super::logs(|polls| run(own().by_value(Noisy("a"), Noisy("b")), polls)),
                    super::logs(|polls| run(Box::new(own()).boxed(Noisy("a")), polls)),
                    super::logs(|polls| {
                        let mut own = own();
                        run(own.panicking(Noisy("a"), Noisy("b")), polls)
                    }),
                ]
            }),*]
        };
    }

    #[test]
    fn the_same_in_every_order() {
        let [plain, timed @ ..] = logs!(Plain Inside Above Below);
        for (timed, order) in timed.into_iter().zip(["inside", "above", "below"]) {
            assert_eq!(timed, plain, "{order}");
        }
        assert!(plain.iter().flatten().all(|log| log.len() > 3), "{plain:?}");
    }
}

/// Polls so many times, or to the end, and drops.
fn run<R>(mut future: Pin<Box<dyn Future<Output = R> + Send + '_>>, polls: Option<usize>) {
    log("made");
    let Some(polls) = polls else {
        drop(block_on(future));
        return log("returned");
    };
    for _ in 0..polls {
        match poll_once(&mut future) {
            std::task::Poll::Pending => log("pending"),
            std::task::Poll::Ready(_) => return log("ready"),
        }
    }
}

fn logs(run: impl Fn(Option<usize>)) -> Vec<Vec<String>> {
    let polls = [None, Some(0), Some(1), Some(2), Some(3)];
    let caught = |polls| {
        logged(|| {
            if catch_unwind(AssertUnwindSafe(|| run(polls))).is_err() {
                log("panicked");
            }
        })
    };
    polls.into_iter().map(caught).collect()
}
