//! References within a description (`$ref`).

use serde_json::Value;

/// So many references may lead to one another.
const MOST: usize = 16;

/// What a value is, once references within the document are followed. What they do not lead to is left as it is.
pub(crate) fn resolved<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    let mut value = value;
    for _ in 0..MOST {
        let reference = value.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        match reference.and_then(|pointer| document.pointer(pointer)) {
            Some(next) => value = next,
            None => break,
        }
    }
    value
}
