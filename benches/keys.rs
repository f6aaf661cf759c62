//! The keys that caches are called with: those that are there, and those that never are.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many keys are asked for again and again, in turns.
pub const RESIDENT: u64 = 1_000;

/// An endless series of keys.
pub trait Keys {
    /// As functions take it.
    type Key<'a>
    where
        Self: 'a;

    /// The series from its `number`th key on.
    fn from(number: u64) -> Self;

    /// The next key.
    fn next(&mut self) -> Self::Key<'_>;
}

/// Makes so many calls.
#[inline]
pub fn call_with<K: Keys, R>(calls: u64, mut call: impl FnMut(K::Key<'_>) -> R) {
    let mut keys = K::from(some_of_this_thread(calls));
    for _ in 0..calls {
        black_box(call(black_box(keys.next())));
    }
}

/// Makes so many calls within one future, on a runtime of this thread.
///
/// # Panics
/// If there can be no runtime.
#[inline]
pub fn await_with<K: Keys, R>(calls: u64, mut call: impl AsyncFnMut(K::Key<'_>) -> R) {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().expect("there can be a runtime");
    }
    let mut keys = K::from(some_of_this_thread(calls));
    let all = async {
        for _ in 0..calls {
            black_box(call(black_box(keys.next())).await);
        }
    };
    RUNTIME.with(|runtime| runtime.block_on(all));
}

/// The first of so many numbers that no thread has had before.
fn some_of_this_thread(count: u64) -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static NEXT: Cell<u64> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) << 40);
    }
    let first = NEXT.get();
    NEXT.set(first + count);
    first
}

const DIGITS: usize = 16;

/// Names of sixteen characters that are there.
#[derive(Debug)]
pub struct ResidentStrings {
    names: &'static [String],
    next: usize,
}

impl Keys for ResidentStrings {
    type Key<'a> = &'a str;

    fn from(number: u64) -> Self {
        static NAMES: LazyLock<Vec<String>> =
            LazyLock::new(|| (0..RESIDENT).map(|name| format!("{name:0DIGITS$x}")).collect());
        Self { names: &NAMES, next: usize::try_from(number % RESIDENT).unwrap_or_default() }
    }

    #[inline]
    fn next(&mut self) -> &str {
        let name = &self.names[self.next];
        self.next = if self.next + 1 == self.names.len() { 0 } else { self.next + 1 };
        name
    }
}

/// Names of sixteen characters that nobody has asked for yet.
#[derive(Debug)]
pub struct FreshStrings([u8; DIGITS]);

impl Keys for FreshStrings {
    type Key<'a> = &'a str;

    fn from(number: u64) -> Self {
        let mut digits = [0; DIGITS];
        digits.copy_from_slice(format!("{number:0DIGITS$x}").as_bytes());
        Self(digits)
    }

    #[inline]
    fn next(&mut self) -> &str {
        for digit in self.0.iter_mut().rev() {
            *digit = match *digit {
                b'9' => b'a',
                b'f' => b'0',
                other => other + 1,
            };
            if *digit != b'0' {
                break;
            }
        }
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Pairs that are there.
#[derive(Debug)]
pub struct ResidentPairs(u64);

impl Keys for ResidentPairs {
    type Key<'a> = (u64, u32);

    fn from(number: u64) -> Self {
        Self(number % RESIDENT)
    }

    #[inline]
    fn next(&mut self) -> (u64, u32) {
        self.0 = if self.0 + 1 == RESIDENT { 0 } else { self.0 + 1 };
        pair(self.0)
    }
}

/// Pairs that nobody has asked for yet.
#[derive(Debug)]
pub struct FreshPairs(u64);

impl Keys for FreshPairs {
    type Key<'a> = (u64, u32);

    fn from(number: u64) -> Self {
        Self(number)
    }

    #[inline]
    fn next(&mut self) -> (u64, u32) {
        self.0 += 1;
        pair(self.0)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a key")]
fn pair(of: u64) -> (u64, u32) {
    (of, of as u32)
}
