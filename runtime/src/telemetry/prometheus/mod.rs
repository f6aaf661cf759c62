//! The Prometheus exporter: histograms of our own, and the exporter's counters and gauges.
//!
//! The exporter's own histograms keep every sample until somebody drains them, and lose what is recorded at that moment: a thread
//! that has found a block to write into, and writes after the block was read, writes for nobody; one that has put a new block in
//! front, and has not tied the old ones to it yet, takes all of them along. Ours are counts to which one is added.

mod buckets;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use metrics_util::registry::{Registry, Storage};

use self::buckets::{Buckets, Counted};
use self::text::Series;
#[cfg(feature = "process")]
pub(super) use self::text::put_value;

/// Everything that is recorded for Prometheus.
pub(super) struct Prometheus {
    others: PrometheusHandle,
    histograms: Arc<Histograms>,
}

/// Records for a [`Prometheus`].
pub(super) struct PrometheusRecorders {
    others: PrometheusRecorder,
    histograms: Arc<Histograms>,
}

struct Histograms {
    series: Registry<Key, Fresh>,
    /// By the metric's name.
    help: Mutex<HashMap<String, SharedString>>,
}

/// What is kept of each series of a histogram; the registry is asked for nothing else.
struct Fresh;

struct Kept {
    series: Series,
    buckets: Buckets,
}

impl HistogramFn for Kept {
    fn record(&self, value: f64) {
        self.buckets.record(value);
    }

    fn record_many(&self, value: f64, count: usize) {
        self.buckets.record_many(value, count);
    }
}

impl Storage<Key> for Fresh {
    type Counter = Arc<std::sync::atomic::AtomicU64>;
    type Gauge = Arc<std::sync::atomic::AtomicU64>;
    type Histogram = Arc<Kept>;

    fn counter(&self, _: &Key) -> Self::Counter {
        Arc::default()
    }

    fn gauge(&self, _: &Key) -> Self::Gauge {
        Arc::default()
    }

    fn histogram(&self, key: &Key) -> Self::Histogram {
        Arc::new(Kept { series: Series::of(key), buckets: Buckets::default() })
    }
}

impl Prometheus {
    pub(super) fn new() -> (Self, PrometheusRecorders) {
        let others = PrometheusBuilder::new().build_recorder();
        let histograms = Arc::new(Histograms { series: Registry::new(Fresh), help: Mutex::default() });
        let this = Self { others: others.handle(), histograms: Arc::clone(&histograms) };
        (this, PrometheusRecorders { others, histograms })
    }

    /// Descriptions of counters and gauges wait for this or for a scrape, and there are programs that describe at each call.
    pub(super) fn run_upkeep(&self) {
        self.others.run_upkeep();
    }

    /// All of it in Prometheus' text format.
    pub(super) fn render(&self) -> String {
        let mut text = self.others.render();
        self.histograms.render(&mut text);
        text
    }
}

impl Histograms {
    fn render(&self, text: &mut String) {
        // Collected first: who registers a series must not wait until all are written.
        let mut all = Vec::new();
        self.series.visit_histograms(|_, kept| all.push(Arc::clone(kept)));
        // Names and labels may have become the same by what Prometheus does not allow in them.
        let mut metrics: BTreeMap<&str, BTreeMap<&str, Counted>> = BTreeMap::new();
        for kept in &all {
            let Series { name, labels } = &kept.series;
            metrics.entry(name).or_default().entry(labels).or_default().add(&kept.buckets.counted());
        }
        for (name, series) in metrics {
            text::write_histogram(text, name, self.help(name).as_deref(), &series);
        }
    }

    /// A copy: who describes a metric must not wait either.
    fn help(&self, name: &str) -> Option<SharedString> {
        self.help.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Recorder for PrometheusRecorders {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, help: SharedString) {
        self.others.describe_counter(name, unit, help);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, help: SharedString) {
        self.others.describe_gauge(name, unit, help);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        let mut all = self.histograms.help.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(text::name(name.as_str()), help);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.others.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.others.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.histograms.series.get_or_create_histogram(key, |kept| Histogram::from_arc(Arc::clone(kept)))
    }
}
