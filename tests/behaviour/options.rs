//! The other options: another metric, another name, gauges, busy time, slow polls.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use fujita::timed;
use fujita_tests::{Recorded, record};
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

#[timed(name = "search_seconds", function = "Search")]
fn renamed() {}

#[test]
fn metric_and_function_have_the_names_given() {
    let ((), recorded) = record(renamed);
    assert_eq!(recorded.names(), ["search_seconds{function=Search,module=behaviour::options,result=ok}"]);
}

#[timed(in_flight)]
fn nested(depth: u32, at_the_bottom: &dyn Fn()) {
    match depth {
        0 => at_the_bottom(),
        _ => nested(depth - 1, at_the_bottom),
    }
}

#[timed(in_flight)]
async fn pending() {
    std::future::pending::<()>().await;
}

#[timed(in_flight)]
fn panicking() {
    panic!("on purpose");
}

#[test]
fn in_flight_counts_what_has_begun_and_not_ended() {
    // A snapshot of the debugging recorder resets its gauges; this one only reads.
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let in_flight = || -> f64 {
        let text = handle.render();
        let gauges = text.lines().filter(|line| line.starts_with("function_in_flight{"));
        gauges.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    metrics::with_local_recorder(&recorder, || {
        nested(4, &|| assert_eq!(in_flight(), 5.0));
        assert_eq!(in_flight(), 0.0);

        let mut context = Context::from_waker(Waker::noop());
        {
            let mut futures = [pin!(pending()), pin!(pending())];
            assert_eq!(in_flight(), 0.0);
            for future in &mut futures {
                assert!(future.as_mut().poll(&mut context).is_pending());
            }
            assert_eq!(in_flight(), 2.0);
        }
        assert_eq!(in_flight(), 0.0, "cancelled calls are over");

        std::panic::catch_unwind(panicking).unwrap_err();
        assert_eq!(in_flight(), 0.0, "panicked calls are over");
    });
}

#[test]
fn the_gauge_that_was_raised_is_lowered() {
    let (first, second) = (DebuggingRecorder::new(), DebuggingRecorder::new());
    let mut context = Context::from_waker(Waker::noop());
    let mut future = Box::pin(pending());
    metrics::with_local_recorder(&first, || assert!(future.as_mut().poll(&mut context).is_pending()));
    metrics::with_local_recorder(&second, || drop(future));
    assert_eq!(Recorded::of(&first.snapshotter()).sum("function_in_flight", &[]), 0.0);
    assert_eq!(Recorded::of(&second.snapshotter()).series("function_in_flight", &[]), 0);
}

#[timed(busy, slow_poll = "20ms")]
async fn polled(blocks: Duration) {
    std::thread::sleep(blocks);
    tokio::time::sleep(Duration::from_millis(60)).await;
    std::thread::sleep(blocks);
}

#[test]
fn busy_is_the_time_inside_polls() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            polled(Duration::ZERO).await;
            polled(Duration::from_millis(25)).await;
        });
    });
    let mut busy = Vec::new();
    let mut whole = Vec::new();
    let mut slow_polls = 0;
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        match (key.key().name(), value) {
            ("function_busy_seconds", DebugValue::Histogram(values)) => busy = values,
            ("function_duration_seconds", DebugValue::Histogram(values)) => whole = values,
            ("function_slow_polls_total", DebugValue::Counter(count)) => slow_polls = count,
            other => panic!("unexpected {other:?}"),
        }
    }
    let (busy, whole): (Vec<f64>, Vec<f64>) =
        (busy.iter().map(|v| v.into_inner()).collect(), whole.iter().map(|v| v.into_inner()).collect());
    assert_eq!((busy.len(), whole.len()), (2, 2));
    // Bounds that hold on any machine: what slept asleep is not busy, what blocked is.
    assert!(busy[0] <= whole[0] - 0.060, "{busy:?} {whole:?}");
    assert!(busy[1] >= 0.050 && busy[1] <= whole[1] - 0.060, "{busy:?} {whole:?}");
    assert!(slow_polls >= 2, "{slow_polls}");
}

#[timed(busy)]
async fn busy_until_dropped() {
    std::future::pending::<()>().await;
}

#[test]
fn busy_is_recorded_for_cancelled_calls_too() {
    let ((), recorded) = record(|| {
        let mut future = Box::pin(busy_until_dropped());
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    assert_eq!(recorded.sum("function_busy_seconds", &["function=busy_until_dropped"]), 1.0);
}
