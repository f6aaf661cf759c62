//! Figures of the process.

use metrics_process::Collector;

pub(super) fn collector() -> Collector {
    let collector = Collector::default();
    collector.describe();
    collector.collect();
    collector
}
