use fujita::timed;

struct Tenant;

#[timed(labels(tenant = tenant))]
fn not_display(tenant: Tenant) {}

#[timed(labels(function = "search", le = "1"))]
fn reserved() {}

#[timed(labels())]
fn empty() {}

#[timed(labels(route = "search"), max_label_sets = 10)]
fn nothing_to_limit() {}

#[timed(labels(size = size), max_label_sets = 0)]
fn no_sets(size: usize) {
    let _ = size;
}

fn main() {
    not_display(Tenant);
    reserved();
    empty();
    nothing_to_limit();
    no_sets(1);
}
