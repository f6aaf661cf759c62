use fujita::timed;

#[timed(name = "search time")]
fn space() {}

#[timed(name = "")]
fn empty() {}

#[timed(name = "2fast")]
fn digit() {}

#[timed(name = "function_busy_seconds")]
fn taken() {}

#[timed(function = "")]
fn no_function() {}

fn main() {}
