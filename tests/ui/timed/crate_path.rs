use fujita::timed;

#[timed(crate = fujita)]
fn relative() {}

#[timed(crate = "fujita")]
fn text() {}

fn main() {
    relative();
    text();
}
