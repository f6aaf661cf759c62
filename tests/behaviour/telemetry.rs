//! `fujita::telemetry()`: one set-up for a process, and clear words when it cannot be had.
#![allow(missing_docs, clippy::pedantic)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use fujita::offload::Pool;
use fujita::{TelemetryError, cached, offload, timed};
use fujita_tests::alone::alone;
use metrics_util::debugging::DebuggingRecorder;

#[timed]
fn fast() {}

#[timed]
fn slower() -> Result<(), ()> {
    std::thread::sleep(Duration::from_millis(3));
    Err(())
}

#[allow(dead_code)]
#[timed(labels(tenant = _tenant, route = "r"), in_flight, busy, slow_poll = "1s")]
async fn never_called(_tenant: &str) -> Result<(), ()> {
    Ok(())
}

#[allow(dead_code)]
#[timed]
#[cached(name = "never asked")]
fn never_asked(n: u32) -> Result<u32, ()> {
    Ok(n)
}

#[cached]
fn asked(n: u32) -> u32 {
    n
}

#[cached(cache = cache, key = n)]
fn held(cache: &fujita::sync::Cache<u32, u32>, n: u32) -> u32 {
    n
}

#[offload(pool = "two")]
fn moved(n: u32) -> Result<u32, ()> {
    std::thread::sleep(Duration::from_millis(2));
    Ok(n)
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn from_start_to_report() {
    // What cannot be set up says so, and leaves the process as it was.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = fujita::telemetry().prometheus(&address).install().unwrap_err();
    assert!(matches!(error, TelemetryError::CannotListen { .. }), "{error:?}");
    assert!(error.to_string().contains(&address) && error.to_string().contains("in use"), "{error}");
    let error = fujita::telemetry().prometheus("nonsense").install().unwrap_err();
    assert!(error.to_string().contains("`nonsense` is not an address"), "{error}");

    let also = DebuggingRecorder::new();
    let snapshotter = also.snapshotter();
    let telemetry = fujita::telemetry().json_logs().prometheus(0).recorder(also).install().unwrap();
    let endpoint = telemetry.prometheus_address().expect("it listens");

    // A second one is an error, and the first goes on.
    let error = fujita::telemetry().install().unwrap_err();
    assert!(matches!(error, TelemetryError::RecorderExists), "{error:?}");
    let error = fujita::telemetry().pretty_logs().prometheus("127.0.0.1:0").install().unwrap_err();
    assert!(error.to_string().contains("already"), "{error}");

    // Before the first call every series is there, at zero, as a histogram.
    let text = get(endpoint, "/metrics");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    for line in [
        "# TYPE function_duration_seconds histogram",
        r#"function_duration_seconds_count{function="fast",module="telemetry",result="ok"} 0"#,
        r#"function_duration_seconds_count{function="slower",module="telemetry",result="ok"} 0"#,
        r#"function_duration_seconds_count{function="slower",module="telemetry",result="error"} 0"#,
        r#"function_duration_seconds_bucket{function="fast",module="telemetry",result="ok",le="0.00001"} 0"#,
        r#"function_duration_seconds_bucket{function="fast",module="telemetry",result="ok",le="10"} 0"#,
        r#"function_duration_seconds_count{function="never_called",module="telemetry",tenant="other",route="r",result="ok"} 0"#,
        r#"function_in_flight{function="never_called",module="telemetry",tenant="other",route="r"} 0"#,
        r#"function_busy_seconds_count{function="never_called",module="telemetry",tenant="other",route="r"} 0"#,
        r#"function_duration_seconds_count{function="never_asked",module="telemetry",result="ok",cache="hit"} 0"#,
        r#"function_duration_seconds_count{function="never_asked",module="telemetry",result="error",cache="miss"} 0"#,
        r#"function_cache_requests_total{cache="never asked",result="coalesced"} 0"#,
        r#"function_cache_load_seconds_count{cache="telemetry::asked",result="error"} 0"#,
        r#"function_cache_evictions_total{cache="telemetry::asked",cause="size"} 0"#,
        r#"function_cache_entries{cache="telemetry::asked"} 0"#,
        r#"function_offload_jobs_total{pool="two",function="moved",module="telemetry",outcome="rejected"} 0"#,
        r#"function_offload_run_seconds_count{pool="two",function="moved",module="telemetry"} 0"#,
        r#"function_offload_queue_depth{pool="two"} 0"#,
        r#"function_offload_active{pool="two"} 0"#,
        r#"function_slow_polls_total{function="never_called",module="telemetry",tenant="other",route="r"} 0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains(r#"cache="telemetry::held""#), "it has none of its own");
    assert!(telemetry.report().rows().is_empty() && telemetry.report().caches().is_empty());

    for _ in 0..1_000 {
        fast();
    }
    for _ in 0..10 {
        slower().unwrap_err();
    }
    for text in [get(endpoint, "/metrics"), telemetry.render()] {
        for line in [
            r#"function_duration_seconds_count{function="fast",module="telemetry",result="ok"} 1000"#,
            r#"function_duration_seconds_count{function="slower",module="telemetry",result="error"} 10"#,
            r#"function_duration_seconds_bucket{function="slower",module="telemetry",result="error",le="0.0025"} 0"#,
            r#"function_duration_seconds_bucket{function="slower",module="telemetry",result="error",le="+Inf"} 10"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
    let others = fujita_tests::Recorded::of(&snapshotter);
    assert_eq!((others.calls("fast", "ok"), others.calls("slower", "error")), (1000.0, 10.0));

    // Up to the last call, not to the last half second.
    let cache = fujita::sync::Cache::builder("a \"name\"\\").build();
    for n in [1, 2, 2, 2] {
        assert_eq!((asked(n), held(&cache, n)), (n, n));
    }
    let text = get(endpoint, "/metrics") + &telemetry.render();
    for line in [
        r#"function_cache_requests_total{cache="telemetry::asked",result="hit"} 2"#,
        r#"function_cache_requests_total{cache="a \"name\"\\",result="miss"} 2"#,
        r#"function_cache_entries{cache="telemetry::asked"} 2"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }

    // Something else than a scrape.
    let mut stream = TcpStream::connect(endpoint).unwrap();
    write!(stream, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");

    // The report: busiest first, quantiles in order and where the sleeps put them.
    let report = telemetry.report();
    let caches: Vec<_> = report.caches().iter().map(|(name, stats)| (name.as_str(), stats.hits)).collect();
    assert_eq!(caches, [("a \"name\"\\", 2), ("telemetry::asked", 2)]);
    assert!(
        report.to_string().lines().any(|line| line.starts_with("a \"name\"\\ ") && line.ends_with("50.0 %"))
    );
    let names: Vec<_> = report.rows().iter().map(|row| row.function.as_str()).collect();
    assert_eq!(names, ["slower", "fast"]);
    let row = &report.rows()[0];
    assert_eq!((row.calls, row.errors, row.cancelled), (10, 10, 0));
    assert!(
        row.p50 <= row.p95 && row.p95 <= row.p99 && row.p99 <= row.max && row.max <= row.total,
        "{row:?}"
    );
    assert!(row.p50.as_secs_f64() >= 0.003 * (1.0 - 0.0625), "{row:?}");
    assert!(row.total >= Duration::from_millis(30), "{row:?}");
    let table = report.to_string();
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("function") && lines[0].ends_with("share"), "{table}");
    assert!(lines[1].starts_with("telemetry::slower") && lines[2].starts_with("telemetry::fast"), "{table}");
    assert_eq!(lines[0].chars().count(), lines[1].chars().count(), "aligned:\n{table}");
    assert_eq!(lines[3], "5 annotated functions were not called.");
    assert!(!table.contains('\u{1b}'), "no colour");

    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["functions"][0]["function"], "slower");
    assert_eq!(json["functions"][0]["calls"], 10);
    assert_eq!(json["functions"][0]["errors"], 10);
    assert_eq!(json["functions"][1]["module"], "telemetry");
    let seconds = |name: &str| json["functions"][0][name].as_f64().unwrap();
    assert!(seconds("total_seconds") >= 0.03 && seconds("p50_seconds") <= seconds("max_seconds"), "{json:#}");
    assert!(seconds("share") > 0.5 && seconds("share") <= 1.0, "{json:#}");
    assert_eq!(json["not_called"], 5);
    assert_eq!(json["caches"][0]["cache"], "a \"name\"\\");
    assert_eq!(json["caches"][0]["hits"], 2);
    assert_eq!(json["caches"][0]["hit_rate"], 0.5);
    assert_eq!(json["caches"][0]["evictions"]["size"], 0);
    assert_eq!(json["pools"], serde_json::json!([]));
    assert_eq!(telemetry.clone().report().to_json(), report.to_json());

    // Pools are there once they have had work.
    Pool::builder("two").threads(2).install().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for n in 0..20 {
            let _ = moved(n).await;
        }
    });
    let report = telemetry.report();
    let [pool] = report.pools() else { panic!("{report}") };
    assert_eq!((pool.pool.as_str(), pool.jobs, pool.panicked, pool.rejected), ("two", 20, 0, 0));
    assert!(pool.run.p50 <= pool.run.p99 && pool.run.p99 <= pool.run.max && pool.run.max <= pool.run.total);
    assert!(pool.run.total >= Duration::from_millis(40) && pool.wait.total > Duration::ZERO, "{pool:?}");
    let line = report.to_string().lines().last().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.starts_with("two 2 20 0 0 0 0 "), "{report}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["pools"][0]["jobs"], 20);
    assert!(json["pools"][0]["run"]["p99_seconds"].as_f64().unwrap() >= 0.0018, "{json:#}");
}

#[cached(name = "loads")]
fn loads(millis: u64) -> Result<u64, u64> {
    std::thread::sleep(Duration::from_millis(millis));
    if millis == 0 { Err(millis) } else { Ok(millis) }
}

/// What caches did before it is not in the report, and stays in their own statistics.
#[test]
fn caches_are_reported_from_install_on() {
    alone("caches_are_reported_from_install_on", || {
        let requests = || {
            for millis in [30, 30, 0] {
                let _ = loads(millis);
            }
        };
        requests();
        // Two of one name, of which one goes.
        let (stays, goes) =
            (fujita::sync::Cache::builder("two").build(), fujita::sync::Cache::builder("two").build());
        [&stays, &goes].into_iter().for_each(|cache| (0..10).for_each(|n| _ = held(cache, n)));
        stays.invalidate(&0);

        let telemetry = fujita::telemetry().recorder(DebuggingRecorder::new()).install().unwrap();
        let report = telemetry.report();
        assert!(report.caches().is_empty(), "{report}");
        assert!(!report.to_string().contains("hit rate"), "{report}");
        drop(goes);
        let later = fujita::sync::Cache::builder("later").build();
        assert_eq!((held(&later, 1), held(&later, 1), held(&stays, 0)), (1, 1, 0));
        loads_cache().invalidate_all();
        loads(1).unwrap();
        requests();

        let report = telemetry.report();
        let of = |name: &str| {
            let found: Vec<_> = report.caches().iter().filter(|(found, _)| found == name).collect();
            let [(_, stats)] = found[..] else { panic!("{report}") };
            *stats
        };
        let stats = of("loads");
        assert_eq!((stats.hits, stats.misses, stats.loads, stats.load_errors), (1, 3, 3, 1), "{stats:?}");
        assert_eq!((stats.evictions.explicit, stats.entries), (1, 2), "{stats:?}");
        // Of these loads, and not of those before.
        let own = loads_cache().stats();
        assert_eq!((own.hits, own.misses, own.loads, own.load_errors), (2, 5, 5, 2), "{own:?}");
        assert!(stats.mean_load > Duration::from_millis(10), "{stats:?}");
        let all = |stats: &fujita::Stats| stats.mean_load * u32::try_from(stats.loads).unwrap();
        assert!(all(&own) - all(&stats) >= Duration::from_millis(30), "{stats:?} of {own:?}");
        assert_eq!((of("later").hits, of("later").misses), (1, 1));
        assert_eq!(
            (of("two").requests(), of("two").evictions.explicit, stays.stats().requests()),
            (1, 0, 11)
        );
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["caches"][0]["requests"], 4, "{json:#}");
    });
}

#[timed]
fn größe() {}

/// Two columns on a terminal, each.
#[timed(function = "検索")]
fn search() {}

#[timed]
fn ascii() {}

#[test]
fn the_table_is_aligned_whatever_names_are() {
    alone("the_table_is_aligned_whatever_names_are", || {
        let telemetry = fujita::telemetry().recorder(DebuggingRecorder::new()).install().unwrap();
        for function in [größe, search, ascii] {
            function();
        }
        let report = telemetry.report().to_string();
        let after = |name: &str| {
            let line = report.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is missing in\n{report}"))
        };
        // What is behind the first column is ASCII, and as long in each line.
        let behind = after("telemetry::ascii").len();
        for (name, columns) in [("function", 8), ("telemetry::größe", 16), ("telemetry::検索", 15)] {
            assert_eq!(columns + after(name).len(), 16 + behind, "{name} in\n{report}");
        }
    });
}

/// It uses what it counts by asking for it.
#[test]
#[cfg(target_os = "linux")]
fn processor_time_has_parts_of_a_second() {
    alone("processor_time_has_parts_of_a_second", || {
        let telemetry = fujita::telemetry().prometheus_recorder().process_metrics().install().unwrap();
        let mut last = 0.0;
        while last < 0.05 {
            let text = telemetry.render();
            assert!(text.contains("\n# TYPE process_cpu_seconds_total counter\n"), "{text}");
            let value =
                text.lines().find_map(|line| line.strip_prefix("process_cpu_seconds_total ")).unwrap();
            let value: f64 = value.parse().unwrap();
            assert!(value >= last, "{value} after {last}");
            last = value;
        }
        assert!(last < 1.0, "{last}");
    });
}
