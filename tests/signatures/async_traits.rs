//! `#[async_trait]`: on the method inside, and on the block above and below it.

use std::sync::Arc;

use async_trait::async_trait;
use fujita::timed;

use crate::noisy::{log, logged};
use crate::support::{block_on, later, recorded};

#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &str) -> Result<u32, String>;
    async fn set(&mut self, key: String, (value, _): (u32, u32));
    async fn take(self: Box<Self>) -> u32;
    async fn generic<T: Send + Clone + 'static>(&self, of: T) -> Vec<T>
    where
        Self: Sized;
    async fn associated(x: u32) -> Option<u32>
    where
        Self: Sized;

    #[timed]
    async fn default(&self, key: &str) -> Result<u32, String> {
        let more: u32 = key.parse().map_err(|_| "bad".to_owned())?;
        Ok(self.get(key).await? + more)
    }

    /// Sync methods of such a trait.
    #[timed]
    fn sync(&self) -> u32 {
        7
    }
}

macro_rules! store {
    ($name:ident, [$(#[$block:meta])*], [$(#[$method:meta])*]) => {
        struct $name(u32);

        $(#[$block])*
        impl Store for $name {
            $(#[$method])*
            async fn get(&self, key: &str) -> Result<u32, String> {
                log("get");
                later().await;
                if key.is_empty() {
                    return Err("empty".to_owned());
                }
                Ok(self.0)
            }

            $(#[$method])*
            async fn set(&mut self, mut key: String, (value, _): (u32, u32)) {
                key.push('!');
                later().await;
                self.0 = value + key.len() as u32;
            }

            $(#[$method])*
            async fn take(self: Box<Self>) -> u32 {
                later().await;
                let Self(x) = *self;
                x
            }

            $(#[$method])*
            async fn generic<T: Send + Clone + 'static>(&self, of: T) -> Vec<T> {
                let all = vec![of.clone(), of];
                later().await;
                all
            }

            $(#[$method])*
            async fn associated(x: u32) -> Option<u32> {
                let y = Some(x).filter(|x| *x > 0)?;
                Some(y + 1)
            }
        }
    };
}

store!(Inside, [#[async_trait]], [#[timed]]);
store!(Above, [#[timed] #[async_trait]], []);
store!(Below, [#[async_trait] #[timed]], []);
store!(Unmeasured, [#[async_trait]], []);

macro_rules! check {
    ($test:ident, $of:ident) => {
        #[test]
        fn $test() {
            let method = |method: &str| concat!(stringify!($of), "::").to_owned() + method;
            let mut store = $of(1);
            assert_eq!(ok!(&method("get"), block_on(store.get("key"))), Ok(1));
            assert!(error!(&method("get"), block_on(store.get(""))).is_err());
            ok!(&method("set"), block_on(store.set("a".into(), (2, 3))));
            assert_eq!(store.0, 4);
            assert_eq!(ok!(&method("generic"), block_on(store.generic(1))), [1, 1]);
            assert_eq!(ok!(&method("associated"), block_on($of::associated(1))), Some(2));
            assert_eq!(ok!(&method("associated"), block_on($of::associated(0))), None);
            // Nothing happens, and nothing is measured, before the first poll.
            assert!(logged(|| recorded(module_path!(), &[], || drop(store.get("key")))).is_empty());
            recorded(module_path!(), &[(&method("get"), "cancelled", 1)], || {
                let mut get = store.get("key");
                assert!(crate::support::poll_once(&mut get).is_pending());
            });
            let object: Box<dyn Store> = Box::new(store);
            assert_eq!(ok!(&method("take"), block_on(object.take())), 4);
        }
    };
}

check!(on_the_method, Inside);
check!(above_async_trait, Above);
check!(below_async_trait, Below);

#[test]
fn default_methods() {
    assert_eq!(ok!("Store::default", block_on(Unmeasured(1).default("2"))), Ok(3));
    assert!(error!("Store::default", block_on(Unmeasured(1).default("x"))).is_err());
    assert_eq!(ok!("Store::sync", Unmeasured(1).sync()), 7);
    let shared: Arc<dyn Store> = Arc::new(Unmeasured(1));
    assert_eq!(ok!("Store::default", block_on(shared.default("2"))), Ok(3));
}

/// On the trait itself, in both orders, with `?Send`.
#[timed(name = "traits_seconds")]
#[async_trait(?Send)]
trait Above2 {
    async fn default(&self, x: std::rc::Rc<u32>) -> Result<u32, String> {
        later().await;
        if *x == 0 { Err("zero".into()) } else { Ok(*x + self.declared().await) }
    }

    async fn declared(&self) -> u32;

    fn sync(&self) -> u32 {
        1
    }
}

#[async_trait(?Send)]
#[timed(name = "traits_seconds")]
trait Below2 {
    async fn default(&self, x: std::rc::Rc<u32>) -> Result<u32, String> {
        later().await;
        if *x == 0 { Err("zero".into()) } else { Ok(*x + self.declared().await) }
    }

    async fn declared(&self) -> u32;

    fn sync(&self) -> u32 {
        1
    }
}

#[async_trait(?Send)]
impl Above2 for () {
    async fn declared(&self) -> u32 {
        1
    }
}

#[async_trait(?Send)]
impl Below2 for () {
    async fn declared(&self) -> u32 {
        1
    }
}

#[test]
fn on_the_trait() {
    for (function, call) in [
        ("Above2::default", (|x| block_on(Above2::default(&(), x))) as fn(std::rc::Rc<u32>) -> _),
        ("Below2::default", |x| block_on(Below2::default(&(), x))),
    ] {
        let function = format!("function={function}");
        let (value, recorded) = fujita_tests::record(|| call(1.into()));
        assert_eq!(value, Ok(2));
        assert_eq!(recorded.sum("traits_seconds", &[&function, "result=ok"]), 1.0);
        let (value, recorded) = fujita_tests::record(|| call(0.into()));
        assert_eq!(value, Err("zero".to_owned()));
        assert_eq!(recorded.sum("traits_seconds", &[&function, "result=error"]), 1.0);
    }
    let (_, recorded) = fujita_tests::record(|| Above2::sync(&()) + Below2::sync(&()));
    assert_eq!(recorded.sum("traits_seconds", &["function=Above2::sync"]), 1.0);
    assert_eq!(recorded.sum("traits_seconds", &["function=Below2::sync"]), 1.0);
}

/// Lifetimes, pointers and closures, on an implementation that is generic itself.
#[async_trait]
trait Finds<K: Sync>: Send + Sync {
    async fn find<'a>(&'a self, key: &'a K, other: &str) -> Option<&'a K>;
    async fn shared(self: Arc<Self>, pair: (u32, String)) -> Result<u32, String>;
    async fn with(&mut self, by: impl Fn(u32) -> u32 + Send + 'static) -> &mut u32;
    async fn nothing(&self, _: Vec<K>)
    where
        K: Send + 'static,
    {
    }
}

macro_rules! finds {
    ($module:ident, [$($block:tt)*], [$($method:tt)*]) => {
        mod $module {
            use super::*;

            pub(super) struct Table<K>(pub(super) Vec<K>, pub(super) u32);

            $($block)*
            impl<K: PartialEq + Send + Sync> Finds<K> for Table<K> {
                $($method)*
                async fn find<'a>(&'a self, key: &'a K, other: &str) -> Option<&'a K> {
                    later().await;
                    self.0.iter().find(|one| *one == key).filter(|_| other.is_empty())
                }

                $($method)*
                async fn shared(self: Arc<Self>, (x, text): (u32, String)) -> Result<u32, String> {
                    later().await;
                    let more: u32 = text.parse().map_err(|_| text)?;
                    Ok(self.1 + x + more)
                }

                $($method)*
                async fn with(&mut self, by: impl Fn(u32) -> u32 + Send + 'static) -> &mut u32 {
                    later().await;
                    self.1 = by(self.1);
                    &mut self.1
                }
            }
        }
    };
}

finds!(inside, [#[async_trait]], [#[timed]]);
finds!(above, [#[timed] #[async_trait]], []);
finds!(below, [#[async_trait] #[timed]], []);

#[test]
fn generic_implementations() {
    macro_rules! check {
        ($($module:ident)*) => {
            $(
                let module = concat!(module_path!(), "::", stringify!($module));
                let table = || $module::Table(vec![1, 2], 5);
                let (all, found) = (table(), [("Table::find", "ok", 1)]);
                assert_eq!(recorded(module, &found, || block_on(all.find(&2, ""))), Some(&2));
                let failed = [("Table::shared", "error", 1)];
                let shared = |text: &str| block_on(Arc::new(table()).shared((1, text.to_owned())));
                assert_eq!(recorded(module, &failed, || shared("x")), Err("x".to_owned()));
                assert_eq!(recorded(module, &[("Table::shared", "ok", 1)], || shared("2")), Ok(8));
                let mut all = table();
                assert_eq!(*recorded(module, &[("Table::with", "ok", 1)], || block_on(all.with(|x| x + 1))), 6);
                recorded(module, &[], || block_on(all.nothing(vec![1])));
            )*
        };
    }
    check!(inside above below);
}
