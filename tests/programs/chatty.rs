//! A program that logs and is measured, for tests that look at it from outside. Each argument is a step; those of the set-up come
//! first, then `install`.
#![allow(missing_docs, clippy::pedantic)]

mod clock;

use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread;

use fujita::{Rotation, Telemetry, timed};

#[timed(log = "info", slow = "1h")]
fn work(fails: bool) -> Result<(), ()> {
    if fails { Err(()) } else { Ok(()) }
}

#[timed(labels(n = n), max_label_sets = 100_000)]
fn labelled(n: usize) {}

#[timed(log = "info", function = "esc\u{1b}[31m\u{9b}31m\ne", error_kind = |_| "esc\u{1b}[31m\u{9b}31m\ne", labels(kind = "x", q = q))]
fn asked(q: &str) -> Result<(), ()> {
    Err(())
}

/// As env_logger, for one.
struct OwnLogger;

impl log::Log for OwnLogger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        eprintln!("own logger: {}", record.args());
    }

    fn flush(&self) {}
}

const THREADS: usize = 4;

fn main() -> ExitCode {
    let mut set_up = Some(fujita::telemetry());
    let mut telemetry: Option<Telemetry> = None;
    for argument in std::env::args().skip(1) {
        let (step, value) = argument.split_once('=').unwrap_or((&argument, ""));
        if let Some(builder) = set_up.take() {
            set_up = Some(match step {
                "pretty" => builder.pretty_logs(),
                "json" => builder.json_logs(),
                "file" => builder.log_file(value, Rotation::DAILY),
                "one-file" => builder.log_file(value, Rotation::NEVER),
                "hourly" => builder.log_file(value, Rotation::HOURLY),
                "minutely" => builder.log_file(value, Rotation::MINUTELY),
                "weekly" => builder.log_file(value, Rotation::WEEKLY),
                "at" => {
                    clock::set(value.parse().unwrap());
                    builder
                }
                "most" => builder.max_log_files(value.parse().unwrap()),
                "without-logs" => builder.without_logs(),
                "prometheus" => builder.prometheus(value),
                "statsd" => builder.statsd(value),
                "own-subscriber" => {
                    tracing_subscriber::fmt()
                        .with_writer(io::stderr)
                        .with_ansi(false)
                        .with_target(false)
                        .init();
                    builder
                }
                "own-logger" => {
                    log::set_logger(&OwnLogger).unwrap();
                    log::set_max_level(log::LevelFilter::Info);
                    builder
                }
                // As `main` does with an error that it returns.
                "main" => match builder.install() {
                    Ok(_) => return ExitCode::SUCCESS,
                    Err(error) => {
                        eprintln!("Error: {error:?}");
                        return ExitCode::FAILURE;
                    }
                },
                "install" => match builder.install() {
                    Ok(installed) => {
                        telemetry = Some(installed);
                        continue;
                    }
                    Err(error) => {
                        eprintln!("cannot begin: {error}");
                        return ExitCode::FAILURE;
                    }
                },
                _ => panic!("no step of the set-up: {step}"),
            });
            continue;
        }
        match step {
            // Each with a thread and a number, in which one would see it missing.
            "lines" => lines(value.parse().unwrap()),
            "levels" => levels(),
            "oddities" => oddities(),
            "collisions" => collisions(),
            "log-crate" => log_crate(),
            "log-level" => say(log::max_level().as_str()),
            "ask" => _ = asked(value),
            "at" => clock::set(value.parse().unwrap()),
            "later" => clock::advance(value.parse().unwrap()),
            "calls" => (0..value.parse().unwrap()).for_each(|n| _ = work(n % 2 == 1)),
            "series" => (0..value.parse().unwrap()).for_each(labelled),
            "remove" => fs::remove_file(value).unwrap(),
            "where" => say(&telemetry.as_ref().unwrap().prometheus_address().unwrap().to_string()),
            "say" => say(value),
            // Until somebody writes a line.
            "wait" => _ = io::stdin().read_line(&mut String::new()).unwrap(),
            "exit" => std::process::exit(value.parse().unwrap()),
            _ => panic!("no step: {step}"),
        }
    }
    ExitCode::SUCCESS
}

fn say(what: &str) {
    println!("{what}");
    io::stdout().flush().unwrap();
}

fn lines(each: usize) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                (0..each).for_each(|line| tracing::info!(thread, line, end = true, "chatter"))
            });
        }
    });
}

fn levels() {
    tracing::trace!("traced");
    tracing::debug!("debugged");
    tracing::info!("informed");
    tracing::warn!("warned");
    tracing::error!("failed");
    tracing::info!(target: "elsewhere", "informed from elsewhere");
}

fn oddities() {
    let span = tracing::info_span!("request", id = 7, user = "Ada \"the\" first");
    let _entered = span.enter();
    tracing::info!(text = "quotes \" and \\ and\nline ends\tand 🌪", empty = "", number = 1.5, "odd \"one\"");
}

/// Fields that are called as what each line has, or as ours.
fn collisions() {
    let span = tracing::info_span!("request", name = "Ada", level = 3, id = 7);
    let _entered = span.enter();
    tracing::info!(
        level = "high",
        target = "moon",
        timestamp = 0,
        span = "none",
        spans = 1,
        fields = 2,
        "hello"
    );
    let later = tracing::info_span!(
        "later",
        name = tracing::field::Empty,
        id = tracing::field::Empty,
        text = ",\"name\":"
    );
    for name in ["Grace", "Barbara"] {
        later.record("name", name);
        later.record("id", 8);
    }
    let _entered = later.enter();
    tracing::info!(elapsed_seconds = 1.5, "done");
}

fn log_crate() {
    log::debug!("debugged by log");
    log::warn!("warned by {}", "log");
    log::error!(target: "elsewhere", "failed by log");
}
