//! Sync functions in edition 2015, where paths begin at the crate and `async` is a name.

#![allow(anonymous_parameters, bare_trait_objects, deprecated)]

extern crate core;
extern crate fujita;

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use fujita::{offload, timed};

mod names {
    pub fn async(await: u32, dyn: u32) -> u32 {
        await + dyn
    }
}

#[timed]
pub fn plain(x: u32) -> (u32, u32) {
    (x, x)
}

#[timed]
pub fn value((x, _): (u32, u32), mut y: u32) -> u32 {
    y += names::async(x, 1);
    y
}

#[timed]
pub fn fallible(text: &str) -> Result<u32, std::num::ParseIntError> {
    let x = try!(text.parse::<u32>());
    Ok(x)
}

#[timed]
pub fn option(x: u32) -> Option<u32> {
    Some(x)
}

/// The guard of the `RefCell` is dropped before the `RefCell`.
#[timed]
pub fn temporaries(x: ::std::cell::RefCell<u32>) -> u32 {
    *x.borrow()
}

#[timed(labels(x = x), in_flight, error_kind = |_| "kind", ok_if = |result| result.is_ok())]
pub fn options(x: u32) -> Result<u32, u32> {
    Err(x)
}

#[timed]
#[track_caller]
pub fn tracked(x: u32) -> Result<u32, Box<::std::error::Error>> {
    if x == 0 {
        return Err("zero".into());
    }
    Ok(::std::panic::Location::caller().line())
}

#[timed]
pub fn impl_future(x: u32) -> impl Future<Output = u32> {
    ready(x)
}

#[timed]
pub fn boxed(x: u32) -> Pin<Box<Future<Output = Result<u32, u32>>>> {
    Box::pin(ready(Err(x)))
}

#[timed]
pub fn boxed_early(x: u32) -> Pin<Box<Future<Output = Result<u32, u32>>>> {
    if x == 0 {
        return Box::pin(ready(Ok(x)));
    }
    Box::pin(ready(Err(x)))
}

pub struct Type(pub u32);

#[timed]
impl Type {
    pub fn method(&self) -> u32 {
        self.0
    }

    pub fn by_value(self) -> String {
        self.0.to_string()
    }
}

#[timed]
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[timed]
pub trait Trait {
    fn anonymous(&self, u32) -> u32;

    fn default(&self) -> u32 {
        self.anonymous(1)
    }
}

impl Trait for Type {
    #[timed]
    fn anonymous(&self, x: u32) -> u32 {
        x
    }
}

#[timed]
pub mod block {
    use std::collections::HashMap;

    pub fn function() -> HashMap<u32, u32> {
        HashMap::new()
    }
}

/// Nothing is said of `async` here, and it is one all the same.
#[offload(owned(text), keep_sync = offloaded_sync)]
pub fn offloaded(text: &str, mut y: u32) -> Result<u32, std::num::ParseIntError> {
    y += try!(text.parse::<u32>());
    Ok(names::async(y, 0))
}

impl Type {
    #[offload]
    #[timed]
    pub fn offloaded(self, x: u32) -> u32 {
        self.0 + x
    }
}

#[cfg(test)]
mod tests {
    extern crate fujita_tests;
    extern crate futures;

    use self::fujita_tests::record;
    use self::futures::executor::block_on;
    use super::*;

    #[test]
    fn all() {
        let (_, recorded) = record(|| {
            assert_eq!((plain(1), value((1, 2), 3), option(1)), ((1, 1), 5, Some(1)));
            assert_eq!((fallible("1"), fallible("x").is_err()), (Ok(1), true));
            assert_eq!((temporaries(::std::cell::RefCell::new(1)), options(1)), (1, Err(1)));
            assert_eq!(tracked(1).unwrap(), line!());
            assert!(tracked(0).is_err());
            assert_eq!((block_on(impl_future(1)), block_on(boxed(1))), (1, Err(1)));
            assert_eq!((block_on(boxed_early(0)), block_on(boxed_early(1))), (Ok(0), Err(1)));
            assert_eq!(
                (Type(1).method(), Type(1).by_value(), Type(1).to_string()),
                (1, "1".into(), "1".into())
            );
            assert_eq!((Type(1).default(), block::function().len()), (1, 0));
            let _inline = ::fujita::offload::inline();
            assert_eq!((block_on(offloaded("1", 2)), offloaded_sync("1", 2)), (Ok(3), Ok(3)));
            assert_eq!(block_on(Type(1).offloaded(2)), 3);
        });
        for &(function, ok, error) in &[
            ("plain", 1, 0),
            ("value", 1, 0),
            ("option", 1, 0),
            ("fallible", 1, 1),
            ("temporaries", 1, 0),
            ("options", 0, 1),
            ("tracked", 1, 1),
            ("impl_future", 1, 0),
            ("boxed", 0, 1),
            ("boxed_early", 1, 1),
            ("Type::method", 1, 0),
            ("Type::by_value", 1, 0),
            ("Type::fmt", 1, 0),
            ("Type::anonymous", 1, 0),
            ("Trait::default", 1, 0),
            ("Type::offloaded", 1, 0),
            ("function", 1, 0),
        ] {
            let calls = (recorded.calls(function, "ok"), recorded.calls(function, "error"));
            assert_eq!(calls, (f64::from(ok), f64::from(error)), "{}", function);
        }
        assert_eq!(
            recorded.sum("function_duration_seconds", &["function=options", "x=1", "error=kind"]),
            1.0
        );
    }
}
