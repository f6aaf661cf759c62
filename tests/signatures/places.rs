//! Traits, their implementations, and trait objects.

use std::future::Future;

use fujita::timed;

use crate::support::{block_on, later, recorded};

pub(crate) trait Shape {
    const SIDES: u32 = 3;

    fn declared(&self) -> u32;

    #[timed]
    fn name(&self) -> String {
        format!("shape of {}", Self::SIDES)
    }

    #[timed]
    fn fallible(&self) -> Result<u32, String>
    where
        Self: Sized,
    {
        Err(self.name())
    }

    #[timed]
    fn by_value(self) -> u32
    where
        Self: Sized,
    {
        self.declared()
    }

    #[timed]
    fn stat() -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    #[timed]
    async fn grow(&mut self, by: u32) -> Result<u32, String> {
        later().await;
        Ok(self.declared() + by)
    }

    fn future(&self) -> impl Future<Output = u32> + Send;

    #[timed]
    fn default_future(&self) -> impl Future<Output = Result<u32, ()>> {
        async { Err(()) }
    }

    #[timed]
    fn sides(&self) -> impl Iterator<Item = u32> {
        0..Self::SIDES
    }
}

#[derive(Debug)]
struct Square(u32);

impl Shape for Square {
    const SIDES: u32 = 4;

    #[timed]
    fn declared(&self) -> u32 {
        self.0
    }

    #[timed]
    async fn grow(&mut self, by: u32) -> Result<u32, String> {
        later().await;
        self.0 += by;
        Ok(self.0)
    }

    #[timed]
    fn future(&self) -> impl Future<Output = u32> + Send {
        let side = self.0;
        async move { side }
    }
}

struct Circle;

impl Shape for Circle {
    fn declared(&self) -> u32 {
        1
    }

    async fn future(&self) -> u32 {
        self.declared()
    }
}

#[test]
fn traits() {
    assert_eq!(ok!("Shape::name", Circle.name()), "shape of 3");
    assert_eq!(ok!("Square::declared", Square(2).declared()), 2);
    recorded(module_path!(), &[("Shape::fallible", "error", 1), ("Shape::name", "ok", 1)], || {
        Circle.fallible()
    })
    .unwrap_err();
    assert_eq!(ok!("Shape::by_value", Circle.by_value()), 1);
    assert!(ok!("Shape::stat", Circle::stat()).is_none());
    assert_eq!(ok!("Shape::grow", block_on(Circle.grow(2))), Ok(3));
    assert_eq!(ok!("Square::grow", block_on(Square(1).grow(2))), Ok(3));
    assert_eq!(ok!("Square::future", block_on(Square(5).future())), 5);
    assert_eq!(error!("Shape::default_future", block_on(Square(5).default_future())), Err(()));
    assert_eq!(ok!("Shape::sides", Square(5).sides()).count(), 4);
}

trait Dynamic {
    fn id(&self) -> u32;

    #[timed]
    fn twice(&self) -> u32 {
        self.id() * 2
    }
}

impl dyn Dynamic {
    #[timed(function = "dyn Dynamic::thrice")]
    fn thrice(&self) -> u32 {
        self.id() * 3
    }
}

impl Dynamic for u32 {
    #[timed]
    fn id(&self) -> u32 {
        *self
    }
}

impl<T: Dynamic + ?Sized> Dynamic for Box<T> {
    #[timed]
    fn id(&self) -> u32 {
        (**self).id()
    }
}

impl Dynamic for fn(u32) -> u32 {
    #[timed]
    fn id(&self) -> u32 {
        self(1)
    }
}

impl Dynamic for (u32, &'static str) {
    #[timed]
    fn id(&self) -> u32 {
        self.0
    }
}

impl<T: Dynamic, const N: usize> Dynamic for [T; N] {
    #[timed(function = "array::id")]
    fn id(&self) -> u32 {
        self.iter().map(|one| one.id()).sum()
    }
}

#[test]
fn trait_objects() {
    let boxed: Box<dyn Dynamic> = Box::new(2_u32);
    let once = [("u32::id", "ok", 1)];
    assert_eq!(recorded(module_path!(), &once, || boxed.as_ref().id()), 2);
    assert_eq!(
        recorded(module_path!(), &[("Dynamic::twice", "ok", 1), once[0]], || boxed.as_ref().twice()),
        4
    );
    assert_eq!(recorded(module_path!(), &[("dyn Dynamic::thrice", "ok", 1), once[0]], || boxed.thrice()), 6);
    assert_eq!(recorded(module_path!(), &[("Box::id", "ok", 1), once[0]], || boxed.id()), 2);
    assert_eq!(
        recorded(module_path!(), &[("array::id", "ok", 1), ("u32::id", "ok", 2)], || [1_u32, 2].id()),
        3
    );
}
