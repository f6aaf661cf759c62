//! Label values are read before the body, whatever it does to the arguments.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use fujita::timed;
use fujita_tests::record;

use crate::support::{block_on, later};

#[timed(labels(name = name, length = name.len()))]
fn moved(name: String) -> String {
    name + "!"
}

#[timed(labels(name = name))]
fn moved_in_plain_form(mut name: String) -> (String, u32) {
    name.push('!');
    (name, 1)
}

#[timed(labels(x = x, sum = x + y.0))]
fn changed(mut x: u32, mut y: (u32, u32)) -> u32 {
    x += 1;
    y.0 += 1;
    let x = x + y.0;
    x
}

#[timed(labels(a = a, c = c, d = d, e = e))]
fn patterns((a, _): (u32, u32), [c, ..]: [u32; 2], Pair { d, e: (e, _) }: Pair) -> u32 {
    a + c + d + e
}

struct Pair {
    d: u32,
    e: (u32, String),
}

#[timed(labels(name = name, first = first.0))]
async fn moved_async(name: String, (mut first, _): ((u32, String), u32)) -> Result<String, String> {
    first.0 += 1;
    later().await;
    Err(name + &first.1)
}

#[timed(labels(name = name))]
fn moved_into_a_future(name: String) -> impl Future<Output = usize> {
    let text = name;
    async move { text.len() }
}

#[timed(labels(text = format!("{a}-{b:?}"), block = { let c = a; c + 1 }, closure = (|| a)(), of = Self2::ID))]
fn expressions(a: u32, b: &str) -> Option<u32> {
    Some(a + b.len() as u32)
}

struct Self2;

impl Self2 {
    const ID: u32 = 7;
}

#[timed(labels(T = std::any::type_name::<T>(), n = N))]
fn parameters<T, const N: usize>(_: T) -> usize {
    N
}

struct Tenant {
    id: u32,
    name: String,
}

impl Tenant {
    #[timed(labels(id = self.id))]
    fn by_ref(&self) -> usize {
        self.name.len()
    }

    #[timed(labels(id = self.id, name = self.name))]
    fn by_value(mut self) -> String {
        self.id += 1;
        self.name
    }

    #[timed(labels(id = self.id, of = Self::kind()))]
    async fn by_mut(&mut self) -> u32 {
        later().await;
        self.id += 1;
        self.id
    }

    #[timed(labels(id = self.id))]
    async fn by_value_async(self) -> String {
        later().await;
        self.name
    }

    #[timed(labels(id = self.id))]
    fn boxed(self) -> Pin<Box<dyn Future<Output = String>>> {
        Box::pin(async move { self.name })
    }

    fn kind() -> &'static str {
        "tenant"
    }
}

#[async_trait]
trait Named {
    async fn name(&self, more: String) -> String;
}

#[async_trait]
impl Named for Tenant {
    #[timed(labels(id = self.id, more = more))]
    async fn name(&self, more: String) -> String {
        later().await;
        self.name.clone() + &more
    }
}

/// The labels of the one call in `run`, but for the usual ones.
#[track_caller]
fn labels<R>(run: impl FnOnce() -> R) -> String {
    let (_, recorded) = record(run);
    let [name] = recorded.names()[..] else { panic!("{recorded:?}") };
    let labels = name.trim_end_matches('}').split_once('{').unwrap().1.split(',');
    let usual = ["function=", "module=", "result="];
    labels.filter(|label| !usual.iter().any(|name| label.starts_with(name))).collect::<Vec<_>>().join(" ")
}

fn tenant() -> Tenant {
    Tenant { id: 5, name: "t".into() }
}

#[test]
fn arguments() {
    assert_eq!(labels(|| moved("n".into())), "length=1 name=n");
    assert_eq!(labels(|| moved_in_plain_form("n".into())), "name=n");
    assert_eq!(labels(|| changed(1, (2, 3))), "sum=3 x=1");
    assert_eq!(labels(|| patterns((1, 2), [3, 4], Pair { d: 5, e: (6, String::new()) })), "a=1 c=3 d=5 e=6");
    assert_eq!(labels(|| block_on(moved_async("n".into(), ((1, "x".into()), 2)))), "first=1 name=n");
    assert_eq!(labels(|| block_on(moved_into_a_future("n".into()))), "name=n");
}

#[test]
fn expressions_of_all_kinds() {
    assert_eq!(labels(|| expressions(1, "b")), "block=2 closure=1 of=7 text=1-\"b\"");
    assert_eq!(labels(|| parameters::<u8, 3>(1)), "T=u8 n=3");
}

#[test]
fn methods() {
    assert_eq!(labels(|| tenant().by_ref()), "id=5");
    assert_eq!(labels(|| tenant().by_value()), "id=5 name=t");
    assert_eq!(labels(|| block_on(tenant().by_mut())), "id=5 of=tenant");
    assert_eq!(labels(|| block_on(tenant().by_value_async())), "id=5");
    assert_eq!(labels(|| block_on(tenant().boxed())), "id=5");
    assert_eq!(labels(|| block_on(tenant().name("m".into()))), "id=5 more=m");
}
