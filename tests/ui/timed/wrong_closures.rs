use fujita::timed;

#[timed(ok_if = |found| found.len())]
fn not_a_bool() -> Vec<u32> {
    Vec::new()
}

#[timed(error_kind = kind)]
async fn another_error() -> Result<(), std::io::Error> {
    Ok(())
}

fn kind(_: &String) -> &'static str {
    "kind"
}

fn main() {
    not_a_bool();
    drop(another_error());
}
