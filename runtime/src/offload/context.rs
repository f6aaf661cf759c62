//! What goes along with a body to its thread.

use tokio::runtime::{Handle, Id};
use tokio::task::LocalKey;
use tracing::Span;
use tracing::dispatcher::{self, Dispatch};
use tracing::subscriber::NoSubscriber;

use super::site::Kind;

/// Where a call was made.
pub(super) struct Context {
    pub(super) runtime: Option<Handle>,
}

/// Who listens where a call was made, and its span.
pub(super) struct Traced(Dispatch, Span);

impl Traced {
    pub(super) fn here() -> Option<Self> {
        let dispatch = dispatcher::get_default(|current| {
            let listens = !current.is::<NoSubscriber>();
            listens.then(|| current.clone())
        });
        dispatch.map(|dispatch| Self(dispatch, Span::current()))
    }
}

/// Runs `body` where they listen who listened where the call was made, and in its span.
pub(super) fn in_span<R>(traced: Option<&Traced>, body: impl FnOnce() -> R) -> R {
    match traced {
        Some(Traced(dispatch, span)) => dispatcher::with_default(dispatch, || span.in_scope(body)),
        None => body(),
    }
}

impl Context {
    pub(super) fn here() -> Self {
        Self { runtime: Handle::try_current().ok() }
    }

    pub(super) fn runtime_id(&self) -> Option<Id> {
        self.runtime.as_ref().map(Handle::id)
    }

    /// The runtime that a thread of a pool of that kind must be told of. A blocking one is one of that runtime already.
    pub(super) fn runtime_for(&self, on: Kind) -> Option<&Handle> {
        self.runtime.as_ref().filter(|_| on == Kind::Cpu)
    }
}

/// The value that a task-local has where the call is made, if it has one there.
#[derive(Debug)]
pub struct Carried<T: 'static>(Option<(&'static LocalKey<T>, T)>);

pub fn carry<T: Clone + Send + 'static>(key: &'static LocalKey<T>) -> Carried<T> {
    Carried(key.try_with(Clone::clone).ok().map(|value| (key, value)))
}

pub fn carried<T, R>(carried: Carried<T>, body: impl FnOnce() -> R) -> R {
    match carried.0 {
        Some((key, value)) => key.sync_scope(value, body),
        None => body(),
    }
}
