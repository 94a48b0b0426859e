//! YAML, written with the members of objects in a given order.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A value whose objects' members have an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// A value that needs none.
    Value(Value),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Map(Vec<(String, Self)>),
}

// === impl Written ===

impl Written {
    /// Its YAML, which is read again as the same value.
    pub fn to_yaml(&self) -> Result<String, serde_saphyr::ser::Error> {
        serde_saphyr::to_string(self)
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (name, value) in pairs {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Single;

    #[test]
    fn what_is_written_is_read_again() {
        let texts = [
            "no",
            "on",
            "1",
            "1.5",
            "null",
            "~",
            "",
            " a ",
            "$inputs.x",
            "{a}",
            "a: b",
            "- a",
            "#",
            "a\nb",
            "'",
            "\"",
            "5xx",
            "0x1f",
            "2026-01-01",
            "&a",
            "*a",
            "!t",
            "%d",
            "a\u{7f}b",
        ];
        let mut pairs: Vec<(String, Written)> =
            texts.iter().map(|text| ((*text).to_owned(), Written::Value(json!(text)))).collect();
        pairs.push(("list".into(), Written::List(vec![Written::Value(json!([])), Written::Map(Vec::new())])));
        pairs.push(("deep".into(), Written::Value(json!({"n": u64::MAX, "f": -0.5, "t": true, "z": null}))));
        let yaml = Written::Map(pairs).to_yaml().unwrap();
        let read = Single::parse("x.yaml".as_ref(), yaml.as_bytes()).unwrap();
        let names = read.names("").unwrap();
        assert_eq!(names.len(), texts.len() + 2, "{yaml}");
        for (name, text) in names.iter().zip(texts) {
            assert_eq!(*name, text, "{yaml}");
            assert_eq!(read.to_json()[text], json!(text), "{yaml}");
        }
        assert_eq!(read.to_json()["list"], json!([[], {}]), "{yaml}");
        assert_eq!(read.to_json()["deep"], json!({"n": u64::MAX, "f": -0.5, "t": true, "z": null}), "{yaml}");
    }
}
