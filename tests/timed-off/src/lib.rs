//! Nothing here is measured, and everything works.

use std::future::{Future, ready};
use std::pin::Pin;

use fujita::timed;

#[timed]
pub fn sync(x: u32) -> Result<u32, u32> {
    if x == 0 { Err(x) } else { Ok(x) }
}

#[timed(
    name = "own_seconds",
    function = "own",
    labels(x = panics(x)),
    max_label_sets = 1,
    ok_if = |result| result.is_ok(),
    error_kind = |_| "kind",
    in_flight,
    busy,
    slow_poll = "1ns",
    slow = "1ns",
    log = "error"
)]
pub async fn with_options(x: u32) -> Result<u32, u32> {
    if ready(x).await == 0 { Err(x) } else { Ok(x) }
}

/// Would be called for the label.
pub fn panics(_: u32) -> u32 {
    panic!("labels are not read")
}

#[timed]
pub fn impl_future(x: u32) -> impl Future<Output = u32> {
    ready(x)
}

#[timed]
pub fn boxed(x: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(ready(x))
}

#[timed(slow = "1ns")]
#[must_use]
#[track_caller]
pub fn tracked((x, _): (u32, u32), mut y: u32) -> u32 {
    y += x;
    y
}

pub struct Type;

#[timed(in_flight)]
impl Type {
    pub fn method(&self) -> u32 {
        1
    }

    #[timed(skip)]
    pub fn skipped(&self) -> u32 {
        1
    }

    #[timed(function = "own")]
    pub async fn own(self) -> u32 {
        ready(1).await
    }

    #[fujita::timed(labels(x = x))]
    pub fn by_path(&self, x: u32) -> u32 {
        x
    }
}

#[timed]
pub trait Trait {
    fn default(&self) -> u32 {
        1
    }

    #[timed(skip)]
    fn skipped(&self) -> u32 {
        1
    }
}

impl Trait for Type {}

#[timed]
pub mod block {
    pub fn function() -> u32 {
        1
    }

    pub mod inner {
        #[fujita::timed(skip)]
        pub const fn skipped() -> u32 {
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use fujita::offload;
    use fujita_tests::record;
    use futures::executor::block_on;

    #[async_trait]
    trait Waits {
        async fn wait(&self) -> u32;
    }

    #[async_trait]
    impl Waits for Type {
        #[timed]
        async fn wait(&self) -> u32 {
            ready(1).await
        }
    }

    #[test]
    fn nothing_is_recorded() {
        let (values, recorded) = record(|| {
            let results = (sync(0), block_on(with_options(1)), block_on(with_options(0)));
            assert_eq!(results, (Err(0), Ok(1), Err(0)));
            let methods = Type.method()
                + Type.skipped()
                + block_on(Type.own())
                + Type.by_path(1)
                + block_on(Type.wait());
            let traits = Type.default() + Trait::skipped(&Type) + block::function() + block::inner::skipped();
            block_on(impl_future(1)) + block_on(boxed(1)) + tracked((1, 2), 3) + methods + traits
        });
        assert_eq!(values, 15);
        assert!(recorded.names().is_empty(), "{recorded:?}");
    }

    #[timed(slow = "1ns", labels(x = panics(x)))]
    #[offload]
    fn moved(x: u32) -> u32 {
        x
    }

    #[test]
    fn others_are_listed() {
        let listed = fujita::functions();
        assert_eq!((listed.len(), listed[0].name, listed[0].layers), (1, "moved", &["offload"][..]));
    }

    #[test]
    fn others_still_work() {
        let _inline = fujita::offload::inline();
        assert_eq!(block_on(moved(1)), 1);
    }

    /// The future is the function's own.
    #[test]
    fn nothing_is_wrapped() {
        async fn plain(x: u32) -> Result<u32, u32> {
            if ready(x).await == 0 { Err(x) } else { Ok(x) }
        }
        assert_eq!(size_of_val(&with_options(1)), size_of_val(&plain(1)));
        assert!(std::any::type_name_of_val(&impl_future(1)).ends_with("Ready<u32>"));
    }
}
