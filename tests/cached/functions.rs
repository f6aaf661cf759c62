//! Free functions, functions in functions and in macros, generic and recursive ones.

use fujita::cached;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

#[cached]
fn square(n: u64) -> u64 {
    n * n
}

#[cached(ttl = "60s", max_capacity = 100)]
fn search(root: &Path, query: &str) -> Result<Vec<String>, std::num::ParseIntError> {
    let _n: i32 = query.parse()?;
    Ok(vec![root.display().to_string()])
}

#[cached]
pub(crate) fn first(items: &[String]) -> Option<String> {
    items.first().cloned()
}

#[cached]
fn nothing() -> String {
    String::from("x")
}

static CALLS: AtomicUsize = AtomicUsize::new(0);
#[cached]
fn generic<T: std::hash::Hash + Eq + Clone + Send + Sync + ToString + 'static, const N: usize>(
    t: T,
) -> [String; N]
where
    T: Sized,
{
    CALLS.fetch_add(1, SeqCst);
    std::array::from_fn(|_| t.to_string())
}

#[cached]
fn fib(n: u64) -> u64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[cached]
fn lifetimes<'a, 'b: 'a>(a: &'a str, b: &'b str) -> String {
    format!("{a}{b}")
}

#[cached]
fn io(path: &Path) -> std::io::Result<u64> {
    Ok(path.metadata()?.len())
}

type Res = Result<u32, String>;
#[cached]
fn alias(n: u32) -> Res {
    if n == 0 { Err("zero".into()) } else { Ok(n) }
}
#[cached(cache_err)]
fn alias_kept(n: u32) -> Res {
    CALLS2.fetch_add(1, SeqCst);
    if n == 0 { Err("zero".into()) } else { Ok(n) }
}
static CALLS2: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct Borrowed<'a>(&'a str);
#[cached]
fn borrowed_error(a: &str) -> Result<u32, Borrowed<'_>> {
    a.parse().map_err(|_| Borrowed(a))
}
#[cached]
fn borrowed_error2(a: &str) -> Result<u32, &str> {
    a.parse().map_err(|_| a)
}
#[cached]
fn generic_error<E: From<std::num::ParseIntError>>(a: &str) -> Result<u32, E> {
    Ok(a.parse::<u32>()?)
}

fn outer() -> u32 {
    #[cached]
    fn inner(n: u32) -> u32 {
        n + 1
    }
    inner(1) + inner_cache().get(&1).unwrap()
}

macro_rules! make {
    ($name:ident, $t:ty) => {
        #[cached]
        fn $name(x: $t) -> $t {
            x
        }
    };
}
make!(made, u8);
macro_rules! make_in { ($($i:item)*) => { $($i)* } }
make_in! { #[cached] fn made_in(x: u8) -> u8 { x } }

#[cached]
#[track_caller]
fn located(n: u32) -> Result<u32, String> {
    if n == 0 {
        return Ok(std::panic::Location::caller().line());
    }
    let _: u8 = n.to_string().parse().or(Err(std::panic::Location::caller().line().to_string()))?;
    Ok(n)
}

#[fujita::timed]
#[cached]
#[track_caller]
fn located_and_timed((a, _): (u32, u8)) -> u32 {
    a + std::panic::Location::caller().line()
}

#[cached]
#[track_caller]
fn leaves_early(v: &[u32], n: u32) -> u32 {
    fn inner(n: u32) -> u32 {
        return n;
    }
    if n == 0 {
        return std::panic::Location::caller().line();
    }
    let above = v.iter().filter(|x| {
        if **x == 0 {
            return false;
        }
        **x > n
    });
    match above.count() {
        0 | 1 => return inner(n),
        many => many as u32,
    }
}

/// A `return` of a closure is none of the function's.
#[test]
fn track_caller_with_closures_keeps_what_is_returned_early() {
    let line = line!() + 1;
    let call = |n| leaves_early(&[0, 5, 6], n);
    for _ in 0..2 {
        assert_eq!((call(0), call(1), call(7)), (line, 2, 7));
    }
    assert_eq!((leaves_early_cache().stats().hits, leaves_early_cache().entry_count()), (3, 3));
}

#[test]
fn track_caller_names_the_caller_that_loads() {
    let (line, first) = (line!(), located(0));
    assert_eq!((first, located(0)), (Ok(line), Ok(line)));
    let (line, failed) = (line!(), located(1_000));
    assert_eq!(failed, Err(line.to_string()));
    assert_eq!((located(7), located(7), located_cache().entry_count()), (Ok(7), Ok(7), 2));
    let (line, sum) = (line!(), located_and_timed((1, 2)));
    assert_eq!(sum, 1 + line);
    assert_eq!(located_and_timed((1, 2)), sum);
    assert_eq!(located_and_timed_cache().stats().hits, 1);
}

#[test]
fn all() {
    assert_eq!((square(4), square(4)), (16, 16));
    assert_eq!(square_cache().get(&4), Some(16));
    assert_eq!(square_cache().stats().hits, 2);
    assert!(search(Path::new("/"), "x").is_err());
    assert!(search(Path::new("/"), "1").is_ok());
    assert_eq!(search_cache().get(&(PathBuf::from("/"), "1".to_owned())), Some(vec!["/".to_owned()]));
    assert_eq!(search_cache().entry_count(), 1);
    assert_eq!(first(&[]), None);
    assert_eq!(first(&["a".into()]), Some("a".into()));
    assert_eq!(first_cache().entry_count(), 1);
    assert_eq!(nothing(), nothing());
    assert_eq!(nothing_cache().get(&()), Some("x".into()));
    assert_eq!(generic::<_, 2>(1_u8), generic(1_u8));
    assert_eq!(CALLS.load(SeqCst), 1);
    assert_eq!(generic::<_, 2>("a".to_owned()), generic("a".to_owned()));
    assert_eq!(CALLS.load(SeqCst), 2);
    assert_eq!(generic_cache::<u8, 2>().entry_count(), 1);
    assert_eq!(fib(80), 23416728348467685);
    assert_eq!(lifetimes("a", "b"), "ab");
    assert!(io(Path::new("/proc/self/status")).is_ok());
    assert!(alias(0).is_err());
    assert_eq!(alias(1), Ok(1));
    assert_eq!(alias_cache().entry_count(), 1);
    assert!(alias_kept(0).is_err());
    assert!(alias_kept(0).is_err());
    assert_eq!(CALLS2.load(SeqCst), 1);
    assert!(borrowed_error("x").is_err());
    assert_eq!(borrowed_error("1").unwrap(), 1);
    assert!(borrowed_error2("x").is_err());
    assert_eq!(borrowed_error2("1").unwrap(), 1);
    assert!(generic_error::<std::num::ParseIntError>("x").is_err());
    assert!(generic_error::<Box<dyn std::error::Error>>("x").is_err());
    assert_eq!(outer(), 4);
    assert_eq!(made(1) + made_cache().get(&1).unwrap(), 2);
    assert_eq!(made_in(1) + made_in_cache().get(&1).unwrap(), 2);
    let f = fujita::functions();
    assert!(f.iter().any(|f| f.name == "square" && f.layers == ["cached"]));
}

static SHARED: std::sync::LazyLock<fujita::sync::Cache<u8, u8>> =
    std::sync::LazyLock::new(|| fujita::sync::Cache::builder("shared").build());

#[cached(cache = SHARED)]
fn circle_in_a_held_cache(n: u8) -> u8 {
    circle_in_a_held_cache(n)
}

#[fujita::timed]
#[cached(cache = SHARED, key = n)]
fn circle_that_is_timed(n: u8) -> u8 {
    circle_that_is_timed(n)
}

#[cached(name = "circles")]
fn circle_in_a_named_cache(n: u8) -> u8 {
    circle_in_a_named_cache(n)
}

#[cached]
fn circle(n: u8) -> u8 {
    circle(n)
}

struct Circle;

impl Circle {
    #[cached(skip(self), name = "methods")]
    #[track_caller]
    fn method(&self, n: u8) -> u8 {
        self.method(n)
    }

    #[cached(skip(self), name = "async methods")]
    async fn later(&self, n: u8) -> u8 {
        Box::pin(self.later(n)).await
    }

    #[cached(skip(self), name = "made")]
    fn made(&self, n: u8) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async move { Self.made(n).await })
    }
}

/// Whatever the cache is called: somebody looks for the function.
#[test]
fn a_circle_names_its_function() {
    let said = |call: &dyn Fn() -> u8| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_err();
        *panic.downcast::<String>().unwrap()
    };
    let circles: [(&dyn Fn() -> u8, &str, &str); 7] = [
        (&|| circle(1), "circle", ""),
        (&|| circle_in_a_held_cache(1), "circle_in_a_held_cache", "shared"),
        (&|| circle_that_is_timed(1), "circle_that_is_timed", "shared"),
        (&|| circle_in_a_named_cache(1), "circle_in_a_named_cache", "circles"),
        (&|| Circle.method(1), "Circle::method", "methods"),
        (&|| pollster::block_on(Circle.later(1)), "Circle::later", "async methods"),
        (&|| pollster::block_on(Circle.made(1)), "Circle::made", "made"),
    ];
    for (call, function, cache) in circles {
        let said = said(call);
        let path = format!("`{}::{function}` waits for itself", module_path!());
        assert!(said.starts_with(&path), "{said}");
        assert!(cache.is_empty() || said.contains(&format!("the cache `{cache}`")), "{said}");
    }
}
