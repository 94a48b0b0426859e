//! What an operation may answer, by what its description says: examples, and where there are none, values that its schemas
//! allow. The same description gives the same answer.

use serde_json::{Map, Value};

use crate::{Operation, Schemas};

/// An answer that a description gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its status.
    pub status: u16,
    /// Header fields of which an example is given.
    pub headers: Vec<(Box<str>, String)>,
    /// Its body's media type, where it has a body.
    pub kind: Option<Box<str>>,
    /// Its body; text is sent as it is where the media type is not JSON.
    pub body: Value,
}

/// How deep schemas are followed.
const DEEP: usize = 16;
/// So many values are made of one schema.
const MOST: usize = 10_000;

// === impl Schemas ===

impl<'d> Schemas<'d> {
    /// What an operation answers where it goes well; none where the description does not say.
    pub fn example(self, operation: &Operation) -> Option<Example> {
        let (status, answer) = self.well(operation)?;
        let fields = answer.get("headers").and_then(Value::as_object).into_iter().flatten();
        let field = |(name, header): (&String, &'d Value)| {
            let header = self.follow(header).0;
            let text = match self.said(header).or_else(|| self.said(header.get("schema")?))? {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Some((name.to_ascii_lowercase().into(), text))
        };
        let headers = fields.filter_map(field).collect();
        let content = answer.get("content").and_then(Value::as_object);
        let json = content.and_then(|content| content.iter().find(|(kind, _)| is_json(kind)));
        let chosen = json.or_else(|| content?.iter().next());
        let kind = chosen.map(|(kind, _)| if kind.contains('*') { "application/json" } else { kind }.into());
        let body = chosen.map(|(_, content)| self.body_of(content)).unwrap_or_default();
        Some(Example { status, headers, kind, body })
    }

    fn body_of(self, content: &'d Value) -> Value {
        let made = || Some(Maker { schemas: self, left: MOST }.make(content.get("schema")?, 0));
        self.said(content).or_else(made).unwrap_or_default()
    }

    /// What stands as an example, or is the only value.
    fn said(self, value: &'d Value) -> Option<Value> {
        if let Some(own) = value.get("example") {
            return Some(own.clone());
        }
        let first = match value.get("examples") {
            // Of a schema.
            Some(Value::Array(all)) => all.first().cloned(),
            // Of a media type, a parameter or a header.
            Some(Value::Object(named)) => {
                named.values().find_map(|one| self.follow(one).0.get("value").cloned())
            }
            _ => None,
        };
        first
            .or_else(|| value.get("default").cloned())
            .or_else(|| value.get("const").cloned())
            .or_else(|| value.get("enum")?.as_array()?.first().cloned())
    }
}

/// Makes values of schemas.
struct Maker<'d> {
    schemas: Schemas<'d>,
    left: usize,
}

// === impl Maker ===

impl<'d> Maker<'d> {
    fn make(&mut self, schema: &'d Value, deep: usize) -> Value {
        let (schema, _) = self.schemas.follow(schema);
        if let Some(said) = self.schemas.said(schema) {
            return said;
        }
        if deep == DEEP || self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        let choice = ["oneOf", "anyOf"].iter().find_map(|name| schema.get(*name)?.as_array()?.first());
        if let Some(first) = choice {
            return self.make(first, deep + 1);
        }
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => Some(kind.as_str()),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
            _ => None,
        };
        match kind {
            Some("string") => string(schema).into(),
            Some("integer") => number(schema).map_or(0, whole).into(),
            Some("number") => number(schema).map_or_else(|| 0.into(), Value::from),
            Some("boolean") => true.into(),
            Some("array") => self.list(schema, deep),
            Some("null") => Value::Null,
            _ => self.object(schema, deep),
        }
    }

    /// A list of as many items as there must be, of one at least.
    fn list(&mut self, schema: &'d Value, deep: usize) -> Value {
        let Some(items) = schema.get("items") else { return Value::Array(Vec::new()) };
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1);
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let count = least.max(1).min(most).min(100);
        (0..count).map(|_| self.make(items, deep + 1)).collect()
    }

    /// An object with all its members; past half the depth only those that must be there.
    fn object(&mut self, schema: &'d Value, deep: usize) -> Value {
        let (members, required) = self.schemas.members(schema);
        if members.is_empty() && schema.get("type").is_none() && schema.get("properties").is_none() {
            return Value::Null;
        }
        let wanted =
            members.into_iter().filter(|(name, _)| deep < DEEP / 2 || required.contains(&name.as_str()));
        let mut object = Map::new();
        for (name, member) in wanted {
            object.insert(name.clone(), self.make(member, deep + 1));
        }
        Value::Object(object)
    }
}

fn string(schema: &Value) -> String {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "PT1S",
        Some("email") => "someone@example.com",
        Some("uri" | "url" | "uri-reference") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "text",
    };
    let length = |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let mut text = text.to_owned();
    while text.len() < length("minLength").unwrap_or_default().min(1000) {
        text.push('x');
    }
    if let Some(most) = length("maxLength") {
        text.truncate(most);
    }
    text
}

/// The least number that a schema allows, where it says so; the greatest where that is below zero.
fn number(schema: &Value) -> Option<f64> {
    let at = |name: &str| schema.get(name).and_then(Value::as_f64);
    let least = at("minimum").or_else(|| at("exclusiveMinimum").map(|least| least + 1.0));
    least.or_else(|| {
        at("maximum").or_else(|| at("exclusiveMaximum").map(|most| most - 1.0)).filter(|most| *most < 0.0)
    })
}

/// The least whole number that is not less.
fn whole(least: f64) -> i64 {
    format!("{:.0}", least.ceil()).parse().unwrap_or_default()
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Description;

    fn example(answers: &Value) -> Option<Example> {
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "components": {
                "schemas": {
                    "Pet": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Pet"}}, "required": ["name"]}]},
                    "Base": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 3}, "kind": {"enum": ["cat", "dog"]}}, "required": ["id"]},
                },
                "examples": {"one": {"value": {"id": 7}}},
            },
            "paths": {"/pets": {"get": {"responses": answers}}},
        });
        let description = Description::read(&document).unwrap();
        Schemas::of(&document).example(&description.operations[0])
    }

    fn body(content: &Value) -> Value {
        example(&json!({"200": {"content": {"application/json": content}}})).unwrap().body
    }

    #[test]
    fn examples_stand_before_what_schemas_allow() {
        assert_eq!(body(&json!({"example": 1, "schema": {"example": 2}})), 1);
        assert_eq!(
            body(&json!({"examples": {"a": {"$ref": "#/components/examples/one"}}})),
            json!({"id": 7})
        );
        assert_eq!(body(&json!({"schema": {"type": "string", "examples": ["b"], "default": "a"}})), "b");
        assert_eq!(body(&json!({"schema": {"type": "string", "default": "a", "enum": ["c"]}})), "a");
        assert_eq!(body(&json!({"schema": {"const": 4}})), 4);
        assert_eq!(body(&json!({})), Value::Null);
    }

    #[test]
    fn schemas_give_values_that_they_allow() {
        let made = body(&json!({"schema": {"type": "object", "properties": {
            "at": {"type": "string", "format": "date-time"}, "n": {"type": ["null", "number"], "maximum": -2},
            "b": {"type": "boolean"}, "l": {"type": "array", "minItems": 2, "items": {"type": "integer"}},
            "none": {"type": "array", "maxItems": 0, "items": {}}, "code": {"type": "string", "minLength": 6, "maxLength": 6},
            "either": {"oneOf": [{"type": "integer", "exclusiveMinimum": 4}, {"type": "string"}]}, "any": {},
        }}}));
        assert_eq!(
            made,
            json!({"at": "2026-01-01T00:00:00Z", "n": -2.0, "b": true, "l": [0, 0], "none": [], "code": "textxx", "either": 5, "any": null})
        );
        let pet = body(&json!({"schema": {"$ref": "#/components/schemas/Pet"}}));
        assert_eq!((&pet["id"], &pet["kind"], &pet["name"]), (&json!(3), &json!("cat"), &json!("text")));
        assert_eq!(pet["next"]["next"]["id"], 3, "what contains itself comes to an end");
    }

    #[test]
    fn the_answer_is_the_one_of_success_with_its_fields() {
        let created = json!({"404": {}, "201": {
            "headers": {"Location": {"schema": {"type": "string", "example": "/pets/1"}}, "ETag": {"schema": {"type": "string"}}},
            "content": {"text/plain": {"example": "made"}},
        }});
        let found = example(&created).unwrap();
        assert_eq!(
            (found.status, found.kind.as_deref(), found.body),
            (201, Some("text/plain"), "made".into())
        );
        assert_eq!(found.headers, [("location".into(), "/pets/1".to_owned())]);
        assert_eq!(
            example(&json!({"204": {}})).unwrap(),
            Example { status: 204, headers: Vec::new(), kind: None, body: Value::Null }
        );
        assert_eq!(example(&json!({"2XX": {}})).unwrap().status, 200);
        assert_eq!(example(&json!({"default": {}})).unwrap().status, 200);
        assert_eq!(example(&json!({"404": {}})), None);
    }
}
