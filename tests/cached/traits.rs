//! Methods of traits, where no companion can stand.

use async_trait::async_trait;
use fujita::{cached, timed};

trait T {
    fn a(&self, n: u8) -> u8;
    fn b(n: u8) -> u8
    where
        Self: Sized;
    #[cached(skip(self))]
    fn c(&self, n: u8) -> u8 {
        n
    }
    async fn d(&self, n: u8) -> u8;
}
struct S(u8);
impl T for S {
    #[cached(skip(self))]
    fn a(&self, n: u8) -> u8 {
        n + self.0
    }
    #[cached]
    fn b(n: u8) -> u8 {
        n
    }
    #[cached(key = (self.0, n))]
    async fn d(&self, n: u8) -> u8 {
        n + self.0
    }
}
#[async_trait]
trait A: Sync {
    async fn a(&self, n: &str) -> usize;
    #[cached(skip(self))]
    async fn b(&self, n: &str) -> usize {
        n.len()
    }
    async fn c(&self, n: &str) -> Result<usize, std::num::ParseIntError>;
    async fn d(n: u8) -> u8;
}
#[async_trait]
impl A for S {
    #[cached(key = (self.0, n))]
    async fn a(&self, n: &str) -> usize {
        n.len() + self.0 as usize
    }
    #[timed]
    #[cached(skip(self))]
    async fn c(&self, n: &str) -> Result<usize, std::num::ParseIntError> {
        n.parse()
    }
    #[cached]
    async fn d(n: u8) -> u8 {
        n
    }
}
#[timed]
#[async_trait]
impl A for u8 {
    #[cached(key = (*self, n))]
    async fn a(&self, n: &str) -> usize {
        n.len() + *self as usize
    }
    #[timed]
    #[cached(skip(self))]
    async fn c(&self, n: &str) -> Result<usize, std::num::ParseIntError> {
        n.parse()
    }
    #[cached]
    #[timed]
    async fn d(n: u8) -> u8 {
        n
    }
}
#[async_trait]
#[timed]
impl A for u16 {
    #[cached(key = (*self, n))]
    async fn a(&self, n: &str) -> usize {
        n.len() + *self as usize
    }
    #[timed]
    #[cached(skip(self))]
    async fn c(&self, n: &str) -> Result<usize, std::num::ParseIntError> {
        n.parse()
    }
    #[cached]
    #[timed]
    async fn d(n: u8) -> u8 {
        n
    }
}

#[tokio::test]
async fn all() {
    for _ in 0..2 {
        S(1).a_(1);
        T::c(&S(1), 1);
        <S as T>::b(1);
        T::d(&S(1), 1).await;
        A::a(&S(1), "a").await;
        A::b(&S(1), "a").await;
        A::c(&S(1), "1").await.unwrap();
        <S as A>::d(1).await;
        A::a(&1_u8, "a").await;
        A::b(&1_u8, "a").await;
        A::c(&1_u8, "1").await.unwrap();
        <u8 as A>::d(1).await;
        A::a(&1_u16, "a").await;
        A::b(&1_u16, "a").await;
        A::c(&1_u16, "1").await.unwrap();
        <u16 as A>::d(1).await;
    }
    let caches = fujita::caches();
    let here = caches.iter().filter(|cache| cache.name().starts_with("cached::traits"));
    let hits: Vec<_> = here.map(|cache| (cache.name(), cache.stats().hits)).collect();
    assert!(hits.iter().all(|(_, hits)| *hits == 1), "{hits:?}");
    // Four of `T` for `S`; three each of `A`, and its default method once for each type.
    assert_eq!(hits.len(), 4 + 3 * 3 + 3, "{hits:?}");
}
impl S {
    fn a_(&self, n: u8) -> u8 {
        T::a(self, n)
    }
}
