//! How what a function returns relates to what its cache keeps.

use std::any::Any;
use std::convert::Infallible;
use std::marker::PhantomData;

/// Splits what was returned into the value that is kept and the rest that is not, and puts it together again.
pub trait Shape<R, V> {
    type Rest;
    /// # Errors
    /// What is not kept.
    fn split(&self, returned: R) -> Result<V, Self::Rest>;
    fn join(&self, parts: Result<V, Self::Rest>) -> R;
    /// Whether the load failed; a `None` is not a failure.
    fn failed(&self, parts: &Result<V, Self::Rest>) -> bool;
    fn sharing(&self) -> Option<Sharing<Self::Rest>>;
}

/// How the followers of a load get their own copy of what was not kept.
#[derive(Debug)]
pub struct Sharing<E> {
    erase: fn(&E) -> Box<dyn Any + Send>,
    recover: fn(&(dyn Any + Send)) -> Option<E>,
}

impl<E: Clone + Send + 'static> Sharing<E> {
    pub(super) const BY_CLONE: Self =
        Self { erase: |rest| Box::new(rest.clone()), recover: |rest| rest.downcast_ref::<E>().cloned() };
}

impl<E> Sharing<E> {
    pub(super) fn erase(self, rest: &E) -> Box<dyn Any + Send> {
        (self.erase)(rest)
    }

    pub(super) fn recover(self, rest: &(dyn Any + Send)) -> Option<E> {
        (self.recover)(rest)
    }
}

/// Everything is kept.
#[derive(Debug)]
pub struct Whole<R>(pub fn(&R) -> bool);

impl<V> Shape<V, V> for Whole<V> {
    type Rest = Infallible;

    #[inline]
    fn split(&self, returned: V) -> Result<V, Infallible> {
        Ok(returned)
    }

    #[inline]
    fn join(&self, parts: Result<V, Infallible>) -> V {
        match parts {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    #[inline]
    fn failed(&self, parts: &Result<V, Infallible>) -> bool {
        parts.as_ref().is_ok_and(self.0)
    }

    fn sharing(&self) -> Option<Sharing<Infallible>> {
        None
    }
}

/// Of a `Result`, what is `Ok` is kept.
#[derive(Debug)]
pub struct OkOnly<E>(pub Option<Sharing<E>>);

impl<V, E> Shape<Result<V, E>, V> for OkOnly<E> {
    type Rest = E;

    #[inline]
    fn split(&self, returned: Result<V, E>) -> Result<V, E> {
        returned
    }

    #[inline]
    fn join(&self, parts: Result<V, E>) -> Result<V, E> {
        parts
    }

    #[inline]
    fn failed(&self, parts: &Result<V, E>) -> bool {
        parts.is_err()
    }

    #[inline]
    fn sharing(&self) -> Option<Sharing<E>> {
        self.0
    }
}

/// Of an `Option`, what is `Some` is kept.
#[derive(Debug, Clone, Copy)]
pub struct SomeOnly;

impl<V> Shape<Option<V>, V> for SomeOnly {
    type Rest = ();

    #[inline]
    fn split(&self, returned: Option<V>) -> Result<V, ()> {
        returned.ok_or(())
    }

    #[inline]
    fn join(&self, parts: Result<V, ()>) -> Option<V> {
        parts.ok()
    }

    #[inline]
    fn failed(&self, _: &Result<V, ()>) -> bool {
        false
    }

    #[inline]
    fn sharing(&self) -> Option<Sharing<()>> {
        Some(Sharing::BY_CLONE)
    }
}

/// Of what is named like a `Result` or an `Option` and is none; [`ResultOrOption`] has said so.
#[derive(Debug, Clone, Copy)]
pub struct NeitherOfThem;

impl<R, V> Shape<R, V> for NeitherOfThem {
    type Rest = R;

    fn split(&self, returned: R) -> Result<V, R> {
        Err(returned)
    }

    fn join(&self, _: Result<V, R>) -> R {
        unreachable!("this does not compile")
    }

    fn failed(&self, _: &Result<V, R>) -> bool {
        false
    }

    fn sharing(&self) -> Option<Sharing<R>> {
        None
    }
}

/// Values are kept as they are, if the first function says so; the second tells failures.
#[derive(Debug)]
pub struct Kept<R>(pub fn(&R) -> bool, pub fn(&R) -> bool, pub Option<Sharing<R>>);

impl<V> Shape<V, V> for Kept<V> {
    type Rest = V;

    #[inline]
    fn split(&self, returned: V) -> Result<V, V> {
        if (self.0)(&returned) { Ok(returned) } else { Err(returned) }
    }

    #[inline]
    fn join(&self, parts: Result<V, V>) -> V {
        parts.unwrap_or_else(|rest| rest)
    }

    #[inline]
    fn failed(&self, parts: &Result<V, V>) -> bool {
        match parts {
            Ok(value) | Err(value) => (self.1)(value),
        }
    }

    #[inline]
    fn sharing(&self) -> Option<Sharing<V>> {
        self.2
    }
}

macro_rules! copies {
    ($($shape:ident),*) => {
        $(
            impl<T> Clone for $shape<T> {
                fn clone(&self) -> Self {
                    *self
                }
            }

            impl<T> Copy for $shape<T> {}
        )*
    };
}

// Derived, they would ask `T` to be `Copy`.
copies!(Whole, OkOnly, Kept, Sharing);

/// The parts of a return type that is spelled like a `Result` or an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is named like a `Result` or an `Option`, and is neither",
    label = "whether all of it is to be kept cannot be told",
    note = "give it an alias without generic arguments whose name ends otherwise, and return that: `type Found = {Self};` is kept as a whole"
)]
pub trait ResultOrOption {
    type Value;
    type Rest;
}

#[diagnostic::do_not_recommend]
impl<T, E> ResultOrOption for Result<T, E> {
    type Value = T;
    type Rest = E;
}

#[diagnostic::do_not_recommend]
impl<T> ResultOrOption for Option<T> {
    type Value = T;
    type Rest = ();
}

/// A return type; what kind it is is decided as in `timed/outcome.rs`.
#[derive(Debug)]
pub struct ReturnProbe<R>(PhantomData<fn() -> R>);

impl<T, E> ReturnProbe<Result<T, E>> {
    #[inline]
    #[must_use]
    pub const fn __fujita_is_err(returned: &Result<T, E>) -> bool {
        returned.is_err()
    }

    #[inline]
    #[must_use]
    pub const fn __fujita_keep(returned: &Result<T, E>) -> bool {
        returned.is_ok()
    }

    #[inline]
    #[must_use]
    pub const fn __fujita_ok_only(sharing: Option<Sharing<E>>) -> OkOnly<E> {
        OkOnly(sharing)
    }
}

impl<T> ReturnProbe<Option<T>> {
    #[inline]
    #[must_use]
    pub const fn __fujita_keep(returned: &Option<T>) -> bool {
        returned.is_some()
    }

    #[inline]
    #[must_use]
    pub const fn __fujita_some_only() -> SomeOnly {
        SomeOnly
    }
}

/// What is neither a `Result` nor an `Option`.
pub trait AnyReturned<R> {
    #[inline]
    #[must_use]
    fn __fujita_is_err(_: &R) -> bool {
        false
    }

    #[inline]
    #[must_use]
    fn __fujita_keep(_: &R) -> bool {
        true
    }

    #[must_use]
    fn __fujita_ok_only<E>(_: Option<Sharing<E>>) -> NeitherOfThem {
        NeitherOfThem
    }

    #[must_use]
    fn __fujita_some_only() -> NeitherOfThem {
        NeitherOfThem
    }
}

impl<R> AnyReturned<R> for ReturnProbe<R> {}

/// For what can be no failure.
#[inline]
#[must_use]
pub const fn never_err<R>(_: &R) -> bool {
    false
}

/// The type of an error; whether followers can have a clone of it is decided as in `timed/outcome.rs`.
#[derive(Debug)]
pub struct RestProbe<E>(PhantomData<fn() -> E>);

impl<E> RestProbe<E> {
    pub const NEW: Self = Self(PhantomData);
}

impl<E: Clone + Send + 'static> RestProbe<E> {
    #[inline]
    #[must_use]
    pub const fn __fujita_sharing(&self) -> Option<Sharing<E>> {
        Some(Sharing::BY_CLONE)
    }
}

/// Errors that have one owner.
pub trait AnyRest<E> {
    #[inline]
    fn __fujita_sharing(&self) -> Option<Sharing<E>> {
        None
    }
}

impl<E> AnyRest<E> for RestProbe<E> {}

/// For errors that borrow.
#[inline]
#[must_use]
pub const fn no_sharing<E>() -> Option<Sharing<E>> {
    None
}
