//! What the compiler asks of the types of an offloaded function, each in words of its own.
//!
//! It is asked of a function, [`another_thread`], whose type has no name: else the compiler would have people write these
//! traits into their own bounds.

use std::future::Pending;
use std::marker::PhantomData;

use super::OffloadError;
use super::call::{Call, run};
use super::site::Offload;

/// What an argument must be. That it lives long enough is asked of the body alone.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be moved to another thread",
    label = "cannot be sent to the thread that runs the body",
    note = "an offloaded body runs on another thread: its arguments need `Send + 'static`",
    note = "pass an owned value that is `Send` (an `Arc` for an `Rc`), or write `#[offload(in_place)]`, which stays on this thread"
)]
pub trait Argument<T> {}

#[diagnostic::do_not_recommend]
impl<T: Send, F: Fn()> Argument<T> for F {}

/// What is returned must be the same.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be returned from another thread",
    label = "cannot be sent back from the thread that runs the body",
    note = "an offloaded body runs on another thread: what it returns needs `Send + 'static`",
    note = "return an owned value that is `Send` (an `Arc` for an `Rc`), or write `#[offload(in_place)]`, which stays on this thread"
)]
pub trait Returned<T> {}

#[diagnostic::do_not_recommend]
impl<T: Send, F: Fn()> Returned<T> for F {}

pub const fn another_thread() {}

/// For type parameters: what the compiler says of a missing bound helps more than any words of ours.
#[inline]
pub const fn check_parameter<T: Send>() {}

/// Says once, at the user's own type, what is wrong with it.
#[inline]
pub const fn check_argument<T, F: Argument<T> + Copy>(_: F) {}

/// As [`check_argument`].
#[inline]
pub const fn check_returned<T, F: Returned<T> + Copy>(_: F) {}

/// What a `Self` must be that `clone_self` clones where it is not known.
#[diagnostic::on_unimplemented(
    message = "`{This}` cannot be cloned for another thread",
    label = "needs `{This}: Clone + Send + 'static`",
    note = "`clone_self` gives the body a clone, which another thread owns: in a trait, write `where Self: Clone + Send + 'static`; for a type of your own, `#[derive(Clone)]`"
)]
pub trait Clones<This: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<This: Clone + Send, F: Fn()> Clones<This> for F {}

#[inline]
pub const fn check_this<This: ?Sized, F: Clones<This> + Copy>(_: F) {}

/// Makes the clone. Where there is no way to, that was said already, and nothing follows from it.
#[derive(Debug)]
pub struct Cloner<This: ?Sized>(PhantomData<fn(&This)>);

impl<This: ?Sized> Cloner<This> {
    pub const NEW: Self = Self(PhantomData);
}

impl<This: Clone> Cloner<This> {
    #[inline]
    pub fn __fujita_clone(self, this: &This) -> This {
        this.clone()
    }
}

/// Everything else; never compiled.
pub trait AnyCloner<This: ?Sized>: Sized {
    fn __fujita_clone(self, this: &This) -> &This {
        this
    }
}

impl<This: ?Sized> AnyCloner<This> for Cloner<This> {}

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

/// As [`Refusable`], for what may be a type parameter.
#[diagnostic::on_unimplemented(
    message = "`{R}` cannot say that a call was refused",
    label = "may be no `Result`",
    note = "`on_full = \"reject\"`, `queue_timeout` and `timeout` need `-> Result<_, E>`, where `E` is `fujita::OffloadError` or made from it",
    note = "return a `Result`, or let callers wait: leave the option out"
)]
pub trait Refuses<R> {
    fn refused(error: OffloadError) -> R;
}

#[diagnostic::do_not_recommend]
impl<R: Refusable, F: Fn()> Refuses<R> for F {
    fn refused(error: OffloadError) -> R {
        R::refused(error)
    }
}

#[inline]
#[must_use]
pub const fn refuse<R, F: Refuses<R> + Copy>(_: F) -> fn(OffloadError) -> R {
    F::refused
}

/// [`From`], with words of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from an `OffloadError`",
    label = "has no `From<fujita::OffloadError>`",
    note = "`on_full = \"reject\"`, `queue_timeout` and `timeout` return `fujita::OffloadError` as an error of the function",
    note = "return an error type of your own with `impl From<fujita::OffloadError>` (with `thiserror`, a variant `Offload(#[from] fujita::OffloadError)`), or one that has it: `std::io::Error`, `Box<dyn Error + Send + Sync>`, `anyhow::Error`"
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

/// For an error that is a type parameter: as [`Refusable`], where what the compiler says of the missing bound is what to write.
pub fn refused<T, E: From<OffloadError>>(error: OffloadError) -> Result<T, E> {
    Err(error.into())
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
pub struct Fits<T, This: ?Sized>(PhantomData<fn(&This) -> T>);

impl<T, This: ?Sized> Fits<T, This> {
    pub const NEW: Self = Self(PhantomData);
}

impl<T: Send, This: Clone + Send> Fits<T, This> {
    #[inline]
    pub fn __fujita_run<F, R>(
        self,
        offload: &'static Offload,
        refuse: Option<fn(OffloadError) -> R>,
        body: F,
    ) -> Ready<F, R>
    where
        F: FnOnce() -> R + Send,
        R: Send,
    {
        ready(offload, refuse, body)
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

impl<T, This: ?Sized> AnyFits for Fits<T, This> {}

/// A call that is not asked yet whether its body may outlive it: to the compiler `.await` is another place than what it
/// stands behind, and what does not live long enough would be reported at both.
#[derive(Debug)]
#[must_use = "a call does nothing unless it is awaited"]
pub struct Ready<F, R> {
    offload: &'static Offload,
    refuse: Option<fn(OffloadError) -> R>,
    body: F,
}

#[inline]
pub fn ready<F, R>(offload: &'static Offload, refuse: Option<fn(OffloadError) -> R>, body: F) -> Ready<F, R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    Ready { offload, refuse, body }
}

impl<F, R> IntoFuture for Ready<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    type Output = R;
    type IntoFuture = Call<F, R>;

    #[inline]
    fn into_future(self) -> Call<F, R> {
        run(self.offload, self.refuse, self.body)
    }
}
