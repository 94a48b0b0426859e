//! References of a schema to other parts of its document, all written as pointers, so that whoever follows them need not know
//! anchors and addresses.

use std::collections::HashMap;

use expr::Pointer;
use message::percent::{self, Plus};
use serde_json::Value;

use crate::document::resolve;

/// Members whose values are no schemas, whatever stands in them.
const VALUES: [&str; 5] = ["const", "enum", "default", "examples", "example"];

/// Writes references by `$anchor` and by the document's own address as pointers.
pub(super) fn settle(whole: &mut Value) {
    let own = whole.get("$id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut anchors = HashMap::new();
    gather(whole, &Pointer::default(), &mut anchors);
    rewrite(whole, &own, &anchors);
}

/// The places of all anchors; of equal ones the first.
fn gather(schema: &Value, at: &Pointer, anchors: &mut HashMap<String, String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$anchor").and_then(Value::as_str) {
                anchors.entry(name.to_owned()).or_insert_with(|| at.to_string());
            }
            for (name, member) in members.iter().filter(|(name, _)| !VALUES.contains(&name.as_str())) {
                gather(member, &at.join(name), anchors);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                gather(item, &at.join(&index.to_string()), anchors);
            }
        }
        _ => {}
    }
}

fn rewrite(schema: &mut Value, own: &str, anchors: &HashMap<String, String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some(pointer) = pointer(reference, own, anchors)
            {
                *reference = format!("#{pointer}");
            }
            for (_, member) in members.iter_mut().filter(|(name, _)| !VALUES.contains(&name.as_str())) {
                rewrite(member, own, anchors);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, own, anchors)),
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
