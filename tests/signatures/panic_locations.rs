//! Where panics are said to be.

use std::cell::Cell;
use std::future::{Future, ready};
use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Once;

use crate::support::{block_on, later};

thread_local! {
    static PANICKED_AT: Cell<Option<(&'static str, u32, u32)>> = const { Cell::new(None) };
}

/// Line and column of the panic in `run`, both within this file.
fn panics_at(run: impl FnOnce()) -> (u32, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let at = info.location().expect("a panic has a location");
            let file: &'static str = at.file().to_owned().leak();
            PANICKED_AT.set(Some((file, at.line(), at.column())));
            before(info);
        }));
    });
    assert!(catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    let (file, line, column) = PANICKED_AT.take().unwrap();
    assert_eq!(file, file!());
    (line, column)
}

/// The same functions twice, in the same lines of this file.
macro_rules! panicking {
    ($($module:ident [$($attribute:tt)*],)*) => {
        $(
            mod $module {
                #[allow(unused_imports)]
                use super::*;

                $($attribute)*
                pub(super) fn sync(x: &[u32]) -> u32 { x[1] }

                $($attribute)*
                pub(super) fn sync_plain_form(x: &[u32]) -> (u32, u32) { (x[1], 1) }

                $($attribute)*
                pub(super) fn sync_result(x: &[u32]) -> Result<u32, u32> { Ok(x[1]) }

                $($attribute)*
                pub(super) async fn asynchronous(x: &[u32]) -> u32 { later().await; x[1] }

                $($attribute)*
                pub(super) fn impl_future<'a>(x: &'a [u32]) -> impl Future<Output = u32> + 'a { async move { x[1] } }

                $($attribute)*
                pub(super) fn making_a_future<'a>(x: &'a [u32]) -> impl Future<Output = u32> { ready(x[1]) }

                $($attribute)*
                pub(super) fn boxed<'a>(x: &'a [u32]) -> Pin<Box<dyn Future<Output = u32> + 'a>> { Box::pin(async move { x[1] }) }

                $($attribute)*
                #[track_caller]
                pub(super) fn tracked(x: &[u32]) -> Result<u32, u32> { Ok(x.get(1).copied().unwrap()) }

                $($attribute)*
                #[track_caller]
                pub(super) fn tracked_plain_form(x: &[u32]) -> (u32, u32) { (x.get(1).copied().unwrap(), 1) }
            }
        )*
    };
}

panicking!(plain [], timed [#[fujita::timed]],);

macro_rules! panic_locations {
    ($($name:ident: |$function:ident| $call:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let timed = { let $function = timed::$name; panics_at(|| { let _ = $call; }) };
                let plain = { let $function = plain::$name; panics_at(|| { let _ = $call; }) };
                assert_eq!(timed, plain);
            }
        )*
    };
}

mod panics {
    use super::*;

    panic_locations! {
        sync: |f| f(&[]);
        sync_plain_form: |f| f(&[]);
        sync_result: |f| f(&[]);
        asynchronous: |f| block_on(f(&[]));
        impl_future: |f| block_on(f(&[]));
        making_a_future: |f| block_on(f(&[]));
        boxed: |f| block_on(f(&[]));
    }

    #[test]
    fn tracked() {
        assert_eq!(panics_at(|| _ = timed::tracked(&[])).0, line!());
        assert_eq!(panics_at(|| _ = timed::tracked_plain_form(&[])).0, line!());
        assert_eq!(panics_at(|| _ = plain::tracked(&[])).0, line!());
        assert_eq!(panics_at(|| _ = plain::tracked_plain_form(&[])).0, line!());
    }
}
