//! `#[cached]` beside moka by hand and its peers.
//!
//! ```text
//! cargo bench -p fujita-benches --bench cached
//! ```
//!
//! Each function of `cached/by_str.rs` and `cached/by_pair.rs` is a row of the table, once with keys that are there and
//! once with keys that never are.

#[path = "cached/by_pair.rs"]
mod by_pair;
#[path = "cached/by_str.rs"]
mod by_str;

use std::time::Duration;

use fujita_benches::{
    Against, Bench, Budget, Contender, FreshPairs, FreshStrings, Group, Limit, ResidentPairs,
    ResidentStrings, await_with, call_with, prometheus,
};

const TTL: Duration = Duration::from_mins(1);
const CAPACITY: u64 = 10_000;

fn main() {
    fujita_benches::run(&Bench {
        groups: &GROUPS,
        budgets: &BUDGETS,
        threads: &[1, 2, 4],
        against: Against::First("moka"),
        // Of keys that never come back: more than a full cache.
        warm_up: 3 * CAPACITY,
        cannot: &CANNOT,
    });
}

const HIT_STR: &str = "hit, `&str`";
const HIT_PAIR: &str = "hit, `(u64, u32)`";
const HIT_NOBODY: &str = "hit, `&str`, nobody listens";
const MISS_STR: &str = "miss, `&str`";
const MISS_PAIR: &str = "miss, `(u64, u32)`";
const MISS_NOBODY: &str = "miss, `&str`, nobody listens";

const OURS: &str = "#[cached]";
const OURS_ASYNC: &str = "#[cached] async";

const BUDGETS: [Budget; 18] = {
    const fn times(group: &'static str, name: &'static str, limit: f64) -> Budget {
        Budget { group, name, limit: Limit::Times(limit) }
    }
    const fn no_allocation(group: &'static str, name: &'static str) -> Budget {
        // Not of its own: now and then moka's housekeeping, in the midst of a hit, allocates what it frees by.
        Budget { group, name, limit: Limit::Allocations(0.01) }
    }
    [
        times(HIT_STR, OURS, 1.10),
        times(HIT_STR, OURS_ASYNC, 1.10),
        times(HIT_PAIR, OURS, 1.10),
        times(HIT_PAIR, OURS_ASYNC, 1.10),
        times(HIT_NOBODY, OURS, 1.10),
        times(HIT_NOBODY, OURS_ASYNC, 1.10),
        no_allocation(HIT_STR, OURS),
        no_allocation(HIT_STR, OURS_ASYNC),
        no_allocation(HIT_PAIR, OURS),
        no_allocation(HIT_PAIR, OURS_ASYNC),
        no_allocation(HIT_NOBODY, OURS),
        no_allocation(HIT_NOBODY, OURS_ASYNC),
        times(MISS_STR, OURS, 1.25),
        times(MISS_STR, OURS_ASYNC, 1.25),
        times(MISS_PAIR, OURS, 1.25),
        times(MISS_PAIR, OURS_ASYNC, 1.25),
        times(MISS_NOBODY, OURS, 1.25),
        times(MISS_NOBODY, OURS_ASYNC, 1.25),
    ]
};

const NO_BOUND: &str = "cached: plain (has no bound)";
const NO_BOUND_ASYNC: &str = "cached: plain, async (has no bound)";
const NO_BOUND_MEMOIZE: &str = "memoize (a cache without bound for each thread)";
const NO_FUTURES: &str = "memoize, async (does not take async functions)";

const CANNOT: [(&str, &str); 10] = [
    (HIT_STR, NO_FUTURES),
    (HIT_PAIR, NO_FUTURES),
    (MISS_STR, NO_BOUND),
    (MISS_STR, NO_BOUND_ASYNC),
    (MISS_STR, NO_BOUND_MEMOIZE),
    (MISS_STR, NO_FUTURES),
    (MISS_PAIR, NO_BOUND),
    (MISS_PAIR, NO_BOUND_ASYNC),
    (MISS_PAIR, NO_BOUND_MEMOIZE),
    (MISS_PAIR, NO_FUTURES),
];

/// Rows for the functions of a module, sync ones and async ones, called with keys of a series. `$key` is a pattern in
/// parentheses, and so are the arguments of a call.
macro_rules! rows {
    (
        $keys:ident, $module:ident $key:tt;
        $($name:expr => $function:ident,)+;
        $($async_name:expr => $async_function:ident,)+
    ) => {
        &[
            $(Contender::sync($name, |calls| {
                #[allow(unused_parens, reason = "a tuple, where there are several")]
                call_with::<$keys, _>(calls, |$key| $module::$function $key)
            }),)+
            $(Contender::future($async_name, |calls| {
                #[allow(unused_parens, reason = "a tuple, where there are several")]
                await_with::<$keys, _>(calls, async |$key| $module::$async_function $key.await)
            }),)+
        ]
    };
}

/// Everyone, with keys that are there.
macro_rules! hits {
    ($keys:ident, $module:ident $key:tt) => {
        rows! {
            $keys, $module $key;
            "moka get" => moka_get,
            "moka get_with" => moka_get_with,
            OURS => ours,
            "#[cached(hasher = foldhash)]" => ours_foldhash,
            "quick_cache get (no ttl)" => quick_get,
            "quick_cache get_or_insert_with (no ttl)" => quick_get_or_insert_with,
            "cached: plain" => cached_plain,
            "cached: size, ttl" => cached_bounded,
            "cached: size, ttl, by_key" => cached_by_key,
            "cached: concurrent, size, ttl" => cached_concurrent,
            "memoize (a cache for each thread)" => memoize_plain,
            "memoize: shared, size, ttl" => memoize_shared,
            ;
            "moka::future get" => moka_future_get,
            "moka::future get_with" => moka_future_get_with,
            OURS_ASYNC => ours_async,
            "quick_cache get_or_insert_async (no ttl)" => quick_get_or_insert_async,
            "cached: plain, async" => cached_plain_async,
            "cached: size, ttl, async" => cached_bounded_async,
            "cached: size, ttl, by_key, async" => cached_by_key_async,
            "cached: concurrent, size, ttl, async" => cached_concurrent_async,
        }
    };
}

/// Everyone who has a bound, with keys that never are there.
macro_rules! misses {
    ($keys:ident, $module:ident $key:tt) => {
        rows! {
            $keys, $module $key;
            "moka get_with" => moka_get_with,
            "moka get, then insert (no single flight)" => moka_get,
            "moka get_with, with a listener" => moka_listener_get_with,
            OURS => ours,
            "#[cached(hasher = foldhash)]" => ours_foldhash,
            "quick_cache get_or_insert_with (no ttl)" => quick_get_or_insert_with,
            "cached: size, ttl (no single flight)" => cached_bounded,
            "cached: size, ttl, by_key" => cached_by_key,
            "cached: concurrent, size, ttl (no single flight)" => cached_concurrent,
            "memoize: shared, size, ttl" => memoize_shared,
            ;
            "moka::future get_with" => moka_future_get_with,
            "moka::future get, then insert (no single flight)" => moka_future_get,
            OURS_ASYNC => ours_async,
            "quick_cache get_or_insert_async (no ttl)" => quick_get_or_insert_async,
            "cached: size, ttl, async (no single flight)" => cached_bounded_async,
            "cached: size, ttl, by_key, async" => cached_by_key_async,
            "cached: concurrent, size, ttl, async (no single flight)" => cached_concurrent_async,
        }
    };
}

const GROUPS: [Group; 6] = [
    Group { name: HIT_STR, set_up: prometheus, contenders: hits!(ResidentStrings, by_str(key)) },
    Group { name: HIT_PAIR, set_up: prometheus, contenders: hits!(ResidentPairs, by_pair(id, shard)) },
    Group {
        name: HIT_NOBODY,
        set_up: || Box::new(|| ()),
        contenders: rows! {
            ResidentStrings, by_str(key);
            "moka get" => moka_get,
            OURS => ours,
            ;
            "moka::future get" => moka_future_get,
            OURS_ASYNC => ours_async,
        },
    },
    Group { name: MISS_STR, set_up: prometheus, contenders: misses!(FreshStrings, by_str(key)) },
    Group { name: MISS_PAIR, set_up: prometheus, contenders: misses!(FreshPairs, by_pair(id, shard)) },
    Group {
        name: MISS_NOBODY,
        set_up: || Box::new(|| ()),
        contenders: rows! {
            FreshStrings, by_str(key);
            "moka get_with" => moka_get_with,
            OURS => ours,
            ;
            "moka::future get_with" => moka_future_get_with,
            OURS_ASYNC => ours_async,
        },
    },
];
