//! A web service that searches source trees, and shows what `fujita` says about it.
//!
//! ```text
//! cargo run --example codesearch                    # this workspace and the local cargo registry
//! cargo run --example codesearch -- ~/src ~/notes   # any other trees
//! cargo run --example codesearch -- --demo 20       # asks itself for 20 seconds, then reports
//! ```
//!
//! Begin with `service.rs`, where the requests arrive: `#[timed]` stands on whatever is worth measuring, `#[cached]` on what
//! is asked for again, and `#[offload]` on what computes or waits for the disk.

mod demo;
mod files;
mod gate;
mod search;
mod service;
mod tree;

use std::env;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use fujita::offload::{Pool, pools};
use fujita::{Rotation, Telemetry, TelemetryError};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use crate::service::App;
use crate::tree::Tree;

/// Searches source trees over HTTP.
#[derive(Parser)]
struct Args {
    /// Directories to serve [default: this workspace and the sources in the local cargo registry]
    paths: Vec<PathBuf>,

    /// Where to listen [default: 127.0.0.1:8080; with --demo, any free port]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    /// Send requests to itself for so many seconds, then stop
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    demo: Option<u64>,

    /// Write the log to files in this directory too, a new one every day
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,

    /// Send the metrics to a statsd daemon too
    #[arg(long, value_name = "HOST:PORT")]
    statsd: Option<String>,
}

impl Args {
    fn telemetry(&self) -> Result<Telemetry, TelemetryError> {
        let mut telemetry = fujita::telemetry().pretty_logs().prometheus_recorder().process_metrics();
        if let Some(directory) = &self.log_dir {
            telemetry = telemetry.log_file(directory, Rotation::DAILY).max_log_files(14);
        }
        if let Some(address) = &self.statsd {
            telemetry = telemetry.statsd(address);
        }
        telemetry.install()
    }

    fn address(&self) -> SocketAddr {
        // The demo shall work whatever else is running.
        let port = if self.demo.is_some() { 0 } else { 8080 };
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    fn tree(&self) -> anyhow::Result<Tree> {
        let mut tree = Tree::default();
        for path in &self.paths {
            tree.add(None, path)?;
        }
        if self.paths.is_empty() {
            tree.add(Some("fujita"), &workspace())?;
            if let Some(sources) = registry().filter(|sources| sources.is_dir()) {
                tree.add(Some("registry"), &sources)?;
            }
        }
        Ok(tree)
    }
}

/// Cargo says where the package is; without cargo, it is the current directory that is served.
fn workspace() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from("."), |package| PathBuf::from(package).join(".."))
}

fn registry() -> Option<PathBuf> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    Some(cargo_home.join("registry/src"))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let telemetry = args.telemetry()?;
    let tree = args.tree()?;
    // They wait for the disk. Searches run on the pool `cpu`, which needs no setting up.
    Pool::builder("files").threads(32).queue_capacity(256).install()?;

    let address = args.address();
    let listener = listen(address)
        .with_context(|| format!("cannot listen on {address}; choose another address with --listen"))?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    println!("serving {tree}");

    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move {
            interrupted().await;
            tracing::info!("told to stop: what has begun may end");
            stop.cancel();
        }
    });
    let app = App::new(tree, telemetry.clone());
    let server = tokio::spawn(service::serve(listener, app, stop.clone()));

    if let Some(seconds) = args.demo {
        let outcome = demo::run(address, Duration::from_secs(seconds), &stop).await;
        stop.cancel();
        println!("{}", outcome?);
    }
    server.await??;
    for pool in pools() {
        // Nobody waits for what may still run.
        pool.shutdown(Duration::from_secs(1)).await;
    }
    println!("{}", telemetry.report());
    tracing::info!("stopped");
    Ok(())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Else the port stays taken for a while after the last run. Elsewhere the option means something else.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    // Room for a burst of connections: with the usual 128, each of the others would wait a second to try again.
    socket.listen(4096)
}

/// Waits for Ctrl-C or, where there is such a thing, SIGTERM.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    _ = tokio::signal::ctrl_c().await;
}
