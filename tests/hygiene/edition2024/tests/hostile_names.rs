//! What the functions among hostile names return and record.

use fujita_tests::record;
use futures::executor::block_on;

macro_rules! hostile {
    ($($module:ident)*) => {
        $(
            #[test]
            fn $module() {
                use hostile::$module::*;
                let (_, recorded) = record(|| {
                    nothing();
                    assert_eq!((plain(1), value(2), fallible(3)), ((1, 1), 2, Err(3)));
                    assert_eq!(hidden(3).unwrap().count(), 3);
                    assert_eq!((tracked(0), tracked(1), tracked_value(2)), (Err(0), Ok(1), 2));
                    assert_eq!((options(1), arguments((1, 2), 3, 4, [5, 6])), (Err(1), 9));
                    assert_eq!(block_on(asynchronous(1)), 1);
                    assert_eq!(block_on(asynchronous_and_fallible((1, 2))), Err(1));
                    assert_eq!(block_on(asynchronous_with_options(1)), Err(1));
                    assert_eq!(block_on(impl_future(1)), Err(1));
                    assert_eq!((block_on(boxed(1)), block_on(boxed_early(0)), block_on(boxed_early(1))), (Err(1), Ok(0), Err(1)));
                    assert_eq!(parameters::<_, _, _, ()>(1, 2, 3), Ok(1));
                    assert_eq!((Type(1).method(), Type(1).by_value(), block_on(Type(1).asynchronous())), (1, Err(2), 2));
                    drop(never());
                    let _inline = fujita::offload::inline();
                    assert_eq!((block_on(offloaded(1)), block_on(offloaded_here("a"))), (1, "a"));
                    assert_eq!(block_on(offloaded_alias(vec![1].into())), Ok(1));
                    assert_eq!((block_on(offloaded_below("a")), block_on(offloaded_above(2))), (Ok(1), Ok(2)));
                    assert_eq!(block_on(OffloadedType(1).method(2)), 3);
                    assert_eq!(block_on(OffloadedType(1).by_value()).0, 2);
                });
                for (function, ok, error) in [
                    ("nothing", 1, 0),
                    ("plain", 1, 0),
                    ("value", 1, 0),
                    ("fallible", 0, 1),
                    ("hidden", 1, 0),
                    ("tracked", 1, 1),
                    ("tracked_value", 1, 0),
                    ("arguments", 1, 0),
                    ("asynchronous", 1, 0),
                    ("asynchronous_and_fallible", 0, 1),
                    ("asynchronous_with_options", 0, 1),
                    ("impl_future", 0, 1),
                    ("boxed", 0, 1),
                    ("boxed_early", 1, 1),
                    ("parameters", 1, 0),
                    ("Type::method", 1, 0),
                    ("Type::by_value", 0, 1),
                    ("Type::asynchronous", 1, 0),
                ] {
                    let calls = (recorded.calls(function, "ok"), recorded.calls(function, "error"));
                    assert_eq!(calls, (f64::from(ok), f64::from(error)), "{}", function);
                }
                assert_eq!(recorded.sum("options_seconds", &["fixed=yes", "x=1", "error=kind"]), 1.0);
            }
        )*
    };
}

hostile!(among_types among_methods_by_value among_methods_by_ref among_methods_by_mut);
