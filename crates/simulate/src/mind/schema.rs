//! A value that a JSON Schema describes, as far as schemas for tools and answers commonly go.

use base::Rng;
use serde_json::{Map, Value, json};

use crate::dice;

/// Schemas nested deeper give null.
const DEEPEST: usize = 24;

/// No example has more values.
const MOST: usize = 2_000;

/// Makes values for one schema document.
struct Maker<'a> {
    root: &'a Value,
    topics: &'a [String],
    next_topic: usize,
    /// Values that may still be made: two references to the whole in one schema would double without end.
    left: usize,
    rng: &'a mut Rng,
}

/// An example for a schema; texts are taken from the topics, in their order.
pub(super) fn example(schema: &Value, topics: &[String], rng: &mut Rng) -> Value {
    Maker { root: schema, topics, next_topic: 0, left: MOST, rng }.make(schema, "", 0)
}

// === impl Maker ===

impl Maker<'_> {
    fn make(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST || self.left == 0 || schema == &Value::Bool(false) {
            return Value::Null;
        }
        self.left -= 1;
        if let Some(fixed) = fixed(schema) {
            return fixed.clone();
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return dice::pick(self.rng, values).cloned().unwrap_or_default();
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)).cloned();
            return found.map_or(Value::Null, |found| self.make(&found, name, depth + 1));
        }
        for union in ["anyOf", "oneOf"] {
            if let Some(first) = schema.get(union).and_then(Value::as_array).and_then(|all| all.first()) {
                return self.make(first, name, depth + 1);
            }
        }
        if let Some(Value::Array(parts)) = schema.get("allOf") {
            return self.all_of(parts, name, depth);
        }
        self.of_type(schema, name, depth)
    }

    fn of_type(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => json!(self.integer(schema)),
            "number" => self.number(schema),
            "boolean" => json!(self.rng.below(2) == 1),
            "null" => Value::Null,
            _ => Value::String(self.text(schema, name)),
        }
    }

    /// The required properties, or all if none is required.
    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let Some(Value::Object(properties)) = schema.get("properties") else {
            return json!({});
        };
        let mut made = Map::new();
        for (name, property) in properties {
            if required.is_empty() || required.contains(&name.as_str()) {
                made.insert(name.clone(), self.make(property, name, depth + 1));
            }
        }
        Value::Object(made)
    }

    fn array(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).max(1);
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let items = schema.get("items").cloned().unwrap_or_else(|| json!({"type": "string"}));
        Value::Array((0..least.min(most).min(100)).map(|_| self.make(&items, name, depth + 1)).collect())
    }

    fn all_of(&mut self, parts: &[Value], name: &str, depth: usize) -> Value {
        let mut merged = Map::new();
        for part in parts {
            match self.make(part, name, depth + 1) {
                Value::Object(fields) => merged.extend(fields),
                other => return other,
            }
        }
        Value::Object(merged)
    }

    fn integer(&mut self, schema: &Value) -> i64 {
        let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
        let min = bound("minimum").or_else(|| Some(bound("exclusiveMinimum")?.saturating_add(1)));
        let max = bound("maximum").or_else(|| Some(bound("exclusiveMaximum")?.saturating_sub(1)));
        let min = min.unwrap_or_else(|| max.map_or(1, |max| max.min(1)));
        let max = max.unwrap_or_else(|| min.saturating_add(9)).max(min);
        let span = max.saturating_sub(min).saturating_add(1);
        let drawn = self.rng.below(u64::try_from(span).unwrap_or(1));
        let value = min.saturating_add(i64::try_from(drawn).unwrap_or(0));
        match bound("multipleOf").filter(|step| *step > 0) {
            Some(step) => {
                let up = value.div_euclid(step).saturating_mul(step);
                if up < min { up.saturating_add(step) } else { up }
            }
            None => value,
        }
    }

    fn number(&mut self, schema: &Value) -> Value {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let min = bound("minimum").or_else(|| bound("exclusiveMinimum"));
        let max = bound("maximum").or_else(|| bound("exclusiveMaximum"));
        let min = min.unwrap_or_else(|| max.map_or(0.0, |max| max.min(0.0)));
        let max = max.unwrap_or(min + 10.0).max(min);
        // Halves keep clear of the borders and have short texts.
        json!(f64::midpoint(min, max))
    }

    fn text(&mut self, schema: &Value, name: &str) -> String {
        match schema.get("format").and_then(Value::as_str) {
            Some("date") => "2026-11-20".to_owned(),
            Some("date-time") => "2026-11-20T12:00:00Z".to_owned(),
            Some("time") => "12:00:00Z".to_owned(),
            Some("duration") => "PT1H".to_owned(),
            Some("email") => "ada@example.com".to_owned(),
            Some("uri" | "url") => "https://example.com/".to_owned(),
            Some("hostname") => "example.com".to_owned(),
            Some("ipv4") => "192.0.2.1".to_owned(),
            Some("uuid") => "018f0000-0000-7000-8000-000000000001".to_owned(),
            _ => fit(schema, self.topic(name)),
        }
    }

    fn topic(&mut self, name: &str) -> String {
        let topic = self.topics.get(self.next_topic).or_else(|| self.topics.first());
        self.next_topic += 1;
        topic.cloned().unwrap_or_else(|| if name.is_empty() { "text".to_owned() } else { name.to_owned() })
    }
}

fn fixed(schema: &Value) -> Option<&Value> {
    let example = schema.get("examples").and_then(Value::as_array).and_then(|examples| examples.first());
    schema.get("const").or_else(|| schema.get("default").filter(|value| !value.is_null())).or(example)
}

fn type_of(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    };
    named.unwrap_or(if schema.get("properties").is_some() {
        "object"
    } else if schema.get("items").is_some() {
        "array"
    } else {
        "string"
    })
}

/// Within `minLength` and `maxLength`.
fn fit(schema: &Value, text: String) -> String {
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let least = bound("minLength").unwrap_or(0).min(1_000);
    let mut characters: Vec<char> = text.chars().collect();
    characters.resize(characters.len().max(least), 'x');
    characters.into_iter().take(bound("maxLength").unwrap_or(usize::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_what_their_schemas_say() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "minimum": 3, "maximum": 4},
                "unit": {"type": "string", "enum": ["celsius"]},
                "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "minItems": 2},
                "skipped": {"type": "string"},
            },
            "required": ["city", "days", "unit", "when", "tags"],
            "$defs": {"tag": {"type": ["string", "null"], "maxLength": 3}},
        });
        let made = example(&schema, &["Paris".to_owned()], &mut Rng::seeded(1));
        assert_eq!(made["city"], "Paris");
        assert!((3..=4).contains(&made["days"].as_i64().unwrap()));
        assert_eq!((&made["unit"], &made["when"]), (&json!("celsius"), &json!("2026-11-20")));
        assert_eq!(made["tags"], json!(["Par", "Par"]));
        assert!(made.get("skipped").is_none());
    }

    #[test]
    fn strange_schemas_end() {
        let mut rng = Rng::seeded(1);
        let endless = json!({"type": "object", "properties": {"next": {"$ref": "#"}, "other": {"$ref": "#"}}});
        assert!(example(&endless, &[], &mut rng).is_object());
        assert_eq!(example(&json!({"$ref": "#/nowhere"}), &[], &mut rng), Value::Null);
        assert_eq!(example(&json!({"enum": []}), &[], &mut rng), Value::Null);
        assert_eq!(example(&json!({"type": "integer", "multipleOf": 5, "minimum": 6}), &[], &mut rng).as_i64().unwrap() % 5, 0);
        assert_eq!(example(&json!({}), &[], &mut rng), json!("text"));
    }
}
