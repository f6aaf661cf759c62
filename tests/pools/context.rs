use std::io::Write;
use std::sync::{Arc, Mutex};

use fujita::offload;

/// What was logged, as text.
#[derive(Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    pub(crate) fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let logs = self.clone();
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || logs.clone()).finish()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn span_and_dispatcher_go_along() {
    #[offload]
    fn blocking(number: u32) {
        tracing::info!(number, "on a blocking thread");
    }
    #[offload(cpu)]
    fn cpu(number: u32) {
        tracing::info!(number, "on a cpu");
    }

    crate::under_each_runtime(|| async {
        use tracing::Instrument as _;
        use tracing::instrument::WithSubscriber as _;
        let logs = Logs::default();
        // A dispatcher of this task alone: no other thread has it.
        async {
            blocking(1).instrument(tracing::info_span!("outer", id = 41)).await;
            cpu(2).instrument(tracing::info_span!("outer", id = 42)).await;
        }
        .with_subscriber(logs.subscriber())
        .await;
        let text = logs.text();
        assert!(text.contains("outer{id=41}: ") && text.contains("on a blocking thread number=1"), "{text}");
        assert!(text.contains("outer{id=42}: ") && text.contains("on a cpu number=2"), "{text}");
    });
}

#[test]
fn a_span_closes_before_its_call_is_over() {
    #[offload(cpu)]
    fn cpu() {}
    #[offload]
    fn blocking() {}

    let logs = Logs::default();
    let writer = logs.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        use tracing::Instrument as _;
        for calls in 1..500 {
            cpu().instrument(tracing::info_span!("brief")).await;
            assert_eq!(logs.text().matches("brief: ").count(), 2 * calls - 1, "{}", logs.text());
            blocking().instrument(tracing::info_span!("brief")).await;
            assert_eq!(logs.text().matches("brief: ").count(), 2 * calls, "{}", logs.text());
        }
    });
}

#[test]
fn the_runtime_is_known_on_a_cpu_thread() {
    #[offload(cpu)]
    fn cpu() -> u32 {
        let runtime = tokio::runtime::Handle::current();
        runtime.block_on(async { tokio::spawn(async { 7 }).await.unwrap() })
    }

    tokio::runtime::Runtime::new().unwrap().block_on(async { assert_eq!(cpu().await, 7) });
}

#[test]
fn a_local_recorder_of_the_caller_sees_its_calls() {
    #[offload(cpu)]
    fn cpu(number: u32) -> u32 {
        number + 1
    }

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..20 {
        let ((), recorded) = fujita_tests::record(|| {
            runtime.block_on(async {
                for number in 0..5 {
                    assert_eq!(cpu(number).await, number + 1);
                }
            });
        });
        assert_eq!(recorded.sum("function_offload_jobs_total", &["outcome=completed", "function=cpu"]), 5.0);
        assert_eq!(recorded.sum("function_offload_jobs_total", &[]), 5.0);
        assert_eq!(recorded.sum("function_offload_wait_seconds", &["pool=cpu"]), 5.0);
        assert_eq!(recorded.sum("function_offload_run_seconds", &["pool=cpu"]), 5.0);
        assert_eq!(recorded.sum("function_offload_active", &[]), 0.0);
        assert_eq!(recorded.sum("function_offload_queue_depth", &[]), 0.0);
    }
}
