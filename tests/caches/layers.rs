//! `#[timed]` and `#[cached]` on one function, in both orders, and under foreign attributes.

use async_trait::async_trait;
use fujita::{Clock, cached, timed};
use fujita_tests::record;

#[timed]
#[cached]
fn outside(n: u32) -> Result<u32, &'static str> {
    if n == 0 { Err("zero") } else { Ok(n) }
}

#[cached]
#[timed]
fn inside(n: u32) -> u32 {
    n
}

#[tracing::instrument]
#[timed]
#[cached]
async fn instrumented(n: u32) -> u32 {
    n
}

struct Shop;

#[async_trait]
trait Prices {
    async fn price(&self, item: &str) -> u32;
}

#[async_trait]
impl Prices for Shop {
    #[timed]
    #[cached(skip(self), name = "prices of a trait")]
    async fn price(&self, item: &str) -> u32 {
        item.len() as u32
    }
}

#[test]
fn timed_around_cached_says_what_the_cache_did() {
    let (_, seen) = record(|| {
        for n in [0, 1, 1, 1, 2, 0] {
            let _ = outside(n);
        }
    });
    let count = |labels: &[&str]| seen.sum("function_duration_seconds", labels);
    assert_eq!(count(&["function=outside", "result=ok", "cache=miss"]), 2.0);
    assert_eq!(count(&["function=outside", "result=ok", "cache=hit"]), 2.0);
    assert_eq!(count(&["function=outside", "result=error", "cache=miss"]), 2.0);
    assert_eq!(count(&["function=outside"]), 6.0);
    assert_eq!(seen.sum("function_cache_requests_total", &["cache=caches::layers::outside"]), 6.0);
}

#[test]
fn cached_around_timed_measures_loads() {
    let (_, seen) = record(|| {
        for n in [1, 1, 1, 2] {
            inside(n);
        }
    });
    assert_eq!(seen.sum("function_duration_seconds", &["function=inside", "result=ok"]), 2.0);
    assert!(!seen.names().iter().any(|name| name.contains("duration") && name.contains("cache=")));
}

#[test]
fn coalesced_and_stale_are_labels_too() {
    static CLOCK: std::sync::LazyLock<(Clock, fujita::ClockHand)> = std::sync::LazyLock::new(Clock::mock);
    static FAIL: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    #[timed]
    #[cached(ttl = "1s", stale_if_error = "1h", clock = CLOCK.0.clone())]
    async fn rate(n: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        if FAIL.load(std::sync::atomic::Ordering::SeqCst) { Err("down".into()) } else { Ok(n) }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (_, seen) = record(|| {
        runtime.block_on(async {
            assert_eq!(tokio::join!(rate(1), rate(1), rate(1)), (Ok(1), Ok(1), Ok(1)));
            FAIL.store(true, std::sync::atomic::Ordering::SeqCst);
            CLOCK.1.advance(std::time::Duration::from_secs(2));
            assert_eq!(rate(1).await, Ok(1));
        });
    });
    let count = |cache: &str| seen.sum("function_duration_seconds", &["function=rate", "result=ok", cache]);
    assert_eq!((count("cache=miss"), count("cache=coalesced"), count("cache=stale")), (1.0, 2.0, 1.0));
    assert_eq!(seen.sum("function_cache_load_seconds", &["result=error"]), 1.0);
}

#[test]
fn under_foreign_attributes() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (_, seen) = record(|| {
        runtime.block_on(async {
            for _ in 0..3 {
                assert_eq!(instrumented(7).await, 7);
                assert_eq!(Shop.price("pear").await, 4);
            }
        });
    });
    for function in ["function=instrumented", "function=Shop::price"] {
        let count = |cache: &str| seen.sum("function_duration_seconds", &[function, "result=ok", cache]);
        assert_eq!((count("cache=miss"), count("cache=hit")), (1.0, 2.0), "{function}");
    }
    assert!(fujita::caches().iter().any(|cache| cache.name() == "prices of a trait"));
    let functions = fujita::functions();
    let layers = |name: &str| {
        let found = functions.iter().find(|function| function.path == format!("caches::layers::{name}"));
        found.unwrap_or_else(|| panic!("no {name} in {functions:#?}")).layers
    };
    assert_eq!(layers("outside"), ["timed", "cached"]);
    assert_eq!(layers("inside"), ["cached", "timed"]);
    assert_eq!(layers("Shop::price"), ["timed", "cached"]);
}
