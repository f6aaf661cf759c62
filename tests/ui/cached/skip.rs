//! `skip` and `key`.

use fujita::cached;

#[cached(skip(y))]
fn a11(x: u8) -> u8 { 0 }

#[cached(skip(nane))]

fn a12(name: u8, b: u8) -> u8 { 0 }

#[cached(skip(xxx))]

fn a13(name: u8, b: u8) -> u8 { 0 }

#[cached(skip(self))]

fn a14(name: u8, b: u8) -> u8 { 0 }

#[cached(skip(a))]

fn a15((a, b): (u8, u8)) -> u8 { 0 }

#[cached(skip(a, a))]

fn a16(a: u8) -> u8 { 0 }

#[cached(skip())]

fn a17(a: u8) -> u8 { 0 }

#[cached(key = b, skip(a))]

fn a18(a: u8, b: u8) -> u8 { 0 }

#[cached(key = x)]

fn a19(x: f64) -> u8 { 0 }

#[cached(key = (a, x))]

fn a20(a: u8, x: &[f64]) -> u8 { 0 }

fn main() {}
