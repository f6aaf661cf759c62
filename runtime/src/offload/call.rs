//! The future of an offloaded call.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context as Task, Poll, Waker};
use std::time::{Duration, Instant};

use super::error::OffloadError;
use super::here::here;
use super::job::{Found, Header, Job, Run};
use super::meter::{self, Outcome};
use super::nested;
use super::pool::{Core, Submitted};
use super::site::{Kind, Offload, OnFull};
use super::timer::Alarm;
use crate::clock;

type Refuse<R> = Option<fn(OffloadError) -> R>;

/// Runs `body` elsewhere, and resolves to what it returns.
pub fn run<F, R>(offload: &'static Offload, refuse: Refuse<R>, body: F) -> Call<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Call { offload, refuse, state: State::New(body) }
}

/// Made by [`run`].
#[must_use = "a call does nothing unless it is awaited"]
pub struct Call<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    offload: &'static Offload,
    refuse: Refuse<R>,
    state: State<F, R>,
}

enum State<F, R> {
    New(F),
    Waiting(Waiting<F, R>),
    Over,
}

struct Waiting<F, R> {
    job: Arc<Job<F, R>>,
    /// Until it must have begun.
    begin: Option<Deadline>,
    /// Until it must be over.
    end: Option<Deadline>,
}

struct Deadline {
    at: Instant,
    alarm: Option<Alarm>,
}

impl<F, R> Unpin for Call<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
}

impl<F, R> Future for Call<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<R> {
        let this = self.get_mut();
        if matches!(this.state, State::New(_))
            && let State::New(body) = std::mem::replace(&mut this.state, State::Over)
        {
            match this.begin(body, task.waker()) {
                Begun::Over(ret) => return Poll::Ready(ret),
                Begun::Waiting(waiting) => this.state = State::Waiting(waiting),
            }
        }
        loop {
            let State::Waiting(waiting) = &mut this.state else {
                panic!("a call was polled after it was over")
            };
            match waiting.job.look(task.waker()) {
                Found::Nothing => {}
                Found::Done(result) => {
                    this.state = State::Over;
                    return Poll::Ready(result.unwrap_or_else(|panic| resume_unwind(panic)));
                }
                Found::Closed(body) => {
                    let job = Arc::clone(&waiting.job);
                    this.state = State::Over;
                    let body = body.expect("whoever gives a call back leaves its body");
                    match this.closed(&job.header, body, task.waker()) {
                        Begun::Over(ret) => return Poll::Ready(ret),
                        Begun::Waiting(waiting) => this.state = State::Waiting(waiting),
                    }
                    continue;
                }
            }
            if let Some(error) = waiting.too_late(task) {
                this.state = State::Over;
                return Poll::Ready(this.refuse(error));
            }
            let Some(body) = waiting.to_run_here() else { return Poll::Pending };
            let (core, called) = (waiting.job.header.core, waiting.job.header.called);
            this.state = State::Over;
            let ret = here(this.offload, core.name(), called, Outcome::Inlined, task.waker(), body);
            return Poll::Ready(ret);
        }
    }
}

enum Begun<F, R> {
    Over(R),
    Waiting(Waiting<F, R>),
}

impl<F, R> Call<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    fn begin(&self, body: F, waker: &Waker) -> Begun<F, R> {
        let (offload, called) = (self.offload, clock::now());
        if nested::is_inline() {
            return Begun::Over(here(offload, offload.pool_name(), called, Outcome::Inlined, waker, body));
        }
        let core = offload.core();
        if nested::would_wait_for_itself(core) {
            return Begun::Over(here(offload, core.name(), called, Outcome::Inlined, waker, body));
        }
        let header = Header::new(offload, core, called);
        assert!(
            core.kind() != Kind::Blocking || header.context.runtime.is_some(),
            "`{}` runs on the blocking threads of tokio, and there is no tokio runtime here: call it from within one \
             (`#[tokio::main]`, `Runtime::block_on`, or under the guard of `Runtime::enter`), or write \
             `#[offload(cpu)]`, whose pool needs none",
            offload.site.path(),
        );
        let job = Arc::new(Job::new(header, body));
        match submit(offload, core, &job) {
            Submitted::Taken => {
                let (begin, end) = (Deadline::of(offload.queue_timeout), Deadline::of(offload.timeout));
                Begun::Waiting(Waiting { job, begin, end })
            }
            refused => {
                let body = job.take_body().expect("nobody else has taken it");
                self.refused(refused, &job.header, body, waker)
            }
        }
    }

    fn refused(&self, refused: Submitted, header: &Header, body: F, waker: &Waker) -> Begun<F, R> {
        let (offload, pool) = (self.offload, header.core.name());
        // Taken for the pool, and kept for as long as the body runs here instead.
        let _turn = Turn::of(header);
        Begun::Over(match refused {
            Submitted::Closed => return self.closed(header, body, waker),
            Submitted::Full if offload.on_full == OnFull::Reject => {
                meter::count(offload, pool, Outcome::Rejected);
                drop(body);
                self.refuse(OffloadError::Rejected)
            }
            Submitted::Full => here(offload, pool, header.called, Outcome::CallerRan, waker, body),
            Submitted::WouldWait | Submitted::Taken => {
                here(offload, pool, header.called, Outcome::Inlined, waker, body)
            }
        })
    }

    /// The pool was shut down. Who cannot be told of it runs the body, as soon as it is their turn.
    fn closed(&self, header: &Header, body: F, waker: &Waker) -> Begun<F, R> {
        let (offload, core, called) = (self.offload, header.core, header.called);
        let turn = Turn::of(header);
        if let Some(refuse) = self.refuse {
            meter::count(offload, core.name(), Outcome::Rejected);
            drop(body);
            return Begun::Over(refuse(OffloadError::Closed));
        }
        let run = |body: F| Begun::Over(here(offload, core.name(), called, Outcome::CallerRan, waker, body));
        let Some((limit, most)) = offload.limit() else { return run(body) };
        if turn.is_some() || !nested::may_wait_for_a_turn() {
            return run(body);
        }
        let header = Header::new(offload, core, called).in_its_caller();
        let job = Arc::new(Job::new(header, body));
        let parked: Arc<dyn Run> = job.clone();
        if !limit.take_or_wait(most, &parked) {
            return Begun::Waiting(Waiting { job, begin: None, end: None });
        }
        let _turn = Turn::of(&job.header);
        run(job.take_body().expect("nobody else has taken it"))
    }

    fn refuse(&self, error: OffloadError) -> R {
        self.refuse.expect("the macro asks for a `Result` where a call may be refused")(error)
    }
}

/// A turn of a function with a limit.
struct Turn<'a, Held>(&'a Header, Held);

impl<'a> Turn<'a, ()> {
    /// That of the call, if it has one.
    fn of(header: &'a Header) -> Option<Turn<'a, impl Drop>> {
        header.has_turn.load(Ordering::Acquire).then(|| Turn(header, nested::hold_turn()))
    }
}

impl<Held> Drop for Turn<'_, Held> {
    fn drop(&mut self) {
        self.0.core.give_turn_back(self.0);
    }
}

fn submit<F, R>(offload: &'static Offload, core: &'static Core, job: &Arc<Job<F, R>>) -> Submitted
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let header = &job.header;
    if core.is_closed() {
        return Submitted::Closed;
    }
    // Before it can begin, so that what is shown never falls below zero.
    header.tally.queued();
    let may_wait = nested::may_wait_for_a_turn;
    let rejects = offload.on_full == OnFull::Reject;
    let submitted = match offload.limit() {
        Some((limit, most)) if (rejects || !may_wait()) && !limit.try_take(most, header) => {
            if rejects {
                Submitted::Full
            } else {
                Submitted::WouldWait
            }
        }
        Some((limit, most)) if offload.on_full == OnFull::CallerRuns && may_wait() => {
            match core.submit(job.clone(), OnFull::CallerRuns) {
                // It may not run here either.
                Submitted::Full if !limit.try_take(most, header) => core.submit(job.clone(), OnFull::Wait),
                submitted => submitted,
            }
        }
        _ => core.submit(job.clone(), offload.on_full),
    };
    if submitted != Submitted::Taken {
        header.tally.unqueued();
    }
    submitted
}

impl<F, R> Waiting<F, R> {
    /// The body, if it still waits for what may be waiting for this poll: the call was begun elsewhere.
    fn to_run_here(&self) -> Option<F> {
        let header = &self.job.header;
        let may_hang =
            nested::is_within() && (header.ancestors.is_none() || nested::would_wait_for_itself(header.core));
        if may_hang { self.job.reclaim() } else { None }
    }

    /// Whether a deadline has passed, and with it the call; else the task is woken when the next one does.
    fn too_late(&mut self, task: &Task<'_>) -> Option<OffloadError> {
        if !self.job.header.is_waiting() {
            self.begin = None;
        }
        if let Some(begin) = &mut self.begin
            && begin.has_passed(task)
            && self.job.withdraw(Outcome::TimedOut)
        {
            return Some(OffloadError::QueueTimeout);
        }
        if let Some(end) = &mut self.end
            && end.has_passed(task)
            && self.job.abandon(Outcome::TimedOut)
        {
            self.job.leave();
            return Some(OffloadError::Timeout);
        }
        None
    }
}

impl Deadline {
    /// From now on; none if it lies beyond what the clock can say.
    fn of(limit: Option<Duration>) -> Option<Self> {
        // The limit first: without one, no clock is read.
        let limit = limit?;
        Instant::now().checked_add(limit).map(|at| Self { at, alarm: None })
    }

    fn has_passed(&mut self, task: &Task<'_>) -> bool {
        if Instant::now() >= self.at {
            return true;
        }
        match &mut self.alarm {
            Some(alarm) => alarm.set_waker(task.waker()),
            none => *none = Some(Alarm::new(self.at, task.waker())),
        }
        false
    }
}

impl<F, R> Drop for Call<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    fn drop(&mut self) {
        let State::Waiting(waiting) = &self.state else { return };
        if !self.offload.detaches {
            waiting.job.abandon(Outcome::Cancelled);
        }
        waiting.job.leave();
    }
}
