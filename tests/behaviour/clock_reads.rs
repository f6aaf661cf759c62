//! Under the no-op recorder no clock is read.
//!
//! Linux can make the processor's counter fault for one process (`PR_SET_TSC`), and with it every clock that is
//! built on it. So a child process forbids itself to read a clock, and then calls measured functions.
#![allow(missing_docs, clippy::pedantic)]
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use fujita::timed;
use futures::executor::block_on;

#[timed]
fn plain(x: u64) -> u64 {
    std::hint::black_box(x)
}

#[timed(in_flight, labels(x = x))]
fn labelled(x: u64) -> Result<u64, ()> {
    Ok(x)
}

#[timed(busy)]
async fn asynchronous(x: u64) -> Result<u64, ()> {
    Ok(x)
}

const CHILD: &str = "FUJITA_TEST_CLOCK";

#[test]
fn the_no_op_reads_no_clock() {
    if let Ok(how) = std::env::var(CHILD) {
        child(&how);
        return;
    }
    assert!(run("no-op").success(), "no clock was read");
    assert!(run("local no-op").success(), "no clock was read under a local no-op");
    // The control: where something is recorded, the same child dies at its first look at the clock.
    assert_eq!(run("recorder").signal(), Some(libc::SIGSEGV));
}

fn run(how: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_no_op_reads_no_clock", "--test-threads=1", "--nocapture"])
        .env(CHILD, how)
        .status()
        .unwrap()
}

fn child(how: &str) {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let calls = || {
        for x in 0..100 {
            plain(x);
            let _ = labelled(x);
            let _ = block_on(asynchronous(x));
        }
    };
    if how == "recorder" {
        metrics::with_local_recorder(&recorder, calls);
    }
    forbid_clock();
    match how {
        "no-op" => calls(),
        "local no-op" => metrics::with_local_recorder(&metrics::NoopRecorder, calls),
        _ => metrics::with_local_recorder(&recorder, calls),
    }
    // The test harness itself would look at the clock.
    #[allow(unsafe_code)]
    // SAFETY: ends this child at once; nothing of it is needed any more.
    unsafe {
        libc::_exit(0)
    }
}

fn forbid_clock() {
    #[allow(unsafe_code)]
    // SAFETY: takes two integers and only changes whether this process may read the counter.
    let result = unsafe { libc::prctl(libc::PR_SET_TSC, libc::PR_TSC_SIGSEGV) };
    assert_eq!(result, 0, "the kernel can forbid the counter");
}
