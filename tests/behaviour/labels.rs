//! Labels: literals, expressions over the arguments, and the limit on how many sets of them there may be.

use fujita::timed;
use fujita_tests::record;
use futures::executor::block_on;

#[timed(labels(route = "search", tenant = tenant, size = items.len(), r#type = "x"))]
fn labelled(tenant: &str, items: Vec<u32>) -> usize {
    drop(items);
    tenant.len()
}

struct Shop {
    name: String,
}

impl Shop {
    #[timed(labels(shop = self.name))]
    async fn sell(self) -> usize {
        self.name.len()
    }
}

#[timed(labels(shard = shard), max_label_sets = 3)]
fn limited(shard: u32) -> u32 {
    shard
}

#[timed(labels(shard = shard, kind = "a"), max_label_sets = 2, in_flight)]
fn limited_with_gauge(shard: u32) -> u32 {
    shard
}

/// What only a label uses is used.
#[deny(unused_variables)]
#[timed(labels(tenant = tenant))]
fn used_by_a_label_alone(tenant: &str, fine: bool) -> Result<(), ()> {
    if fine { Ok(()) } else { Err(()) }
}

#[test]
fn arguments_for_labels_alone() {
    let ((), recorded) = record(|| used_by_a_label_alone("acme", false).unwrap_err());
    assert_eq!(recorded.sum("function_duration_seconds", &["tenant=acme", "result=error"]), 1.0);
}

#[test]
fn values_are_read_before_the_body() {
    let ((), recorded) = record(|| {
        labelled("acme", vec![1, 2]);
        block_on(Shop { name: "corner".into() }.sell());
    });
    assert_eq!(
        recorded.names(),
        [
            "function_duration_seconds{function=Shop::sell,module=behaviour::labels,result=ok,shop=corner}",
            "function_duration_seconds{function=labelled,module=behaviour::labels,result=ok,route=search,size=2,\
             tenant=acme,type=x}",
        ],
    );
}

#[test]
fn further_sets_are_other() {
    let ((), recorded) = record(|| {
        for shard in [1, 2, 3, 4, 5, 1, 2, 3, 6] {
            limited(shard);
            limited_with_gauge(shard);
        }
    });
    let shards = |function: &str, shard: &str| {
        let (function, shard) = (format!("function={function}"), format!("shard={shard}"));
        recorded.sum("function_duration_seconds", &[&function, &shard])
    };
    for shard in ["1", "2", "3"] {
        assert_eq!(shards("limited", shard), 2.0, "{recorded:?}");
    }
    assert_eq!(shards("limited", "other"), 3.0, "{recorded:?}");
    assert_eq!(shards("limited_with_gauge", "other"), 5.0, "{recorded:?}");
    assert_eq!(recorded.series("function_in_flight", &["shard=other", "kind=a"]), 1);
    assert_eq!(recorded.sum("function_in_flight", &[]), 0.0);
}

#[test]
fn values_may_be_any_text() {
    #[timed(labels(text = text))]
    fn awkward(text: &str) -> usize {
        text.len()
    }
    let texts = ["\"", "a\nb", "🌪", "", "other", &"x".repeat(64 * 1024)];
    let ((), recorded) = record(|| {
        for text in texts {
            awkward(text);
        }
    });
    assert_eq!(recorded.sum("function_duration_seconds", &["function=awkward"]), 6.0);
}
