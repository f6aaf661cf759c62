//! Answering a sync call.

use std::hash::BuildHasher;

use super::background::{self, RunsAfterTheCall};
use super::cycle::InLoad;
use super::following::Followed;
use super::join::{Answer, Found};
use super::key::{Key, Value};
use super::leading::Leading;
use super::leave_status;
use super::shape::Shape;
use crate::timed::CacheStatus;

/// Answers a call, by `body` if nothing else does.
///
/// # Panics
/// As `body` does, and if the call waits for itself.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "shorter in every expansion")]
pub fn settle<K, V, S, R, M>(found: Found<'_, K, V, S>, shape: M, body: impl FnOnce() -> R) -> R
where
    M: Shape<R, V>,
{
    let (parts, status) = match found.answer {
        Answer::Value(value, status) => (Ok(value), status),
        answer => go_on(answer, &shape, body),
    };
    leave_status(status);
    shape.join(parts)
}

/// As [`settle`], for functions whose reloads can go on behind the caller's back.
#[inline]
pub fn settle_behind<K, V, S, R, M>(
    found: Found<'_, K, V, S>,
    shape: M,
    body: impl FnOnce() -> R + RunsAfterTheCall,
) -> R
where
    K: Key,
    V: Value,
    S: BuildHasher + Clone + Send + Sync + 'static,
    M: Shape<R, V> + Copy + Send + 'static,
{
    let (parts, status) = match found.answer {
        Answer::Value(value, status) => (Ok(value), status),
        Answer::Reload(old, mut leading) => {
            leading.go_behind();
            let fallback = leading.fallback(&old);
            background::run(move || {
                if !leading.begins() {
                    return;
                }
                let mut report = background::Report::of(&leading);
                report.ended(&lead(leading, &shape, body, fallback));
            });
            (Ok(old.value), CacheStatus::Stale)
        }
        answer => go_on(answer, &shape, body),
    };
    leave_status(status);
    shape.join(parts)
}

/// As [`settle`], for a body that cannot be a closure.
///
/// # Errors
/// The load that the caller is to make: run the body, and [`finish`](Loading::finish) with what it returns.
///
/// # Panics
/// If the call waits for itself.
#[inline]
pub fn lead_or<K, V, S, R, M>(found: Found<'_, K, V, S>, shape: M) -> Result<R, Loading<K, V, S, M>>
where
    M: Shape<R, V>,
{
    match wait_or_lead(found.answer, &shape) {
        Waited::Answered(parts, status) => {
            leave_status(status);
            Ok(shape.join(parts))
        }
        Waited::Lead(mut leading, fallback) => {
            let in_load = leading.run();
            Err(Loading { in_load, leading, fallback, shape })
        }
    }
}

/// A load that runs. Dropped, as by a body that is left early, it keeps nothing and hands over.
pub struct Loading<K, V, S, M> {
    in_load: InLoad,
    leading: Leading<K, V, S>,
    fallback: Option<V>,
    shape: M,
}

impl<K, V, S, M> Loading<K, V, S, M> {
    /// What the call comes to.
    #[inline]
    pub fn finish<R>(self, returned: R) -> R
    where
        M: Shape<R, V>,
    {
        let Self { in_load, leading, fallback, shape } = self;
        drop(in_load);
        let (parts, status, _) = leading.conclude(&shape, shape.split(returned), fallback);
        leave_status(status);
        shape.join(parts)
    }
}

#[inline(never)]
fn go_on<K, V, S, R, M>(
    answer: Answer<K, V, S>,
    shape: &M,
    body: impl FnOnce() -> R,
) -> (Result<V, M::Rest>, CacheStatus)
where
    M: Shape<R, V>,
{
    match wait_or_lead(answer, shape) {
        Waited::Answered(parts, status) => (parts, status),
        Waited::Lead(leading, fallback) => {
            let (parts, status, _) = lead(leading, shape, body, fallback);
            (parts, status)
        }
    }
}

enum Waited<K, V, S, E> {
    Answered(Result<V, E>, CacheStatus),
    /// Nobody else loads it.
    Lead(Leading<K, V, S>, Option<V>),
}

/// Waits for others as long as they load.
fn wait_or_lead<K, V, S, R, M>(mut answer: Answer<K, V, S>, shape: &M) -> Waited<K, V, S, M::Rest>
where
    M: Shape<R, V>,
{
    loop {
        answer = match answer {
            Answer::Value(value, status) => return Waited::Answered(Ok(value), status),
            Answer::Lead(leading, fallback) => return Waited::Lead(leading, fallback),
            // Nobody can reload it behind this caller's back, so this caller does; the others are served the old value.
            Answer::Reload(old, leading) => return Waited::Lead(leading, Some(old.value)),
            Answer::Follow(mut following) => {
                while !following.has_landed() {
                    following.block();
                    let landed = following.flight.listen();
                    if !following.has_landed() {
                        event_listener::Listener::wait(landed);
                        // Or else: woken to look after a reload that does not begin.
                        if !following.has_landed() {
                            following.depose();
                        }
                    }
                }
                match following.follow(shape) {
                    Followed::Parts(parts, status) => return Waited::Answered(parts, status),
                    Followed::Again(answer) => answer,
                }
            }
        }
    }
}

fn lead<K, V, S, R, M>(
    mut leading: Leading<K, V, S>,
    shape: &M,
    body: impl FnOnce() -> R,
    fallback: Option<V>,
) -> (Result<V, M::Rest>, CacheStatus, bool)
where
    M: Shape<R, V>,
{
    let in_load = leading.run();
    let returned = body();
    drop(in_load);
    leading.conclude(shape, shape.split(returned), fallback)
}
