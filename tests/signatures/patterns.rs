//! Arguments that are patterns.

use fujita::timed;

use crate::support::{block_on, later};

#[derive(Debug, Clone, PartialEq)]
struct Named {
    id: u32,
    name: String,
    more: Vec<u32>,
}

struct Tuple(u32, String);
struct Unit;
const ZERO: () = ();

fn named() -> Named {
    Named { id: 1, name: "n".into(), more: vec![2] }
}

macro_rules! pair {
    ($left:ident) => {
        ($left, _)
    };
}

#[timed]
fn mutable(mut count: u32, mut text: String) -> String {
    count += 1;
    text.push_str(&count.to_string());
    text
}

#[timed]
fn ignored(_: String, _: u32, _named: u8) -> u64 {
    1
}

#[timed]
fn tuples((a, (mut b, _)): (u32, (u32, String)), (): ()) -> u32 {
    b += a;
    b
}

#[timed]
fn structs(Named { id, ref name, .. }: Named, Tuple(x, mut y): Tuple) -> String {
    y.push_str(name);
    format!("{id}{x}{y}")
}

#[timed]
fn by_ref(ref text: String, ref mut count: u32) -> usize {
    *count += 1;
    text.len() + *count as usize
}

#[timed]
fn references(&a: &u32, &mut b: &mut u32, &(c, ref d): &(u32, String)) -> usize {
    (a + b + c) as usize + d.len()
}

#[timed]
fn arrays([first, .., last]: [u32; 4], [a, rest @ ..]: [u32; 3]) -> u32 {
    first + last + a + rest[1]
}

#[timed]
fn bound(whole @ (a, _): (u32, u32), Named { id: renamed @ 0..=u32::MAX, name: _, more }: Named) -> u32 {
    whole.1 + a + renamed + more[0]
}

#[timed]
fn alternatives((Ok(x) | Err(x)): Result<u32, u32>) -> u32 {
    x
}

#[timed]
fn paths(Unit: Unit, ZERO: (), self::Unit: Unit) -> u32 {
    1
}

#[timed]
fn from_a_macro(pair!(x): (u32, u32)) -> u32 {
    x
}

#[timed]
fn in_a_plain_form((a, b): (u32, u32), mut c: u32, _: u32) -> (u32, u32) {
    c += a;
    (b, c)
}

#[timed(labels(a = a, b = b))]
fn read_by_labels((a, b): (u32, u32)) -> (u32, u32) {
    (b, a)
}

#[timed]
async fn asynchronously(
    mut a: u32,
    _: String,
    (b, mut c): (u32, u32),
    Named { ref name, more, .. }: Named,
    &d: &u32,
    ref mut e: u32,
    [f, ..]: [u32; 2],
    _unused: u8,
) -> u32 {
    a += 1;
    c += 1;
    later().await;
    *e += name.len() as u32;
    a + b + c + more[0] + d + *e + f
}

#[timed]
async fn mutable_async(mut all: Vec<u32>) -> Vec<u32> {
    all.push(1);
    later().await;
    all.push(2);
    all
}

#[test]
fn sync() {
    assert_eq!(ok!("mutable", mutable(1, "a".into())), "a2");
    assert_eq!(ok!("ignored", ignored("a".into(), 1, 2)), 1);
    assert_eq!(ok!("tuples", tuples((1, (2, "a".into())), ())), 3);
    assert_eq!(ok!("structs", structs(named(), Tuple(2, "t".into()))), "12tn");
    assert_eq!(ok!("by_ref", by_ref("abc".into(), 1)), 5);
    assert_eq!(ok!("references", references(&1, &mut 2, &(3, "a".into()))), 7);
    assert_eq!(ok!("arrays", arrays([1, 2, 3, 4], [1, 2, 3])), 9);
    assert_eq!(ok!("bound", bound((1, 2), named())), 6);
    assert_eq!(ok!("alternatives", alternatives(Err(3))), 3);
    assert_eq!(ok!("paths", paths(Unit, (), Unit)), 1);
    assert_eq!(ok!("from_a_macro", from_a_macro((1, 2))), 1);
    assert_eq!(ok!("in_a_plain_form", in_a_plain_form((1, 2), 3, 4)), (2, 4));
}

#[test]
fn asynchronous() {
    let sum =
        ok!("asynchronously", block_on(asynchronously(1, "a".into(), (2, 3), named(), &4, 5, [6, 7], 8)));
    assert_eq!(sum, 2 + 2 + 4 + 2 + 4 + 6 + 6);
    assert_eq!(ok!("mutable_async", block_on(mutable_async(vec![0]))), [0, 1, 2]);
}

#[test]
fn labels_see_what_patterns_bind() {
    let (value, recorded) = fujita_tests::record(|| read_by_labels((1, 2)));
    assert_eq!(value, (2, 1));
    assert_eq!(recorded.sum("function_duration_seconds", &["a=1", "b=2"]), 1.0);
}
