//! What a real Prometheus makes of what is recorded.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use fujita::timed;
use fujita_tests::alone::alone;
use fujita_tests::codesearch::Server;
use fujita_tests::http;

use crate::alerts::promtool_takes;
use crate::servers::Prometheus;

const CLIENTS: usize = 4;
const ROUNDS: usize = 50;

/// The handler, the target, how it ends, and whether the cache is asked.
type Request = (&'static str, &'static str, u16, bool);

/// What the clients ask `codesearch` for.
const REQUESTS: [Request; 9] = [
    ("search", "/search?q=needle", 200, true),
    ("search", "/search?q=line&limit=2", 200, true),
    ("search", "/search?q=%28&regex=1", 400, true),
    ("search", "/search?q=a&limit=many", 400, false),
    ("file", "/file?path=served/src/hay.rs", 200, true),
    ("file", "/file?path=served/nowhere.rs", 404, true),
    ("file", "/file?path=../secret.txt", 403, true),
    ("tree", "/tree?path=served/src", 200, true),
    ("tree", "/tree?path=served/nowhere", 404, true),
];

#[test]
fn what_codesearch_counts_is_what_its_clients_count() {
    let server = Server::start();
    let mut prometheus =
        Prometheus::start(&[("codesearch", server.address)], &[], Duration::from_millis(500));

    let client = || {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            for (handler, target, status, _) in REQUESTS {
                let begin = Instant::now();
                assert_eq!(server.get(target).status, status, "{target}");
                if handler == "search" {
                    times.push(begin.elapsed().as_secs_f64());
                }
            }
        }
        times
    };
    let mut times: Vec<f64> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    times.sort_by(f64::total_cmp);

    let asked = |which: &dyn Fn(&Request) -> bool| {
        (REQUESTS.iter().filter(|request| which(request)).count() * CLIENTS * ROUNDS) as f64
    };
    let all = asked(&|_| true);
    let handlers = r#"module="codesearch::service",function=~"search|file|tree""#;
    let calls = format!("function_duration_seconds_count{{{handlers}}}");
    prometheus.wait_for("all requests", |prometheus| one(prometheus, &format!("sum({calls})")) == all);

    // As many as were asked, by handler and by how they ended.
    for (handler, cache, function) in
        [("search", "findings", "findings"), ("file", "content", "content"), ("tree", "listing", "listing")]
    {
        let cache = format!(r#"cache="codesearch::service::{cache}""#);
        let ended = |result: &str| {
            one(&prometheus, &format!(r#"sum({calls} and {{function="{handler}",result="{result}"}})"#))
        };
        assert_eq!(ended("ok"), asked(&|request| request.0 == handler && request.2 == 200), "{handler}");
        assert_eq!(ended("error"), asked(&|request| request.0 == handler && request.2 != 200), "{handler}");
        assert_eq!(ended("ok") + ended("error"), asked(&|request| request.0 == handler), "{handler}");

        let requests = one(&prometheus, &format!("sum(function_cache_requests_total{{{cache}}})"));
        assert_eq!(requests, asked(&|request| request.0 == handler && request.3), "{handler}");
        let by_result = by(&prometheus, "result", &format!("function_cache_requests_total{{{cache}}}"));
        assert_eq!(by_result.keys().collect::<Vec<_>>(), ["coalesced", "hit", "miss", "stale"]);
        assert!(by_result["hit"] > 0.0 && by_result["miss"] > 0.0, "{by_result:?}");

        // Each load is a job of the pool, and nothing else is.
        let loads = one(&prometheus, &format!("sum(function_cache_load_seconds_count{{{cache}}})"));
        let jobs =
            by(&prometheus, "outcome", &format!(r#"function_offload_jobs_total{{function="{function}"}}"#));
        println!("{handler}: {requests} requests, {loads} loads, {jobs:?}");
        assert_eq!(jobs.values().sum::<f64>(), loads, "{jobs:?}");
        assert_eq!(jobs["completed"], loads, "{jobs:?}");
    }

    // No call takes longer than its client waits for it, so in each bucket are at least as many.
    let buckets =
        by(&prometheus, "le", r#"sum by (le) (function_duration_seconds_bucket{function="search"})"#);
    let mut bounds: Vec<f64> = buckets.keys().map(|bound| bound.parse().unwrap()).collect();
    bounds.sort_by(f64::total_cmp);
    assert_eq!(bounds.len(), 20);
    for (bound, count) in &buckets {
        let waited = times.iter().filter(|time| **time <= bound.parse().unwrap()).count();
        assert!(*count >= waited as f64, "{count} calls of at most {bound} s, and {waited} requests");
    }
    for share in [0.5, 0.9, 0.99] {
        let waited = times[(share * times.len() as f64).ceil() as usize - 1];
        let bound = bounds.iter().copied().find(|bound| *bound >= waited).unwrap();
        let quantile = format!(
            r#"histogram_quantile({share}, sum by (le) (function_duration_seconds_bucket{{function="search"}}))"#
        );
        let quantile = one(&prometheus, &quantile);
        println!("p{}: {quantile:.6} s in the service, {waited:.6} s at the clients", share * 100.0);
        assert!(quantile > 0.0 && quantile <= bound, "{share}: {quantile}, and the clients waited {waited}");
    }

    let resident = one(&prometheus, "process_resident_memory_bytes");
    assert!(resident > 1e6 && resident <= server.peak_memory().unwrap() as f64, "{resident}");
    promtool_takes(&server.get("/metrics").body);
}

#[timed]
fn sleeps(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}

/// Of calls that take a time known from below and measured from above.
#[test]
fn quantiles_are_in_the_bucket_that_the_times_are_in() {
    alone("prometheus::quantiles_are_in_the_bucket_that_the_times_are_in", || {
        let telemetry = fujita::telemetry().prometheus("127.0.0.1:0").process_metrics().install().unwrap();
        let endpoint = telemetry.prometheus_address().unwrap();
        let mut prometheus = Prometheus::start(&[("sleeps", endpoint)], &[], Duration::from_millis(500));

        const SLEEPS: [u64; 10] = [3, 3, 3, 3, 3, 3, 12, 12, 12, 60];
        let client = || {
            let time = |millis: &u64| {
                let begin = Instant::now();
                sleeps(*millis);
                (*millis as f64 / 1e3, begin.elapsed().as_secs_f64())
            };
            SLEEPS.iter().cycle().take(50).map(time).collect::<Vec<_>>()
        };
        let times: Vec<(f64, f64)> = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        let (mut at_least, mut at_most): (Vec<_>, Vec<_>) = times.iter().copied().unzip();
        at_least.sort_by(f64::total_cmp);
        at_most.sort_by(f64::total_cmp);
        let total = at_most.iter().sum::<f64>();

        let count = r#"sum(function_duration_seconds_count{function="sleeps"})"#;
        prometheus.wait_for("all calls", |prometheus| one(prometheus, count) == times.len() as f64);
        let sum = one(&prometheus, r#"sum(function_duration_seconds_sum{function="sleeps"})"#);
        assert!((at_least.iter().sum::<f64>()..=total).contains(&sum), "{sum}");
        let buckets =
            by(&prometheus, "le", r#"function_duration_seconds_bucket{function="sleeps",result="ok"}"#);
        let mut bounds: Vec<f64> = buckets.keys().map(|bound| bound.parse().unwrap()).collect();
        bounds.sort_by(f64::total_cmp);
        for share in [0.5, 0.8, 0.9, 0.99] {
            let rank = (share * times.len() as f64).ceil() as usize - 1;
            let above = bounds.iter().copied().rfind(|bound| *bound < at_least[rank]).unwrap();
            let below = bounds.iter().copied().find(|bound| *bound >= at_most[rank]).unwrap();
            let quantile = format!(
                r#"histogram_quantile({share}, function_duration_seconds_bucket{{function="sleeps",result="ok"}})"#
            );
            let quantile = one(&prometheus, &quantile);
            println!(
                "p{}: {quantile:.6} s, of {:.3} to {:.6} s",
                share * 100.0,
                at_least[rank],
                at_most[rank]
            );
            assert!(
                quantile >= above && quantile <= below,
                "{share}: {quantile} is not in {above}..={below}"
            );
        }

        // Figures of the process, as it sees itself.
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let field = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let resident = one(&prometheus, "process_resident_memory_bytes") / 1024.0;
        assert!(resident > field("VmRSS:") / 2.0 && resident < field("VmHWM:") * 2.0, "{resident} kB");
        assert!(one(&prometheus, "process_threads") >= 2.0);
        assert!(one(&prometheus, "process_open_fds") >= 3.0);
        let processor = one(&prometheus, "process_cpu_seconds_total");
        assert!(processor > 0.0 && processor < 60.0, "{processor}");
        assert!(one(&prometheus, "time() - process_start_time_seconds") < 3_600.0);
        promtool_takes(&http::get(endpoint, "/metrics").body);
    });
}

/// The one value of `expression`.
#[track_caller]
fn one(prometheus: &Prometheus, expression: &str) -> f64 {
    match &*prometheus.query(expression) {
        [sample] => sample.value,
        // Nothing was scraped yet.
        [] => 0.0,
        several => panic!("{expression}: {several:?}"),
    }
}

/// The values of `expression`, by a label that tells them apart.
#[track_caller]
fn by(prometheus: &Prometheus, label: &str, expression: &str) -> BTreeMap<String, f64> {
    let samples = prometheus.query(expression);
    let count = samples.len();
    let values: BTreeMap<_, _> =
        samples.into_iter().map(|mut s| (s.labels.remove(label).unwrap(), s.value)).collect();
    assert_eq!(values.len(), count, "{expression}: {values:?}");
    values
}
