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

impl Context {
    pub(super) fn here() -> Self {
        Self { runtime: Handle::try_current().ok() }
    }

    pub(super) fn runtime_id(&self) -> Option<Id> {
        self.runtime.as_ref().map(Handle::id)
    }

    /// Runs a body as if the call's span and runtime were here.
    pub(super) fn enter<R>(&self, traced: Option<&Traced>, on: Kind, body: impl FnOnce() -> R) -> R {
        // A blocking thread is one of that runtime already.
        let runtime = self.runtime.as_ref().filter(|_| on == Kind::Cpu);
        let _runtime = runtime.map(Handle::enter);
        match traced {
            Some(Traced(dispatch, span)) => dispatcher::with_default(dispatch, || span.in_scope(body)),
            None => body(),
        }
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
