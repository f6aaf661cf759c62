//! Functions with `unsafe` in front, with target features, and exported ones.

#![allow(unsafe_op_in_unsafe_fn, reason = "bodies as older editions have them")]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use fujita::{offload, timed};
use fujita_tests::record;
use futures::executor::block_on;

#[timed]
unsafe fn value(x: *const u32) -> u32 {
    *x
}

#[timed]
unsafe fn result(x: *const u32) -> Result<u32, u32> {
    if *x == 0 {
        return Err(0);
    }
    Ok(*x)
}

#[timed]
pub unsafe fn plain(x: *const u32) -> (u32, u32) {
    (*x, 1)
}

#[timed]
#[track_caller]
unsafe fn tracked(x: *const u32) -> Result<u32, u32> {
    Err(*x)
}

#[timed]
async unsafe fn asynchronous(x: *const u32) -> Result<u32, u32> {
    futures::pending!();
    Err(*x)
}

#[timed]
unsafe fn impl_future(x: *const u32) -> impl Future<Output = u32> {
    let x = *x;
    async move { x }
}

#[timed]
unsafe fn boxed(x: *const u32) -> Pin<Box<dyn Future<Output = u32>>> {
    let first = *x;
    Box::pin(async move { first + *x })
}

#[timed]
unsafe extern "C" fn of_c(x: *mut u32) -> bool {
    *x += 1;
    *x > 1
}

#[timed]
#[unsafe(no_mangle)]
pub extern "C" fn edition_exported(x: u32) -> u32 {
    x + 1
}

#[unsafe(no_mangle)]
#[timed]
pub extern "C" fn edition_exported_above(x: u32) -> u32 {
    x + 1
}

#[timed]
unsafe fn with_blocks(x: *const u32) -> u32 {
    unsafe { *x }
}

struct Type;

unsafe trait Marked {
    unsafe fn method(&self, x: *const u32) -> u32;
}

#[timed]
unsafe impl Marked for Type {
    unsafe fn method(&self, x: *const u32) -> u32 {
        *x
    }
}

#[timed]
unsafe trait Default2 {
    unsafe fn default(&self, x: *const u32) -> Option<u32> {
        Some(*x)
    }
}

unsafe impl Default2 for Type {}

#[timed]
mod block {
    pub(super) unsafe fn function(x: *const u32) -> u32 {
        *x
    }

    unsafe extern "C" {
        pub(super) fn edition_exported(x: u32) -> u32;
    }
}

#[cfg(target_arch = "x86_64")]
mod features {
    use fujita::{offload, timed};

    #[timed]
    #[target_feature(enable = "sse2")]
    pub(super) fn value(x: u32) -> u32 {
        let each = |y: u32| inner(y);
        each(x)
    }

    #[target_feature(enable = "sse2")]
    #[timed]
    pub(super) unsafe fn result(x: u32) -> Result<u32, u32> {
        let early = inner(x);
        if early == 2 {
            return Err(early);
        }
        Ok(early)
    }

    #[timed]
    #[target_feature(enable = "sse2")]
    pub(super) fn plain(x: u32) -> (u32,) {
        (inner(x),)
    }

    #[timed]
    #[target_feature(enable = "sse2")]
    pub(super) async fn asynchronous(x: u32) -> u32 {
        inner(x)
    }

    #[offload]
    #[target_feature(enable = "sse2")]
    pub(super) fn offloaded(x: u32) -> u32 {
        inner(x)
    }

    #[offload(keep_sync = kept_sync)]
    #[target_feature(enable = "sse2")]
    pub(super) unsafe fn kept(x: u32) -> u32 {
        inner(x)
    }

    #[target_feature(enable = "sse2")]
    fn inner(x: u32) -> u32 {
        x + 1
    }
}

struct Address(*const u32);

// What it points to is a static.
unsafe impl Send for Address {}

static ONE: u32 = 1;

#[offload]
unsafe fn offloaded(x: Address) -> u32 {
    let Address(x) = x;
    *x
}

#[offload(keep_sync = kept_sync)]
unsafe fn kept(x: Address) -> u32 {
    *x.0
}

#[derive(Clone)]
struct Shared(&'static u32);

impl Shared {
    #[offload(clone_self)]
    unsafe fn offloaded(&self, x: Address) -> u32 {
        *x.0 + *self.0
    }

    /// With a block of its own.
    #[offload(clone_self)]
    pub unsafe fn with_block(&self, x: Address) -> u32 {
        unsafe { *x.0 + *self.0 }
    }
}

#[test]
fn offloaded_functions() {
    let x = || Address(&ONE);
    let _inline = fujita::offload::inline();
    let found = unsafe {
        let kept = (block_on(kept(x())), kept_sync(x()));
        let shared = Shared(&ONE);
        (block_on(offloaded(x())), kept, block_on(shared.offloaded(x())), block_on(shared.with_block(x())))
    };
    assert_eq!(found, (1, (1, 1), 2, 2));
}

#[cfg(target_arch = "x86_64")]
#[test]
fn offloaded_target_features() {
    let _inline = fujita::offload::inline();
    let found = unsafe {
        (block_on(features::offloaded(1)), block_on(features::kept(1)), features::kept_sync(1))
    };
    assert_eq!(found, (2, 2, 2));
}

#[test]
fn unsafe_functions() {
    let x = &1_u32 as *const u32;
    let (_, recorded) = record(|| unsafe {
        assert_eq!((value(x), result(x), result(&0), plain(x)), (1, Ok(1), Err(0), (1, 1)));
        assert_eq!((tracked(x), with_blocks(x), Type.method(x), Type.default(x)), (Err(1), 1, 1, Some(1)));
        let mut future = Box::pin(asynchronous(x));
        while future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
        assert_eq!((block_on(impl_future(x)), block_on(boxed(x)), block::function(x)), (1, 2, 1));
        let mut counted = 1;
        assert_eq!((of_c(&mut counted), counted), (true, 2));
    });
    let of = |result: &str, functions: &[&str]| {
        for function in functions {
            assert_eq!(recorded.calls(function, result), 1.0, "{function} {recorded:?}");
        }
    };
    of("ok", &["value", "result", "plain", "with_blocks", "impl_future", "boxed", "function", "of_c"]);
    of("ok", &["Type::method", "Default2::default"]);
    of("error", &["result", "tracked", "asynchronous"]);
}

#[test]
fn exported_functions() {
    let (_, recorded) = record(|| {
        assert_eq!(unsafe { block::edition_exported(1) }, 2);
        assert_eq!(edition_exported_above(1), 2);
    });
    assert_eq!(recorded.calls("edition_exported", "ok"), 1.0);
    assert_eq!(recorded.calls("edition_exported_above", "ok"), 1.0);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn target_features() {
    let (_, recorded) = record(|| unsafe {
        assert_eq!((features::value(1), features::result(1), features::plain(1)), (2, Err(2), (2,)));
        assert_eq!(block_on(features::asynchronous(1)), 2);
    });
    for (function, result) in [("value", "ok"), ("result", "error"), ("plain", "ok"), ("asynchronous", "ok")]
    {
        assert_eq!(recorded.calls(function, result), 1.0, "{function}");
    }
}
