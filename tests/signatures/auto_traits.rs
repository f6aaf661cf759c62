//! `Send`, `Sync`, `Unpin`, `UnwindSafe` and `RefUnwindSafe` of futures: kept where there, and not added where not.

use std::cell::Cell;
use std::future::{Future, ready};
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;

use fujita::timed;

use crate::support::{block_on, later, recorded};

/// Inherent functions are preferred where their bound holds, else the trait's are taken.
struct Probe<T>(#[allow(dead_code)] T);

macro_rules! probes {
    ($($name:ident $of:ident),*) => {
        trait Not {
            $(fn $name(&self) -> bool { false })*
        }

        impl<T> Not for Probe<T> {}

        $(
            impl<T: $of> Probe<T> {
                fn $name(&self) -> bool { true }
            }
        )*
    };
}

probes!(send Send, sync Sync, unpin Unpin, unwind_safe UnwindSafe, ref_unwind_safe RefUnwindSafe);

/// The traits of a value's type. (In a generic function the bounds would never hold.)
macro_rules! traits_of {
    ($value:expr) => {
        match &Probe($value) {
            probe => [
                ("Send", probe.send()),
                ("Sync", probe.sync()),
                ("Unpin", probe.unpin()),
                ("UnwindSafe", probe.unwind_safe()),
                ("RefUnwindSafe", probe.ref_unwind_safe()),
            ],
        }
    };
}

macro_rules! twins {
    ($($name:ident $value:expr => $send:literal, { $($function:tt)* })*) => {
        mod plain {
            #[allow(unused_imports)]
            use super::*;
            $(pub(super) $($function)*)*
        }
        mod timed {
            use super::*;
            $(#[timed] pub(super) $($function)*)*
        }
        /// As `timed`, with everything in every call that an option can ask for.
        mod with_options {
            use super::*;
            $(#[timed(labels(x = 1), in_flight, busy, slow_poll = "1h", slow = "1h")] pub(super) $($function)*)*
        }
        $(
            #[test]
            fn $name() {
                let plain = traits_of!(plain::$name($value));
                assert_eq!(traits_of!(timed::$name($value)), plain);
                assert_eq!(traits_of!(with_options::$name($value)), plain);
                assert_eq!(plain[0], ("Send", $send));
            }
        )*
    };
}

twins! {
    simple 1 => true, {
        async fn simple(x: u32) -> u32 { later().await; x }
    }
    never_waits "a".to_owned() => true, {
        async fn never_waits(x: String) -> Result<usize, String> { Ok(x.len()) }
    }
    holds_an_rc 1 => false, {
        async fn holds_an_rc(x: u32) -> u32 { let rc = Rc::new(x); later().await; *rc }
    }
    drops_the_rc 1 => true, {
        async fn drops_the_rc(x: u32) -> u32 { { let rc = Rc::new(x); drop(rc); } later().await; x }
    }
    takes_an_rc Rc::new(1) => false, {
        async fn takes_an_rc(x: Rc<u32>) -> u32 { *x }
    }
    ignores_an_rc Rc::new(1) => false, {
        async fn ignores_an_rc(_: Rc<u32>) -> u32 { 1 }
    }
    returns_an_rc 1 => true, {
        async fn returns_an_rc(x: u32) -> Option<Rc<u32>> { later().await; Some(Rc::new(x)) }
    }
    borrows_a_cell &Cell::new(1) => false, {
        async fn borrows_a_cell(x: &Cell<u32>) -> u32 { later().await; x.get() }
    }
    owns_a_cell Cell::new(1) => true, {
        async fn owns_a_cell(x: Cell<u32>) -> u32 { x.get() }
    }
    borrows_mutably &mut 1 => true, {
        async fn borrows_mutably(x: &mut u32) -> u32 { later().await; *x += 1; *x }
    }
    generic 1 => true, {
        async fn generic<T>(x: T) -> T { later().await; x }
    }
    generic_of_rc Rc::new(1) => false, {
        async fn generic_of_rc<T>(x: T) -> T { later().await; x }
    }
    returned_opaquely 1 => true, {
        fn returned_opaquely(x: u32) -> impl Future<Output = Result<u32, ()>> { async move { later().await; Ok(x) } }
    }
    returned_with_rc Rc::new(1) => false, {
        fn returned_with_rc(x: Rc<u32>) -> impl Future<Output = u32> { async move { later().await; *x } }
    }
    used_before Rc::new(1) => true, {
        fn used_before(x: Rc<u32>) -> impl Future<Output = u32> { let x = *x; async move { later().await; x } }
    }
    unpin 1 => true, {
        fn unpin(x: u32) -> impl Future<Output = u32> { ready(x) }
    }
    unpin_of_rc Rc::new(1) => false, {
        fn unpin_of_rc(x: Rc<u32>) -> impl Future<Output = Rc<u32>> { ready(x) }
    }
    pinned PhantomPinned => true, {
        fn pinned(x: PhantomPinned) -> impl Future<Output = ()> { async move { later().await; let _x = x; } }
    }
    boxed 1 => true, {
        fn boxed(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async move { x }) }
    }
    boxed_local 1 => false, {
        fn boxed_local(x: u32) -> Pin<Box<dyn Future<Output = u32>>> { Box::pin(async move { x }) }
    }
    boxed_and_all 1 => true, {
        fn boxed_and_all(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send + Sync + UnwindSafe + RefUnwindSafe>> { Box::pin(ready(x)) }
    }
}

/// Hidden types that are no futures keep theirs too.
#[test]
fn opaque_values() {
    #[timed]
    fn of_rc(x: u32) -> Result<impl Sized, ()> {
        Ok(Rc::new(x))
    }
    #[timed]
    fn of_box(x: u32) -> Result<impl Sized, ()> {
        Ok(Box::new(x))
    }
    assert_eq!(traits_of!(of_rc(1))[0], ("Send", false));
    assert_eq!(traits_of!(of_box(1)).map(|(_, is)| is), [true; 5]);
}

fn assert_static<T: 'static>(value: T) -> T {
    value
}

#[test]
fn futures_are_as_static_as_their_arguments() {
    drop(assert_static(timed::simple(1)));
    drop(assert_static(timed::never_waits(String::new())));
    drop(assert_static(timed::generic("static")));
}

#[test]
fn futures_can_be_spawned_and_caught() {
    #[timed]
    async fn spawned(x: Vec<u32>) -> Result<u32, std::num::TryFromIntError> {
        tokio::task::yield_now().await;
        u32::try_from(x.len())
    }
    let value = recorded(module_path!(), &[("spawned", "ok", 1)], || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { tokio::spawn(spawned(vec![1, 2])).await.unwrap() })
    });
    assert_eq!(value, Ok(2));

    #[timed]
    fn caught(x: u32) -> impl Future<Output = u32> + UnwindSafe {
        ready(x)
    }
    assert_eq!(std::panic::catch_unwind(|| block_on(caught(1))).unwrap(), 1);
}
