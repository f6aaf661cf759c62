use fujita::timed;

// Mistakes in the body are reported where they are, as without the attribute.

#[timed]
fn wrong_type() -> Result<u32, String> {
    Ok("one")
}

#[timed]
async fn wrong_type_async() -> Result<u32, String> {
    Ok("one")
}

#[timed]
fn wrong_tail() -> u32 {
    "one"
}

#[timed]
async fn unknown_name() -> u32 {
    nothing
}

#[timed]
fn unknown_return() -> Missing {
    1
}

fn main() {}
