use fujita::timed;

#[timed(in_flihgt)]
fn misspelled() {}

#[timed(slow_pol = "1ms", colour = "red")]
async fn two_of_them() {}

fn main() {
    misspelled();
    drop(two_of_them());
}
