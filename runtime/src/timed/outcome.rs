//! How a call ended, told from the type of what it returned.
//!
//! `Probe(&value).__fujita_outcome()` finds the inherent method if `value` is a `Result`, by whatever alias, and the trait's
//! method otherwise: inherent methods come first. This is dtolnay's autoref specialization in its simplest form
//! (<https://github.com/dtolnay/case-studies/tree/master/autoref-specialization>). The names are long because a trait of
//! the user's with a method for every type would be a candidate too.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use super::call::{Call, More};
use super::future::future_after;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ending {
    Ok = 0,
    Error = 1,
    Panic = 2,
    Cancelled = 3,
}

impl Ending {
    pub(crate) const ALL: [&'static str; 4] = ["ok", "error", "panic", "cancelled"];

    pub(crate) const fn as_str(self) -> &'static str {
        Self::ALL[self as usize]
    }
}

/// The label `cache` of a function that is timed around its cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CacheStatus {
    Hit = 0,
    Stale = 1,
    Coalesced = 2,
    Miss = 3,
}

impl CacheStatus {
    #[cfg(feature = "cached")]
    pub(crate) const ALL: [Self; 4] = [Self::Hit, Self::Stale, Self::Coalesced, Self::Miss];

    pub(crate) const fn as_str(self) -> &'static str {
        ["hit", "stale", "coalesced", "miss"][self as usize]
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub(crate) ending: Ending,
    pub(crate) error_kind: Option<&'static str>,
    pub(crate) cache: Option<CacheStatus>,
}

impl Outcome {
    pub const OK: Self = Self::of(Ending::Ok);
    pub const ERROR: Self = Self::of(Ending::Error);
    pub(crate) const PANIC: Self = Self::of(Ending::Panic);
    pub(crate) const CANCELLED: Self = Self::of(Ending::Cancelled);

    /// Told by its ending alone.
    #[inline]
    pub(crate) const fn is_plain(&self) -> bool {
        self.error_kind.is_none() && self.cache.is_none()
    }

    pub(crate) const fn of(ending: Ending) -> Self {
        Self { ending, error_kind: None, cache: None }
    }

    /// For a call that went through a cache.
    #[must_use]
    pub const fn with_cache(mut self, cache: CacheStatus) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Names the kind of a failure; anything but an error has none.
    #[must_use]
    pub fn with_error_kind(mut self, kind: impl FnOnce() -> Option<&'static str>) -> Self {
        if self.ending == Ending::Error {
            self.error_kind = kind();
        }
        self
    }
}

/// A returned value whose type decides.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

impl<T, E> Probe<'_, Result<T, E>> {
    #[inline]
    #[must_use]
    pub const fn __fujita_outcome(&self) -> Outcome {
        if self.0.is_ok() { Outcome::OK } else { Outcome::ERROR }
    }
}

/// For functions that return nothing.
#[inline]
#[must_use]
pub const fn always_ok<T: ?Sized>(_: &T) -> Outcome {
    Outcome::OK
}

/// The outcome of everything that is not a `Result`.
pub trait AnyReturn {
    #[inline]
    fn __fujita_outcome(&self) -> Outcome {
        Outcome::OK
    }
}

impl<T: ?Sized> AnyReturn for Probe<'_, T> {}

/// A return type whose values were not seen.
#[derive(Debug)]
pub struct TypeProbe<T>(PhantomData<fn() -> T>);

impl<T> TypeProbe<T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T, E> TypeProbe<Result<T, E>> {
    /// What leaving early most likely means: `?`.
    #[inline]
    #[must_use]
    pub const fn __fujita_early_return(&self) -> Outcome {
        Outcome::ERROR
    }

    /// How a value of this type says that the call ended.
    #[inline]
    #[must_use]
    pub const fn __fujita_classify(returned: &Result<T, E>) -> Outcome {
        if returned.is_ok() { Outcome::OK } else { Outcome::ERROR }
    }
}

/// What everything that is not a `Result` means.
pub trait AnyReturnType<T> {
    #[inline]
    fn __fujita_early_return(&self) -> Outcome {
        Outcome::OK
    }

    #[inline]
    #[must_use]
    fn __fujita_classify(_: &T) -> Outcome {
        Outcome::OK
    }
}

impl<T> AnyReturnType<T> for TypeProbe<T> {}

/// The user's `ok_if`, with its argument's type fixed by the value.
#[inline]
pub fn ok_if<T: ?Sized>(returned: &T, is_ok: impl FnOnce(&T) -> bool) -> Outcome {
    if is_ok(returned) { Outcome::OK } else { Outcome::ERROR }
}

/// The user's `error_kind`.
#[inline]
pub fn error_kind<T: Fallible>(
    returned: &T,
    kind: impl FnOnce(&T::Error) -> &'static str,
) -> Option<&'static str> {
    returned.error().map(kind)
}

/// For a function that is timed around its cache: what the cache layer did, which returned just now.
#[cfg(feature = "cached")]
#[inline]
#[must_use]
pub fn with_cache(outcome: Outcome) -> Outcome {
    match crate::cached::status() {
        Some(status) => outcome.with_cache(status),
        None => outcome,
    }
}

/// What `error_kind` works on.
#[diagnostic::on_unimplemented(
    message = "`error_kind` needs a function that returns a `Result`, this one returns `{Self}`",
    label = "not a `Result`",
    note = "leave `error_kind` out, or use `ok_if = |ret| ...` to say which values are failures"
)]
pub trait Fallible {
    type Error;
    fn error(&self) -> Option<&Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// What a sync function returned, on its way to the caller. Most values are classified and passed on; a boxed
/// future is not a result yet, and is timed while it runs.
#[derive(Debug)]
pub struct Returned<T>(pub T);

macro_rules! boxed_futures {
    ($($auto:ident),*) => {
        impl<'a, T: 'a> Returned<Pin<Box<dyn Future<Output = T> $(+ $auto)* + 'a>>> {
            #[inline]
            pub fn __fujita_finish<X, C>(self, call: Call<X>, classify: C) -> Pin<Box<dyn Future<Output = T> $(+ $auto)* + 'a>>
            where
                X: More $(+ $auto)* + 'a,
                C: Fn(&T) -> Outcome $(+ $auto)* + 'a,
            {
                Box::pin(future_after(call, self.0, classify))
            }
        }
    };
}

boxed_futures!();
boxed_futures!(Send);
boxed_futures!(Send, Sync);

impl<T> AnyReturned<T> for Returned<T> {
    #[inline]
    fn __fujita_finish<X: More, C: Fn(&T) -> Outcome>(self, call: Call<X>, classify: C) -> T {
        call.finish_with(&self.0, classify);
        self.0
    }
}

/// The way of every value that is not a boxed future.
pub trait AnyReturned<T> {
    fn __fujita_finish<X: More, C: Fn(&T) -> Outcome>(self, call: Call<X>, classify: C) -> T;
}
