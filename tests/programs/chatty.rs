//! A program that logs and is measured, for tests that look at it from outside. Each argument is a step; those of the set-up come
//! first, then `install`.
#![allow(missing_docs, clippy::pedantic)]

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
