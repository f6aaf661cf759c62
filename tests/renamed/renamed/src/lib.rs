//! Nothing here is called `fujita`.

use std::future::{Future, ready};
use std::pin::Pin;

/// A place of its own.
pub mod own_place {
    pub use fj::*;
}

#[fj::timed(crate = ::fj)]
pub fn sync(x: u32) -> Result<u32, u32> {
    if x == 0 { Err(x) } else { Ok(x) }
}

#[fj::timed(crate = ::fj)]
pub fn plain_form(x: u32) -> (u32, u32) {
    (x, x)
}

#[::fj::timed(crate = ::fj, labels(x = x), in_flight, busy, error_kind = |_| "kind", slow = "1h", log = "trace")]
pub async fn asynchronous(x: u32) -> Result<u32, u32> {
    if ready(x).await == 0 { Err(x) } else { Ok(x) }
}

#[fj::timed(crate = ::fj)]
pub fn impl_future(x: u32) -> impl Future<Output = u32> {
    ready(x)
}

#[fj::timed(crate = ::fj)]
pub fn boxed(x: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(ready(x))
}

#[fj::timed(crate = ::fj)]
#[track_caller]
pub fn tracked(x: u32) -> Result<u32, u32> {
    Ok(x)
}

#[own_place::timed(crate = crate::own_place)]
pub fn from_own_place(x: u32) -> Option<u32> {
    Some(x)
}

#[fj::timed(crate = ::fj)]
#[fj::offload(crate = ::fj, owned(text), on_full = "reject", keep_sync = offloaded_sync)]
pub fn offloaded(text: &str, shop: Type) -> Result<usize, fj::OffloadError> {
    let Type = shop;
    Ok(text.len())
}

#[own_place::offload(crate = crate::own_place)]
pub fn offloaded_from_own_place(x: u32) -> Result<u32, ()> {
    Ok(x)
}

pub struct Type;

#[fj::timed(crate = ::fj, labels(block = "impl"))]
impl Type {
    pub fn method(&self) -> u32 {
        1
    }

    pub async fn asynchronous(self) -> Option<u32> {
        Some(ready(1).await)
    }

    #[fj::timed(skip)]
    pub fn skipped(&self) -> u32 {
        1
    }

    #[fj::timed(function = "own", labels(own = "1"))]
    pub fn own_options(&self) -> u32 {
        1
    }
}

#[fj::timed(crate = ::fj)]
pub mod block {
    use fj::timed;

    pub fn function() -> u32 {
        1
    }

    #[timed(skip)]
    pub fn skipped() -> u32 {
        1
    }

    #[::fj::timed(skip)]
    pub fn skipped_by_path() -> u32 {
        1
    }
}

#[fj::timed(crate = ::fj)]
pub trait Trait {
    fn default(&self) -> Result<u32, u32> {
        Err(1)
    }

    #[fj::timed(skip)]
    fn skipped(&self) -> u32 {
        1
    }
}

impl Trait for Type {}

#[cfg(test)]
mod tests {
    use super::*;
    use fujita_tests::record;
    use futures::executor::block_on;

    #[test]
    fn functions() {
        let (_, recorded) = record(|| {
            let _ = (sync(0), plain_form(1), block_on(asynchronous(0)), block_on(impl_future(1)));
            let _ = (block_on(boxed(1)), tracked(1), from_own_place(1));
        });
        assert_eq!(recorded.calls("sync", "error"), 1.0);
        assert_eq!(
            recorded.sum("function_duration_seconds", &["function=asynchronous", "x=0", "error=kind"]),
            1.0
        );
        for function in ["plain_form", "impl_future", "boxed", "tracked", "from_own_place"] {
            assert_eq!(recorded.calls(function, "ok"), 1.0, "{function}");
        }
        assert_eq!(recorded.series("function_duration_seconds", &[]), 7);
    }

    #[test]
    fn offloaded_functions() {
        let _inline = fj::offload::inline();
        assert_eq!((block_on(offloaded("ab", Type)), offloaded_sync("a", Type)), (Ok(2), Ok(1)));
        assert_eq!(block_on(offloaded_from_own_place(1)), Ok(1));
    }

    #[test]
    fn blocks() {
        let (_, recorded) = record(|| {
            let _ = (Type.method(), Type.own_options(), block_on(Type.asynchronous()), block::function());
            let _ = (Type.default(), Type.skipped(), Trait::skipped(&Type), block::skipped());
            block::skipped_by_path();
        });
        assert_eq!(recorded.sum("function_duration_seconds", &["function=Type::method", "block=impl"]), 1.0);
        assert_eq!(
            recorded.sum("function_duration_seconds", &["function=Type::asynchronous", "block=impl"]),
            1.0
        );
        assert_eq!(recorded.sum("function_duration_seconds", &["function=own", "own=1"]), 1.0);
        assert_eq!(recorded.calls("function", "ok"), 1.0);
        assert_eq!(recorded.calls("Trait::default", "error"), 1.0);
        assert_eq!(recorded.series("function_duration_seconds", &[]), 5, "{recorded:?}");
    }

    #[test]
    fn inventory() {
        let all = fj::functions();
        assert!(all.iter().any(|function| function.path == "renamed::sync"), "{all:?}");
        assert!(!all.iter().any(|function| function.path.contains("skipped")), "{all:?}");
    }
}
