//! Options that need something of the code around.

use fujita::offload;

mod context {
    tokio::task_local! {
        pub static REQUEST: u32;
        pub static USER: String;
    }
}
use context::USER;

fn request() -> Option<u32> {
    context::REQUEST.try_with(|request| *request).ok()
}
#[offload(propagate(context::REQUEST, USER))]
fn carried() -> (Option<u32>, String) {
    (request(), USER.with(Clone::clone))
}
#[offload(propagate(context::REQUEST))]
fn carried_or(n: u32) -> Result<u32, String> {
    let request = request().ok_or_else(|| "none".to_owned())?;
    Ok(request + n)
}
#[offload]
fn not_carried() -> Option<u32> {
    request()
}

#[tokio::test]
async fn task_locals() {
    let calls = async { (carried().await, carried_or(1).await, not_carried().await) };
    let found = context::REQUEST.scope(1, USER.scope("a".to_owned(), calls)).await;
    assert_eq!(found, ((Some(1), "a".to_owned()), Ok(2), None));
    assert_eq!(carried_or(1).await, Err("none".to_owned()));
}

#[offload(timeout = "5ms")]
fn late() -> std::io::Result<()> {
    std::thread::sleep(std::time::Duration::from_millis(100));
    Ok(())
}

#[tokio::test]
async fn refusals_as_io_errors() {
    use std::io::ErrorKind::{Other, ResourceBusy, TimedOut};

    use fujita::OffloadError::{Closed, QueueTimeout, Rejected, Timeout};

    let refusal = |error: &std::io::Error| error.get_ref()?.downcast_ref().copied();
    let late = late().await.unwrap_err();
    assert_eq!((late.kind(), refusal(&late)), (TimedOut, Some(Timeout)));
    for (error, kind) in
        [(Rejected, ResourceBusy), (QueueTimeout, TimedOut), (Timeout, TimedOut), (Closed, Other)]
    {
        let io = std::io::Error::from(error);
        assert_eq!((io.kind(), refusal(&io)), (kind, Some(error)));
    }
}
