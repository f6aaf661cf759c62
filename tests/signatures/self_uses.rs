//! Everything that can be done with `self` and `Self` in a body.

use std::fmt;

use fujita::timed;

use crate::support::{block_on, later};

trait Named {
    const NAME: &'static str;
    type Id: fmt::Debug + PartialEq + Default;
    fn kind() -> String;
    fn id(&self) -> Self::Id;
    fn describe(&self) -> String;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Point(u32, u32);

impl fmt::Display for Point {
    #[timed]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(x, y) = self;
        write!(f, "({x}, {y})")
    }
}

impl Named for Point {
    const NAME: &'static str = "point";
    type Id = u64;

    #[timed]
    fn kind() -> String {
        Self::NAME.to_owned()
    }

    #[timed]
    fn id(&self) -> Self::Id {
        Self::Id::from(self.0) + <Self as Named>::Id::default()
    }

    #[timed]
    fn describe(&self) -> String {
        let (kind, id) = (<Self as Named>::kind(), <Self as Named>::id(self));
        format!("{kind} {id}")
    }
}

impl Point {
    const ORIGIN: Self = Self(0, 0);

    #[timed]
    fn new(x: u32) -> Self {
        Self(x, Self::ORIGIN.1)
    }

    #[timed]
    fn in_macros(self) -> Vec<Self> {
        assert!(matches!(self, Self(_, _)));
        vec![self, Self(1, 1), Self::ORIGIN]
    }

    #[timed]
    fn in_a_format_string(self) -> String {
        format!("{self:?}")
    }

    #[timed]
    fn in_nested_items(&self) -> u32 {
        struct Inner(u32);
        impl Inner {
            fn new() -> Self {
                Self(7)
            }
            fn get(&self) -> u32 {
                self.0
            }
        }
        fn twice(point: &Point) -> u32 {
            point.0 * 2
        }
        Inner::new().get() + twice(self)
    }

    #[timed]
    fn in_patterns(self) -> Option<u32> {
        match self {
            Self(0, y) | Self(y, 0) => Some(y),
            Self { 0: x, .. } if x > 5 => None,
            Self(x, y) => Some(x + y),
        }
    }

    #[timed]
    fn in_closures(&mut self) -> u32 {
        let mut add = |by: u32| self.0 += by;
        add(1);
        add(2);
        let read = || Self::new_unmeasured(self.0).0;
        read()
    }

    #[timed]
    fn assigned(&mut self) {
        *self = Self(9, 9);
    }

    #[timed]
    fn taken(&mut self) -> Self {
        std::mem::take(self)
    }

    #[timed]
    fn turbofish(self) -> Result<Self, std::convert::Infallible> {
        Ok::<Self, _>(self)
    }

    #[timed]
    fn of_other_type(&self) -> u32
    where
        Self: Sized + Clone,
    {
        fn of<T: Clone>(value: &T) -> T {
            value.clone()
        }
        of::<Self>(self).1
    }

    fn new_unmeasured(x: u32) -> Self {
        Self(x, 0)
    }

    #[timed]
    async fn in_async(self) -> (Self, Vec<Self>) {
        let inner = async { self };
        later().await;
        let Self(x, _) = inner.await;
        (Self(x, x), vec![Self::ORIGIN, <Self as Default>::default()])
    }

    #[timed]
    async fn in_async_closures(&mut self) -> u32 {
        let mut add = async |by: u32| self.0 += by;
        add(1).await;
        add(2).await;
        (async { self.0 }).await
    }

    #[timed]
    async fn assigned_in_async(&mut self) {
        later().await;
        *self = Self(9, 9);
    }

    #[timed]
    async fn in_async_items(self: &Self) -> Result<u32, fmt::Error> {
        #[derive(Clone)]
        struct Inner<T>(T);
        impl<T: Clone> Inner<T> {
            async fn get(&self) -> T {
                let Self(inner) = self;
                inner.clone()
            }
        }
        Ok(Inner(self.0).get().await)
    }
}

#[test]
fn sync() {
    assert_eq!(ok!("Point::new", Point::new(1)), Point(1, 0));
    assert_eq!(ok!("Point::in_macros", Point(1, 2).in_macros()), [Point(1, 2), Point(1, 1), Point(0, 0)]);
    assert_eq!(ok!("Point::in_a_format_string", Point(1, 2).in_a_format_string()), "Point(1, 2)");
    assert_eq!(ok!("Point::in_nested_items", Point(1, 2).in_nested_items()), 9);
    assert_eq!(ok!("Point::in_patterns", Point(0, 2).in_patterns()), Some(2));
    assert_eq!(ok!("Point::in_patterns", Point(7, 2).in_patterns()), None);
    assert_eq!(ok!("Point::in_closures", Point(1, 2).in_closures()), 4);
    let mut point = Point(1, 2);
    ok!("Point::assigned", point.assigned());
    assert_eq!(ok!("Point::taken", point.taken()), Point(9, 9));
    assert_eq!(point, Point(0, 0));
    assert_eq!(ok!("Point::turbofish", Point(1, 2).turbofish()), Ok(Point(1, 2)));
    assert_eq!(ok!("Point::of_other_type", Point(1, 2).of_other_type()), 2);
}

#[test]
fn in_trait_impls() {
    assert_eq!(ok!("Point::kind", Point::kind()), "point");
    assert_eq!(ok!("Point::id", Point(3, 0).id()), 3_u64);
    assert_eq!(ok!("Point::fmt", Point(3, 0).to_string()), "(3, 0)");
    let described = crate::support::recorded(
        module_path!(),
        &[("Point::describe", "ok", 1), ("Point::id", "ok", 1), ("Point::kind", "ok", 1)],
        || Point(3, 0).describe(),
    );
    assert_eq!(described, "point 3");
}

#[test]
fn asynchronous() {
    let (point, all) = ok!("Point::in_async", block_on(Point(1, 2).in_async()));
    assert_eq!((point, all), (Point(1, 1), vec![Point(0, 0); 2]));
    assert_eq!(ok!("Point::in_async_closures", block_on(Point(1, 2).in_async_closures())), 4);
    let mut point = Point(1, 2);
    ok!("Point::assigned_in_async", block_on(point.assigned_in_async()));
    assert_eq!(ok!("Point::in_async_items", block_on(point.in_async_items())), Ok(9));
}
