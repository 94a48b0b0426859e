//! Defaults of a schema, put where nothing is given. JSON Schema leaves what is done with `default` to who uses it.

use serde_json::Value;

use super::{DEEPEST, referred};

/// So many schemas are looked at, those of items once for each.
const MOST: usize = 100_000;

/// Fills in the defaults of members that are not given, in objects within the value as well. Where one of several schemas may
/// hold (`oneOf`, `anyOf`), nothing is filled in.
pub(super) fn fill(whole: &Value, schema: &Value, value: &mut Value) {
    Filler { whole, left: MOST }.fill(schema, value, 0);
}

struct Filler<'s> {
    whole: &'s Value,
    left: usize,
}

// === impl Filler ===

impl Filler<'_> {
    fn fill(&mut self, schema: &Value, value: &mut Value, depth: usize) {
        if depth > DEEPEST || self.left == 0 {
            return;
        }
        self.left -= 1;
        if let Some(other) = referred(self.whole, schema) {
            self.fill(other, value, depth + 1);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.fill(part, value, depth + 1);
        }
        match value {
            Value::Object(members) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                for (name, property) in properties.into_iter().flatten() {
                    if !members.contains_key(name)
                        && let Some(default) = default_of(self.whole, property, 0)
                    {
                        members.insert(name.clone(), default.clone());
                    }
                    if let Some(member) = members.get_mut(name) {
                        self.fill(property, member, depth + 1);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    if let Some(each) = schema.get("items") {
                        self.fill(each, item, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

fn default_of<'s>(whole: &'s Value, schema: &'s Value, depth: usize) -> Option<&'s Value> {
    let own = schema.get("default");
    own.or_else(|| default_of(whole, referred(whole, schema).filter(|_| depth < DEEPEST)?, depth + 1))
}
