//! Values that log when they are dropped.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Says in the log of [`logged`] when it is dropped.
#[derive(Debug)]
pub(crate) struct Noisy(pub(crate) &'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        log(self.0);
    }
}

pub(crate) fn log(what: &str) {
    LOG.with_borrow_mut(|log| log.push(what.to_owned()));
}

/// What was logged while `run` ran.
pub(crate) fn logged(run: impl FnOnce()) -> Vec<String> {
    LOG.take();
    run();
    LOG.take()
}

pub(crate) struct Pair {
    pub(crate) a: Noisy,
    pub(crate) b: Noisy,
}

pub(crate) fn pair(a: &'static str, b: &'static str) -> Pair {
    Pair { a: Noisy(a), b: Noisy(b) }
}

pub(crate) struct Unit;

impl Drop for Unit {
    fn drop(&mut self) {
        log("unit");
    }
}

/// Its field can be copied out, and it stays.
pub(crate) struct Guard {
    pub(crate) number: u32,
}

impl Drop for Guard {
    fn drop(&mut self) {
        log(&format!("guard {}", self.number));
    }
}

impl Noisy {
    pub(crate) fn borrow(&self) -> Borrowed<'_> {
        Borrowed(self)
    }
}

/// A temporary that borrows: dropped too late, it would not even compile.
pub(crate) struct Borrowed<'a>(pub(crate) &'a Noisy);

impl Borrowed<'_> {
    pub(crate) fn len(&self) -> usize {
        self.0.0.len()
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        log(&format!("borrowed {}", self.0.0));
    }
}

/// `run`, and what it does until what it returns is dropped.
pub(crate) fn log_of<R>(run: impl FnOnce() -> R) -> Vec<String> {
    logged(|| match catch_unwind(AssertUnwindSafe(run)) {
        Ok(returned) => {
            log("returned");
            drop(returned);
        }
        Err(_) => log("panicked"),
    })
}
