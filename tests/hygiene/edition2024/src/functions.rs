// Every form of the attribute, in full paths. Included where names are taken.

type Int = ::core::primitive::u32;
type Str = ::core::primitive::str;
type Fallible = ::core::result::Result<Int, Int>;
type Boxed = ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = Fallible>>>;

#[::fujita::timed]
pub fn nothing() {}

#[::fujita::timed]
pub fn plain(x: Int) -> (Int, Int) {
    (x, x)
}

#[::fujita::timed]
pub fn value(x: Int) -> Int {
    x
}

#[::fujita::timed]
pub fn fallible(x: Int) -> Fallible {
    let x = ::core::result::Result::Ok::<Int, Int>(x)?;
    ::core::result::Result::Err(x)
}

#[::fujita::timed]
pub fn hidden(x: Int) -> ::core::result::Result<impl ::core::iter::Iterator<Item = Int>, Int> {
    ::core::result::Result::Ok(0..x)
}

#[::fujita::timed]
#[track_caller]
pub fn tracked(x: Int) -> Fallible {
    if x == 0 {
        return ::core::result::Result::Err(x);
    }
    ::core::result::Result::Ok(x)
}

#[::fujita::timed]
#[track_caller]
pub fn tracked_value(x: Int) -> Int {
    x
}

#[::fujita::timed(
    name = "options_seconds",
    labels(fixed = "yes", x = x),
    max_label_sets = 3,
    ok_if = |result| ::core::result::Result::is_ok(result),
    error_kind = |_| "kind",
    in_flight,
    slow = "1h",
    log = "trace"
)]
pub fn options(x: Int) -> Fallible {
    ::core::result::Result::Err(x)
}

#[::fujita::timed]
pub fn arguments((x, _): (Int, Int), mut y: Int, _: Int, [z, ..]: [Int; 2]) -> Int {
    y += x;
    y + z
}

#[::fujita::timed]
pub async fn asynchronous(x: Int) -> Int {
    x
}

#[::fujita::timed]
pub async fn asynchronous_and_fallible((x, _): (Int, Int)) -> Fallible {
    let x = ::core::result::Result::Ok::<Int, Int>(x)?;
    ::core::result::Result::Err(x)
}

#[::fujita::timed(
    labels(x = x),
    ok_if = |result| ::core::result::Result::is_ok(result),
    error_kind = |_| "kind",
    in_flight,
    busy,
    slow_poll = "1h",
    slow = "1h",
    log = "trace"
)]
pub async fn asynchronous_with_options(x: Int) -> Fallible {
    ::core::result::Result::Err(x)
}

#[::fujita::timed]
pub async fn never() -> ! {
    loop {
        ::core::future::ready(()).await;
    }
}

#[::fujita::timed]
pub fn impl_future(x: Int) -> impl ::core::future::Future<Output = Fallible> {
    ::core::future::ready(::core::result::Result::Err(x))
}

#[::fujita::timed]
pub fn boxed(x: Int) -> Boxed {
    ::std::boxed::Box::pin(async move { ::core::result::Result::Err(x) })
}

#[::fujita::timed]
pub fn boxed_early(x: Int) -> Boxed {
    if x == 0 {
        return ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Ok(x)));
    }
    ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Err(x)))
}

#[::fujita::timed]
pub fn parameters<Result, Option, Site, T>(
    x: Result,
    _: Option,
    _: Site,
) -> ::core::result::Result<Result, T> {
    ::core::result::Result::Ok(x)
}

pub struct Type(pub Int);

#[::fujita::timed]
impl Type {
    pub fn method(&self) -> Int {
        self.0
    }

    pub fn by_value(mut self) -> Fallible {
        self.0 += 1;
        ::core::result::Result::Err(self.0)
    }

    pub async fn asynchronous(&mut self) -> Int {
        self.0 += 1;
        self.0
    }
}

#[::fujita::cached]
pub fn cached_plain(x: Int) -> Int {
    x
}
#[::fujita::cached(ttl = "1s", max_capacity = 3, policy = "lru", tti = "1s", cache_if = |_| true, weigher = |_, _| 1, expire_after = |_, _| ::core::option::Option::None, tags(x), name = "x", handle = h)]
pub fn cached_many(x: &Str, y: Int, (a, _): (Int, Int), _: Int) -> ::core::result::Result<Int, Int> {
    let _ = x;
    ::core::result::Result::Ok(y + a)
}
#[::fujita::cached]
pub fn cached_text(
    x: &Str,
    y: ::core::option::Option<Int>,
    z: &::std::path::Path,
) -> ::core::option::Option<Int> {
    let _ = (x, z);
    y
}
#[::fujita::timed]
#[::fujita::cached]
pub async fn cached_asynchronous(x: &Str) -> ::core::result::Result<Int, Int> {
    let _ = x;
    ::core::result::Result::Ok(1)
}
#[::fujita::timed]
#[::fujita::cached(ttl = "1s", stale_while_revalidate = "1s")]
pub async fn cached_behind(x: &Str) -> ::core::result::Result<Int, Int> {
    let _ = x;
    ::core::result::Result::Ok(1)
}
#[::fujita::cached(ttl = "1s", stale_while_revalidate = "1s")]
pub fn cached_behind_sync(
    x: &Str,
    y: ::std::borrow::Cow<'_, [Int]>,
    z: ::core::option::Option<Int>,
) -> ::core::result::Result<Int, Int> {
    let _ = (x, y, z);
    ::core::result::Result::Ok(1)
}
#[::fujita::cached(key = (x, *y == 1, *y, 7))]
pub fn cached_keyed(x: &Str, y: &Int) -> Int {
    let _ = x;
    *y
}
#[::fujita::cached(key = (x, ::core::cmp::Ord::max(y, &1)))]
pub fn cached_inferred(x: &Str, y: &Int) -> Int {
    let _ = x;
    *y
}
pub struct CachedType(pub Int);
impl CachedType {
    #[::fujita::cached(key = (self.0, x))]
    pub fn method(&self, x: Int) -> Int {
        self.0 + x
    }
    #[::fujita::cached]
    fn associated(x: Int) -> Int {
        x
    }
}
#[::fujita::cached]
pub fn cached_made(x: &Str) -> impl ::core::future::Future<Output = Int> {
    let _ = x;
    async { 1 }
}
#[::fujita::cached]
pub fn cached_boxed(
    x: &Str,
) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = Int> + ::core::marker::Send>> {
    let _ = x;
    ::std::boxed::Box::pin(async { 1 })
}
#[::fujita::timed]
#[::fujita::cached]
pub fn cached_alias(x: &Str) -> CachedAlias {
    let _ = x;
    ::core::result::Result::Ok(1)
}
#[::fujita::cached(cache_err)]
pub fn cached_alias_kept(x: &Str) -> CachedAlias {
    let _ = x;
    ::core::result::Result::Ok(1)
}
pub type CachedAlias = ::core::result::Result<Int, ()>;

#[::fujita::offload]
pub fn offloaded(x: Int) -> Int {
    x
}
#[::fujita::offload(
    pool = "hostile", max_concurrent = 4, on_full = "caller_runs", queue_timeout = "1h", timeout = "2h",
    on_drop = "detach", owned(x, y), name = "x", keep_sync = offloaded_many_sync
)]
pub fn offloaded_many<Fits: ::core::marker::Send + 'static>(
    x: &Str,
    y: ::core::option::Option<&Str>,
    (a, _): (Int, Int),
    b: Fits,
) -> ::core::result::Result<(Int, Fits), ::fujita::OffloadError> {
    let _ = (x, y);
    ::core::result::Result::Ok((a, b))
}
#[::fujita::offload(owned(z))]
pub fn offloaded_alias(z: ::std::borrow::Cow<'_, [Int]>) -> OffloadedAlias {
    let _ = z;
    ::core::result::Result::Ok(1)
}
pub type OffloadedAlias = ::core::result::Result<Int, ()>;
#[::fujita::offload(in_place)]
pub fn offloaded_here(x: &Str) -> &Str {
    x
}
#[::fujita::timed]
#[::fujita::cached]
#[::fujita::offload(owned(x))]
pub fn offloaded_below(x: &Str) -> ::core::result::Result<Int, Int> {
    let _ = x;
    ::core::result::Result::Ok(1)
}
#[::fujita::offload]
#[::fujita::timed]
#[::fujita::cached]
pub fn offloaded_above(x: Int) -> ::core::result::Result<Int, Int> {
    ::core::result::Result::Ok(x)
}
pub struct OffloadedType(pub Int);
impl ::core::clone::Clone for OffloadedType {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}
impl OffloadedType {
    #[::fujita::offload(clone_self)]
    pub fn method(&self, x: Int) -> Int {
        self.0 + x
    }
    #[::fujita::offload(clone_self)]
    fn hidden(&self, body: Int, this: Int, run: Int) -> impl ::core::iter::Iterator<Item = Int> + 'static {
        let sum = self.0 + body + this + run;
        0..sum
    }
    #[::fujita::offload]
    pub fn by_value(mut self) -> Self {
        self.0 += 1;
        self
    }
}
