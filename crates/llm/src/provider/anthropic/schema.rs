//! JSON schemas as Anthropic's strict mode takes them: fewer keywords, objects closed. What must go is told
//! to the model in the description, so that the wish is not lost.

use json::{Array, Data, Object, Text, Value, push_text};

/// Keywords that strict mode refuses.
const REFUSED: [&str; 24] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "prefixItems",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedItems",
    "unevaluatedProperties",
    "not",
    "if",
];

/// Keywords that mean nothing without one that is refused.
const SILENT: [&str; 3] = ["then", "else", "additionalProperties"];

/// Writes a schema for a tool that is not strict: as it is, except that it must be for an object.
pub(in crate::provider) fn write_loose(schema: Option<&Value<'_>>, out: &mut Vec<u8>) {
    match schema {
        Some(schema) if !schema.get("type").is_null() => out.extend_from_slice(schema.raw.as_bytes()),
        schema => {
            let mut object = Object::begin(out);
            object.string("type", "object");
            let members = schema.map(Value::members).unwrap_or_default();
            for (key, value) in members.iter().filter(|(key, _)| !key.is("type")) {
                object.text_key(key).extend_from_slice(value.raw.as_bytes());
            }
            if members.is_empty() {
                object.raw("properties", "{}");
            }
            object.end();
        }
    }
}

/// Writes a schema for strict mode.
pub(in crate::provider) fn write_strict(schema: &Value<'_>, out: &mut Vec<u8>) {
    let Data::Object(members) = &schema.data else {
        out.extend_from_slice(schema.raw.as_bytes());
        return;
    };
    let mut object = Object::begin(out);
    let has = |name: &str| members.iter().any(|(key, _)| key.is(name));
    let has_any_of = has("anyOf");
    let mut notes = String::new();
    for (key, value) in members {
        match &*key.decode() {
            "description" => {}
            name if REFUSED.contains(&name)
                || (name == "minItems" && value.as_u64().is_none_or(|min| min > 1)) =>
            {
                note(&mut notes, name, value);
            }
            name if SILENT.contains(&name) => {}
            "properties" | "$defs" | "definitions" => each_named(value, object.text_key(key)),
            "items" => write_strict(value, object.text_key(key)),
            "anyOf" | "allOf" => each(value, object.text_key(key)),
            "oneOf" if !has_any_of => each(value, object.key("anyOf")),
            "oneOf" => note(&mut notes, "oneOf", value),
            _ => object.text_key(key).extend_from_slice(value.raw.as_bytes()),
        }
    }
    describe(schema.get("description"), &notes, &mut object);
    let kind = schema.get("type");
    if kind.is("object") || kind.items().iter().any(|kind| kind.is("object")) || has("properties") {
        object.raw("additionalProperties", "false");
    }
    object.end();
}

fn note(notes: &mut String, name: &str, value: &Value<'_>) {
    notes.push_str(if notes.is_empty() { "" } else { ", " });
    notes.push_str(name);
    notes.push_str(": ");
    notes.push_str(value.raw);
}

fn describe(description: &Value<'_>, notes: &str, object: &mut Object<'_>) {
    let text = description.as_text();
    if notes.is_empty() {
        if let Some(text) = text {
            object.text("description", &text);
        }
        return;
    }
    let before = text.as_ref().map(Text::decode).unwrap_or_default();
    let gap = if before.is_empty() { "" } else { " " };
    object.string("description", &format!("{before}{gap}({notes})"));
}

fn each(schemas: &Value<'_>, out: &mut Vec<u8>) {
    let mut array = Array::begin(out);
    for schema in schemas.items() {
        write_strict(schema, array.item());
    }
    array.end();
}

fn each_named(schemas: &Value<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (key, schema)) in schemas.members().iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push_text(out, key);
        out.push(b':');
        write_strict(schema, out);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(schema: &str) -> String {
        let mut out = Vec::new();
        write_strict(&Value::parse(schema).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn loose(schema: Option<&str>) -> String {
        let mut out = Vec::new();
        let schema = schema.map(|schema| Value::parse(schema).unwrap());
        write_loose(schema.as_ref(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strict_schemas_lose_keywords_and_close_objects() {
        assert_eq!(
            strict(
                r#"{"type":"object","properties":{"minimum":{"type":"integer","minimum":1,"description":"how many"}},"required":["minimum"]}"#
            ),
            r#"{"type":"object","properties":{"minimum":{"type":"integer","description":"how many (minimum: 1)"}},"required":["minimum"],"additionalProperties":false}"#
        );
        assert_eq!(
            strict(
                r#"{"type":"array","minItems":1,"maxItems":3,"items":{"oneOf":[{"type":"string"},{"type":["object","null"]}]}}"#
            ),
            r#"{"type":"array","minItems":1,"items":{"anyOf":[{"type":"string"},{"type":["object","null"],"additionalProperties":false}]},"description":"(maxItems: 3)"}"#
        );
        assert_eq!(
            strict(
                r##"{"$ref":"#/$defs/a","$defs":{"a":{"properties":{},"additionalProperties":{"type":"string"}}}}"##
            ),
            r##"{"$ref":"#/$defs/a","$defs":{"a":{"properties":{},"additionalProperties":false}}}"##
        );
    }

    #[test]
    fn loose_schemas_only_become_objects() {
        assert_eq!(loose(None), r#"{"type":"object","properties":{}}"#);
        assert_eq!(loose(Some("{}")), r#"{"type":"object","properties":{}}"#);
        assert_eq!(loose(Some(r#"{"properties":{"a":{}}}"#)), r#"{"type":"object","properties":{"a":{}}}"#);
        assert_eq!(
            loose(Some(r#"{ "type": "object", "maximum": 1 }"#)),
            r#"{ "type": "object", "maximum": 1 }"#
        );
    }
}
