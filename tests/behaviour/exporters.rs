//! The same calls under every exporter there is: what fujita records arrives in each, by its own wire.
//!
//! metrics-exporter-tcp stands in `live/exporter_tcp.rs`, as it takes `protoc` to build.
#![allow(missing_docs, clippy::pedantic)]

#[path = "exporters/totals.rs"]
mod totals;
#[path = "exporters/workload.rs"]
mod workload;

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fujita_tests::alone::alone;
use metrics::{Counter, Key, Level, Metadata, Recorder as _};
use metrics_exporter_dogstatsd::{DogStatsDBuilder, DogStatsDRecorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_exporter_statsd::{StatsdBuilder, StatsdRecorder};
use metrics_util::debugging::DebuggingRecorder;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};

use crate::totals::{Totals, eventually};

#[test]
fn prometheus() {
    alone("prometheus", || {
        let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).unwrap();
        let read = || Totals::of_prometheus(&handle.render());
        let under_way = workload::run();
        eventually(read, &workload::recorded());
        under_way.end();
        eventually(read, &workload::recorded_in_the_end());
    });
}

#[test]
fn prometheus_summaries() {
    alone("prometheus_summaries", || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).unwrap();
        workload::run().end();
        eventually(|| Totals::of_prometheus(&handle.render()), &workload::recorded_in_the_end());
    });
}

#[test]
fn statsd() {
    alone("statsd", || {
        let (statsd, recorder) = statsd_exporter();
        metrics::set_global_recorder(recorder).unwrap();
        let read = || statsd.read();
        let under_way = workload::run();
        eventually(read, &as_statsd_has_it(workload::recorded()));
        under_way.end();
        eventually(read, &as_statsd_has_it(workload::recorded_in_the_end()));
    });
}

#[test]
fn dogstatsd() {
    alone("dogstatsd", || {
        let (receiver, recorder) = dogstatsd_exporter();
        metrics::set_global_recorder(recorder).unwrap();
        let under_way = workload::run();
        eventually(|| receiver.read(), &workload::recorded());
        under_way.end();
        eventually(|| receiver.read(), &workload::recorded_in_the_end());
    });
}

#[test]
fn opentelemetry() {
    alone("opentelemetry", || {
        let (otel, recorder) = otel_exporter();
        metrics::set_global_recorder(recorder).unwrap();
        let under_way = workload::run();
        eventually(|| otel.read(), &as_otel_has_it(workload::recorded()));
        under_way.end();
        eventually(|| otel.read(), &as_otel_has_it(workload::recorded_in_the_end()));
    });
}

#[test]
fn statsd_of_our_own() {
    alone("statsd_of_our_own", || {
        let receiver = Receiver::start();
        let telemetry = fujita::telemetry().statsd(receiver.address).install().unwrap();
        let read = || {
            telemetry.flush();
            receiver.read()
        };
        let under_way = workload::run();
        eventually(read, &workload::recorded().with_dots());
        under_way.end();
        eventually(read, &workload::recorded_in_the_end().with_dots());
    });
}

/// Each sees the very same records, so the sums of their histograms agree too.
#[test]
fn all_at_once() {
    alone("all_at_once", || {
        let debugging = DebuggingRecorder::new();
        let snapshotter = debugging.snapshotter();
        let our_own_statsd = Receiver::start();
        let (statsd, statsd_recorder) = statsd_exporter();
        let (dogstatsd, dogstatsd_recorder) = dogstatsd_exporter();
        let (otel, otel_recorder) = otel_exporter();
        let telemetry = fujita::telemetry()
            .prometheus_recorder()
            .statsd(our_own_statsd.address)
            .recorder(debugging)
            .recorder(statsd_recorder)
            .recorder(dogstatsd_recorder)
            .recorder(otel_recorder)
            .install()
            .unwrap();

        let under_way = workload::run();
        let expected = workload::recorded();
        let prometheus = eventually(|| Totals::of_prometheus(&telemetry.render()), &expected);
        let statsd = eventually(|| statsd.read(), &as_statsd_has_it(expected.clone()));
        let dogstatsd = eventually(|| dogstatsd.read(), &expected);
        let otel = eventually(|| otel.read(), &as_otel_has_it(expected.clone()));
        telemetry.flush();
        let our_own = eventually(|| our_own_statsd.read(), &expected.clone().with_dots());
        // Reading empties it, so it is read once, when those that are told after it have everything.
        let debugging = Totals::of_debugging(&snapshotter);
        assert_eq!(debugging.differences(&expected), "");
        for (who, totals) in [
            ("prometheus", prometheus),
            ("statsd", statsd),
            ("dogstatsd", dogstatsd),
            ("opentelemetry", otel),
        ] {
            debugging.assert_same_sums(&totals, who);
        }
        debugging.with_dots().assert_same_sums(&our_own, "our own statsd");
        under_way.end();
    });
}

/// The StatsD exporter ignores `Gauge::increment` and `decrement`, as it knows no value to change.
fn as_statsd_has_it(totals: Totals) -> Totals {
    totals.without("function_in_flight")
}

/// The OpenTelemetry exporter counts increments by handle, and there is one on each thread; it says itself that it does not
/// support them.
fn as_otel_has_it(totals: Totals) -> Totals {
    totals.without("function_in_flight")
}

/// Adds up what arrives at a UDP socket.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    totals: Arc<Mutex<Totals>>,
}

impl Receiver {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let receiver = Self { address: socket.local_addr().unwrap(), totals: Arc::default() };
        let totals = Arc::clone(&receiver.totals);
        thread::spawn(move || {
            let mut datagram = vec![0; 65_536];
            loop {
                let length = socket.recv(&mut datagram).unwrap();
                let lines = std::str::from_utf8(&datagram[..length]).unwrap().lines();
                let mut totals = totals.lock().unwrap();
                lines.for_each(|line| totals.take_statsd(line));
            }
        });
        receiver
    }

    fn read(&self) -> Totals {
        self.totals.lock().unwrap().clone()
    }
}

struct Statsd {
    receiver: Receiver,
    padding: Counter,
}

impl Statsd {
    /// This exporter sends what it has when its buffer is full, and at no other time.
    fn read(&self) -> Totals {
        for _ in 0..100 {
            self.padding.increment(1);
        }
        self.receiver.read().without("padding")
    }
}

fn statsd_exporter() -> (Statsd, StatsdRecorder) {
    let receiver = Receiver::start();
    // Its queue has 256 places unless told otherwise, and what comes when it is full is dropped.
    let builder = StatsdBuilder::from("127.0.0.1", receiver.address.port());
    let recorder = builder.with_queue_size(100_000).with_buffer_size(1_432).build(None).unwrap();
    let metadata = Metadata::new(module_path!(), Level::INFO, None);
    let padding = recorder.register_counter(&Key::from_static_name("padding"), &metadata);
    (Statsd { receiver, padding }, recorder)
}

fn dogstatsd_exporter() -> (Receiver, DogStatsDRecorder) {
    let receiver = Receiver::start();
    let builder = DogStatsDBuilder::default().with_remote_address(receiver.address.to_string()).unwrap();
    let recorder =
        builder.with_flush_interval(Duration::from_millis(100)).with_telemetry(false).build().unwrap();
    (receiver, recorder)
}

struct Otel {
    exporter: InMemoryMetricExporter,
    provider: SdkMeterProvider,
}

impl Otel {
    fn read(&self) -> Totals {
        self.provider.force_flush().unwrap();
        let collected = self.exporter.get_finished_metrics().unwrap();
        self.exporter.reset();
        as_otel_has_it(collected.last().map(Totals::of_opentelemetry).unwrap_or_default())
    }
}

fn otel_exporter() -> (Otel, metrics_exporter_opentelemetry::Recorder) {
    let exporter = InMemoryMetricExporter::default();
    let builder = metrics_exporter_opentelemetry::Recorder::builder("exporters");
    let (provider, recorder) =
        builder.with_meter_provider(|meters| meters.with_periodic_exporter(exporter.clone())).build();
    (Otel { exporter, provider }, recorder)
}
