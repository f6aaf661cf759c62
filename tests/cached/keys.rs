//! Every kind of argument, and every kind of `key`.

use fujita::cached;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

#[cached]
fn many(
    a: u8,
    b: &str,
    c: Option<&str>,
    d: Cow<'_, str>,
    e: (&str, u32),
    f: &[&str],
    g: Vec<&str>,
    h: &&str,
    i: &Option<&Path>,
    j: &[u8; 2],
    k: &BTreeMap<u8, String>,
    l: bool,
) -> usize {
    let _ = (a, e, h, i, j, k, l, g);
    b.len() + c.map_or(0, str::len) + d.len() + f.len()
}
#[cached]
fn patterns((a, b): (u8, &str), [c, d]: [u8; 2], _: u8, P { x, .. }: P, mut n: u8, &z: &u8) -> usize {
    n += 1;
    a as usize + b.len() + (c + d + x + n + z) as usize
}
#[derive(Clone, Hash, PartialEq, Eq)]
struct P {
    x: u8,
    y: u8,
}
#[cached]
fn unnamed(_: u8) -> u8 {
    3
}
#[cached]
fn one_tuple((a, b): (u8, u8)) -> u8 {
    a + b
}
#[cached(skip(x))]
fn skipped(n: u8, x: f64) -> f64 {
    x + f64::from(n)
}
#[cached(key = n)]
fn keyed(n: u8, f: &mut u8) -> u8 {
    *f += 1;
    n
}
struct User {
    id: u64,
    name: String,
}
#[cached(key = user.id)]
fn by_field(user: &User) -> String {
    user.name.clone()
}
#[cached(key: (u64, String) = (user.id, lang.to_lowercase()))]
fn typed(user: &User, lang: &str) -> String {
    format!("{}{lang}", user.name)
}
#[cached(key = (user.id, lang, format!("{a}"), a as u64, *b, &c, true, 1_u8, c.clone(), lang.to_owned(), lang.trim(), (a, b)))]
fn much(user: User, lang: &str, a: u32, b: &u8, c: String) -> String {
    let _ = (a, b);
    format!("{}{lang}{c}", user.name)
}
#[cached(key = x.to_bits())]
fn bits(x: f64) -> f64 {
    x * 2.0
}
#[cached(key = (user.id, lang), handle = users)]
fn inferred(user: &User, lang: Option<&'static str>) -> usize {
    user.name.len() + lang.map_or(0, str::len)
}
#[cached(skip(f))]
fn hidden(n: u8, f: impl Fn() -> u8) -> u8 {
    n + f()
}
macro_rules! shown {
    () => {
        impl ToString
    };
}
#[cached(key = shown.to_string())]
fn by_type(shown: impl ToString) -> String {
    format!("{} {}", std::any::type_name_of_val(&shown), shown.to_string())
}
#[cached(key = shown.to_string())]
fn by_hidden_type(shown: shown!()) -> String {
    format!("{} {}", std::any::type_name_of_val(&shown), shown.to_string())
}
#[cached(key = n)]
fn closure<F: Fn() -> u8>(n: u8, f: F) -> u8 {
    n + f()
}
#[cached]
fn pointer(f: fn(&str) -> f64) -> u8 {
    f("").to_bits() as u8
}
#[cached]
fn stat(s: &'static str, t: (&'static str, u8)) -> &'static str {
    if s.len() > t.0.len() { s } else { t.0 }
}

type Pair<'a> = Result<&'a str, &'a Path>;

#[cached]
fn deep(
    a: &[(&str, u32)],
    b: &[Option<&str>],
    c: &[Cow<'_, str>],
    d: [&str; 2],
    e: Result<&str, u8>,
    f: &[&[&str]],
    g: Vec<Vec<(u8, Option<&Path>)>>,
    h: &Option<[(&str, bool); 1]>,
    i: (u8, &[Result<Cow<'static, str>, &[&u8]>]),
    j: &[&(&str, u8)],
    k: &[&str; 1],
) -> usize {
    let _ = (d, e, g, h, i, j, k);
    a.len() + b.len() + c.len() + f.len()
}
#[cached(key = (texts, pairs[0], either.is_ok()))]
fn deep_by_key(texts: &[Cow<'_, str>], pairs: &[u8], either: Pair<'_>) -> usize {
    texts.len() + pairs.len() + either.map_or(0, str::len)
}

#[test]
fn borrowed_parts_of_parts() {
    let call = |n: u8| {
        deep(
            &[("a", 1), ("b", u32::from(n))],
            &[Some("c"), None],
            &["d".into(), "e".to_owned().into()],
            ["f", "g"],
            Ok("h"),
            &[&["i", "j"], &[]],
            vec![vec![(1, Some(Path::new("k"))), (2, None)], vec![]],
            &Some([("l", true)]),
            (1, &[Ok("m".into()), Err(&[&1, &2])]),
            &[&("n", 1)],
            &["o"],
        )
    };
    assert_eq!((call(1), call(1), call(2)), (8, 8, 8));
    assert_eq!((deep_cache().stats().hits, deep_cache().stats().misses), (1, 2));
    let text = |text: &str| text.to_owned();
    deep_cache()
        .get(&(
            vec![(text("a"), 1), (text("b"), 2)],
            vec![Some(text("c")), None],
            vec![text("d"), text("e")],
            [text("f"), text("g")],
            Ok(text("h")),
            vec![vec![text("i"), text("j")], vec![]],
            vec![vec![(1, Some("k".into())), (2, None)], vec![]],
            Some([(text("l"), true)]),
            (1, vec![Ok(text("m")), Err(vec![1, 2])]),
            vec![(text("n"), 1)],
            [text("o")],
        ))
        .unwrap();
    deep_by_key(&["a".into()], &[1], Ok("x"));
    deep_by_key(&["a".into()], &[1, 2], Ok("y"));
    assert_eq!(deep_by_key_cache().stats().hits, 1);
}

#[test]
fn all() {
    let m = BTreeMap::new();
    let call = || {
        many(
            1,
            "b",
            Some("c"),
            "d".into(),
            ("e", 1),
            &["f"],
            vec!["g"],
            &"h",
            &Some(Path::new("i")),
            &[1, 2],
            &m,
            true,
        )
    };
    assert_eq!(call(), call());
    assert_eq!(many_cache().stats().hits, 1);
    many_cache()
        .get(&(
            1,
            "b".to_owned(),
            Some("c".to_owned()),
            "d".to_owned(),
            ("e".to_owned(), 1),
            vec!["f".to_owned()],
            vec!["g".to_owned()],
            "h".to_owned(),
            Some("i".into()),
            [1, 2],
            m.clone(),
            true,
        ))
        .unwrap();
    for _ in 0..2 {
        assert_eq!(patterns((1, "b"), [1, 1], 0, P { x: 1, y: 1 }, 1, &1), 1 + 1 + 1 + 1 + 1 + 2 + 1);
    }
    assert_eq!(patterns_cache().stats().hits, 1);
    unnamed(1);
    unnamed(2);
    assert_eq!(unnamed_cache().entry_count(), 2);
    one_tuple((1, 2));
    one_tuple_cache().get(&(1, 2)).unwrap();
    assert_eq!(skipped(1, 1.0), skipped(1, 2.0));
    skipped_cache().get(&1).unwrap();
    let mut f = 0;
    keyed(1, &mut f);
    keyed(1, &mut f);
    assert_eq!(f, 1);
    let user = User { id: 1, name: "n".into() };
    by_field(&user);
    by_field(&user);
    assert_eq!(by_field_cache().stats().hits, 1);
    assert_eq!(by_field_cache().entry_count(), 1);
    typed(&user, "A");
    typed_cache().get(&(1, "a".to_owned())).unwrap();
    much(user, "l", 1, &2, "c".into());
    assert_eq!(much_cache().entry_count(), 1);
    bits(1.0);
    bits_cache().get(&1.0_f64.to_bits()).unwrap();
    let user = User { id: 1, name: "n".into() };
    inferred(&user, None);
    inferred(&user, None);
    assert_eq!(users().stats().hits, 1);
    assert_eq!(hidden(1, || 1), 2);
    assert_eq!(closure(1, || 1), 2);
    stat("a", ("b", 1));
    fn p(_: &str) -> f64 {
        0.0
    }
    pointer(p);
}

/// Each instantiation has a cache of its own, where the parameter has no name too.
#[test]
fn nameless_parameters() {
    assert_eq!((by_type(1_u8), by_type("1"), by_type(1_u8)), ("u8 1".into(), "&str 1".into(), "u8 1".into()));
    assert_eq!((by_hidden_type(1_u8), by_hidden_type("1")), ("u8 1".into(), "&str 1".into()));
}
