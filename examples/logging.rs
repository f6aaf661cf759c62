//! Log lines of calls: for people or for machines, on standard error and in a file.
//!
//! ```text
//! cargo run --example logging
//! cargo run --example logging -- --json
//! RUST_LOG=logging=warn cargo run --example logging
//! ```

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
