use fujita::timed;

#[timed(busy)]
fn busy() {}

#[timed(slow_poll = "10ms")]
fn slow_poll() -> u32 {
    1
}

fn main() {
    busy();
    slow_poll();
}
