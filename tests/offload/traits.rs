//! Functions of traits, where nothing can stand beside them.

use std::thread::ThreadId;

use fujita::{cached, offload, timed};

use crate::{elsewhere, here};

trait Store {
    async fn get(&self, key: u8) -> (u8, ThreadId);
    fn put(&self, key: u8, text: &str) -> impl Future<Output = Result<String, String>> + Send;
    async fn make(n: u8) -> Self
    where
        Self: Sized;
    async fn consume(self) -> u8
    where
        Self: Sized;
    async fn len(&self, text: &str) -> usize;
    #[offload]
    fn default_associated(n: u8) -> u8 {
        n + 1
    }
    #[offload(clone_self)]
    fn default_method(&self, n: u8) -> u8
    where
        Self: Clone + Send + 'static,
    {
        self.sync(n)
    }
    #[offload(in_place)]
    fn default_in_place(&self, text: &str) -> usize {
        usize::from(self.sync(1)) + text.len()
    }
    fn sync(&self, n: u8) -> u8;
}

#[derive(Clone, Debug)]
struct Memory(u8);

impl Store for Memory {
    #[offload(clone_self)]
    fn get(&self, key: u8) -> (u8, ThreadId) {
        (self.0 + key, here())
    }
    #[offload(clone_self, owned(text))]
    fn put(&self, key: u8, text: &str) -> Result<String, String> {
        use self::helper::{self, twice};
        struct Local(u8);
        impl Local {
            fn get(&self) -> u8 {
                self.0
            }
        }
        let local = Local(self.0);
        let closure = |n: u8| n + self.0;
        let text = format!("{self:?} {} {text} {{self}} {:?}", self.0, Some(self).map(|this| this.0));
        helper::check(local.get())?;
        Ok(format!("{text} {} {}", closure(key), twice(local.get())))
    }
    #[offload]
    fn make(n: u8) -> Self {
        Self(n)
    }
    #[offload]
    fn consume(self) -> u8 {
        self.0
    }
    #[timed]
    #[cached(skip(self))]
    #[offload(clone_self, owned(text))]
    fn len(&self, text: &str) -> usize {
        text.len() + usize::from(self.0)
    }
    fn sync(&self, n: u8) -> u8 {
        self.0 + n
    }
}

mod helper {
    pub(super) fn twice(n: u8) -> u8 {
        n * 2
    }
    pub(super) fn check(n: u8) -> Result<(), String> {
        if n == 0 { Err("zero".to_owned()) } else { Ok(()) }
    }
}

struct Inside(u8);
impl Clone for Inside {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}
trait Get {
    async fn get(&self, key: u8) -> u8;
}
impl Get for Inside {
    #[offload(clone_self)]
    #[timed]
    #[cached(key = (self.0, key))]
    fn get(&self, key: u8) -> u8 {
        self.0 + key
    }
}
impl<T: Clone + Send + 'static> Get for Vec<T> {
    #[offload(clone_self)]
    fn get(&self, key: u8) -> u8 {
        let Self { .. } = self;
        self.len() as u8 + key
    }
}

#[tokio::test]
async fn all() {
    let memory = Memory::make(1).await;
    let (value, thread) = memory.get(2).await;
    assert_eq!(value, 3);
    elsewhere(thread);
    assert_eq!(memory.put(2, "x").await.unwrap(), "Memory(1) 1 x {self} Some(1) 3 2");
    assert_eq!(Memory(0).put(2, "x").await.unwrap_err(), "zero");
    assert_eq!(Memory(7).consume().await, 7);
    assert_eq!((memory.len("ab").await, memory.len("ab").await), (3, 3));
    assert_eq!(Memory::default_associated(1).await, 2);
    assert_eq!((memory.default_method(1).await, memory.default_in_place("ab").await), (2, 4));
    assert_eq!((Inside(1).get(2).await, Inside(1).get(2).await, vec![1].get(2).await), (3, 3, 3));
}
