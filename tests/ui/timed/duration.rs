use fujita::timed;

#[timed(slow = "10 parsecs")]
fn parsecs() {}

#[timed(slow = "10")]
fn no_unit() {}

#[timed(slow = "")]
fn empty() {}

#[timed(slow = "ms")]
fn no_number() {}

#[timed(slow_poll = "1.2.3s")]
async fn no_such_number() {}

#[timed(slow = "99999999999999999999d")]
fn too_long() {}

fn main() {}
