//! All attributes on one function, in every order.

use std::thread::ThreadId;

use fujita::{OffloadError, cached, offload, timed};

use crate::{elsewhere, here};

#[timed]
#[cached(ttl = "60s", max_capacity = 10)]
#[offload(cpu, owned(query))]
fn search(query: &str) -> Result<(usize, ThreadId), OffloadError> {
    Ok((query.len(), here()))
}
#[cached]
#[timed]
#[offload]
fn cached_timed(n: u8) -> u8 {
    n
}
#[timed]
#[offload]
#[cached]
fn lookup_elsewhere(n: u8) -> u8 {
    n
}
#[cached]
#[offload]
#[timed]
fn timed_inside(n: u8) -> u8 {
    n
}
#[offload]
#[timed(labels(n = n), slow = "10s")]
#[cached]
fn both_inside(n: u8) -> Result<u8, String> {
    Ok(n)
}
#[offload(owned(text))]
#[cached]
#[timed]
fn both_inside_turned(text: &str) -> usize {
    text.len()
}
#[timed(function = "given", ok_if = |n| *n > 1)]
#[offload(cpu)]
fn with_label(n: u8) -> u8 {
    n
}
#[offload]
#[timed]
fn alone(n: u8) -> (u8, ThreadId) {
    (n, here())
}
#[timed(busy, slow_poll = "10s", in_flight)]
#[offload(owned(text))]
fn busy(text: &str) -> usize {
    text.len()
}
#[cached(ttl = "1s", stale_while_revalidate = "1s", key = text)]
#[offload(owned(text))]
fn behind(text: &str) -> usize {
    text.len()
}
#[cached(skip(n))]
#[offload(in_place)]
fn in_place(n: &mut u8) -> u8 {
    *n += 1;
    *n
}

#[derive(Clone)]
struct Shop(u8);
impl Shop {
    #[timed]
    #[cached(skip(self))]
    #[offload(clone_self)]
    fn outside(&self, n: u8) -> u8 {
        self.0 + n
    }
    #[offload(clone_self)]
    #[timed]
    #[cached(key = (self.0, n))]
    fn inside(&self, n: u8) -> u8 {
        self.0 + n
    }
}
#[timed]
impl Shop {
    #[offload(clone_self)]
    fn of_block(&self) -> u8 {
        self.0
    }
}

#[tokio::test]
async fn all() {
    for _ in 0..2 {
        let (length, thread) = search("abc").await.unwrap();
        assert_eq!(length, 3);
        elsewhere(thread);
        assert_eq!((cached_timed(1).await, lookup_elsewhere(1).await, timed_inside(1).await), (1, 1, 1));
        assert_eq!((both_inside(1).await, both_inside_turned("a").await), (Ok(1), 1));
        assert_eq!((with_label(1).await, busy("ab").await, behind("ab").await), (1, 2, 2));
        assert_eq!((Shop(1).outside(2).await, Shop(1).inside(2).await, Shop(1).of_block().await), (3, 3, 1));
        assert_eq!(in_place(&mut 1).await, 2);
        elsewhere(alone(1).await.1);
    }
    for stats in [
        search_cache().stats(),
        cached_timed_cache().stats(),
        lookup_elsewhere_cache().stats(),
        timed_inside_cache().stats(),
        both_inside_cache().stats(),
        both_inside_turned_cache().stats(),
        behind_cache().stats(),
        in_place_cache().stats(),
        Shop::outside_cache().stats(),
        Shop::inside_cache().stats(),
    ] {
        assert_eq!((stats.hits, stats.misses), (1, 1));
    }
}

#[test]
fn each_is_listed_once() {
    let functions = fujita::functions();
    for (name, layers) in [
        ("search", &["timed", "cached", "offload"][..]),
        ("cached_timed", &["cached", "timed", "offload"]),
        ("lookup_elsewhere", &["timed", "offload", "cached"]),
        ("timed_inside", &["cached", "offload", "timed"]),
        ("both_inside", &["offload", "timed", "cached"]),
        ("both_inside_turned", &["offload", "cached", "timed"]),
        ("given", &["timed", "offload"]),
        ("alone", &["offload", "timed"]),
        ("Shop::outside", &["timed", "cached", "offload"]),
        ("Shop::inside", &["offload", "timed", "cached"]),
        ("Shop::of_block", &["timed", "offload"]),
    ] {
        let found: Vec<_> =
            functions.iter().filter(|f| f.module.ends_with("offload::layers") && f.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {functions:#?}");
        assert_eq!(found[0].layers, layers, "{name}");
    }
}

#[test]
fn a_function_has_one_name_in_all_of_its_metrics() {
    let (_, recorded) = fujita_tests::record(|| {
        let _inline = fujita::offload::inline();
        futures::executor::block_on(with_label(2))
    });
    assert_eq!(recorded.calls("given", "ok"), 1.0);
    assert_eq!(recorded.sum("function_offload_jobs_total", &["function=given"]), 1.0, "{recorded:?}");
}
