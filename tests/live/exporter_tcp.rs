//! The calls of the test target `exporters`, under metrics-exporter-tcp, which has a wire of its own.

use std::collections::HashMap;
use std::io::{BufReader, Read as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;

use fujita_tests::alone::alone;
use fujita_tests::wait_until;
use metrics::{Key, Level, Metadata, Recorder as _};
use metrics_exporter_tcp::TcpBuilder;
use prost::{Message, Oneof};

use crate::servers::free_address;
use crate::totals::{self, COUNTER, GAUGE, HISTOGRAM, Totals, eventually};
use crate::workload;

#[test]
fn tcp() {
    alone("exporter_tcp::tcp", || {
        // It does not say which port it has taken.
        let address = free_address();
        // What does not fit is dropped.
        let recorder = TcpBuilder::new().listen_address(address).buffer_size(Some(100_000)).build().unwrap();
        let metadata = Metadata::new(module_path!(), Level::INFO, None);
        let first = recorder.register_counter(&Key::from_static_name("first"), &metadata);
        metrics::set_global_recorder(recorder).unwrap_or_else(|_| panic!("there is one"));

        let totals = Arc::new(Mutex::new(Totals::default()));
        thread::spawn({
            let totals = Arc::clone(&totals);
            move || receive(TcpStream::connect(address).unwrap(), &totals)
        });
        // It drops everything until it has accepted somebody.
        wait_until(|| {
            first.increment(1);
            !totals.lock().unwrap().differences(&Totals::default()).is_empty()
        });
        let read = || totals.lock().unwrap().clone().without("first");
        let under_way = workload::run();
        eventually(read, &workload::recorded());
        under_way.end();
        eventually(read, &workload::recorded_in_the_end());
    });
}

/// As in the crate's `proto/event.proto`, but for what nobody asks for here.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(message, optional, tag = "2")]
    metric: Option<Metric>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(map = "string, string", tag = "3")]
    labels: HashMap<String, String>,
    #[prost(oneof = "Operation", tags = "4, 5, 6, 7, 8, 9")]
    operation: Option<Operation>,
}

#[derive(Clone, Copy, PartialEq, Oneof)]
enum Operation {
    #[prost(uint64, tag = "4")]
    IncrementCounter(u64),
    #[prost(uint64, tag = "5")]
    SetCounter(u64),
    #[prost(double, tag = "6")]
    IncrementGauge(f64),
    #[prost(double, tag = "7")]
    DecrementGauge(f64),
    #[prost(double, tag = "8")]
    SetGauge(f64),
    #[prost(double, tag = "9")]
    RecordHistogram(f64),
}

/// Adds up what comes, as long as the process lives.
fn receive(stream: TcpStream, totals: &Mutex<Totals>) {
    let mut stream = BufReader::new(stream);
    loop {
        // The length as a variable-length integer, seven bits to a byte.
        let mut length = Vec::new();
        while length.last().is_none_or(|byte| byte & 0x80 != 0) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            length.extend(byte);
        }
        let mut event = vec![0; prost::decode_length_delimiter(&*length).unwrap()];
        stream.read_exact(&mut event).unwrap();
        // Descriptions have nothing to add up.
        let Some(metric) = Event::decode(&*event).unwrap().metric else { continue };
        let series =
            totals::written(&metric.name, metric.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        let mut totals = totals.lock().unwrap();
        match metric.operation.expect("it does something") {
            Operation::IncrementCounter(by) => totals.add(COUNTER, series, by as f64),
            Operation::SetCounter(value) => totals.set(COUNTER, series, value as f64),
            Operation::IncrementGauge(by) => totals.add(GAUGE, series, by),
            Operation::DecrementGauge(by) => totals.add(GAUGE, series, -by),
            Operation::SetGauge(value) => totals.set(GAUGE, series, value),
            Operation::RecordHistogram(_) => totals.add(HISTOGRAM, series, 1.0),
        }
    }
}
