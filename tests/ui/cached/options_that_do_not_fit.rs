//! Options that do not go together.

use fujita::cached;
use fujita::sync::Cache;
use std::sync::LazyLock;

static CACHE: LazyLock<Cache<u8, u8>> = LazyLock::new(|| Cache::builder("held").build());

#[cached(weigher = |_, _| 1, max_capacity = unbounded)]
fn a37(x: u8) -> u8 { 0 }

#[cached(stale_while_revalidate = "1s")]

fn a38(x: u8) -> u8 { 0 }

#[cached(stale_while_revalidate)]

fn a39(x: u8) -> u8 { 0 }

#[cached(stale_if_error = "1s")]

fn a40(x: u8) -> u8 { 0 }

#[cached(cache = CACHE, ttl = "1s", max_capacity = 3, name = "x", handle = y, stale_while_revalidate = "1s", cache_if = |_| true)]

fn a41(x: u8) -> u8 { 0 }

#[cached(cache = CACHE, cache_err = "1s")]

fn a41b(x: u8) -> Result<u8, u8> { Ok(0) }

#[cached(cache_err)]

fn a51(x: u8) -> u8 { 0 }

#[cached(cache_none)]

fn a52(x: u8) -> Result<u8, u8> { Ok(0) }

#[cached(cache_err)]

fn a53(x: u8) -> Option<u8> { None }

fn main() {}
