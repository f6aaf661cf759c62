//! The attribute on whole blocks.

use core::future::ready;

use fujita::timed;

/// A struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Point {
    /// A field.
    x: u32,
}

#[timed(labels(block = "impl"), in_flight)]
impl Point {
    /// The most.
    pub const MOST: u32 = 5;

    /// Makes one.
    #[inline]
    #[must_use]
    pub const fn new(x: u32) -> Self {
        Self { x }
    }

    /// A value.
    #[inline]
    #[must_use]
    pub fn times(self, by: u32) -> u32 {
        self.x.saturating_mul(by)
    }

    /// A future.
    #[inline]
    pub async fn wait(&self) -> u32 {
        ready(self.x).await
    }

    /// Left out.
    #[timed(skip)]
    #[inline]
    #[must_use]
    pub fn skipped(self) -> String {
        self.x.to_string()
    }
}

/// A trait.
#[timed]
pub trait Shape {
    /// Declared.
    fn sides(&self) -> u32;

    /// With a default.
    ///
    /// # Errors
    /// If there are none.
    #[inline]
    fn corners(&self) -> Result<u32, u32> {
        match self.sides() {
            0 => Err(0),
            n => Ok(n),
        }
    }
}

#[timed]
impl Shape for Point {
    #[inline]
    fn sides(&self) -> u32 {
        self.x
    }
}

/// A module.
#[timed]
pub mod module {
    use core::future::ready;

    use fujita::timed;

    /// A function.
    #[inline]
    #[must_use]
    pub fn function(x: u32) -> u32 {
        x.saturating_add(1)
    }

    /// A future.
    ///
    /// # Errors
    /// Always.
    #[inline]
    pub async fn asynchronous(x: u32) -> Result<u32, u32> {
        Err(ready(x).await)
    }

    /// Left out.
    #[timed(skip)]
    #[inline]
    #[must_use]
    pub fn skipped(x: u32) -> String {
        x.to_string()
    }

    /// With options of its own.
    #[timed(function = "own")]
    #[inline]
    #[must_use]
    pub fn own(x: u32) -> String {
        x.to_string()
    }
}
