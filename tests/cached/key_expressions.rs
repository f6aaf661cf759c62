//! Every kind of `key` whose type its tokens tell: the companion takes it, and nothing else has to be written.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fujita::cached;

/// A function with a `key`, called, and its companion asked for what the key must be then.
macro_rules! keys {
    ($($name:ident($($argument:ident: $of:ty = $value:expr),*) by $key:expr => $owned:expr;)*) => { $(
        #[test]
        fn $name() {
            #[cached(key = $key)]
            fn function($($argument: $of),*) -> u8 {
                $(let _ = &$argument;)*
                7
            }
            assert_eq!(function($($value),*), 7);
            let cache = function_cache();
            assert_eq!(cache.get(&$owned), Some(7), "{}", stringify!($key));
            cache.invalidate(&$owned);
            assert!(!cache.contains_key(&$owned));
        }
    )* };
}

keys! {
    remainder(id: u64 = 27) by id % 10 => 7_u64;
    remainder_of_reference(id: &u64 = &27) by id % 10 => 7_u64;
    remainder_of_what_is_behind(id: &u8 = &27) by *id % 10 => 7_u8;
    number_first(n: i16 = 3) by 10 - n => 7_i16;
    with_suffix(n: u8 = 3) by n + 4_u8 => 7_u8;
    sum(a: u32 = 1, b: u32 = 2) by a + b => 3_u32;
    sum_of_references(a: &u32 = &1, b: &u32 = &2) by a + b => 3_u32;
    of_several(a: i64 = 1, b: &i64 = &2) by (a * 2 - b / 3) & 0xff => 2_i64;
    bits(x: u32 = 0x1234) by x & 0xff => 0x34_u32;
    bits_of_bools(a: bool = true, b: bool = false) by (a ^ b, a & b | b) => (true, false);
    shift(x: u32 = 8, by: u8 = 2) by (x >> by, x << 1) => (2_u32, 16_u32);
    not(flag: bool = true) by !flag => false;
    not_bits(x: u8 = 1) by !x => 254_u8;
    negative(x: i32 = 1) by -x => -1_i32;
    absolute(x: i64 = -7) by x.abs() => 7_i64;
    absolute_of_reference(x: &i64 = &-7) by x.abs() => 7_i64;
    unsigned(x: i64 = -7, y: isize = 1) by (x.unsigned_abs(), x.abs_diff(2), y.unsigned_abs()) => (7_u64, 9_u64, 1_usize);
    powers(x: u32 = 3) by (x.pow(2), x.wrapping_add(1), x.saturating_sub(9), x.checked_sub(9), x.overflowing_add(1))
        => (9_u32, 4_u32, 0_u32, None::<u32>, (4_u32, false));
    euclid(x: i32 = -7) by (x.rem_euclid(5), x.signum(), x.is_negative(), x.count_ones()) => (3_i32, -1_i32, true, 30_u32);
    unordered(a: u32 = 5, b: u32 = 4) by (a.min(b), a.max(b)) => (4_u32, 5_u32);
    unordered_references(a: &u32 = &5, b: &u32 = &4) by (a.min(b), a.max(b)) => (4_u32, 5_u32);
    unordered_texts(a: &str = "b", b: &str = "a") by (a.min(b), a.max(b)) => ("a".to_owned(), "b".to_owned());
    by_path(a: u32 = 5, b: u32 = 4) by (u32::min(a, b), std::cmp::max(a, b), i64::from(a).abs()) => (4_u32, 5_u32, 5_i64);
    clamped(x: u8 = 200) by x.clamp(1, 100) => 100_u8;
    float(x: f64 = 1.4, y: f32 = 2.0) by (x.round().to_bits(), (y * 2.0).to_bits(), x.is_nan()) => (1.0_f64.to_bits(), 4.0_f32.to_bits(), false);
    float_cast(x: f64 = 1.4) by (x * 10.0) as u64 % 10 => 4_u64;
    letters(c: char = 'A') by (c.to_ascii_lowercase(), c.is_alphabetic(), c.len_utf8(), c as u32) => ('a', true, 1_usize, 65_u32);
    comparison(a: u8 = 1, b: u8 = 2) by (a < b, a == b && b > 1) => (true, false);
    block(x: u64 = 1) by { x } => 1_u64;
    block_of_reference(x: &str = "x") by { x } => "x".to_owned();
    parentheses(x: u64 = 1) by ((x + 1)) => 2_u64;
    branches(a: u8 = 2, b: u8 = 1) by if a < b { (a, b) } else { (b, a) } => (1_u8, 2_u8);
    three_branches(a: u8 = 2) by if a > 9 { 9 } else if a < 1 { 1 } else { a } => 2_u8;
    text_branches(a: &str = "") by if a.is_empty() { "none" } else { a } => "none".to_owned();
    matched(n: u32 = 5, text: &str = "t") by match n { 0 => "zero", 1..=9 if n > 4 => text, _ => "more" } => "t".to_owned();
    array(a: u32 = 1, b: u32 = 2) by [a, b] => [1_u32, 2_u32];
    array_with_number(a: u32 = 1) by [a, 0, 2] => [1_u32, 0, 2];
    repeated(a: u8 = 1) by [a; 3] => [1_u8; 3];
    converted(x: u32 = 1) by u64::from(x) => 1_u64;
    default() by u64::default() => 0_u64;
    made_texts(x: &str = "x") by (String::from(x), PathBuf::from(x), Arc::<str>::from(x)) => ("x".to_owned(), PathBuf::from("x"), Arc::<str>::from("x"));
    optional(n: u32 = 7) by Some(n % 2) => Some(1_u32);
    length(v: &[u8] = &[1, 2]) by (v.len(), v.is_empty(), v.contains(&1), v.starts_with(&[2])) => (2_usize, false, true, false);
    length_of_array(v: [u16; 3] = [1; 3]) by v.len() => 3_usize;
    lengths(a: &Vec<u8> = &vec![1], b: Vec<f64> = vec![], c: &HashMap<u8, f64> = &HashMap::new(), d: Arc<[f32]> = Arc::new([1.0]))
        by (a.len(), b.is_empty(), c.len(), c.contains_key(&1), d.len()) => (1_usize, true, 0_usize, false, 1_usize);
    sets(a: &HashSet<u8> = &HashSet::new(), b: std::collections::BTreeMap<u8, f64> = BTreeMap::new()) by (a.contains(&1), b.is_empty()) => (false, true);
    argument_and_length(a: u8 = 1, b: &[u8] = &[1]) by (a, b.len()) => (1_u8, 1_usize);
    vector(v: &[u8] = &[1, 2]) by v.to_vec() => vec![1_u8, 2];
    vector_of_owned(v: &[u8] = &[1, 2]) by v.to_owned() => vec![1_u8, 2];
    element(v: &[u8] = &[1, 2]) by (v[0], &v[1..]) => (1_u8, vec![2_u8]);
    prefix(name: &str = "prefix") by &name[..3] => "pre".to_owned();
    path(path: &Path = Path::new("/a")) by path.to_path_buf() => PathBuf::from("/a");
    path_buf(path: &PathBuf = &PathBuf::from("/a")) by (path.as_path(), path.is_absolute(), path.to_path_buf()) => (PathBuf::from("/a"), true, PathBuf::from("/a"));
    lossy(path: &Path = Path::new("/a")) by path.to_string_lossy().into_owned() => "/a".to_owned();
    str_of_string(name: String = "n".into()) by name.as_str() => "n".to_owned();
    str_of_reference(name: &String = &"n".into()) by (name.as_str(), name.trim().len(), name.to_uppercase()) => ("n".to_owned(), 1_usize, "N".to_owned());
    texts(name: &str = " aß ") by (name.trim().to_lowercase(), name.starts_with('a'), name.chars().count(), name.as_bytes()[0])
        => ("aß".to_owned(), false, 4_usize, b' ');
    cow(name: Cow<'_, str> = "a ".into()) by (name.trim(), name.len()) => ("a".to_owned(), 2_usize);
    owned_text(name: &str = "n") by name.to_owned() => "n".to_owned();
    joined(parts: &[&str] = &["a", "b"]) by parts.join("/") => "a/b".to_owned();
    is_some(opt: Option<f64> = None, res: &Result<f64, String> = &Ok(1.0)) by (opt.is_some(), opt.is_none(), res.is_ok()) => (false, true, true);
    or_else(opt: Option<u32> = None, name: Option<&str> = Some("n")) by (opt.unwrap_or(7), name.unwrap_or_default()) => (7_u32, "n".to_owned());
    constant(n: u8 = 1) by ("all", n) => ("all".to_owned(), 1_u8);
    constant_in_tuple(n: u8 = 1) by ("all", n) => ("all".to_owned(), 1_u8);
    field_of_tuple(pair: &(u32, String) = &(1, "b".into())) by (pair.0, pair.1.len(), &pair.1) => (1_u32, 1_usize, "b".to_owned());
    copies(a: &Vec<u8> = &vec![1], b: (u8, char) = (1, 'b')) by (a.clone(), b.clone()) => (vec![1_u8], (1_u8, 'b'));
    matching(n: u32 = 7) by matches!(n, 1 | 7) => true;
}

#[cached(key = (a + 1, b, c % 1))]
fn in_pattern((a, b): (u8, &str), &c: &u8) -> u8 {
    a + c + b.len() as u8
}

#[test]
fn in_patterns() {
    in_pattern((1, "b"), &1);
    assert!(in_pattern_cache().contains_key(&(2, "b".to_owned(), 0)));
}

/// What only the compiler can tell still works, without a type.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    id: u32,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Of<T>(T);

const NAME: &str = "name";

#[cached(key = (Key { id: n }, Of(n), NAME, n.to_be_bytes(), if let n @ 0..9 = 1_u8 { n } else { 0 }, n.try_into().unwrap_or(0_u8)))]
fn opaque(n: u32) -> u32 {
    n
}

#[cached(key = [u64::from(n), name.as_bytes()[0].into()] as [u64; 2])]
fn cast_array(name: &str, n: u32) -> u64 {
    name.len() as u64 + u64::from(n)
}

#[cached(key: (Key, [u8; 4]) = (Key { id: n }, n.to_be_bytes()))]
fn typed(n: u32) -> u32 {
    n
}

/// Operators of types of one's own return what they like.
#[derive(Clone, Copy)]
struct Metres(u32);

impl std::ops::Rem<u32> for Metres {
    type Output = String;

    fn rem(self, by: u32) -> String {
        (self.0 % by).to_string()
    }
}

#[cached(key = metres % 10)]
fn measured(metres: Metres) -> u32 {
    metres.0
}

#[test]
fn what_tokens_do_not_tell_is_opaque() {
    assert_eq!((opaque(1), opaque(1)), (1, 1));
    assert_eq!(opaque_cache().stats().hits, 1);
    assert_eq!(typed(1), 1);
    assert!(typed_cache().contains_key(&(Key { id: 1 }, [0, 0, 0, 1])));
    assert_eq!((measured(Metres(1)), measured(Metres(11))), (1, 1));
    assert_eq!(cast_array("a", 1), 2);
    assert_eq!(cast_array_cache().get(&[1, 97]), Some(2));
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Shop {
    id: u32,
}

impl Shop {
    #[cached(key = self)]
    fn whole(&self) -> u32 {
        self.id
    }

    #[cached(key = (self.clone(), item))]
    fn copied(&self, item: &str) -> usize {
        item.len()
    }

    #[cached(key = self)]
    fn shared(self: Arc<Self>) -> u32 {
        self.id
    }

    #[cached(key = self)]
    fn by_value(self) -> u32 {
        self.id
    }

    #[cached(key = Self { id: self.id % 10 })]
    async fn made(&self) -> u32 {
        self.id
    }

    #[cached(key: (u32, String) = (self.id, item))]
    fn stock(&self, item: &str) -> usize {
        item.len()
    }
}

#[test]
fn self_is_read() {
    let shop = Shop { id: 11 };
    shop.whole();
    assert_eq!(Shop::whole_cache().get(&shop), Some(11));
    shop.copied("pear");
    assert_eq!(Shop::copied_cache().get(&(shop.clone(), "pear".to_owned())), Some(4));
    Arc::new(shop.clone()).shared();
    assert_eq!(Shop::shared_cache().get(&Arc::new(shop.clone())), Some(11));
    shop.clone().by_value();
    assert_eq!(Shop::by_value_cache().get(&shop), Some(11));
    pollster::block_on(shop.made());
    assert!(Shop::made_cache().contains_key(&Shop { id: 1 }));
    shop.stock("pear");
    assert_eq!(Shop::stock_cache().get(&(11, "pear".to_owned())), Some(4));
}
