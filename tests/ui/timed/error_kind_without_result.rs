use fujita::timed;

#[timed(error_kind = kind)]
fn length(text: &str) -> usize {
    text.len()
}

fn kind(_: &String) -> &'static str {
    "kind"
}

fn main() {
    length("");
}
