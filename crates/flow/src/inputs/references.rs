//! References of a schema to other parts of its document, all written as pointers, so that whoever follows them need not know
//! anchors and addresses.

use std::collections::HashMap;

use expr::Pointer;
use message::percent::{self, Plus};
use serde_json::Value;

use crate::document::resolve;

/// Members whose values are no schemas, whatever stands in them.
const VALUES: [&str; 5] = ["const", "enum", "default", "examples", "example"];

/// Members whose values are schemas by names that somebody chose.
const NAMED: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

/// What a value is.
#[derive(Clone, Copy)]
enum Place {
    /// The schema with the document's other ones.
    Whole,
    /// The document's components.
    Components,
    /// Schemas by their names.
    Names,
    /// A schema, or a list of them.
    Schema,
}

/// Writes references by `$anchor` and by the document's own address as pointers.
pub(super) fn settle(whole: &mut Value) {
    let own = whole.get("$id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut anchors = HashMap::new();
    gather(whole, Place::Whole, &Pointer::default(), &mut anchors);
    rewrite(whole, Place::Whole, &own, &anchors);
}

/// The places of all anchors; of equal ones the first.
fn gather(schema: &Value, place: Place, at: &Pointer, anchors: &mut HashMap<String, String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$anchor").and_then(Value::as_str) {
                anchors.entry(name.to_owned()).or_insert_with(|| at.to_string());
            }
            for (name, member) in members {
                if let Some(place) = place.member(name) {
                    gather(member, place, &at.join(name), anchors);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                gather(item, place, &at.join(&index.to_string()), anchors);
            }
        }
        _ => {}
    }
}

fn rewrite(schema: &mut Value, place: Place, own: &str, anchors: &HashMap<String, String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some(pointer) = pointer(reference, own, anchors)
            {
                *reference = format!("#{pointer}");
            }
            for (name, member) in members {
                if let Some(place) = place.member(name) {
                    rewrite(member, place, own, anchors);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, place, own, anchors)),
        _ => {}
    }
}

/// The pointer that a reference means, if it is one to this document.
fn pointer(reference: &str, own: &str, anchors: &HashMap<String, String>) -> Option<String> {
    let (address, fragment) = reference.split_once('#')?;
    if !address.is_empty() && resolve(own, address) != own {
        return None;
    }
    let fragment = percent::as_text(fragment, Plus::Itself)?;
    if fragment.is_empty() || fragment.starts_with('/') {
        Some(fragment)
    } else {
        anchors.get(&fragment).cloned()
    }
}

// === impl Place ===

impl Place {
    /// What a member is; none where it is no schema.
    fn member(self, name: &str) -> Option<Self> {
        match self {
            Self::Whole if name == "components" => Some(Self::Components),
            Self::Components => Some(Self::Names),
            Self::Names => Some(Self::Schema),
            Self::Whole | Self::Schema if NAMED.contains(&name) => Some(Self::Names),
            Self::Whole | Self::Schema => (!VALUES.contains(&name)).then_some(Self::Schema),
        }
    }
}
