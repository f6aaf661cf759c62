//! Far too many calls at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fujita::offload::Pool;
use fujita::{OffloadError, offload};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

const MANY: usize = 100_000;

/// Each call counts itself where it ran; nobody may be counted twice, or not at all.
#[derive(Clone)]
struct Tickets(Arc<Vec<AtomicUsize>>);

impl Tickets {
    fn new() -> Self {
        Self(Arc::new((0..MANY).map(|_| AtomicUsize::new(0)).collect()))
    }

    fn punch(&self, number: usize) {
        self.0[number].fetch_add(1, Ordering::SeqCst);
    }

    fn punched(&self) -> usize {
        assert!(self.0.iter().all(|ticket| ticket.load(Ordering::SeqCst) <= 1), "a call ran twice");
        self.0.iter().filter(|ticket| ticket.load(Ordering::SeqCst) == 1).count()
    }
}

#[offload(pool = "flood")]
fn waits(tickets: Tickets, number: usize) {
    tickets.punch(number);
}

#[offload(pool = "flood", on_full = "reject")]
fn rejects(tickets: Tickets, number: usize) -> Result<(), OffloadError> {
    tickets.punch(number);
    Ok(())
}

#[offload(pool = "flood", on_full = "caller_runs")]
fn helps(tickets: Tickets, number: usize) {
    tickets.punch(number);
}

fn flood<F: Future<Output = bool>>(call: impl Fn(Tickets, usize) -> F) {
    let pool = Pool::get("flood")
        .unwrap_or_else(|| Pool::builder("flood").threads(2).queue_capacity(64).install().unwrap());
    let tickets = Tickets::new();
    let done = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let all: FuturesUnordered<_> = (0..MANY).map(|number| call(tickets.clone(), number)).collect();
        all.filter(|done| std::future::ready(*done)).count().await
    });
    assert_eq!(tickets.punched(), done);
    crate::eventually("the pool is idle", || (pool.active(), pool.queue_depth()) == (0, 0));
    if done < MANY {
        assert!(done >= 64, "what there was room for has run");
    }
}

#[test]
fn a_flood_waits() {
    flood(|tickets, number| async move {
        waits(tickets, number).await;
        true
    });
}

#[test]
fn a_flood_is_rejected() {
    flood(|tickets, number| async move { rejects(tickets, number).await.is_ok() });
}

#[test]
fn a_flood_is_run_by_its_callers() {
    flood(|tickets, number| async move {
        helps(tickets, number).await;
        true
    });
}

/// Calls that are given up at once must not pile up behind a thread that is stuck.
#[test]
fn what_is_given_up_takes_no_room() {
    #[offload(pool = "stuck")]
    fn call(gate: crate::Gate, _held: Arc<()>) {
        gate.pass();
    }

    // The memory of a process is measured, so there must be nothing else in it.
    const ALONE: &str = "POOLS_TEST_IS_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "bad_input::what_is_given_up_takes_no_room"]).env(ALONE, "1");
        let ended = child.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        return assert!(ended.status.success() && said.contains("1 passed"), "{said}");
    }
    let pool = Pool::builder("stuck").threads(1).install().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (gate, held) = (crate::Gate::default(), Arc::new(()));
        let mut first = Box::pin(call(gate.clone(), Arc::clone(&held)));
        crate::start(&mut first).await;
        gate.await_arrivals(1);
        let before = allocated();
        for _ in 0..MANY {
            let mut given_up = Box::pin(call(gate.clone(), Arc::clone(&held)));
            crate::start(&mut given_up).await;
        }
        let grown = allocated().saturating_sub(before);
        let left = (Arc::strong_count(&held), pool.queue_depth());
        // First, or what fails below would wait for ever.
        gate.open();
        assert_eq!(left, (2, 0));
        assert!(grown < 1 << 20, "{grown} bytes for calls that nobody wants");
        first.await;
    });
}

/// Resident memory of this process, in bytes.
fn allocated() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}
