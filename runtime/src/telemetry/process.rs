//! Figures of the process.

use metrics_process::Collector;

/// The metric that [`cpu_seconds`] is of.
#[cfg(feature = "prometheus")]
pub(super) const CPU_SECONDS: &str = "process_cpu_seconds_total";

pub(super) fn collector() -> Collector {
    let collector = Collector::default();
    collector.describe();
    collector.collect();
    collector
}

/// The processor time of this process, finer than the whole seconds that a counter of the facade can have; where it is known.
#[cfg(feature = "prometheus")]
pub(super) fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the program's name, which may have anything in it, the eleventh is the user's share, and then comes the system's; in
    // hundredths of a second on Linux.
    let mut hundredths = stat.rsplit_once(") ")?.1.split(' ').skip(11).map(str::parse::<u32>);
    let (user, system) = (hundredths.next()?.ok()?, hundredths.next()?.ok()?);
    Some(f64::from(user.checked_add(system)?) / 100.0)
}
