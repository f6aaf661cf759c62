//! What is in a line, whatever is in the values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::{chatty, pretty, run};

const HOSTILE: [&str; 16] = [
    "a\nERROR 2026-11-24T02:20:21.128973Z chatty: forged",
    "a\r\nb",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{9b}31m",
    "\u{7f}\u{8}\u{c}\u{1}",
    "\u{202e}gnp",
    "\u{2028}\u{feff}\u{200b}",
    "a kind=y",
    "a\" result=\"ok",
    "a\\",
    "k=v",
    "\"",
    "",
    " ",
    "🌪 é",
    "…",
];

const ORDINARY: [&str; 5] =
    ["acme", "a,b", "/usr/share/dict", "Müller-Lüdenscheidt", "https://a.b:80/?c&d#e"];

/// The function and its error kind are as bad.
const BAD: &str = "esc\u{1b}[31m\u{9b}31m\ne";

/// `"..."` as `Debug` writes it, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let (mut value, mut rest) = (String::new(), text.strip_prefix('"').unwrap_or_else(|| panic!("{text:?}")));
    loop {
        let c = rest.chars().next().unwrap_or_else(|| panic!("{text:?}"));
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => return (value, rest),
            '\\' => {
                let escape = rest.chars().next().unwrap();
                rest = &rest[1..];
                value.push(match escape {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '0' => '\0',
                    'u' => {
                        let (digits, after) = rest[1..].split_once('}').unwrap();
                        rest = after;
                        char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap()
                    }
                    other => other,
                });
            }
            c => value.push(c),
        }
    }
}

/// Reads labels as docs/telemetry.md says they are written.
fn labels(mut text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once('=').unwrap_or_else(|| panic!("{text:?}"));
        let (value, rest) = if rest.starts_with('"') {
            quoted(rest)
        } else {
            let end = rest.find(' ').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        labels.insert(name.to_owned(), value);
        text = rest.strip_prefix(' ').unwrap_or(rest);
    }
    labels
}

#[track_caller]
fn is_harmless(line: &str) {
    let is_bad = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
    };
    assert!(!line.contains(is_bad), "{line:?}");
}

#[test]
fn whatever_a_label_says_is_one_line_that_can_be_read_back() {
    let values: Vec<_> = ORDINARY.iter().chain(&HOSTILE).copied().collect();
    let asked = |q: &&str| format!("ask={q}");
    let steps = |style: &str| {
        let steps = [style.to_owned(), "install".into()];
        steps.into_iter().chain(values.iter().map(asked)).collect::<Vec<_>>()
    };
    let (_, log) = run(chatty(steps("pretty")));
    let lines: Vec<_> = log.split_terminator('\n').collect();
    assert_eq!(lines.len(), values.len(), "{log}");
    for (line, value) in lines.iter().zip(&values) {
        is_harmless(line);
        let (_, line) = pretty(line);
        let (before, rest) = line.split_once(" labels=").unwrap();
        assert!(before.starts_with("chatty: call failed function=\"esc"), "{line}");
        assert_eq!(labels(rest), labels_of(value));
        if ORDINARY.contains(value) {
            assert_eq!(rest, format!("kind=x q={value}"));
        } else if !value.is_empty() {
            assert!(rest.starts_with("kind=x q=\""), "{line}");
        }
    }
    // The same text for machines.
    let (_, log) = run(chatty(steps("json")));
    for (line, value) in log.split_terminator('\n').zip(&values) {
        is_harmless(line);
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(labels(line["fields"]["labels"].as_str().unwrap()), labels_of(value));
        let text = |field: &str| line["fields"][field].as_str().unwrap().to_owned();
        assert_eq!(
            (text("function"), text("error")),
            (BAD.escape_debug().to_string(), BAD.escape_debug().to_string())
        );
    }
}

fn labels_of(value: &str) -> BTreeMap<String, String> {
    [("kind", "x"), ("q", value)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn a_label_without_end_is_cut() {
    for (c, quote) in [("q", ""), ("é", ""), ("\n", "\""), (" ", "\""), ("🌪", "\"")] {
        let rest = |count: usize| {
            let (_, log) = run(chatty(["pretty", "install", &format!("ask={}", c.repeat(count))]));
            log.trim_end_matches('\n').split_once(" q=").unwrap().1.to_owned()
        };
        let (whole, cut) = (rest(200), rest(64 * 1024 / 4));
        assert!(whole.starts_with(quote) && whole.ends_with(quote) && !whole.contains('…'), "{whole}");
        assert_eq!(cut, format!("{whole}…"));
    }
}

/// JSON that says each thing once.
struct Once(BTreeMap<String, Once>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Once>()? {
                    if all.insert(name.clone(), value).is_some() {
                        return Err(serde::de::Error::custom(format!("`{name}` twice")));
                    }
                }
                Ok(Once(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
                while items.next_element::<Once>()?.is_some() {}
                Ok(Once(BTreeMap::new()))
            }

            fn visit_str<E>(self, _: &str) -> Result<Once, E> {
                Ok(Once(BTreeMap::new()))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
                Ok(Once(BTreeMap::new()))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
                Ok(Once(BTreeMap::new()))
            }
        }
        from.deserialize_any(Read)
    }
}

#[test]
fn fields_may_be_called_as_what_each_line_has() {
    let (_, log) = run(chatty(["json", "install", "collisions", "calls=1"]));
    for line in log.lines() {
        let Once(top) = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert!(top.contains_key("fields"), "{line}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["level"], &lines[0]["target"]), (&"INFO".into(), &"chatty".into()));
    let fields = &lines[0]["fields"];
    assert_eq!((&fields["message"], &fields["level"]), (&"hello".into(), &"high".into()));
    assert_eq!((&fields["target"], &fields["timestamp"]), (&"moon".into(), &0.into()));
    assert_eq!(
        (&fields["span"], &fields["spans"], &fields["fields"]),
        (&"none".into(), &1.into(), &2.into())
    );
    for span in [&lines[0]["span"], &lines[0]["spans"][0], &lines[1]["spans"][0]] {
        let expected = json!({ "name": "request", "fields.name": "Ada", "level": 3, "id": 7 });
        assert_eq!(*span, expected);
    }
    let expected = json!({ "name": "later", "fields.name": "Barbara", "id": 8, "text": ",\"name\":" });
    assert_eq!(lines[1]["span"], expected);
    assert_eq!(lines[1]["fields"], json!({ "message": "done", "elapsed_seconds": 1.5 }));
    // What is not ours is for people, too.
    let (_, log) = run(chatty(["pretty", "install", "collisions"]));
    assert!(log.ends_with(" chatty: done elapsed_seconds=1.5\n"), "{log}");
}

#[test]
fn machines_read_how_long_it_took_as_a_number() {
    let (_, log) = run(chatty(["json", "install", "calls=2"]));
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let seconds = line["fields"]["elapsed_seconds"].as_f64().unwrap();
        assert!(0.0 < seconds && seconds < 60.0, "{line}");
        assert!(line["fields"]["elapsed"].as_str().unwrap().ends_with('s'), "{line}");
    }
    // People have one that they can read.
    let (_, log) = run(chatty(["pretty", "install", "calls=2"]));
    assert!(log.contains(" elapsed=") && !log.contains("elapsed_seconds"), "{log}");
}
