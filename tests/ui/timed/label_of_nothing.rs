use fujita::timed;

#[timed(labels(tenant = user))]
fn no_such_argument(tenant: &str) {
    let _ = tenant;
}

#[timed(labels(tenant = user))]
async fn no_such_argument_async(tenant: &str) {
    let _ = tenant;
}

fn main() {
    no_such_argument("a");
    drop(no_such_argument_async("a"));
}
