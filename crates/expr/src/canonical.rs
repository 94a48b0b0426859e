//! JSON by which values are told apart: equal ones have the same text, however their members are ordered. What is sent keeps
//! its order.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Number, Value};

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
    // A member that stands there twice makes it longer, and so do spaces and escapes that are not needed.
    let text = canonical(&value).into_bytes();
    (text.len() == written.len() && keeps_numbers(written)).then_some(text)
}

/// Whether every number of a JSON text would be written as it stands there: of one with many digits some are lost.
fn keeps_numbers(written: &[u8]) -> bool {
    let mut rest = written;
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            b'"' => behind_string(behind),
            b'-' | b'0'..=b'9' => {
                let is_of = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let end = rest.iter().position(|byte| !is_of(byte)).unwrap_or(rest.len());
                let (number, behind) = rest.split_at(end);
                let read = serde_json::from_slice::<Number>(number);
                if !read.is_ok_and(|read| read.to_string().as_bytes() == number) {
                    return false;
                }
                behind
            }
            _ => behind,
        };
    }
    true
}

/// What stands behind a string whose first quote is taken off.
fn behind_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'"', behind @ ..] => return behind,
            [b'\\', _, behind @ ..] | [_, behind @ ..] => behind,
            [] => return rest,
        };
    }
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
        let numbers = br#"{"b":[-1.5,0,18446744073709551615,0.5],"a\"9e9":"0123e5"}"#;
        assert_eq!(
            canonical_bytes(numbers).unwrap(),
            br#"{"a\"9e9":"0123e5","b":[-1.5,0,18446744073709551615,0.5]}"#
        );
        // Digits that another number seems to give back.
        assert_eq!(canonical_bytes(br#"[9007199254740993.0,"x"]"#), None);
        let long = [r#"{"id":123456789012345678901}"#, r#"{"id":123456789012345678902}"#];
        for other in [long[0], long[1], r#"{"a": 2}"#, r#"{"a":1,"a":2}"#, "", "a=1"] {
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
