use fujita::timed;

// Four mistakes, four errors, and no others: the function is still there.
#[timed(slow = "10 parsecs", busy, colour = "red", labels(result = "ok"))]
fn search(query: &str) -> usize {
    query.len()
}

fn main() {
    let _: usize = search("fujita");
}
