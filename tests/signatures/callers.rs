//! `#[track_caller]`.

use std::future::{Future, ready};
use std::panic::Location;
use std::pin::Pin;

use fujita::timed;

use crate::support::{block_on, later, recorded};

#[timed]
#[track_caller]
fn plain() -> (u32, u32) {
    (Location::caller().line(), 0)
}

#[track_caller]
#[timed]
fn unknown() -> u32 {
    Location::caller().line()
}

#[timed]
#[track_caller]
fn result(x: u32) -> Result<u32, u32> {
    let line = Location::caller().line();
    if x == 1 {
        return Ok(line);
    }
    if x == 2 {
        return Err(line);
    }
    if x == 3 {
        Err(line)?;
    }
    Ok(line)
}

#[timed]
#[track_caller]
fn with_closures(x: u32) -> Result<u32, u32> {
    let inner = |y: u32| -> Result<u32, u32> {
        if y == 0 {
            return Err(0);
        }
        Ok(y)
    };
    Ok(inner(x)? + Location::caller().line())
}

/// Leaves the function early with a `Result` that the label must tell, and closures with what it must not.
#[timed]
#[track_caller]
fn with_closures_and_returns(x: u32) -> Result<u32, u32> {
    let inner = |y: u32| -> Result<u32, u32> {
        if y == 0 {
            return Err(0);
        }
        Ok(y)
    };
    match inner(x) {
        Ok(1 | 2) => return Ok(Location::caller().line()),
        Ok(_) => return Err(Location::caller().line()),
        Err(y) => Ok(y),
    }
}

#[timed]
#[track_caller]
fn hidden(x: u32) -> Result<impl Iterator<Item = u32>, u32> {
    let line = Location::caller().line();
    if x == 0 { Err(line) } else { Ok(line..line + 1) }
}

#[timed]
#[track_caller]
fn iterator() -> impl Iterator<Item = u32> {
    std::iter::once(Location::caller().line())
}

#[timed]
#[track_caller]
fn future() -> impl Future<Output = u32> {
    let at = Location::caller();
    async move {
        later().await;
        at.line()
    }
}

#[timed]
#[track_caller]
fn boxed() -> Pin<Box<dyn Future<Output = u32>>> {
    let at = Location::caller();
    Box::pin(async move { at.line() })
}

#[timed]
#[track_caller]
fn boxed_by_alias() -> futures::future::LocalBoxFuture<'static, u32> {
    let line = Location::caller().line();
    let future: Pin<Box<dyn Future<Output = u32>>> = Box::pin(ready(line));
    future
}

#[timed(ok_if = |(_, ok)| *ok)]
#[track_caller]
fn with_ok_if(ok: bool) -> (u32, bool) {
    if !ok {
        return (Location::caller().line(), ok);
    }
    (Location::caller().line(), ok)
}

#[timed(error_kind = |_| "kind")]
#[track_caller]
fn with_error_kind() -> Result<(), u32> {
    Err(Location::caller().line())
}

#[timed]
#[cfg_attr(not(any()), track_caller)]
fn conditional() -> u32 {
    Location::caller().line()
}

#[timed]
#[track_caller]
fn generic<T: Into<u32>>((x, _): (T, T), mut y: u32) -> Option<u32> {
    y += Location::caller().line();
    Some(y + x.into())
}

trait Where {
    #[track_caller]
    fn line(&self) -> u32;

    #[timed]
    #[track_caller]
    fn default(&self) -> u32 {
        Location::caller().line()
    }
}

impl Where for () {
    #[timed]
    #[track_caller]
    fn line(&self) -> u32 {
        Location::caller().line()
    }
}

struct Block;

#[timed]
impl Block {
    #[track_caller]
    fn method(&self) -> u32 {
        Location::caller().line()
    }

    #[cfg_attr(not(any()), track_caller)]
    fn conditional(self) -> Result<u32, ()> {
        Ok(Location::caller().line())
    }
}

#[test]
fn sync() {
    assert_eq!(ok!("plain", plain().0), line!());
    assert_eq!(ok!("unknown", unknown()), line!());
    assert_eq!(ok!("iterator", iterator().next()), Some(line!()));
    assert_eq!(ok!("conditional", conditional()), line!());
    assert_eq!(ok!("generic", generic((0_u8, 1), 0)), Some(line!()));
}

#[test]
fn methods() {
    assert_eq!(recorded(module_path!(), &[("Where::default", "ok", 1)], || ().default()), line!());
    assert_eq!(recorded(module_path!(), &[("()::line", "ok", 1)], || ().line()), line!());
    assert_eq!(ok!("Block::method", Block.method()), line!());
    assert_eq!(ok!("Block::conditional", Block.conditional()), Ok(line!()));
}

#[test]
fn results() {
    assert_eq!(ok!("result", result(0)), Ok(line!()));
    assert_eq!(ok!("result", result(1)), Ok(line!()));
    assert_eq!(error!("result", result(2)), Err(line!()));
    assert_eq!(error!("result", result(3)), Err(line!()));
    assert_eq!(ok!("with_closures", with_closures(1)), Ok(line!() + 1));
    assert_eq!(error!("with_closures", with_closures(0)), Err(0));
    assert_eq!(ok!("with_closures_and_returns", with_closures_and_returns(0)), Ok(0));
    assert_eq!(ok!("with_closures_and_returns", with_closures_and_returns(1)), Ok(line!()));
    assert_eq!(error!("with_closures_and_returns", with_closures_and_returns(3)), Err(line!()));
    assert_eq!(ok!("hidden", hidden(1)).ok().and_then(|mut all| all.next()), Some(line!()));
    assert_eq!(error!("hidden", hidden(0)).err(), Some(line!()));
    assert_eq!(ok!("with_ok_if", with_ok_if(true)), (line!(), true));
    assert_eq!(error!("with_ok_if", with_ok_if(false)), (line!(), false));
    assert_eq!(with_error_kind(), Err(line!()));
}

#[test]
fn futures() {
    assert_eq!(ok!("future", block_on(future())), line!());
    assert_eq!(ok!("boxed", block_on(boxed())), line!());
    assert_eq!(ok!("boxed_by_alias", block_on(boxed_by_alias())), line!());
}
