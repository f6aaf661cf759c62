//! Methods, and caches that are held.

use fujita::cached;
use fujita::sync::Cache;
use std::sync::{Arc, LazyLock};

struct S {
    id: u64,
    cache: Cache<String, usize>,
    shared: Arc<Cache<u8, u8>>,
}
static USERS: LazyLock<Cache<u64, u64>> = LazyLock::new(|| Cache::builder("users").build());
impl S {
    fn new(id: u64) -> Self {
        S { id, cache: Cache::builder("s").build(), shared: Arc::new(Cache::builder("t").build()) }
    }
    #[cached(skip(self))]
    fn skipped(&self, n: u8) -> u8 {
        n + self.id as u8
    }
    #[cached(key = (self.id, n))]
    pub fn by_id(&self, n: u8) -> u8 {
        n + self.id as u8
    }
    #[cached(key = (self.id, n))]
    fn by_id_private(&self, n: u8) -> u8 {
        n + self.id as u8
    }
    #[cached(key: (u64, u8) = (self.id, n))]
    fn by_id_typed(&self, n: u8) -> u8 {
        n + self.id as u8
    }
    #[cached(cache = self.cache)]
    fn held(&self, name: &str) -> usize {
        name.len() + self.id as usize
    }
    #[cached(cache = self.shared)]
    fn held_shared(&mut self, n: u8) -> u8 {
        self.id += 1;
        n
    }
    #[cached(cache = self.shared, key = n)]
    fn held_consuming(self, n: u8) -> u8 {
        drop(self);
        n
    }
    #[cached(cache = self.shared, key = n)]
    fn held_arc(self: Arc<Self>, n: u8) -> u8 {
        drop(self);
        n
    }
    #[cached(cache = USERS, skip(self))]
    fn held_static(&self, n: u64) -> u64 {
        n
    }
    #[cached]
    fn associated(n: u64) -> u64 {
        n
    }
    #[cached]
    pub fn associated_pub(n: u64) -> u64 {
        n
    }
    #[cached(skip(self))]
    fn mutable(&mut self, n: u8) -> u8 {
        self.id += 1;
        n
    }
    #[cached(skip(self))]
    fn generic<T: ToString>(&self, n: u8) -> u8 {
        n
    }
}
#[cached(cache = USERS)]
fn also(n: u64) -> u64 {
    n
}
/// The handle is made for the call.
#[cached(cache = USERS.clone())]
fn made(n: u64) -> u64 {
    n
}
struct Locked(std::sync::Mutex<Cache<u64, u64>>);
impl Locked {
    #[cached(cache = self.0.lock().unwrap())]
    fn guarded(&self, n: u64) -> u64 {
        n
    }
}
#[cached(cache = cache)]
fn given_without_a_key(cache: &Cache<u64, u64>, n: u64) -> u64 {
    n
}
#[cached(cache = cache, key = n)]
fn given(cache: &Cache<u64, u64>, n: u64) -> u64 {
    n
}
struct G<'a, T>(&'a str, T);
impl<'a, T: Clone + Send + Sync + 'static> G<'a, T>
where
    T: ToString,
{
    #[cached(skip(self))]
    fn generic(&self, n: u8) -> Option<T> {
        let _ = n;
        Some(self.1.clone())
    }
    #[cached(key = (self.0, n))]
    fn keyed(&self, n: u8) -> Option<T> {
        let _ = n;
        Some(self.1.clone())
    }
    #[cached(skip(self))]
    fn error(&self, n: u8) -> Result<T, &'a str> {
        if n == 0 { Err(self.0) } else { Ok(self.1.clone()) }
    }
}

#[test]
fn all() {
    let mut s = S::new(1);
    s.skipped(1);
    S::skipped_cache().get(&1).unwrap();
    s.by_id(1);
    s.by_id(1);
    S::new(2).by_id(1);
    assert_eq!(S::by_id_cache().stats().hits, 1);
    assert_eq!(S::by_id_cache().entry_count(), 2);
    s.by_id_private(1);
    s.by_id_private(1);
    assert_eq!(S::by_id_private_cache().entry_count(), 1);
    s.by_id_typed(1);
    S::by_id_typed_cache().get(&(1, 1)).unwrap();
    s.held("x");
    s.held("x");
    assert_eq!(s.cache.stats().hits, 1);
    s.held_shared(1);
    s.held_shared(1);
    assert_eq!(s.id, 2);
    S::new(1).held_consuming(1);
    Arc::new(S::new(1)).held_arc(1);
    s.held_static(3);
    also(3);
    assert_eq!(USERS.stats().hits, 1);
    given(&USERS, 3);
    given_without_a_key(&USERS, 3);
    made(3);
    Locked(std::sync::Mutex::new(USERS.clone())).guarded(3);
    assert_eq!(USERS.stats().hits, 5);
    S::associated(1);
    S::associated_cache().get(&1).unwrap();
    S::associated_pub(1);
    S::associated_pub_cache().get(&1).unwrap();
    s.mutable(1);
    s.generic::<u8>(1);
    s.generic::<u16>(1);
    S::generic_cache::<u8>().get(&1).unwrap();
    let g = G("a", 7_u8);
    g.generic(1);
    G::<u8>::generic_cache().get(&1).unwrap();
    g.keyed(1);
    g.keyed(1);
    assert!(G::<u16>::generic_cache().get(&1).is_none());
    assert_eq!(G::<u8>::keyed_cache().stats().hits, 1);
    assert_eq!(g.error(0), Err("a"));
    let f = fujita::functions();
    assert!(f.iter().any(|f| f.name == "S::skipped" && f.layers == ["cached"]), "{f:?}");
    assert!(f.iter().any(|f| f.name == "S::by_id" && f.layers == ["cached"]), "{f:?}");
    assert!(f.iter().any(|f| f.name == "S::held" && f.layers == ["cached"]), "{f:?}");
    let caches = fujita::caches();
    let named =
        |name: &str| caches.iter().filter(|cache| cache.name() == format!("cached::methods::{name}")).count();
    assert_eq!((named("S::skipped"), named("S::generic"), named("S::held"), named("G::keyed")), (1, 2, 0, 1));
}
