//! The recorder: sums of counters, values of gauges, samples of timers, until they are sent.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_util::registry::{Registry, Storage};

use super::lines::{Packets, Series};
use super::samples::{Sample, Samples};

/// Clones record into the same series.
#[derive(Clone)]
pub(crate) struct StatsDRecorder(Arc<Parts>);

struct Parts {
    series: Registry<Key, Fresh>,
    /// Histograms of seconds that do not say so in their name.
    in_seconds: Mutex<HashSet<String>>,
}

impl Default for StatsDRecorder {
    fn default() -> Self {
        Self(Arc::new(Parts { series: Registry::new(Fresh), in_seconds: Mutex::default() }))
    }
}

impl fmt::Debug for StatsDRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatsDRecorder")
    }
}

/// What is kept of each series.
struct Fresh;

struct Count {
    series: Series,
    total: AtomicU64,
    sent: AtomicU64,
}

struct Level {
    series: Series,
    /// The bits of a float, as of the next.
    value: AtomicU64,
    sent: AtomicU64,
}

struct Timer {
    series: Series,
    /// In its name, of which the series may have the beginning alone.
    says_seconds: bool,
    samples: Samples,
}

impl Storage<Key> for Fresh {
    type Counter = Arc<Count>;
    type Gauge = Arc<Level>;
    type Histogram = Arc<Timer>;

    fn counter(&self, key: &Key) -> Arc<Count> {
        Arc::new(Count { series: Series::of(key), total: AtomicU64::new(0), sent: AtomicU64::new(0) })
    }

    fn gauge(&self, key: &Key) -> Arc<Level> {
        Arc::new(Level { series: Series::of(key), value: AtomicU64::new(0), sent: AtomicU64::new(0) })
    }

    fn histogram(&self, key: &Key) -> Arc<Timer> {
        let says_seconds = key.name().ends_with("_seconds");
        Arc::new(Timer { series: Series::of(key), says_seconds, samples: Samples::default() })
    }
}

impl CounterFn for Count {
    fn increment(&self, by: u64) {
        CounterFn::increment(&self.total, by);
    }

    fn absolute(&self, value: u64) {
        CounterFn::absolute(&self.total, value);
    }
}

impl GaugeFn for Level {
    fn increment(&self, by: f64) {
        GaugeFn::increment(&self.value, by);
    }

    fn decrement(&self, by: f64) {
        GaugeFn::decrement(&self.value, by);
    }

    fn set(&self, value: f64) {
        GaugeFn::set(&self.value, value);
    }
}

impl HistogramFn for Timer {
    fn record(&self, value: f64) {
        self.samples.record(value);
    }
}

impl Recorder for StatsDRecorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        if unit == Some(Unit::Seconds) {
            let mut names = self.0.in_seconds.lock().unwrap_or_else(PoisonError::into_inner);
            names.insert(Series::of(&Key::from_name(name)).name().to_owned());
        }
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0.series.get_or_create_counter(key, |count| Counter::from_arc(Arc::clone(count)))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.0.series.get_or_create_gauge(key, |level| Gauge::from_arc(Arc::clone(level)))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.0.series.get_or_create_histogram(key, |timer| Histogram::from_arc(Arc::clone(timer)))
    }
}

impl StatsDRecorder {
    /// Writes what has changed since the last time; with `resend`, gauges that have not too.
    pub(super) fn drain<F: FnMut(&[u8])>(&self, to: &mut Packets<F>, resend: bool) {
        // Collected first: who registers a series must not wait until packets are sent.
        let mut counts = Vec::new();
        self.0.series.visit_counters(|_, count| counts.push(Arc::clone(count)));
        for count in counts {
            let total = count.total.load(Ordering::Acquire);
            let new = total.wrapping_sub(count.sent.swap(total, Ordering::Relaxed));
            if new > 0 {
                to.counter(&count.series, new);
            }
        }
        let mut levels = Vec::new();
        self.0.series.visit_gauges(|_, level| levels.push(Arc::clone(level)));
        for level in levels {
            let bits = level.value.load(Ordering::Acquire);
            let is_new = level.sent.swap(bits, Ordering::Relaxed) != bits;
            let value = f64::from_bits(bits);
            if (is_new || resend) && value.is_finite() {
                to.gauge(&level.series, value);
            }
        }
        let mut timers = Vec::new();
        self.0.series.visit_histograms(|_, timer| timers.push(Arc::clone(timer)));
        for timer in timers {
            let scale = if self.is_in_seconds(&timer) { 1e3 } else { 1.0 };
            for Sample { value, weight } in timer.samples.drain() {
                to.timer(&timer.series, value * scale, weight);
            }
        }
    }

    /// StatsD's timers are in milliseconds.
    fn is_in_seconds(&self, timer: &Timer) -> bool {
        let described = || self.0.in_seconds.lock().unwrap_or_else(PoisonError::into_inner);
        timer.says_seconds || described().contains(timer.series.name())
    }
}
