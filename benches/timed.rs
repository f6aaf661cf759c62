//! `#[timed]` beside the bare call, the floor and its peers.
//!
//! ```text
//! cargo bench -p fujita-benches --bench timed
//! ```

#![allow(clippy::pedantic)]

use std::pin::pin;
use std::time::{Duration, Instant};

use fujita_benches::{Budget, Contender, Group, Limit, Settle, floor, poll, prometheus, repeat, work};

fn main() {
    fujita_benches::run(&GROUPS, &BUDGETS);
}

const LISTENING: &str = "Prometheus exporter";
const NOBODY: &str = "nobody listens";

const BUDGETS: [Budget; 5] = [
    Budget { group: LISTENING, name: "#[timed]", limit: Limit::OfFloor(1.10) },
    Budget { group: LISTENING, name: "#[timed] -> Result", limit: Limit::OfFloor(1.10) },
    Budget { group: LISTENING, name: "#[timed] async", limit: Limit::OfFloor(1.25) },
    Budget { group: LISTENING, name: "#[timed] async -> Result", limit: Limit::OfFloor(1.25) },
    Budget { group: NOBODY, name: "#[timed]", limit: Limit::OverBare(2.0) },
];

const BARE: Contender = Contender::sync("bare call", |calls| repeat(calls, bare));
const BARE_ASYNC: Contender =
    Contender::future("bare async fn", |calls| repeat(calls, |x| poll(pin!(bare_async(x)))));
const FLOOR: Contender = Contender::sync("floor", |calls| repeat(calls, floor));
const TIMED: Contender = Contender::sync("#[timed]", |calls| repeat(calls, timed));
const TIMED_RESULT: Contender = Contender::sync("#[timed] -> Result", |calls| repeat(calls, timed_result));
const TIMED_ASYNC: Contender =
    Contender::future("#[timed] async", |calls| repeat(calls, |x| poll(pin!(timed_async(x)))));
const TIMED_ASYNC_RESULT: Contender = Contender::future("#[timed] async -> Result", |calls| {
    repeat(calls, |x| poll(pin!(timed_async_result(x))))
});
const BY_HAND: Contender = Contender::sync("metrics::histogram! by hand", |calls| repeat(calls, by_hand));
const INSTRUMENT: Contender = Contender::sync("#[tracing::instrument]", |calls| repeat(calls, instrument));
const INSTRUMENT_ASYNC: Contender = Contender::future("#[tracing::instrument] async", |calls| {
    repeat(calls, |x| poll(pin!(instrument_async(x))))
});
const TRACE: Contender = Contender::sync("#[fastrace::trace], no root", |calls| repeat(calls, trace));
const TRACE_ASYNC: Contender = Contender::future("#[fastrace::trace] async, no root", |calls| {
    repeat(calls, |x| poll(pin!(trace_async(x))))
});

const GROUPS: [Group; 7] = [
    Group {
        name: NOBODY,
        set_up: || Box::new(|| ()),
        contenders: &[
            BARE,
            BARE_ASYNC,
            TIMED,
            TIMED_RESULT,
            TIMED_ASYNC,
            TIMED_ASYNC_RESULT,
            BY_HAND,
            INSTRUMENT,
            INSTRUMENT_ASYNC,
            TRACE,
            TRACE_ASYNC,
        ],
    },
    Group {
        name: LISTENING,
        set_up: prometheus,
        contenders: &[
            BARE,
            BARE_ASYNC,
            FLOOR,
            TIMED,
            TIMED_RESULT,
            Contender::sync("#[timed(labels(shard = \"a\"))]", |calls| repeat(calls, timed_literal_label)),
            Contender::sync("#[timed(labels(shard = shard))]", |calls| {
                repeat(calls, |x| timed_label("a", x))
            }),
            Contender::sync("#[timed(in_flight)]", |calls| repeat(calls, timed_in_flight)),
            TIMED_ASYNC,
            TIMED_ASYNC_RESULT,
            Contender::future("#[timed(busy)] async", |calls| repeat(calls, |x| poll(pin!(timed_busy(x))))),
            BY_HAND,
        ],
    },
    Group {
        name: "fujita::telemetry()",
        set_up: telemetry,
        contenders: &[BARE, BARE_ASYNC, FLOOR, TIMED, TIMED_ASYNC],
    },
    Group {
        name: "autometrics",
        set_up: prometheus,
        contenders: &[
            BARE,
            BARE_ASYNC,
            FLOOR,
            Contender::sync("#[autometrics]", |calls| repeat(calls, autometrics)),
            Contender::future("#[autometrics] async", |calls| {
                repeat(calls, |x| poll(pin!(autometrics_async(x))))
            }),
        ],
    },
    Group {
        name: "hotpath",
        set_up: hotpath,
        contenders: &[
            BARE,
            BARE_ASYNC,
            FLOOR,
            Contender::sync("#[hotpath::measure]", |calls| repeat(calls, measure)),
            Contender::future("#[hotpath::measure] async", |calls| {
                repeat(calls, |x| poll(pin!(measure_async(x))))
            }),
        ],
    },
    Group {
        name: "fastrace with a reporter",
        set_up: fastrace,
        contenders: &[
            BARE,
            BARE_ASYNC,
            FLOOR,
            TRACE,
            TRACE_ASYNC,
            Contender::sync("#[fastrace::trace]", |calls| under_roots(calls, TRACE.run)),
            Contender::future("#[fastrace::trace] async", |calls| under_roots(calls, TRACE_ASYNC.run)),
        ],
    },
    Group {
        name: "tracing-subscriber's registry",
        set_up: registry,
        contenders: &[BARE, BARE_ASYNC, FLOOR, INSTRUMENT, INSTRUMENT_ASYNC],
    },
];

/// What can go wrong here: nothing ever does.
#[derive(Debug, Clone, Copy)]
pub struct Odd;

#[inline(always)]
fn fallible(x: u64) -> Result<u64, Odd> {
    if x == u64::MAX { Err(Odd) } else { Ok(work(x)) }
}

#[inline(never)]
fn bare(x: u64) -> u64 {
    work(x)
}

async fn bare_async(x: u64) -> u64 {
    work(x)
}

#[fujita::timed]
#[inline(never)]
fn timed(x: u64) -> u64 {
    work(x)
}

#[fujita::timed]
#[inline(never)]
fn timed_result(x: u64) -> Result<u64, Odd> {
    fallible(x)
}

#[fujita::timed(labels(shard = "a"))]
#[inline(never)]
fn timed_literal_label(x: u64) -> u64 {
    work(x)
}

#[fujita::timed(labels(shard = shard))]
#[inline(never)]
fn timed_label(shard: &str, x: u64) -> u64 {
    work(x)
}

#[fujita::timed(in_flight)]
#[inline(never)]
fn timed_in_flight(x: u64) -> u64 {
    work(x)
}

#[fujita::timed]
async fn timed_async(x: u64) -> u64 {
    work(x)
}

#[fujita::timed]
async fn timed_async_result(x: u64) -> Result<u64, Odd> {
    fallible(x)
}

#[fujita::timed(busy)]
async fn timed_busy(x: u64) -> u64 {
    work(x)
}

/// The usual way without an attribute.
#[inline(never)]
fn by_hand(x: u64) -> u64 {
    let start = Instant::now();
    let returned = work(x);
    metrics::histogram!("by_hand_seconds", "function" => "by_hand", "module" => module_path!(), "result" => "ok")
        .record(start.elapsed());
    returned
}

#[tracing::instrument(skip_all)]
#[inline(never)]
fn instrument(x: u64) -> u64 {
    work(x)
}

#[tracing::instrument(skip_all)]
async fn instrument_async(x: u64) -> u64 {
    work(x)
}

#[fastrace::trace]
#[inline(never)]
fn trace(x: u64) -> u64 {
    work(x)
}

#[fastrace::trace]
async fn trace_async(x: u64) -> u64 {
    work(x)
}

#[autometrics::autometrics]
#[inline(never)]
fn autometrics(x: u64) -> u64 {
    work(x)
}

#[autometrics::autometrics]
async fn autometrics_async(x: u64) -> u64 {
    work(x)
}

#[hotpath::measure]
#[inline(never)]
fn measure(x: u64) -> u64 {
    work(x)
}

#[hotpath::measure]
async fn measure_async(x: u64) -> u64 {
    work(x)
}

fn telemetry() -> Settle {
    let telemetry = fujita::telemetry().prometheus_recorder().install().expect("there is no other recorder");
    Box::new(move || drop(telemetry.render()))
}

fn hotpath() -> Settle {
    let upkeep = prometheus();
    let guard = hotpath::HotpathGuardBuilder::new("main").format(hotpath::Format::None).build();
    Box::new(move || {
        let _alive = &guard;
        upkeep();
        // Its own thread is busy for a while after the calls.
        std::thread::sleep(Duration::from_millis(10));
    })
}

fn fastrace() -> Settle {
    struct Discard;
    impl fastrace::collector::Reporter for Discard {
        fn report(&mut self, _: Vec<fastrace::collector::SpanRecord>) {}
    }
    let upkeep = prometheus();
    fastrace::set_reporter(Discard, fastrace::collector::Config::default());
    Box::new(move || {
        upkeep();
        fastrace::flush();
    })
}

/// A root for every 100 calls, as for one request: a thread keeps no more than 10,240 spans of one root.
fn under_roots(calls: u64, run: fn(u64)) {
    const OF_ONE_ROOT: u64 = 100;
    for _ in 0..calls / OF_ONE_ROOT {
        let root = fastrace::Span::root("request", fastrace::prelude::SpanContext::random());
        let _parent = root.set_local_parent();
        run(OF_ONE_ROOT);
    }
}

fn registry() -> Settle {
    tracing::subscriber::set_global_default(tracing_subscriber::registry())
        .expect("there is no other subscriber");
    prometheus()
}
