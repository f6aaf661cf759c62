//! Calls at random, on two pools at once: each comes to one outcome, every counter says what a model says, and when all
//! is over nothing waits or runs.
#![allow(missing_docs, clippy::pedantic)]

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use fujita::offload::Pool;
use fujita::{OffloadError, offload};
use futures::FutureExt as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// What a body does.
#[derive(Clone, Copy)]
enum Work {
    Spin(u32),
    Panic,
    Sleep,
    /// Until nobody waits any more.
    UntilCancelled,
}

/// How many bodies have begun, of one function.
type Began = Arc<AtomicU64>;

fn work(work: Work, began: &Began) -> ThreadId {
    began.fetch_add(1, Ordering::SeqCst);
    match work {
        Work::Spin(turns) => (0..turns).for_each(|_| std::hint::spin_loop()),
        Work::Panic => std::panic::resume_unwind(Box::new("on purpose")),
        Work::Sleep => std::thread::sleep(Duration::from_millis(8)),
        Work::UntilCancelled => {
            let start = Instant::now();
            while !fujita::offload::cancelled() && start.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_micros(50));
            }
        }
    }
    std::thread::current().id()
}

macro_rules! functions {
    ($($name:ident($($option:tt)*) -> $returned:ty;)*) => {
        $(#[offload($($option)*)]
        fn $name(what: Work, began: Began) -> $returned {
            <$returned>::from(Ran(work(what, &began)))
        })*
    };
}

struct Ran(ThreadId);
impl From<Ran> for ThreadId {
    fn from(ran: Ran) -> Self {
        ran.0
    }
}
/// `Result` is foreign, and so is what it holds.
struct Answer;
type Fallible = Result<ThreadId, OffloadError>;
impl Answer {
    fn from(ran: Ran) -> Fallible {
        Ok(ran.0)
    }
}

functions! {
    waits(pool = "tokio") -> ThreadId;
    few(pool = "tokio", max_concurrent = 1) -> ThreadId;
    helps(pool = "tokio", on_full = "caller_runs") -> ThreadId;
    waits_cpu(pool = "rayon") -> ThreadId;
    helps_cpu(pool = "rayon", on_full = "caller_runs", max_concurrent = 2) -> ThreadId;
}

macro_rules! fallible {
    ($($name:ident($($option:tt)*);)*) => {
        $(#[offload($($option)*)]
        fn $name(what: Work, began: Began) -> Fallible {
            Answer::from(Ran(work(what, &began)))
        })*
    };
}

fallible! {
    rejects(pool = "tokio", on_full = "reject");
    rejects_few(pool = "tokio", on_full = "reject", max_concurrent = 2);
    hurries(pool = "tokio", queue_timeout = "1ms");
    gives_up(pool = "tokio", timeout = "3ms");
    rejects_cpu(pool = "rayon", on_full = "reject");
    hurries_cpu(pool = "rayon", queue_timeout = "1ms", timeout = "4ms");
}

type Model = BTreeMap<(&'static str, &'static str), u64>;

/// What a caller knows of its call.
fn outcome(ended: std::thread::Result<Fallible>, here: ThreadId) -> &'static str {
    match ended {
        Err(_) => "panicked",
        Ok(Ok(there)) if there == here => "caller_ran",
        Ok(Ok(_)) => "completed",
        Ok(Err(OffloadError::Rejected)) => "rejected",
        Ok(Err(OffloadError::QueueTimeout | OffloadError::Timeout)) => "timed_out",
        Ok(Err(other)) => panic!("{other}"),
    }
}

/// SplitMix64, by Sebastiano Vigna.
struct Random(u64);
impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

const TASKS: u64 = 24;
const CALLS: u64 = 600;

async fn caller(seed: u64, began: Arc<BTreeMap<&'static str, Began>>) -> Model {
    let (mut random, mut model) = (Random(seed), Model::new());
    for _ in 0..CALLS {
        let what = match random.below(20) {
            0 => Work::Panic,
            1 => Work::Sleep,
            2 => Work::UntilCancelled,
            _ => Work::Spin(random.below(2_000) as u32),
        };
        macro_rules! call {
            ($name:ident, $lift:expr) => {{
                let began = Arc::clone(&began[stringify!($name)]);
                let call = Box::pin(async move { $lift($name(what, began).await) });
                (stringify!($name), call as std::pin::Pin<Box<dyn Future<Output = Fallible> + Send>>)
            }};
        }
        let (name, mut call) = match random.below(11) {
            0 => call!(waits, Ok),
            1 => call!(few, Ok),
            2 => call!(helps, Ok),
            3 => call!(waits_cpu, Ok),
            4 => call!(helps_cpu, Ok),
            5 => call!(rejects, std::convert::identity),
            6 => call!(rejects_few, std::convert::identity),
            7 => call!(hurries, std::convert::identity),
            8 => call!(gives_up, std::convert::identity),
            9 => call!(rejects_cpu, std::convert::identity),
            _ => call!(hurries_cpu, std::convert::identity),
        };
        // A body that its caller runs is never cancelled, so it must not wait for that.
        let may_run_here = name.starts_with("helps");
        let never_ends = matches!(what, Work::UntilCancelled);
        if never_ends && may_run_here {
            continue;
        }
        let here = std::thread::current().id();
        let first = AssertUnwindSafe(&mut call).catch_unwind().now_or_never();
        // The runtime may move a task between polls; in the first poll it is here.
        let ended = match first {
            Some(ended) => outcome(ended, here),
            None if never_ends && !name.starts_with("gives_up") && !name.starts_with("hurries_cpu") => {
                for _ in 0..random.below(5) {
                    tokio::task::yield_now().await;
                }
                if name == "hurries" && random.below(2) == 0 {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
                // By now it may have been too late for it to begin; only a poll would tell.
                drop(call);
                "cancelled"
            }
            None => {
                // What was handed in does not run here any more.
                match AssertUnwindSafe(&mut call).catch_unwind().await {
                    Ok(Ok(_)) => "completed",
                    other => outcome(other, here),
                }
            }
        };
        *model.entry((name, ended)).or_default() += 1;
    }
    model
}

/// The global recorder of this process.
fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).unwrap();
        handle
    })
}

/// The sum of all series of that name that have those labels.
fn value(text: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    let of = |line: &str| {
        let (series, value) = line.rsplit_once(' ')?;
        let fits = series.strip_prefix(name)?.starts_with('{')
            && labels.iter().all(|(label, is)| series.contains(&format!("{label}=\"{is}\"")));
        fits.then(|| value.parse::<f64>().unwrap())
    };
    text.lines().filter_map(of).sum()
}

#[test]
fn a_local_recorder_neither_hides_from_the_global_one_nor_leaks_into_it() {
    #[offload(pool = "beside local ones")]
    fn hold(end: std::sync::mpsc::Receiver<()>) {
        let _ = end.recv();
    }
    #[offload(pool = "beside local ones")]
    fn unheard() {}

    let pool = Pool::builder("beside local ones").threads(1).install().unwrap();
    let depth = || {
        let text = recorder().render();
        value(&text, "function_offload_queue_depth", &[("pool", "beside local ones")])
    };
    let eventually = |what: &str, is_so: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    recorder();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (end, ends) = std::sync::mpsc::channel();
    let held = runtime.spawn(hold(ends));
    eventually("it runs", &|| pool.active() == 1);
    let _entered = runtime.enter();
    let mut call = Box::pin(unheard());
    assert!((&mut call).now_or_never().is_none());
    eventually("it is shown", &|| depth() == 1.0);
    fujita_tests::record(|| drop(call));
    assert_eq!(pool.queue_depth(), 0);
    eventually("it is shown", &|| depth() == 0.0);

    drop(end);
    runtime.block_on(held).unwrap();
    metrics::with_local_recorder(&metrics::NoopRecorder, || runtime.block_on(unheard()));
    let text = recorder().render();
    assert_eq!(
        value(&text, "function_offload_jobs_total", &[("function", "unheard"), ("outcome", "completed")]),
        0.0
    );
    assert_eq!(value(&text, "function_offload_run_seconds_count", &[("function", "unheard")]), 0.0);
}

#[test]
fn every_call_comes_to_one_outcome() {
    const NAMES: [&str; 11] = [
        "waits",
        "few",
        "helps",
        "waits_cpu",
        "helps_cpu",
        "rejects",
        "rejects_few",
        "hurries",
        "gives_up",
        "rejects_cpu",
        "hurries_cpu",
    ];
    let handle = recorder();
    let tokio_pool = Pool::builder("tokio").threads(3).queue_capacity(5).install().unwrap();
    let rayon_pool = Pool::builder("rayon").cpu().threads(2).queue_capacity(4).install().unwrap();

    let began: Arc<BTreeMap<_, _>> =
        Arc::new(NAMES.into_iter().map(|name| (name, Began::default())).collect());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut model = Model::new();
    runtime.block_on(async {
        let callers: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(caller(seed.wrapping_add(task << 32), Arc::clone(&began))))
            .collect();
        for caller in callers {
            for (series, count) in caller.await.unwrap() {
                *model.entry(series).or_default() += count;
            }
        }
    });
    // Those that timed out may still run.
    let start = Instant::now();
    while [tokio_pool, rayon_pool].iter().any(|pool| pool.active() + pool.queue_depth() > 0) {
        assert!(start.elapsed() < Duration::from_secs(20), "the pools do not come to rest");
        std::thread::sleep(Duration::from_millis(5));
    }
    handle.run_upkeep();
    let text = handle.render();
    let value = |name: &str, labels: &[(&str, &str)]| value(&text, name, labels);
    let mut calls = 0;
    for name in NAMES {
        for outcome in
            ["completed", "panicked", "rejected", "timed_out", "cancelled", "caller_ran", "inlined"]
        {
            let expected = model.get(&(name, outcome)).copied().unwrap_or(0);
            let recorded = value("function_offload_jobs_total", &[("function", name), ("outcome", outcome)]);
            assert_eq!(recorded, expected as f64, "{name} {outcome}\n{model:#?}\n{text}");
            calls += expected;
        }
        let bodies = began[name].load(Ordering::SeqCst) as f64;
        for histogram in ["function_offload_wait_seconds_count", "function_offload_run_seconds_count"] {
            assert_eq!(value(histogram, &[("function", name)]), bodies, "{name} {histogram}");
        }
    }
    assert!(calls > 10_000, "{calls}");
    for outcome in ["completed", "panicked", "rejected", "timed_out", "cancelled", "caller_ran"] {
        assert!(
            model.iter().any(|((_, this), count)| *this == outcome && *count > 10),
            "no {outcome}: {model:#?}"
        );
    }
    for (pool, threads) in [("tokio", 3.0), ("rayon", 2.0)] {
        assert_eq!(value("function_offload_active", &[("pool", pool)]), 0.0);
        assert_eq!(value("function_offload_queue_depth", &[("pool", pool)]), 0.0);
        assert_eq!(value("function_offload_threads", &[("pool", pool)]), threads);
    }
    // They are none the worse for it.
    runtime.block_on(async {
        let began = Began::default();
        let here = std::thread::current().id();
        assert_ne!(waits(Work::Spin(1), Arc::clone(&began)).await, here);
        assert_ne!(waits_cpu(Work::Spin(1), began).await, here);
    });
}
