//! Options that do not exist, or are written in another way.

use fujita::cached;

#[cached(x: u8 = 3)]
fn a21(x: u8) -> u8 { 0 }

#[cached(ttl: u8 = "3s")]

fn a22(x: u8) -> u8 { 0 }

#[cached(key: u8)]

fn a23(x: u8) -> u8 { 0 }

#[cached(ttl = 60)]

fn a24(x: u8) -> u8 { 0 }

#[cached(ttl = "60")]

fn a25(x: u8) -> u8 { 0 }

#[cached(ttl)]

fn a26(x: u8) -> u8 { 0 }

#[cached(size = 60)]

fn a27(x: u8) -> u8 { 0 }

#[cached(max_capcity = 60)]

fn a28(x: u8) -> u8 { 0 }

#[cached(policy = "fifo")]

fn a29(x: u8) -> u8 { 0 }

#[cached(cache_if = true)]

fn a30(x: u8) -> u8 { 0 }

#[cached(tags())]

fn a31(x: u8) -> u8 { 0 }

#[cached(tags = "x")]

fn a32(x: u8) -> u8 { 0 }

#[cached(name = "")]

fn a33(x: u8) -> u8 { 0 }

#[cached(handle = "x")]

fn a34(x: u8) -> u8 { 0 }

#[cached(handle = a35)]

fn a35(x: u8) -> u8 { 0 }

#[cached(hasher = 3)]

fn a36(x: u8) -> u8 { 0 }

#[cached(ttl = "1s", ttl = "2s")]

fn d5(n: u8) -> u8 { n }

fn main() {}
