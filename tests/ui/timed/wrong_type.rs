use fujita::timed;

#[timed(name = search_seconds)]
fn name() {}

#[timed(function = 5)]
fn function() {}

#[timed(labels = "route")]
fn labels() {}

#[timed(labels(route))]
fn label_without_value() {}

#[timed(labels(size = size), max_label_sets = "many")]
fn max_label_sets(size: usize) {
    let _ = size;
}

#[timed(ok_if = true)]
fn ok_if() -> bool {
    true
}

#[timed(error_kind("a"))]
fn error_kind() -> Result<(), String> {
    Ok(())
}

#[timed(in_flight = true)]
fn in_flight() {}

#[timed(busy(true))]
async fn busy() {}

#[timed(slow_poll = 10)]
async fn slow_poll() {}

#[timed(slow)]
fn slow() {}

#[timed(log = info)]
fn log() {}

#[timed(log = "loud")]
fn level() {}

fn main() {}
