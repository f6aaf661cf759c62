use fujita::timed;

#[timed(slow = "1s", in_flight, slow = "2s")]
fn twice() {}

#[timed(labels(route = "a", route = "b"))]
fn label_twice() {}

#[timed]
#[timed(slow = "1s")]
fn attribute_twice() {}

fn main() {
    twice();
    label_twice();
    attribute_twice();
}
