//! `#[timed]` beside the bare call, the floor and its peers.
//!
//! ```text
//! cargo bench -p fujita-benches --bench timed
//! ```
//!
//! Each function here is a row of the table, or its bare counterpart.

use std::pin::pin;
use std::time::{Duration, Instant};

use fujita_benches::{
    Against, Bench, Budget, Contender, Group, Limit, Settle, floor, poll, prometheus, repeat, work,
};

fn main() {
    fujita_benches::run(&Bench {
        groups: &GROUPS,
        budgets: &BUDGETS,
        threads: &[1, 2],
        against: Against::Floor,
        warm_up: 10_000,
        cannot: &[],
    });
}

const LISTENING: &str = "Prometheus exporter";
const NOBODY: &str = "nobody listens";

const BUDGETS: [Budget; 5] = [
    Budget { group: LISTENING, name: "#[timed]", limit: Limit::Times(1.10) },
    Budget { group: LISTENING, name: "#[timed] -> Result", limit: Limit::Times(1.10) },
    Budget { group: LISTENING, name: "#[timed] async", limit: Limit::Times(1.25) },
    Budget { group: LISTENING, name: "#[timed] async -> Result", limit: Limit::Times(1.25) },
    Budget { group: NOBODY, name: "#[timed]", limit: Limit::OverBare(2.0) },
];

/// A row whose function is called.
macro_rules! called {
    ($name:literal, $function:expr) => {
        Contender::sync($name, |calls| repeat(calls, $function))
    };
}

/// A row whose future is polled once.
macro_rules! polled {
    ($name:literal, $function:path) => {
        Contender::future($name, |calls| repeat(calls, |x| poll(pin!($function(x)))))
    };
}

const BARE: Contender = called!("bare call", bare);
const BARE_ASYNC: Contender = polled!("bare async fn", bare_async);
const FLOOR: Contender = called!("floor", floor);
const TIMED: Contender = called!("#[timed]", timed);
const TIMED_RESULT: Contender = called!("#[timed] -> Result", timed_result);
const TIMED_ASYNC: Contender = polled!("#[timed] async", timed_async);
const TIMED_ASYNC_RESULT: Contender = polled!("#[timed] async -> Result", timed_async_result);
const BY_HAND: Contender = called!("metrics::histogram! by hand", by_hand);
const INSTRUMENT: Contender = called!("#[tracing::instrument]", instrument);
const INSTRUMENT_ASYNC: Contender = polled!("#[tracing::instrument] async", instrument_async);
const TRACE: Contender = called!("#[fastrace::trace], no root", trace);
const TRACE_ASYNC: Contender = polled!("#[fastrace::trace] async, no root", trace_async);

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
            called!("#[timed(labels(shard = \"a\"))]", timed_literal_label),
            called!("#[timed(labels(shard = shard))]", |x| timed_label("a", x)),
            called!("#[timed(in_flight)]", timed_in_flight),
            TIMED_ASYNC,
            TIMED_ASYNC_RESULT,
            polled!("#[timed(busy)] async", timed_busy),
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
            called!("#[autometrics]", autometrics),
            polled!("#[autometrics] async", autometrics_async),
        ],
    },
    Group {
        name: "hotpath",
        set_up: hotpath,
        contenders: &[
            BARE,
            BARE_ASYNC,
            FLOOR,
            called!("#[hotpath::measure]", measure),
            polled!("#[hotpath::measure] async", measure_async),
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

#[inline]
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
    work(x + shard.len() as u64)
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
