//! Answering an async call.

use std::future::Future;
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use event_listener::{EventListener, Listener};

use super::background::{self, RunsAfterTheCall};
use super::following::{Followed, Following, Later};
use super::join::{Answer, Found};
use super::key::{Key, Value};
use super::leading::Leading;
use super::leave_status;
use super::shape::Shape;
use crate::timed::CacheStatus;

/// Answers a call, by `future` if nothing else does.
///
/// # Panics
/// When polled: as `future` does, and if the call waits for itself.
#[inline]
pub fn settle_async<K, V, S, R, M, F>(
    found: Found<'_, K, V, S>,
    shape: M,
    future: F,
) -> Settle<K, V, S, R, M, F>
where
    M: Shape<R, V>,
    F: Future<Output = R>,
{
    Settle { future, shape, stage: Stage::of(found.answer), returns: PhantomData }
}

/// As [`settle_async`], for functions whose reloads can go on behind the caller's back.
#[inline]
pub fn settle_async_behind<K, V, S, R, M, F>(
    found: Found<'_, K, V, S>,
    shape: M,
    future: F,
) -> Settle<K, V, S, R, M, SpawnedOr<F>>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    M: Shape<R, V> + Copy + Send + 'static,
    F: Future<Output = R> + RunsAfterTheCall,
    R: 'static,
{
    behind(found, shape, future, Stage::of)
}

/// As [`settle_async_behind`], for a function that makes its future when it is called. A load that goes on behind the
/// caller's back begins at once.
#[inline]
pub fn settle_made_behind<K, V, S, R, M, F>(
    found: Found<'_, K, V, S>,
    shape: M,
    future: F,
) -> Settle<K, V, S, R, M, SpawnedOr<F>>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    M: Shape<R, V> + Copy + Send + 'static,
    F: Future<Output = R> + RunsAfterTheCall,
    R: 'static,
{
    behind(found, shape, future, Stage::later)
}

#[inline]
fn behind<K, V, S, R, M, F>(
    found: Found<'_, K, V, S>,
    shape: M,
    future: F,
    otherwise: impl FnOnce(Answer<K, V, S>) -> Stage<K, V, S>,
) -> Settle<K, V, S, R, M, SpawnedOr<F>>
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    M: Shape<R, V> + Copy + Send + 'static,
    F: Future<Output = R> + Send + 'static,
    R: 'static,
{
    let (stage, future) = match found.answer {
        Answer::Reload(old, mut leading) => {
            leading.go_behind();
            let (report, fallback) = (background::Report::of(&leading), leading.fallback(&old));
            let leading = Some(leading);
            let reload = Reload { future, shape, leading, fallback, report, returns: PhantomData };
            background::spawn(reload);
            (Stage::Ready(old.value, CacheStatus::Stale), None)
        }
        answer => (otherwise(answer), Some(future)),
    };
    Settle { future: SpawnedOr { future }, shape, stage, returns: PhantomData }
}

/// As [`settle_async`], for a function that makes its future when it is called: `make` is called at once, unless the answer
/// is there already.
#[inline]
pub fn settle_made<K, V, S, R, M, F>(
    found: Found<'_, K, V, S>,
    shape: M,
    make: impl FnOnce() -> F,
) -> Settle<K, V, S, R, M, SpawnedOr<F>>
where
    M: Shape<R, V>,
    F: Future<Output = R>,
{
    let stage = Stage::later(found.answer);
    let future = (!matches!(stage, Stage::Ready(..))).then(make);
    Settle { future: SpawnedOr { future }, shape, stage, returns: PhantomData }
}

pin_project_lite::pin_project! {
    /// The user's future, unless it went on elsewhere.
    #[derive(Debug)]
    pub struct SpawnedOr<F> {
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for SpawnedOr<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().future.as_pin_mut() {
            Some(future) => future.poll(context),
            None => unreachable!("a call whose load was spawned is answered already"),
        }
    }
}

pin_project_lite::pin_project! {
    /// A call on its way to its answer. One wrapper around the user's own future, as in `timed/future.rs`.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Settle<K, V, S, R, M, F> {
        // Before the future, so that one that is cancelled hands over at once.
        stage: Stage<K, V, S>,
        #[pin]
        future: F,
        shape: M,
        returns: PhantomData<fn() -> R>,
    }
}

/// How far a call is.
enum Stage<K, V, S> {
    Ready(V, CacheStatus),
    Lead(Leading<K, V, S>, Option<V>),
    /// Not before it is polled: a future that never is must hold up nobody.
    Later(Later<K, V, S>),
    Follow(Following<K, V, S>, Option<EventListener>),
    Done,
}

impl<K, V, S> Stage<K, V, S> {
    fn of(answer: Answer<K, V, S>) -> Self {
        match answer {
            Answer::Value(value, status) => Self::Ready(value, status),
            Answer::Lead(leading, fallback) => Self::Lead(leading, fallback),
            // Nobody can reload it behind this caller's back, so this caller does; the others are served the old value.
            Answer::Reload(old, leading) => Self::Lead(leading, Some(old.value)),
            Answer::Follow(following) => Self::Follow(following, None),
        }
    }

    /// Of a call that may never be polled.
    fn later(answer: Answer<K, V, S>) -> Self {
        match answer {
            Answer::Value(value, status) => Self::Ready(value, status),
            Answer::Lead(leading, _) | Answer::Reload(_, leading) => Self::Later(leading.resign()),
            Answer::Follow(following) => Self::Later(following.resign()),
        }
    }
}

impl<K, V, S, R, M, F> Future for Settle<K, V, S, R, M, F>
where
    M: Shape<R, V>,
    F: Future<Output = R>,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let (parts, status) = match std::mem::replace(this.stage, Stage::Done) {
            Stage::Ready(value, status) => (Ok(value), status),
            stage => {
                *this.stage = stage;
                ready!(go_on(this.stage, this.future, this.shape, context))
            }
        };
        leave_status(status);
        Poll::Ready(this.shape.join(parts))
    }
}

/// Whatever a stage holds while it is polled is dropped should that panic: the future itself may live on.
fn go_on<K, V, S, R, M, F>(
    stage: &mut Stage<K, V, S>,
    mut future: Pin<&mut F>,
    shape: &M,
    context: &mut Context<'_>,
) -> Poll<(Result<V, M::Rest>, CacheStatus)>
where
    M: Shape<R, V>,
    F: Future<Output = R>,
{
    loop {
        match std::mem::replace(stage, Stage::Done) {
            Stage::Ready(value, status) => return Poll::Ready((Ok(value), status)),
            Stage::Lead(mut leading, fallback) => {
                let Poll::Ready(returned) = poll_load(&mut leading, future.as_mut(), context) else {
                    *stage = Stage::Lead(leading, fallback);
                    return Poll::Pending;
                };
                let (parts, status, _) = leading.conclude(shape, shape.split(returned), fallback);
                return Poll::Ready((parts, status));
            }
            Stage::Later(later) => *stage = Stage::of(later.find()),
            Stage::Follow(mut following, mut listener) => {
                if std::mem::take(&mut following.doubts) {
                    following.depose();
                }
                if !following.has_landed() {
                    following.wait();
                    let mut awaited = listener.take().unwrap_or_else(|| following.flight.listen());
                    // Once more, now that a landing cannot be missed.
                    if following.has_landed() {
                        listener = Some(awaited);
                    } else if Pin::new(&mut awaited).poll(context).is_pending() {
                        *stage = Stage::Follow(following, Some(awaited));
                        return Poll::Pending;
                    }
                }
                if !following.has_landed() {
                    // If the leader is only late, as all are whose thread is blocked, it has its turn before this one's
                    // next.
                    following.doubts = true;
                    *stage = Stage::Follow(following, None);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                // Dropped, it would wake the next one, which is not due before this one fails.
                listener.map(Listener::discard);
                match following.follow(shape) {
                    Followed::Parts(parts, status) => return Poll::Ready((parts, status)),
                    Followed::Again(answer) => *stage = Stage::of(answer),
                }
            }
            Stage::Done => panic!("a future of a `#[cached]` function was polled after it was done"),
        }
    }
}

fn poll_load<K, V, S, F>(
    leading: &mut Leading<K, V, S>,
    future: Pin<&mut F>,
    context: &mut Context<'_>,
) -> Poll<F::Output>
where
    F: Future,
{
    let _in_load = leading.run();
    let alarm = leading.get_up(context.waker());
    let polled = future.poll(&mut Context::from_waker(&alarm));
    // What is over stays up: whoever puts a value into the store must not lose the lead.
    if polled.is_pending() {
        leading.rest();
    }
    polled
}

pin_project_lite::pin_project! {
    /// A load that nobody waits for.
    struct Reload<K, V, S, R, M, F> {
        leading: Option<Leading<K, V, S>>,
        fallback: Option<V>,
        report: background::Report,
        #[pin]
        future: F,
        shape: M,
        returns: PhantomData<fn() -> R>,
    }
}

impl<K, V, S, R, M, F> Future for Reload<K, V, S, R, M, F>
where
    M: Shape<R, V>,
    F: Future<Output = R>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let Some(mut leading) = this.leading.take() else { return Poll::Ready(()) };
        if !leading.has_begun() && !leading.begins() {
            return Poll::Ready(());
        }
        let Poll::Ready(returned) = poll_load(&mut leading, this.future, context) else {
            *this.leading = Some(leading);
            return Poll::Pending;
        };
        let ended = leading.conclude(this.shape, this.shape.split(returned), this.fallback.take());
        this.report.ended(&ended);
        Poll::Ready(())
    }
}
