//! `self`, and what can stand beside a method.

use std::pin::Pin;

use fujita::offload;

#[derive(Clone)]
struct Shop(u8);

impl Shop {
    #[offload]
    fn shared(&self) -> u8 {
        self.0
    }

    #[offload]
    fn mutable(&mut self) {}

    #[offload]
    fn spelled(self: &Self) {}

    #[offload]
    fn pinned(self: Pin<&mut Self>) {}

    #[offload(clone_self)]
    fn cloned_mutably(&mut self) {}

    #[offload(clone_self)]
    fn cloned_pinned(self: Pin<&mut Self>) {}

    #[offload(clone_self)]
    fn cloned_behind(self: &std::sync::Arc<Self>) {}

    #[offload(clone_self)]
    fn cloned_but_owned(self) {}

    #[offload(clone_self)]
    fn cloned_arc(self: std::sync::Arc<Self>) {}

    #[offload(clone_self)]
    fn cloned_nothing() {}
}

struct NoClone(u8);

impl NoClone {
    #[offload(clone_self)]
    fn cloned(&self) -> u8 {
        self.0
    }
}

#[derive(Clone)]
struct NotSend(std::rc::Rc<u8>);

impl NotSend {
    #[offload(clone_self)]
    fn cloned(&self) -> u8 {
        1
    }

    #[offload]
    fn moved(self) -> u8 {
        1
    }
}

trait Get {
    async fn get(&self) -> u8;
}

impl Get for Shop {
    #[offload(clone_self, keep_sync = get_sync)]
    fn get(&self) -> u8 {
        self.0
    }
}

impl Get for NoClone {
    #[offload(clone_self)]
    fn get(&self) -> u8 {
        self.0
    }
}

trait Anybody {
    #[offload(clone_self)]
    fn unbound(&self) -> u8 {
        self.count()
    }

    #[offload(clone_self)]
    fn not_send(&self) -> u8
    where
        Self: Clone + 'static,
    {
        self.count()
    }

    #[offload(clone_self)]
    fn not_static(&self) -> u8
    where
        Self: Clone + Send,
    {
        self.count()
    }

    #[offload(clone_self)]
    fn fine(&self) -> u8
    where
        Self: Clone + Send + 'static,
    {
        self.count()
    }

    fn count(&self) -> u8;
}

struct Of<T>(T);

impl<T: Clone> Of<T> {
    #[offload]
    fn parameter(v: T) -> Vec<T> {
        vec![v]
    }

    #[offload(clone_self)]
    fn cloned(&self) -> u8 {
        1
    }

    #[offload(on_full = "reject")]
    fn refused() -> T {
        loop {}
    }
}

fn main() {}
