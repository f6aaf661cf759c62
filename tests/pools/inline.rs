use std::time::Duration;

use fujita::{OffloadError, offload};

#[offload]
fn blocking() -> std::thread::ThreadId {
    std::thread::current().id()
}

#[offload(cpu, timeout = "1s", queue_timeout = "500ms")]
fn cpu() -> Result<std::thread::ThreadId, OffloadError> {
    Ok(std::thread::current().id())
}

#[test]
fn under_the_guard_calls_run_where_they_are_made() {
    crate::under_each_runtime(|| async {
        let here = std::thread::current().id();
        {
            let _inline = fujita::offload::inline();
            assert_eq!(blocking().await, here);
            {
                let _again = fujita::offload::inline();
                assert_eq!(cpu().await, Ok(here));
            }
            assert_eq!(cpu().await, Ok(here));
        }
        assert_ne!(blocking().await, here);
        assert_ne!(cpu().await, Ok(here));
    });
}

#[test]
fn under_the_guard_no_runtime_is_needed() {
    let _inline = fujita::offload::inline();
    assert_eq!(futures::executor::block_on(blocking()), std::thread::current().id());
}

#[test]
fn the_guard_is_that_of_one_thread() {
    let _inline = fujita::offload::inline();
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_ne!(runtime.block_on(blocking()), std::thread::current().id());
    })
    .join()
    .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_run_off() {
    let start = tokio::time::Instant::now();
    let _inline = fujita::offload::inline();
    for _ in 0..100 {
        assert!(cpu().await.is_ok());
        let within = tokio::time::timeout(Duration::from_secs(3_600), blocking()).await;
        assert!(within.is_ok());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// The clock leaps as soon as the runtime is idle; a limit of the pool's own is not misled by that.
#[tokio::test(start_paused = true)]
async fn limits_are_in_real_time() {
    #[offload(timeout = "20s")]
    fn slow() -> Result<u32, OffloadError> {
        std::thread::sleep(Duration::from_millis(30));
        Ok(7)
    }
    #[offload(cpu, timeout = "20s")]
    fn slow_cpu() -> Result<u32, OffloadError> {
        std::thread::sleep(Duration::from_millis(30));
        Ok(8)
    }

    let ticking = tokio::spawn(async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    assert_eq!((slow().await, slow_cpu().await), (Ok(7), Ok(8)));
    ticking.abort();
}
