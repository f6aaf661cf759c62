//! Arguments that cannot be part of a key.

use fujita::cached;

#[cached]
fn a1(x: f64) -> u8 { 0 }

#[cached]

fn a2(a: u8, x: f32, c: &str) -> u8 { 0 }

#[cached]

fn a3(v: Vec<f64>) -> u8 { 0 }

#[cached]

fn a4(v: &[f64]) -> u8 { 0 }

#[cached]

fn a5(buf: &mut Vec<u8>) -> u8 { 0 }

#[cached]

fn a6(x: impl ToString, n: u8) -> u8 { 0 }

#[cached]

fn a7<F: Fn() -> u8>(f: F) -> u8 { 0 }

#[cached]

fn a8(f: &dyn Fn() -> u8) -> u8 { 0 }

#[cached]

fn a9(x: std::slice::Iter<'_, u8>) -> u8 { 0 }

#[cached]

fn a10(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8) -> u8 { 0 }

fn main() {}
