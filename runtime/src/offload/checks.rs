//! What the compiler asks of the types of an offloaded function, each in words of its own.

use std::future::Pending;
use std::marker::PhantomData;

use super::OffloadError;
use super::call::run;
use super::site::Offload;

/// What an argument must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be moved to another thread",
    label = "cannot be sent to the thread that runs the body",
    note = "an offloaded body runs on another thread: its arguments need `Send + 'static`",
    note = "pass an owned value that is `Send` (an `Arc` for an `Rc`), or write `#[offload(in_place)]`, which stays on this thread"
)]
pub trait Argument: Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Argument for T {}

/// What is returned must be the same.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from another thread",
    label = "cannot be sent back from the thread that runs the body",
    note = "an offloaded body runs on another thread: what it returns needs `Send + 'static`",
    note = "return an owned value that is `Send` (an `Arc` for an `Rc`), or write `#[offload(in_place)]`, which stays on this thread"
)]
pub trait Returned: Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Returned for T {}

/// For type parameters: what the compiler says of a missing bound helps more than any words of ours.
#[inline]
pub const fn check_parameter<T: Send + 'static>() {}

/// Says once, at the user's own type, what is wrong with it.
#[inline]
pub const fn check_argument<T: Argument>() {}

/// As [`check_argument`].
#[inline]
pub const fn check_returned<T: Returned>() {}

/// What can say that a call was refused.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that a call was refused",
    label = "not a `Result`",
    note = "`on_full = \"reject\"`, `queue_timeout` and `timeout` need `-> Result<_, E>`, where `E` is `fujita::OffloadError` or made from it",
    note = "return a `Result`, or let callers wait: leave the option out"
)]
pub trait Refusable {
    fn refused(error: OffloadError) -> Self;
}

impl<T, E: Refusal> Refusable for Result<T, E> {
    fn refused(error: OffloadError) -> Self {
        Err(E::refusal(error))
    }
}

/// [`From`], with words of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from an `OffloadError`",
    label = "has no `From<fujita::OffloadError>`",
    note = "`on_full = \"reject\"`, `queue_timeout` and `timeout` return `fujita::OffloadError` as an error of the function",
    note = "write `impl From<fujita::OffloadError> for {Self}`; with `thiserror`, a variant `Offload(#[from] fujita::OffloadError)`"
)]
pub trait Refusal {
    fn refusal(error: OffloadError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<OffloadError>> Refusal for E {
    fn refusal(error: OffloadError) -> Self {
        error.into()
    }
}

/// Whether a type is one of those, told by which of two methods the compiler finds first.
#[derive(Debug)]
pub struct RefusalProbe<R>(PhantomData<fn() -> R>);

impl<R> RefusalProbe<R> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T, E: From<OffloadError>> RefusalProbe<Result<T, E>> {
    #[must_use]
    pub fn __fujita_refuse(&self) -> Option<fn(OffloadError) -> Result<T, E>> {
        Some(|error| Err(error.into()))
    }
}

/// Everything else.
pub trait AnyRefusal<R> {
    fn __fujita_refuse(&self) -> Option<fn(OffloadError) -> R>;
}

impl<R> AnyRefusal<R> for RefusalProbe<R> {
    fn __fujita_refuse(&self) -> Option<fn(OffloadError) -> R> {
        None
    }
}

/// A body, known as one that is called once: it may return what it captured.
#[inline]
pub const fn once<F: FnOnce() -> R, R>(body: F) -> F {
    body
}

/// Whether all of a call's types can go to another thread. Where one cannot, that was said at the type itself, and the body
/// that moves it is not asked again.
#[derive(Debug)]
pub struct Fits<T>(PhantomData<fn() -> T>);

impl<T> Fits<T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T: Send> Fits<T> {
    #[inline]
    pub fn __fujita_run<F, R>(
        self,
        offload: &'static Offload,
        refuse: Option<fn(OffloadError) -> R>,
        body: F,
    ) -> impl Future<Output = R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        run(offload, refuse, body)
    }
}

/// Everything else; never compiled, for an error was reported.
pub trait AnyFits: Sized {
    fn __fujita_run<F: FnOnce() -> R, R>(
        self,
        _offload: &'static Offload,
        _refuse: Option<fn(OffloadError) -> R>,
        _body: F,
    ) -> Pending<R> {
        const { panic!("a type that is not `Send` was not reported") }
    }
}

impl<T> AnyFits for Fits<T> {}
