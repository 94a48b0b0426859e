//! A value that fits a JSON Schema, for tools' arguments and structured answers. It knows the common
//! keywords of draft 2020-12: types, `properties`, `required`, `items`, `enum`, `const`, `anyOf`,
//! `oneOf`, `allOf`, local `$ref`, bounds and the usual formats; not `pattern` or conditions.

use serde_json::{Map, Value, json};

/// How deep and how large a made value can get; schemas may refer to themselves.
const DEEPEST: u32 = 12;
const MOST_NODES: u32 = 2_000;

/// A value that fits `schema`.
pub(crate) fn example(schema: &Value) -> Value {
    let mut maker = Maker { root: schema, nodes: 0 };
    maker.make(schema, "value", 0)
}

struct Maker<'a> {
    root: &'a Value,
    nodes: u32,
}

// === impl Maker ===

impl<'a> Maker<'a> {
    fn make(&mut self, schema: &'a Value, name: &str, depth: u32) -> Value {
        self.nodes += 1;
        let Some(map) = schema.as_object() else { return json!({}) };
        if depth > DEEPEST || self.nodes > MOST_NODES {
            return Value::Null;
        }
        if let Some(target) = map.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return found.map_or(Value::Null, |found| self.make(found, name, depth + 1));
        }
        if let Some(value) = map.get("const") {
            return value.clone();
        }
        if let Some(value) = first(map, "enum").or_else(|| first(map, "examples")).or(map.get("default")) {
            return value.clone();
        }
        if let Some(choice) = Self::choice(map) {
            return self.make(choice, name, depth + 1);
        }
        if let Some(parts) = map.get("allOf").and_then(Value::as_array) {
            return self.all_of(map, parts, name, depth);
        }
        self.typed(map, name, depth)
    }

    /// The first alternative that is not `null`.
    fn choice(map: &'a Map<String, Value>) -> Option<&'a Value> {
        let choices = map.get("anyOf").or_else(|| map.get("oneOf"))?.as_array()?;
        let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
        choices.iter().find(|choice| !is_null(choice)).or_else(|| choices.first())
    }

    fn all_of(&mut self, map: &'a Map<String, Value>, parts: &'a [Value], name: &str, depth: u32) -> Value {
        let mut whole = if map.contains_key("properties") { self.object(map, depth) } else { Map::new() };
        for part in parts {
            match self.make(part, name, depth + 1) {
                Value::Object(fields) => whole.extend(fields),
                other => return other,
            }
        }
        Value::Object(whole)
    }

    fn typed(&mut self, map: &'a Map<String, Value>, name: &str, depth: u32) -> Value {
        match type_of(map) {
            "object" => Value::Object(self.object(map, depth)),
            "array" => self.array(map, name, depth),
            "string" => Value::String(string(map, name)),
            "integer" => json!(integer(map)),
            "number" => number(map),
            "boolean" => Value::Bool(true),
            _ => Value::Null,
        }
    }

    fn object(&mut self, map: &'a Map<String, Value>, depth: u32) -> Map<String, Value> {
        let required: Vec<&str> = map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let Some(properties) = map.get("properties").and_then(Value::as_object) else {
            return required.into_iter().map(|name| (name.to_owned(), json!(name))).collect();
        };
        // Near the bottom only what must be there, so that a schema that refers to itself ends.
        let shallow = depth < DEEPEST / 2;
        let wanted = |name: &str| shallow || required.contains(&name);
        let chosen: Vec<_> = properties.iter().filter(|(name, _)| wanted(name)).collect();
        chosen.into_iter().map(|(name, part)| (name.clone(), self.make(part, name, depth + 1))).collect()
    }

    fn array(&mut self, map: &'a Map<String, Value>, name: &str, depth: u32) -> Value {
        let fixed = map.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut items: Vec<_> = fixed.iter().map(|part| self.make(part, name, depth + 1)).collect();
        let bottom = depth >= DEEPEST / 2;
        let least = bound(map, "minItems").unwrap_or(u64::from(!bottom));
        let most = bound(map, "maxItems").unwrap_or(u64::MAX).min(64);
        let wanted = usize::try_from(least.min(most)).unwrap_or(0);
        if let Some(part) = map.get("items").filter(|part| part.is_object()) {
            while items.len() < wanted {
                items.push(self.make(part, name, depth + 1));
            }
        }
        Value::Array(items)
    }
}

fn first<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key)?.as_array()?.first()
}

fn bound(map: &Map<String, Value>, key: &str) -> Option<u64> {
    map.get(key).and_then(Value::as_u64)
}

/// The type, or what the other keywords betray of it.
fn type_of(map: &Map<String, Value>) -> &str {
    match map.get("type") {
        Some(Value::String(one)) => one,
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("null")
        }
        _ if map.contains_key("properties") || map.contains_key("required") => "object",
        _ if map.contains_key("items") => "array",
        _ => "string",
    }
}

fn string(map: &Map<String, Value>, name: &str) -> String {
    let text = match map.get("format").and_then(Value::as_str) {
        Some("date") => "2026-01-15",
        Some("date-time") => "2026-01-15T09:30:00Z",
        Some("time") => "09:30:00Z",
        Some("duration") => "PT1H",
        Some("email") => "ada@example.com",
        Some("uri" | "uri-reference" | "url") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uuid") => "5f0c1e9a-3b7d-4c2e-8a61-0d9b2f4e6c11",
        _ => by_name(name),
    };
    let least = bound(map, "minLength").and_then(|least| usize::try_from(least).ok()).unwrap_or(0).min(4_096);
    let most = bound(map, "maxLength").and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let padding = least.saturating_sub(text.chars().count());
    text.chars().chain(std::iter::repeat_n('x', padding)).take(most).collect()
}

/// A likely value for a property of this name.
fn by_name(name: &str) -> &str {
    match name {
        "city" | "location" | "place" => "Paris",
        "country" => "France",
        "currency" => "EUR",
        "name" => "Ada",
        "query" | "q" | "search" => "weir",
        "unit" | "units" => "celsius",
        "language" => "en",
        other => other,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "bounds of integers are integers; the cast saturates")]
fn integer(map: &Map<String, Value>) -> i64 {
    let step = map.get("multipleOf").and_then(Value::as_f64).filter(|step| *step >= 1.0).unwrap_or(1.0);
    let (low, high) = range(map, 1.0);
    let value = low.map_or(3.0_f64.min(high.unwrap_or(3.0)), |low| low);
    let stepped = (value / step).ceil() * step;
    stepped as i64
}

fn number(map: &Map<String, Value>) -> Value {
    let (low, high) = range(map, 0.5);
    match (low, high) {
        (Some(low), _) => json!(low),
        (None, high) => json!(1.5_f64.min(high.unwrap_or(1.5))),
    }
}

/// The smallest and the largest value; exclusive ends are moved in by `step`.
fn range(map: &Map<String, Value>, step: f64) -> (Option<f64>, Option<f64>) {
    let get = |key: &str| map.get(key).and_then(Value::as_f64);
    let low = get("minimum").or_else(|| get("exclusiveMinimum").map(|low| low + step));
    let high = get("maximum").or_else(|| get("exclusiveMaximum").map(|high| high - step));
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &Value, expected: &Value) {
        assert_eq!(&example(schema), expected);
    }

    #[test]
    fn values_fit_simple_schemas() {
        let weather = json!({"type": "object", "required": ["city"], "properties": {
            "city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}, "days": {"type": "integer"}}});
        check(&weather, &json!({"city": "Paris", "unit": "celsius", "days": 3}));
        check(&json!({"type": "array", "items": {"type": "number"}, "minItems": 2}), &json!([1.5, 1.5]));
        check(&json!({"type": ["null", "integer"], "minimum": 7, "multipleOf": 5}), &json!(10));
        check(&json!({"anyOf": [{"type": "null"}, {"const": "x"}]}), &json!("x"));
        check(
            &json!({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}),
            &json!({"a": 1, "b": 2}),
        );
        check(&json!({"type": "string", "minLength": 8, "format": "other"}), &json!("valuexxx"));
        check(&json!({}), &json!("value"));
        check(&json!(true), &json!({}));
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let tree = json!({"$defs": {"node": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}},
            "$ref": "#/$defs/node"});
        let value = example(&tree);
        assert_eq!(value["children"][0]["name"], "Ada");
        assert_eq!(example(&json!({"$ref": "#"})), Value::Null);
    }
}
