use fujita::timed;

#[timed(ok_if = |ret| true)]
fn unit() {}

#[timed(error_kind = kind)]
fn never() -> ! {
    loop {}
}

fn kind(_: &String) -> &'static str {
    "kind"
}

fn main() {
    unit();
    never();
}
