//! What is named like a `Result` or an `Option` and is none.

use fujita::cached;

#[derive(Clone)]
struct SearchResult<T>(T);

mod own {
    #[derive(Clone)]
    pub struct Option<T>(pub T);
}

#[cached]
fn search(x: u64) -> SearchResult<u64> {
    SearchResult(x)
}

#[cached]
async fn found(x: u64) -> own::Option<u64> {
    own::Option(x)
}

fn main() {}
