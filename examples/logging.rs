//! Log lines of calls: for people or for machines, on standard error and in a file.
//!
//! ```text
//! $ cargo run --example logging
//!  INFO 2026-11-24T03:02:59.483129Z logging: call returned function="price" elapsed=1.845µs result="ok" labels=currency=EUR
//!  INFO 2026-11-24T03:02:59.483240Z logging: call failed function="price" elapsed=221ns result="error" labels=currency=EUR
//! ERROR 2026-11-24T03:02:59.483256Z logging: not a price text="12,50" error=invalid float literal
//!  INFO 2026-11-24T03:02:59.483291Z logging: call returned function="price" elapsed=301ns result="ok" labels=currency=JPY
//!  WARN 2026-11-24T03:02:59.969507Z logging: slow call: 486.00ms, over 5ms function="median" elapsed=485.997202ms result="ok"
//!  WARN 2026-11-24T03:03:00.400742Z logging: slow call: 430.95ms, over 5ms function="median" elapsed=430.950258ms result="ok"
//!  WARN 2026-11-24T03:03:00.401030Z logging: slow poll: blocked its thread for 431.25ms, over 5ms function="answer" elapsed=431.248048ms
//! the same lines are in /tmp/fujita
//! ```
//!
//! With `-- --json` each line is an object, with the time in seconds besides; `RUST_LOG=logging=warn` leaves out what is less than a warning.

use std::env;
use std::num::ParseFloatError;
use std::path::PathBuf;

use clap::Parser;
use fujita::{Rotation, timed};

/// Calls functions that log, and says where the log file is.
#[derive(Parser)]
struct Args {
    /// Write each line as a JSON object
    #[arg(long)]
    json: bool,

    /// Where the log file goes [default: a directory for temporary files]
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// A line for each call. Arguments are not logged unless `labels` names them.
#[timed(log = "info", labels(currency = currency))]
fn price(text: &str, currency: &str) -> Result<f64, ParseFloatError> {
    text.parse()
}

/// A line for each call that takes long.
#[timed(slow = "5ms")]
fn median(count: u64) -> Option<u64> {
    let mut numbers: Vec<_> = (0..count).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied()
}

/// A line, once a second at most, when it keeps the event loop from everything else. `#[offload(cpu)]` above `median`
/// would help.
#[timed(slow_poll = "5ms")]
async fn answer(count: u64) -> String {
    median(count).map_or_else(|| "there is none".to_owned(), |median| median.to_string())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { json, dir } = Args::parse();
    let dir = dir.unwrap_or_else(|| env::temp_dir().join("fujita"));
    let logs = fujita::telemetry().log_file(&dir, Rotation::DAILY).max_log_files(14);
    let logs = if json { logs.json_logs() } else { logs.pretty_logs() };
    let _telemetry = logs.install()?;

    for (text, currency) in [("19.99", "EUR"), ("12,50", "EUR"), ("1500", "JPY")] {
        if let Err(error) = price(text, currency) {
            tracing::error!(text, %error, "not a price");
        }
    }
    median(1_000_001);
    answer(1_000_001).await;

    println!("the same lines are in {}", dir.display());
    Ok(())
}
