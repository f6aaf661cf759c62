//! The future of a timed function: measured from its first poll until it is ready or dropped.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::call::{Call, Extras, More};
use super::outcome::Outcome;
use super::{events, series};
use crate::clock;
use crate::site::Site;

pin_project_lite::pin_project! {
    /// A future being measured. One wrapper around the user's own, no second `async` block: those double the size.
    // The future is dropped before the call, so a cancelled call lasts until its locals are gone.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct InFuture<F, C, X: More = ()> {
        #[pin]
        future: F,
        classify: C,
        call: Call<X>,
    }
}

/// Measures `future`.
#[inline]
pub fn future<F, C>(site: &'static Site, future: F, classify: C) -> InFuture<F, C>
where
    F: Future,
    C: Fn(&F::Output) -> Outcome,
{
    future_with(site, (), future, classify)
}

/// As [`future`], for functions with [`Extras`].
#[inline]
pub fn future_with<F, C, X>(site: &'static Site, extras: X, future: F, classify: C) -> InFuture<F, C, X>
where
    F: Future,
    C: Fn(&F::Output) -> Outcome,
    X: More,
{
    InFuture { future, classify, call: Call::waiting(site, extras) }
}

/// Fixes the output of a future where the function spells it.
#[inline]
pub fn expect_output<T, F: Future<Output = T>>(future: F) -> F {
    future
}

/// For a future that a sync function returned after `call` had begun.
#[inline]
pub(super) fn future_after<F, C, X>(call: Call<X>, future: F, classify: C) -> InFuture<F, C, X>
where
    F: Future,
    C: Fn(&F::Output) -> Outcome,
    X: More,
{
    InFuture { future, classify, call: call.into_waiting() }
}

impl<F, C, X> Future for InFuture<F, C, X>
where
    F: Future,
    C: Fn(&F::Output) -> Outcome,
    X: More,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.call.is_waiting() {
            this.call.start();
        }
        if !this.call.is_running() {
            return this.future.poll(context);
        }
        let polling = Polling::begin(this.call);
        let poll = this.future.poll(context);
        let call = polling.end();
        if let Poll::Ready(output) = &poll {
            let outcome = (this.classify)(output);
            call.close(outcome);
        }
        poll
    }
}

/// One poll. If it unwinds, the call ends as a panic now: the future itself may be dropped much later.
struct Polling<'a, X: More> {
    call: Option<&'a mut Call<X>>,
    start: u64,
}

impl<'a, X: More> Polling<'a, X> {
    #[inline]
    fn begin(call: &'a mut Call<X>) -> Self {
        let site = call.site();
        let watched = call.extras.get().is_some() && (site.timed.busy || site.timed.slow_poll.is_some());
        let start = if watched { clock::now() } else { 0 };
        Self { call: Some(call), start }
    }

    #[inline]
    fn end(mut self) -> &'a mut Call<X> {
        let Some(call) = self.call.take() else { unreachable!("a poll ends once") };
        if self.start != 0 {
            let site = call.site();
            if let Some(extras) = call.extras.get() {
                poll_ended(site, extras, self.start);
            }
        }
        call
    }
}

impl<X: More> Drop for Polling<'_, X> {
    #[inline]
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            let site = call.site();
            if let (true, Some(extras)) = (self.start != 0, call.extras.get()) {
                poll_ended(site, extras, self.start);
            }
            call.close(Outcome::PANIC);
        }
    }
}

fn poll_ended(site: &'static Site, extras: &mut Extras, start: u64) {
    let end = clock::now();
    extras.add_busy(end.saturating_sub(start));
    if let Some(limit) = site.timed.slow_poll {
        let elapsed = clock::between(start, end);
        if elapsed >= limit {
            series::count_slow_poll(site, extras.values(), end);
            events::slow_poll(site, elapsed, extras.values());
        }
    }
}
