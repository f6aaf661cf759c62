//! Something of everything that the three attributes record, the same in each run.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, LazyLock, Mutex};
use std::task::Poll;
use std::time::Duration;

use fujita::offload::Pool;
use fujita::{Clock, ClockHand, OffloadError, cached, offload, timed};
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use tokio::runtime::Runtime;

use super::totals::Totals;

#[timed]
fn plain() {}

struct Refused(&'static str);

#[timed(error_kind = |refused: &Refused| refused.0)]
fn checked(kind: Option<&'static str>) -> Result<(), Refused> {
    kind.map_or(Ok(()), |kind| Err(Refused(kind)))
}

#[timed]
fn panics() {
    // Without the hook's message.
    std::panic::resume_unwind(Box::new(()));
}

#[timed(labels(shard = shard, tier = "front"), max_label_sets = 2)]
fn labelled(shard: &str) -> usize {
    shard.len()
}

/// Waits at its first poll, every poll is a slow one.
#[timed(in_flight, busy, slow_poll = "1ns")]
async fn answers() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[timed]
#[cached(name = "prices", max_capacity = 8, policy = "lru")]
fn price(n: u64) -> Result<u64, ()> {
    if n % 5 == 4 { Err(()) } else { Ok(n) }
}

static CLOCK: LazyLock<(Clock, ClockHand)> = LazyLock::new(Clock::mock);

#[cached(name = "rates", skip(up), ttl = "1m", stale_if_error = "1h", clock = CLOCK.0.clone())]
fn rate(up: bool) -> Result<u64, ()> {
    up.then_some(7).ok_or(())
}

#[cached(name = "pages")]
async fn page(number: u64) -> u64 {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    number
}

#[offload(pool = "one", on_full = "reject")]
fn work(gate: Gate) -> Result<(), OffloadError> {
    gate.pass();
    Ok(())
}

#[offload(pool = "one", queue_timeout = "1ms")]
fn hurries() -> Result<(), OffloadError> {
    Ok(())
}

#[offload(pool = "one", on_full = "caller_runs")]
fn helps() {}

#[offload(pool = "one")]
fn fails() {
    std::panic::resume_unwind(Box::new(()));
}

#[timed]
#[cached(name = "searches")]
#[offload(pool = "one", owned(query))]
fn search(query: &str) -> usize {
    query.len()
}

/// Closed until it is opened, and tells whether somebody has come to it.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<(bool, bool)>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.1 = true;
        changed.notify_all();
        drop(changed.wait_while(state, |(open, _)| !*open).unwrap());
    }

    fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().0 = true;
        changed.notify_all();
    }

    fn await_arrival(&self) {
        let (state, changed) = &*self.0;
        drop(changed.wait_while(state.lock().unwrap(), |(_, come)| !*come).unwrap());
    }
}

/// Calls that are under way, so that gauges have something to show.
pub(crate) struct UnderWay {
    /// Before the runtime, which waits for its threads when it is dropped.
    gate: OpenedWhenDropped,
    runtime: Runtime,
    answers: Vec<BoxFuture<'static, ()>>,
    jobs: Vec<BoxFuture<'static, Result<(), OffloadError>>>,
}

struct OpenedWhenDropped(Gate);

impl Drop for OpenedWhenDropped {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Polls once what is known to wait.
fn begin<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send>>) {
    assert!(future.now_or_never().is_none(), "it was to wait");
}

/// Makes the calls of [`recorded`], some of which are still under way when it returns.
pub(crate) fn run() -> UnderWay {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (gate, open) = (Gate::default(), Gate::default());
    open.open();
    Pool::builder("one").threads(1).queue_capacity(2).install().unwrap();

    timed_calls();
    cached_calls();
    let (answers, jobs) = runtime.block_on(async {
        // Four to the end, two given up, two under way.
        let mut calls: Vec<BoxFuture<'static, ()>> = (0..8).map(|_| answers().boxed()).collect();
        calls.iter_mut().for_each(begin);
        let answers = calls.split_off(6);
        calls.truncate(4);
        join_all(calls).await;

        let mut pages: Vec<_> = (0..6).map(|_| page(1).boxed()).collect();
        pages.iter_mut().for_each(begin);
        assert_eq!(join_all(pages).await, [1; 6]);

        for _ in 0..5 {
            assert_eq!(search("query").await, 5);
        }
        (answers, offloaded_calls(&gate, &open).await)
    });
    UnderWay { gate: OpenedWhenDropped(gate), runtime, answers, jobs }
}

fn timed_calls() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..25).for_each(|_| plain()));
        }
    });
    for kind in [None, None, None, Some("empty"), Some("empty"), Some("late")] {
        assert_eq!(checked(kind).is_err(), kind.is_some());
    }
    for _ in 0..3 {
        catch_unwind(panics).unwrap_err();
    }
    for shard in ["a", "b", "c", "d", "a"] {
        labelled(shard);
    }
}

fn cached_calls() {
    for n in 0..20 {
        assert_eq!(price(n).is_err(), n % 5 == 4);
        price_cache().run_pending_tasks();
    }
    // What is left: those asked for last.
    for n in [10, 11, 12, 13, 15, 16, 17, 18] {
        assert_eq!((price(n), price(n)), (Ok(n), Ok(n)));
    }
    price_cache().invalidate(&10);
    price_cache().invalidate(&11);
    price_cache().insert(12, 1);
    price_cache().run_pending_tasks();

    assert_eq!(rate(true), Ok(7));
    CLOCK.1.advance(Duration::from_secs(61));
    assert_eq!([rate(false), rate(false)], [Ok(7); 2]);
    CLOCK.1.advance(Duration::from_secs(3_600));
    assert_eq!(rate(false), Err(()));
    rate_cache().invalidate(&());
}

async fn offloaded_calls(gate: &Gate, open: &Gate) -> Vec<BoxFuture<'static, Result<(), OffloadError>>> {
    for _ in 0..10 {
        assert_eq!(work(open.clone()).await, Ok(()));
    }
    for _ in 0..2 {
        AssertUnwindSafe(fails()).catch_unwind().await.unwrap_err();
    }
    {
        let _inline = offload::inline();
        for _ in 0..3 {
            assert_eq!(work(open.clone()).await, Ok(()));
        }
    }
    let mut jobs: Vec<_> = (0..2).map(|_| work(gate.clone()).boxed()).collect();
    jobs.iter_mut().for_each(begin);
    gate.await_arrival();
    assert_eq!(hurries().await, Err(OffloadError::QueueTimeout));
    let (mut given_up, mut last) = (work(gate.clone()).boxed(), work(gate.clone()).boxed());
    begin(&mut given_up);
    for _ in 0..4 {
        assert_eq!(work(open.clone()).await, Err(OffloadError::Rejected));
    }
    drop(given_up);
    begin(&mut last);
    helps().await;
    jobs.push(last);
    jobs
}

impl UnderWay {
    /// Ends what is under way: gives up the calls, lets the jobs through.
    pub(crate) fn end(self) {
        let Self { gate, runtime, answers, jobs } = self;
        drop(answers);
        drop(gate);
        assert_eq!(runtime.block_on(join_all(jobs)), [Ok(()); 3]);
    }
}

/// What [`run`] comes to, while calls are under way. Of histograms, how many records.
pub(crate) fn recorded() -> Totals {
    parse(
        "
        histogram function_duration_seconds{function=plain,module=MODULE,result=ok} 100
        histogram function_duration_seconds{function=checked,module=MODULE,result=ok} 3
        histogram function_duration_seconds{error=empty,function=checked,module=MODULE,result=error} 2
        histogram function_duration_seconds{error=late,function=checked,module=MODULE,result=error} 1
        histogram function_duration_seconds{function=panics,module=MODULE,result=panic} 3
        histogram function_duration_seconds{function=labelled,module=MODULE,result=ok,shard=a,tier=front} 2
        histogram function_duration_seconds{function=labelled,module=MODULE,result=ok,shard=b,tier=front} 1
        histogram function_duration_seconds{function=labelled,module=MODULE,result=ok,shard=other,tier=front} 2
        histogram function_duration_seconds{function=answers,module=MODULE,result=ok} 4
        histogram function_duration_seconds{function=answers,module=MODULE,result=cancelled} 2
        histogram function_busy_seconds{function=answers,module=MODULE} 6
        counter   function_slow_polls_total{function=answers,module=MODULE} 12
        gauge     function_in_flight{function=answers,module=MODULE} 2

        histogram function_duration_seconds{cache=miss,function=price,module=MODULE,result=ok} 16
        histogram function_duration_seconds{cache=miss,function=price,module=MODULE,result=error} 4
        histogram function_duration_seconds{cache=hit,function=price,module=MODULE,result=ok} 16
        counter   function_cache_requests_total{cache=prices,result=miss} 20
        counter   function_cache_requests_total{cache=prices,result=hit} 16
        histogram function_cache_load_seconds{cache=prices,result=ok} 16
        histogram function_cache_load_seconds{cache=prices,result=error} 4
        counter   function_cache_evictions_total{cache=prices,cause=size} 8
        counter   function_cache_evictions_total{cache=prices,cause=explicit} 2
        counter   function_cache_evictions_total{cache=prices,cause=replaced} 1
        gauge     function_cache_entries{cache=prices} 6
        gauge     function_cache_weight{cache=prices} 6

        counter   function_cache_requests_total{cache=rates,result=miss} 2
        counter   function_cache_requests_total{cache=rates,result=stale} 2
        histogram function_cache_load_seconds{cache=rates,result=ok} 1
        histogram function_cache_load_seconds{cache=rates,result=error} 3
        counter   function_cache_evictions_total{cache=rates,cause=expired} 1

        counter   function_cache_requests_total{cache=pages,result=miss} 1
        counter   function_cache_requests_total{cache=pages,result=coalesced} 5
        histogram function_cache_load_seconds{cache=pages,result=ok} 1
        gauge     function_cache_entries{cache=pages} 1
        gauge     function_cache_weight{cache=pages} 1

        histogram function_duration_seconds{cache=miss,function=search,module=MODULE,result=ok} 1
        histogram function_duration_seconds{cache=hit,function=search,module=MODULE,result=ok} 4
        counter   function_cache_requests_total{cache=searches,result=miss} 1
        counter   function_cache_requests_total{cache=searches,result=hit} 4
        histogram function_cache_load_seconds{cache=searches,result=ok} 1
        gauge     function_cache_entries{cache=searches} 1
        gauge     function_cache_weight{cache=searches} 1
        counter   function_offload_jobs_total{function=search,module=MODULE,outcome=completed,pool=one} 1
        histogram function_offload_wait_seconds{function=search,module=MODULE,pool=one} 1
        histogram function_offload_run_seconds{function=search,module=MODULE,pool=one} 1

        counter   function_offload_jobs_total{function=work,module=MODULE,outcome=completed,pool=one} 10
        counter   function_offload_jobs_total{function=work,module=MODULE,outcome=inlined,pool=one} 3
        counter   function_offload_jobs_total{function=work,module=MODULE,outcome=rejected,pool=one} 4
        counter   function_offload_jobs_total{function=work,module=MODULE,outcome=cancelled,pool=one} 1
        histogram function_offload_wait_seconds{function=work,module=MODULE,pool=one} 13
        histogram function_offload_run_seconds{function=work,module=MODULE,pool=one} 13
        counter   function_offload_jobs_total{function=fails,module=MODULE,outcome=panicked,pool=one} 2
        histogram function_offload_wait_seconds{function=fails,module=MODULE,pool=one} 2
        histogram function_offload_run_seconds{function=fails,module=MODULE,pool=one} 2
        counter   function_offload_jobs_total{function=hurries,module=MODULE,outcome=timed_out,pool=one} 1
        counter   function_offload_jobs_total{function=helps,module=MODULE,outcome=caller_ran,pool=one} 1
        histogram function_offload_wait_seconds{function=helps,module=MODULE,pool=one} 1
        histogram function_offload_run_seconds{function=helps,module=MODULE,pool=one} 1
        gauge     function_offload_active{pool=one} 1
        gauge     function_offload_queue_depth{pool=one} 2
        gauge     function_offload_threads{pool=one} 1
        ",
    )
}

/// The same after [`UnderWay::end`].
pub(crate) fn recorded_in_the_end() -> Totals {
    let mut totals = recorded();
    totals.update(parse(
        "
        histogram function_duration_seconds{function=answers,module=MODULE,result=cancelled} 4
        histogram function_busy_seconds{function=answers,module=MODULE} 8
        gauge     function_in_flight{function=answers,module=MODULE} 0
        counter   function_offload_jobs_total{function=work,module=MODULE,outcome=completed,pool=one} 13
        histogram function_offload_wait_seconds{function=work,module=MODULE,pool=one} 16
        histogram function_offload_run_seconds{function=work,module=MODULE,pool=one} 16
        gauge     function_offload_active{pool=one} 0
        gauge     function_offload_queue_depth{pool=one} 0
        ",
    ));
    totals
}

fn parse(table: &str) -> Totals {
    let rows = table.lines().filter(|line| !line.trim().is_empty());
    rows.map(|row| {
        let mut words = row.split_whitespace();
        let (kind, series, value) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        (kind, series.replace("MODULE", module_path!()), value.parse().unwrap())
    })
    .collect()
}
