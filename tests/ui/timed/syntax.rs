use fujita::timed;

#[timed(slow = "1s" in_flight)]
fn no_comma() {}

#[timed("1s")]
fn no_name() {}

#[timed(slow = )]
fn no_value() {}

#[timed(ok_if = |r|, in_flight)]
fn half_a_closure() -> bool {
    true
}

#[timed = "1s"]
fn assigned() {}

fn main() {
    no_comma();
    no_name();
    no_value();
    half_a_closure();
    assigned();
}
