//! Which recorder is current, and when a handle may be kept.
//!
//! The facade answers one question only: *run this with the current recorder*. From that alone we need to know
//! three things cheaply, on every call:
//!
//! - **Is it the no-op?** Then nothing is measured and no clock is read. The no-op is zero-sized, and zero-sized
//!   values share addresses, so its vtable tells; should the compiler have made two of those, a handle that drops
//!   its values does.
//! - **Is it the global one?** Then its handles may be kept: it is leaked and set once, so nothing else can ever
//!   stand at its address. A fresh thread has no local recorder, so what it sees is the global one; that is
//!   asked once, not per call.
//! - **Anything else** is local to a scope, and another may follow at the same address: register on every call.

use std::cell::{Cell, RefCell};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use metrics::{
    Counter, Gauge, Histogram, IntoF64, Key, KeyName, Metadata, NoopRecorder, Recorder, SharedString, Unit,
};

use crate::clock;

/// Address of the global recorder once it is known; 0 before, and for ever if it is zero-sized.
static GLOBAL: AtomicUsize = AtomicUsize::new(0);

static KEEP_HANDLES: AtomicBool = AtomicBool::new(true);

/// [`GLOBAL`], as long as handles may be kept.
static COUNTS_LATER: AtomicUsize = AtomicUsize::new(0);

/// Turns the keeping of metric handles off (or on again), for the whole process.
///
/// fujita registers a series with the global recorder once per thread and keeps the handle. Recorders that
/// compute labels at registration, such as the one of `metrics-tracing-context`, would then see the labels of the
/// first call for ever. Call `fujita::keep_handles(false)` before the first measured call, and every call
/// registers anew; that costs about 100 ns more per call.
pub fn keep_handles(keep: bool) {
    KEEP_HANDLES.store(keep, Ordering::Relaxed);
    set_counts_later();
}

/// [`with_current`] for the facade's own no-op.
pub(crate) const NOOP: usize = 0;
/// [`with_current`] for every other zero-sized recorder: their addresses mean nothing.
const ZERO_SIZED: usize = 1;

/// Tells `then` the address of the current recorder, or one of the two constants above. In this way the case of no
/// recorder at all is known as early as the facade itself knows it.
#[inline]
pub(crate) fn with_current<R>(then: impl FnOnce(usize) -> R) -> R {
    metrics::with_recorder(|recorder| then(address(recorder)))
}

#[inline]
fn address(recorder: &dyn Recorder) -> usize {
    if size_of_val(recorder) != 0 {
        ptr::from_ref(recorder).addr()
    } else if has_vtable_of_noop(recorder) {
        NOOP
    } else {
        ZERO_SIZED
    }
}

fn current() -> usize {
    with_current(|recorder| recorder)
}

#[inline]
fn has_vtable_of_noop(recorder: &dyn Recorder) -> bool {
    // A static, not a constant: of a symbol's address the compiler sees that the sum below is `recorder` again.
    static NOOP: NoopRecorder = NoopRecorder;
    let recorder = ptr::from_ref(recorder);
    let noop: *const dyn Recorder = &NOOP;
    // The no-op's vtable at the recorder's address: equal wide pointers then have equal vtables.
    let distance = recorder.addr().wrapping_sub(noop.addr()).cast_signed();
    ptr::eq(noop.wrapping_byte_offset(distance), recorder)
}

#[cold]
fn zero_sized_records(metric: &'static str) -> bool {
    let key = metrics::Key::from_static_name(metric);
    let metadata = metrics::Metadata::new(crate::timed::TARGET, metrics::Level::INFO, None);
    metrics::with_recorder(|recorder| !is_noop(&recorder.register_histogram(&key, &metadata)))
}

/// A handle that drops its values never asks for one.
fn is_noop(histogram: &Histogram) -> bool {
    struct Asked<'a>(&'a Cell<bool>);
    impl IntoF64 for Asked<'_> {
        fn into_f64(self) -> f64 {
            self.0.set(true);
            0.0
        }
    }
    let asked = Cell::new(false);
    histogram.record_many(Asked(&asked), 0);
    !asked.get()
}

/// What to do with handles of the current recorder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handles {
    /// None are needed: it is the no-op.
    Nothing,
    /// This thread may keep them.
    Kept,
    /// Register one, use it once.
    Once,
}

#[inline]
pub(crate) fn handles(metric: &'static str) -> Handles {
    handles_of(current(), metric)
}

/// As [`handles`], for what [`with_current`] said a moment ago.
#[inline]
pub(crate) fn handles_of(address: usize, metric: &'static str) -> Handles {
    if address > ZERO_SIZED
        && (address == GLOBAL.load(Ordering::Relaxed) || is_global(address))
        && KEEP_HANDLES.load(Ordering::Relaxed)
    {
        Handles::Kept
    } else if address == NOOP || (address == ZERO_SIZED && !zero_sized_records(metric)) {
        Handles::Nothing
    } else {
        Handles::Once
    }
}

/// As [`with_current`], unless a count may wait until it is handed over: under the global recorder, or none.
#[cfg(feature = "cached")]
#[inline]
pub(crate) fn unless_counted_later(then: impl FnOnce(usize)) {
    metrics::with_recorder(|recorder| {
        // First what is common and cheap to know.
        if ptr::from_ref(recorder).addr() != COUNTS_LATER.load(Ordering::Relaxed) {
            let address = address(recorder);
            if address != NOOP {
                then(address);
            }
        }
    });
}

/// For whoever changed one of the two that it is made of.
fn set_counts_later() {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let keep = KEEP_HANDLES.load(Ordering::Relaxed);
    COUNTS_LATER.store(if keep { GLOBAL.load(Ordering::Relaxed) } else { 0 }, Ordering::Relaxed);
}

/// Whether there is a global recorder whose handles may be kept, though another may be current here.
#[cfg(feature = "offload")]
pub(crate) fn has_global() -> bool {
    GLOBAL.load(Ordering::Relaxed) != 0 && KEEP_HANDLES.load(Ordering::Relaxed)
}

#[cold]
fn is_global(address: usize) -> bool {
    if GLOBAL.load(Ordering::Acquire) == 0 && probe_is_due() {
        look_for_global();
    }
    address == GLOBAL.load(Ordering::Acquire)
}

/// At first at once, then after pauses that double up to a second: a program that only ever uses local recorders
/// must not start a thread for each of its calls.
fn probe_is_due() -> bool {
    static STATE: Mutex<(u64, u32)> = Mutex::new((0, 0));
    const LONGEST: u32 = 10;
    let Ok(mut state) = STATE.try_lock() else { return false };
    let (last, tries) = *state;
    let now = clock::now();
    let pause_is_over = clock::between(last, now).as_micros() >= (1_000 << tries.min(LONGEST));
    if tries == 0 || pause_is_over {
        *state = (now, tries + 1);
        return true;
    }
    false
}

/// Asks a thread that cannot have a local recorder.
#[cold]
pub(crate) fn look_for_global() {
    let fresh =
        std::thread::Builder::new().name("fujita-recorder".into()).stack_size(64 * 1024).spawn(current);
    if let Some(address) = fresh.ok().and_then(|thread| thread.join().ok()) {
        // Set once and never moved, so all threads write the same value or none.
        if address > ZERO_SIZED {
            GLOBAL.store(address, Ordering::Release);
            set_counts_later();
        }
    }
}

/// A handle of the global recorder, registered again when it was idle for over a second: an exporter may have dropped the
/// idle series meanwhile.
#[derive(Debug)]
pub(crate) struct Kept<H> {
    pub(crate) handle: Option<H>,
    pub(crate) last_used: u64,
}

impl<H> Default for Kept<H> {
    fn default() -> Self {
        Self { handle: None, last_used: 0 }
    }
}

impl<H> Kept<H> {
    #[inline]
    pub(crate) fn get(&mut self, now: u64, register: impl FnOnce() -> H) -> &H {
        if clock::more_than_a_second(self.last_used, now) {
            self.handle = None;
        }
        self.last_used = now;
        self.handle.get_or_insert_with(register)
    }
}

/// What a recorder registers.
pub(crate) trait Handle: Sized {
    fn register(recorder: &dyn Recorder, key: &Key, metadata: &Metadata<'_>) -> Self;
    fn change(&self, by: f64);
}

impl Handle for Histogram {
    fn register(recorder: &dyn Recorder, key: &Key, metadata: &Metadata<'_>) -> Self {
        recorder.register_histogram(key, metadata)
    }

    #[inline]
    fn change(&self, by: f64) {
        self.record(by);
    }
}

impl Handle for Gauge {
    fn register(recorder: &dyn Recorder, key: &Key, metadata: &Metadata<'_>) -> Self {
        recorder.register_gauge(key, metadata)
    }

    fn change(&self, by: f64) {
        self.increment(by);
    }
}

impl Handle for Counter {
    fn register(recorder: &dyn Recorder, key: &Key, metadata: &Metadata<'_>) -> Self {
        recorder.register_counter(key, metadata)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count, small and positive"
    )]
    fn change(&self, by: f64) {
        self.increment(by as u64);
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Describes a metric once per recorder. Local recorders are known by their address alone here: what a second one
/// at the same place misses is a line of help text.
pub(crate) fn describe(kind: Kind, name: &'static str, unit: Option<Unit>, text: &'static str) {
    static TO_GLOBAL: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    thread_local! {
        static TO_LOCAL: RefCell<(usize, Vec<&'static str>)> = const { RefCell::new((0, Vec::new())) };
    }
    let address = current();
    let first = if address == GLOBAL.load(Ordering::Relaxed) {
        insert(&mut TO_GLOBAL.lock().unwrap_or_else(PoisonError::into_inner), name)
    } else {
        TO_LOCAL
            .try_with(|told| {
                let mut told = told.borrow_mut();
                if told.0 != address {
                    *told = (address, Vec::new());
                }
                insert(&mut told.1, name)
            })
            .unwrap_or(false)
    };
    if first {
        let (name, text) = (KeyName::from_const_str(name), SharedString::const_str(text));
        metrics::with_recorder(|recorder| match kind {
            Kind::Counter => recorder.describe_counter(name, unit, text),
            Kind::Gauge => recorder.describe_gauge(name, unit, text),
            Kind::Histogram => recorder.describe_histogram(name, unit, text),
        });
    }
}

fn insert(names: &mut Vec<&'static str>, name: &'static str) -> bool {
    let new = !names.contains(&name);
    if new {
        names.push(name);
    }
    new
}
