//! Options as they are called in other caches.

use fujita::cached;

#[cached(time = 60, size = 100)]
fn a1(x: u8) -> u8 { x }

#[cached(max_size = 10_000, ttl_secs = 5)]

fn a2(x: u8) -> u8 { x }

#[cached(result = true, option = true)]

fn a3(x: u8) -> u8 { x }

#[cached(sync_writes)]

fn a4(x: u8) -> u8 { x }

#[cached(key = "String", convert = r#"{ format!("{x}") }"#)]

fn a5(x: u8) -> u8 { x }

#[cached(Capacity = 100, TimeToLive = LONG, Ignore = x)]

fn a6(x: u8) -> u8 { x }

#[cached(Capacity: 100)]

fn a7(x: u8) -> u8 { x }

#[cached(key = "#x.id", unless = "#result == null")]

fn a8(x: u8) -> u8 { x }

#[cached(maximumSize = 100, expireAfterAccess = 60, refreshAfterWrite = 60)]

fn a9(x: u8) -> u8 { x }

fn main() {}
