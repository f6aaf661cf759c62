//! Within `#[async_trait]`, which makes the functions what they must be first.

use std::sync::Arc;
use std::thread::ThreadId;

use async_trait::async_trait;
use fujita::{cached, offload, timed};

use crate::{elsewhere, here};

#[async_trait]
trait Store: Sync {
    async fn get(&self, key: u8) -> (u8, ThreadId);
    async fn nothing(&self);
    async fn len(&self, text: &str, more: Option<&str>) -> Result<usize, String>;
    async fn make(n: u8) -> Self
    where
        Self: Sized;
    async fn by_arc(self: Arc<Self>, mut n: u8, (a, _): (u8, u8)) -> u8;
    async fn generic<T: Send + 'static>(&self, value: T) -> T
    where
        Self: Sized;
    async fn in_place<'a>(&'a self, text: &'a str) -> &'a str;
    async fn outer(&self, n: u8) -> u8;
    async fn inner(&self, n: u8) -> u8;
    #[offload]
    async fn default_associated(n: u8) -> u8
    where
        Self: Sized,
    {
        n + 1
    }
    #[offload(clone_self)]
    async fn default_method(&self) -> u8
    where
        Self: Clone + Send + Sync + 'static,
    {
        self.sync()
    }
    fn sync(&self) -> u8;
}

#[derive(Clone)]
struct Memory(u8);

#[async_trait]
impl Store for Memory {
    #[offload(clone_self)]
    async fn get(&self, key: u8) -> (u8, ThreadId) {
        (self.0 + key, here())
    }
    #[offload(clone_self)]
    async fn nothing(&self) {
        if self.0 == 0 {
            return;
        }
        let future = async { std::future::ready(()).await };
        drop(future);
    }
    #[offload(clone_self, owned(text, more))]
    async fn len(&self, text: &str, more: Option<&str>) -> Result<usize, String> {
        if text.is_empty() {
            return Err("empty".to_owned());
        }
        let more: usize = more.unwrap_or("0").parse().map_err(|_| "number".to_owned())?;
        Ok(text.len() + more + usize::from(self.0))
    }
    #[offload]
    async fn make(n: u8) -> Self {
        Self(n)
    }
    #[offload(cpu)]
    async fn by_arc(self: Arc<Self>, mut n: u8, (a, _): (u8, u8)) -> u8 {
        n += a;
        self.0 + n
    }
    #[offload(clone_self)]
    async fn generic<T: Send + 'static>(&self, value: T) -> T {
        value
    }
    #[offload(in_place)]
    async fn in_place<'a>(&'a self, text: &'a str) -> &'a str {
        &text[usize::from(self.0)..]
    }
    #[timed]
    #[cached(key = (self.0, n))]
    #[offload(clone_self)]
    async fn outer(&self, n: u8) -> u8 {
        self.0 + n
    }
    #[offload(clone_self)]
    #[timed]
    #[cached(key = (self.0, n))]
    async fn inner(&self, n: u8) -> u8 {
        self.0 + n
    }
    fn sync(&self) -> u8 {
        self.0
    }
}

#[tokio::test]
async fn all() {
    let memory = Memory::make(1).await;
    let (value, thread) = memory.get(1).await;
    assert_eq!(value, 2);
    elsewhere(thread);
    memory.nothing().await;
    assert_eq!(memory.len("ab", Some("3")).await, Ok(6));
    assert_eq!(memory.len("", None).await, Err("empty".to_owned()));
    assert_eq!(Arc::new(memory.clone()).by_arc(1, (2, 3)).await, 4);
    assert_eq!((memory.generic('a').await, memory.in_place("ab").await), ('a', "b"));
    for _ in 0..2 {
        assert_eq!((memory.outer(1).await, memory.inner(1).await), (2, 2));
    }
    assert_eq!((Memory::default_associated(1).await, memory.default_method().await), (2, 1));
}

#[test]
fn each_is_listed_once() {
    let functions = fujita::functions();
    for (name, layers) in [
        ("Memory::get", &["offload"][..]),
        ("Memory::outer", &["timed", "cached", "offload"]),
        ("Memory::inner", &["offload", "timed", "cached"]),
    ] {
        let found: Vec<_> =
            functions.iter().filter(|f| f.module.ends_with("async_traits") && f.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {functions:#?}");
        assert_eq!(found[0].layers, layers, "{name}");
    }
}
