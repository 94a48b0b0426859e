//! JSON by which values are told apart: equal ones have the same text, however their members are ordered. What is sent keeps
//! its order.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// A value as JSON without spaces, the members of each object by their names.
pub fn canonical(value: &Value) -> String {
    serde_json::to_string(&Sorted(value)).unwrap_or_default()
}

/// The same of an object's members.
pub fn canonical_object(members: &Map<String, Value>) -> String {
    serde_json::to_string(&SortedMembers(members)).unwrap_or_default()
}

/// The same of a value that is written already; none if it is no JSON, or if more than the order of members would change.
pub fn canonical_bytes(written: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(written).ok()?;
    // A member that stands there twice makes it longer, and so do spaces.
    Some(canonical(&value).into_bytes()).filter(|text| text.len() == written.len())
}

struct Sorted<'v>(&'v Value);

struct SortedMembers<'v>(&'v Map<String, Value>);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => SortedMembers(members).serialize(serializer),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            plain => plain.serialize(serializer),
        }
    }
}

impl Serialize for SortedMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members: Vec<(&String, &Value)> = self.0.iter().collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        let mut object = serializer.serialize_map(Some(members.len()))?;
        for (name, value) in members {
            object.serialize_entry(name, &Sorted(value))?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_have_the_same_text() {
        let one: Value =
            serde_json::from_str(r#"{"z": [{"b": 1.0, "a": null}], "a": {"y": "\n", "x": true}}"#).unwrap();
        let two: Value =
            serde_json::from_str(r#"{"a": {"x": true, "y": "\n"}, "z": [{"a": null, "b": 1.0}]}"#).unwrap();
        let expect = r#"{"a":{"x":true,"y":"\n"},"z":[{"a":null,"b":1.0}]}"#;
        assert_ne!(one.to_string(), two.to_string());
        assert_eq!((&*canonical(&one), &*canonical(&two)), (expect, expect));
        assert_eq!(canonical_object(two.as_object().unwrap()), expect);
        assert_ne!(canonical(&json!([1, 2])), canonical(&json!([2, 1])));
        assert_eq!(canonical_bytes(br#"{"b":1,"a":2}"#).unwrap(), br#"{"a":2,"b":1}"#);
        for other in [r#"{"a": 2}"#, r#"{"a":1,"a":2}"#, "", "a=1"] {
            assert_eq!(canonical_bytes(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_members_says_nothing(
            members in proptest::collection::vec(("[a-d]{1,2}", 0..9u8), 0..9).prop_shuffle(),
        ) {
            let object = |pairs: &[(String, u8)]| -> Value {
                pairs.iter().map(|(name, value)| (name.clone(), (*value).into())).collect::<Map<_, _>>().into()
            };
            // Of a name that stands there twice, one.
            let known: std::collections::BTreeMap<String, u8> = members.into_iter().collect();
            let sorted: Vec<(String, u8)> = known.into_iter().collect();
            let reversed: Vec<(String, u8)> = sorted.iter().rev().cloned().collect();
            let (left, right) = (object(&reversed), object(&sorted));
            prop_assert_eq!(canonical(&left), canonical(&right));
            let again: Value = serde_json::from_str(&canonical(&left)).unwrap();
            prop_assert_eq!(again, left);
        }
    }
}
