//! What is in a line, whatever is in the values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::{chatty, run};

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
