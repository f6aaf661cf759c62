//! As `drops`, for async functions: completed, never polled, dropped while waiting, and panicking.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use fujita::timed;

use crate::noisy::{Borrowed, Guard, Noisy, Pair, Unit, log, logged, pair};
use crate::support::{block_on, later, poll_once};

/// Logs of the future run to its end, never polled, and dropped after each number of polls until it is ready.
fn logs<F: Future>(make: impl Fn() -> F) -> Vec<Vec<String>> {
    let completed = logged(|| match catch_unwind(AssertUnwindSafe(|| block_on(make()))) {
        Ok(returned) => {
            log("returned");
            drop(returned);
        }
        Err(_) => log("panicked"),
    });
    let mut all = vec![completed];
    for polls in 0..4 {
        all.push(logged(|| {
            let mut future: Pin<Box<F>> = Box::pin(make());
            log("made");
            for _ in 0..polls {
                match catch_unwind(AssertUnwindSafe(|| poll_once(&mut future).is_ready())) {
                    Ok(false) => log("pending"),
                    Ok(true) => return log("ready"),
                    Err(_) => return log("panicked"),
                }
            }
            log("dropped");
        }));
    }
    all
}

macro_rules! twins {
    ($(async fn $test:ident($($argument:pat => $of:ty = $value:expr),*) [$($returned:tt)*] $body:block)*) => {
        $(
            #[test]
            #[allow(unused_variables, unused_assignments, unreachable_code)]
            fn $test() {
                async fn plain($($argument: $of),*) $($returned)* $body
                #[timed]
                async fn timed($($argument: $of),*) $($returned)* $body
                let (plain, timed) = (logs(|| plain($($value),*)), logs(|| timed($($value),*)));
                assert_eq!(timed, plain);
                assert!(plain.iter().all(|log| log.len() > 2), "{plain:?}");
            }
        )*
    };
}

twins! {
    async fn nothing(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [] {
        let _c = Noisy("c");
        later().await;
        let _d = Noisy("d");
        later().await;
    }

    async fn value(a => Noisy = Noisy("a"), b => Noisy = Noisy("b"), c => Noisy = Noisy("c")) [-> Noisy] {
        let _d = Noisy("d");
        later().await;
        log("body");
        b
    }

    async fn never_waiting(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Noisy] {
        let _d = Noisy("d");
        b
    }

    async fn early(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Result<Noisy, Noisy>] {
        let _c = Noisy("c");
        later().await;
        if a.0 == "b" {
            return Ok(a);
        }
        Err(b)?;
        later().await;
        Ok(Noisy("never"))
    }

    async fn ignored(_ => Noisy = Noisy("1"), _b => Noisy = Noisy("b"), _ => Noisy = Noisy("3"), d => Noisy = Noisy("d")) [-> u32] {
        later().await;
        let _e = Noisy("e");
        1
    }

    async fn unused(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> u32] {
        later().await;
        1
    }

    async fn patterns(
        (a, _) => (Noisy, Noisy) = (Noisy("a"), Noisy("a2")),
        Pair { b, .. } => Pair = pair("b1", "b"),
        ref c => Noisy = Noisy("c"),
        ref mut d => Noisy = Noisy("d"),
        [_, e, _] => [Noisy; 3] = [Noisy("e1"), Noisy("e"), Noisy("e3")]
    ) [-> usize] {
        *d = Noisy("d2");
        later().await;
        let _f = Noisy("f");
        Borrowed(c).len()
    }

    async fn a_rest_though_all_is_bound(a => Noisy = Noisy("a"), Guard { number } => Guard = Guard { number: 1 }, c => Noisy = Noisy("c")) [-> u32] {
        later().await;
        number
    }

    async fn all_bound(a => Noisy = Noisy("a"), (b, [c, d]) => (Noisy, [Noisy; 2]) = (Noisy("b"), [Noisy("c"), Noisy("d")]), Pair { a: e, b: f } => Pair = pair("e", "f")) [-> u32] {
        later().await;
        drop(c);
        later().await;
        1
    }

    async fn unit_pattern(Unit => Unit = Unit, b => Noisy = Noisy("b")) [-> u32] {
        later().await;
        1
    }

    async fn moved(a => Noisy = Noisy("a"), b => Noisy = Noisy("b"), c => Pair = pair("c1", "c2")) [-> u32] {
        drop(b);
        let _moved = c.a;
        later().await;
        drop(a);
        later().await;
        1
    }

    async fn tail_temporaries(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> usize] {
        let _c = Noisy("c");
        later().await;
        Borrowed(&a).len() + Borrowed(&Noisy("temporary")).len()
    }

    async fn temporaries_while_waiting(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> usize] {
        match (Borrowed(&a).len(), later().await) {
            (n, ()) => n + { later().await; Borrowed(&b).len() },
        }
    }

    async fn nested(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Option<Noisy>] {
        let inner = async { let _c = Noisy("c"); later().await; b };
        let _d = Noisy("d");
        Some(inner.await)
    }

    async fn panicking(a => Noisy = Noisy("a"), (b, _) => (Noisy, Noisy) = (Noisy("b"), Noisy("b2")), _ => Noisy = Noisy("_")) [-> usize] {
        let _c = Noisy("c");
        later().await;
        let length = Borrowed(&Noisy("temporary")).len() + [1_usize][a.0.len()];
        log("never");
        length
    }

    async fn panicking_at_once(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Result<usize, Noisy>] {
        let _c = Noisy("c");
        Ok([1_usize][a.0.len()])
    }

    async fn hidden(a => Noisy = Noisy("a"), b => Noisy = Noisy("b")) [-> Result<impl Sized, Noisy>] {
        let _c = Noisy("c");
        later().await;
        if b.0 == "x" {
            return Err(b);
        }
        Ok(a)
    }
}

macro_rules! methods {
    ($(async fn $test:ident($($receiver:tt)+) [$of:expr] [$($returned:tt)*] $body:block)*) => {
        $(
            #[test]
            #[allow(unused_variables, unused_mut, unused_assignments, dead_code)]
            fn $test() {
                struct Own { a: Noisy, b: Noisy, c: Noisy }
                impl Own {
                    async fn plain($($receiver)+, x: Noisy, (y, _): (Noisy, Noisy)) $($returned)* $body
                    #[timed]
                    async fn timed($($receiver)+, x: Noisy, (y, _): (Noisy, Noisy)) $($returned)* $body
                }
                let own = || Own { a: Noisy("a"), b: Noisy("b"), c: Noisy("c") };
                let plain = logs(|| Own::plain($of(own()), Noisy("x"), (Noisy("y"), Noisy("y2"))));
                let timed = logs(|| Own::timed($of(own()), Noisy("x"), (Noisy("y"), Noisy("y2"))));
                assert_eq!(timed, plain);
                assert!(plain.iter().all(|log| log.len() > 3), "{plain:?}");
            }
        )*
    };
}

mod receivers {
    use super::*;

    methods! {
        async fn unused(self) [std::convert::identity] [-> u32] { later().await; 1 }
        async fn whole(self) [std::convert::identity] [-> Self] { later().await; self }
        async fn partially_moved(self) [std::convert::identity] [-> usize] {
            let _local = Noisy("local");
            drop(self.b);
            later().await;
            self.a.0.len()
        }
        async fn one_field_read(self) [std::convert::identity] [-> usize] {
            let _local = Noisy("local");
            later().await;
            Borrowed(&self.b).len()
        }
        async fn one_field_kept(self) [std::convert::identity] [-> Option<Noisy>] {
            later().await;
            Some(self.b)
        }
        async fn reassigned(mut self) [std::convert::identity] [-> usize] {
            self.a = Noisy("a2");
            later().await;
            1
        }
        async fn boxed(self: Box<Self>) [Box::new] [-> Noisy] {
            later().await;
            self.b
        }
        async fn panicking(self) [std::convert::identity] [-> usize] {
            let _b = self.b;
            later().await;
            panic!("{}", self.a.0)
        }
    }
}
