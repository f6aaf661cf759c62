//! The log lines of `log`, `slow` and `slow_poll`.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fujita::timed;
use futures::executor::block_on;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines written while `run` ran, as JSON text.
fn logged(run: impl FnOnce()) -> Vec<String> {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::TRACE)
        .with_file(true)
        .with_line_number(true)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = buffer.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().lines().map(String::from).collect()
}

#[timed(log = "info", labels(tenant = tenant, route = "search"))]
fn logged_call(tenant: &str) -> Result<(), String> {
    if tenant.is_empty() { Err("empty".into()) } else { Ok(()) }
}

#[timed(log = "debug")]
async fn logged_future() {}

#[test]
fn log_writes_a_line_per_call() {
    // With no recorder at all: the lines do not depend on one.
    let lines = logged(|| {
        let _ = logged_call("acme");
        let _ = logged_call("");
        block_on(logged_future());
    });
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, expected) in lines.iter().zip([
        [
            "\"level\":\"INFO\"",
            "\"result\":\"ok\"",
            "\"function\":\"logged_call\"",
            "tenant=acme route=search",
        ],
        ["\"level\":\"INFO\"", "\"result\":\"error\"", "\"message\":\"call failed\"", "tenant= route=search"],
        ["\"level\":\"DEBUG\"", "\"result\":\"ok\"", "\"function\":\"logged_future\"", "\"elapsed\":"],
    ]) {
        for text in expected {
            assert!(line.contains(text), "{text} is not in {line}");
        }
        // Selected by the module of the user's own function, and found in its file.
        assert!(line.contains("\"target\":\"behaviour::events\""), "{line}");
        assert!(line.contains("behaviour/events.rs"), "{line}");
    }
}

#[timed(slow = "20ms")]
fn sometimes_slow(time: Duration) {
    std::thread::sleep(time);
}

#[test]
fn slow_warns_of_calls_that_took_long() {
    let lines = logged(|| {
        sometimes_slow(Duration::ZERO);
        sometimes_slow(Duration::from_millis(21));
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("\"level\":\"WARN\"") && lines[0].contains("slow call"), "{}", lines[0]);
}

#[timed(slow_poll = "5ms")]
async fn blocks() {
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(6));
        tokio::task::yield_now().await;
    }
}

#[test]
fn slow_polls_warn_once_a_second() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let lines = logged(|| runtime.block_on(blocks()));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("slow poll"), "{}", lines[0]);
    std::thread::sleep(Duration::from_millis(1_050));
    let lines = logged(|| runtime.block_on(blocks()));
    assert_eq!(lines.len(), 1, "{lines:?}");
}
