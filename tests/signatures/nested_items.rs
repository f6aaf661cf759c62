//! Functions inside other items.

use fujita::timed;

use crate::support::{block_on, later, recorded};

struct Square(u32);

/// A function inside others, each with its own series.
#[timed]
fn outer(x: u32) -> u32 {
    #[timed]
    fn inner(x: u32) -> u32 {
        struct Local(u32);
        impl Local {
            #[timed]
            fn method(&self) -> u32 {
                self.0 + 1
            }
        }
        Local(x).method() + 1
    }
    let closure = |x| {
        #[timed]
        fn in_a_closure(x: u32) -> u32 {
            x
        }
        in_a_closure(x)
    };
    inner(x) + closure(1)
}

const _: () = {
    impl Square {
        #[timed]
        fn in_an_anonymous_constant(&self) -> u32 {
            self.0
        }
    }
};

#[timed]
async fn outer_async() -> u32 {
    #[timed]
    async fn inner() -> u32 {
        later().await;
        1
    }
    inner().await + 1
}

#[test]
fn functions_in_functions() {
    let all = [("outer", "ok", 1), ("inner", "ok", 1), ("Local::method", "ok", 1), ("in_a_closure", "ok", 1)];
    assert_eq!(recorded(module_path!(), &all, || outer(1)), 4);
    let both = [("outer_async", "ok", 1), ("inner", "ok", 1)];
    assert_eq!(recorded(module_path!(), &both, || block_on(outer_async())), 2);
    assert_eq!(ok!("Square::in_an_anonymous_constant", Square(3).in_an_anonymous_constant()), 3);
}
