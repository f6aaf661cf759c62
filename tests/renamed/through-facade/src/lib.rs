//! Depends on `facade` alone.

use std::future::ready;

use facade::timed;

#[timed(crate = ::facade::fujita)]
pub fn sync(x: u32) -> Result<u32, u32> {
    Err(x)
}

#[facade::fujita::timed(crate = ::facade::fujita)]
pub async fn asynchronous(x: u32) -> u32 {
    ready(x).await
}

pub struct Type;

#[timed(crate = ::facade::fujita)]
impl Type {
    pub fn method(&self) -> Option<u32> {
        None
    }

    #[timed(skip)]
    pub fn skipped(&self) {}

    #[facade::timed(function = "own")]
    pub fn own(&self) {}
}

facade::measured! {
    pub fn by_its_macro(x: u32) -> u32 { x }
}

facade::moved! {
    pub fn moved_by_its_macro(x: Vec<Type>) -> Result<usize, Type> { Ok(x.len()) }
}

facade::measured! {
    impl Type {
        pub async fn by_its_macro(&self) -> u32 { ready(1).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fujita_tests::record;
    use futures::executor::block_on;

    #[test]
    fn moved() {
        let _inline = facade::fujita::offload::inline();
        assert!(matches!(block_on(moved_by_its_macro(vec![Type])), Ok(1)));
    }

    #[test]
    fn all() {
        let (_, recorded) = record(|| {
            let _ = (sync(1), block_on(asynchronous(1)), Type.method(), by_its_macro(1));
            Type.skipped();
            Type.own();
            block_on(Type.by_its_macro())
        });
        assert_eq!(recorded.calls("sync", "error"), 1.0);
        for function in ["asynchronous", "Type::method", "own", "by_its_macro", "Type::by_its_macro"] {
            assert_eq!(recorded.calls(function, "ok"), 1.0, "{function}");
        }
        assert_eq!(recorded.series("function_duration_seconds", &[]), 6, "{recorded:?}");
    }
}
