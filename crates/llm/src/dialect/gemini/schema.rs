//! Google's subset of OpenAPI's schemas, turned into JSON Schema.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use json::{Array, Data, Object, Text, Value, push_string};

use super::members::{camel, is, member};
use crate::RequestError;

/// Members of a schema that are schemas, lists of them, and objects of them.
const SCHEMAS: [&str; 2] = ["items", "additionalProperties"];
const LISTS: [&str; 4] = ["anyOf", "allOf", "oneOf", "prefixItems"];
const OBJECTS: [&str; 3] = ["properties", "$defs", "definitions"];

/// Members that may be numbers written as strings.
const NUMBERS: [&str; 6] =
    ["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"];

/// The request with its schemas as JSON Schema: those of `parameters` and `responseSchema`, which stay where they are.
pub(super) fn prepare(text: &str) -> Result<Cow<'_, str>, RequestError> {
    if !["parameters", "responseSchema", "response_schema"].iter().any(|name| text.contains(name)) {
        return Ok(Cow::Borrowed(text));
    }
    let body = Value::parse(text).map_err(RequestError::json)?;
    let mut out = Vec::with_capacity(text.len());
    copy(&body, &mut out, &|key, value, out| {
        if is(key, "tools") {
            copy(value, out, &|key, value, out| {
                is(key, "functionDeclarations")
                    && copy(value, out, &|key, value, out| is(key, "parameters") && write(value, out))
            })
        } else {
            is(key, "generationConfig")
                && copy(value, out, &|key, value, out| is(key, "responseSchema") && write(value, out))
        }
    });
    Ok(String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned))
}

/// What writes the value of a member, or does not.
type Writer<'w> = &'w dyn Fn(&Text<'_>, &Value<'_>, &mut Vec<u8>) -> bool;

/// Copies an object, or a list of them, but for members that `each` writes. Always writes.
fn copy(value: &Value<'_>, out: &mut Vec<u8>, each: Writer<'_>) -> bool {
    match &value.data {
        Data::Object(members) => {
            let mut object = Object::begin(out);
            for (key, value) in members {
                let out = object.text_key(key);
                if !each(key, value, out) {
                    out.extend_from_slice(value.raw.as_bytes());
                }
            }
            object.end();
        }
        Data::Array(items) => {
            let mut array = Array::begin(out);
            for item in items {
                copy(item, array.item(), each);
            }
            array.end();
        }
        _ => out.extend_from_slice(value.raw.as_bytes()),
    }
    true
}

/// Writes a schema, unless it is none.
fn write(schema: &Value<'_>, out: &mut Vec<u8>) -> bool {
    if !matches!(schema.data, Data::Object(_)) {
        return false;
    }
    let nullable = schema.get("nullable").as_bool() == Some(true);
    let mut object = Object::begin(out);
    for (key, value) in schema.members() {
        let name = camel(&key.decode());
        match name.as_str() {
            "nullable" | "propertyOrdering" => {}
            "type" => kind(value, nullable, &mut object),
            "format" if value.is("enum") => {}
            "enum" => options(value, nullable, &mut object),
            "example" => {
                let mut list = object.array("examples");
                list.item().extend_from_slice(value.raw.as_bytes());
                list.end();
            }
            "ref" => drop(object.raw("$ref", value.raw)),
            "defs" => properties(value, None, object.key("$defs")),
            "properties" => properties(value, Some(schema), object.key("properties")),
            name if OBJECTS.contains(&name) => properties(value, None, object.text_key(key)),
            name if SCHEMAS.contains(&name) => {
                let out = object.text_key(&Text::from_plain(name));
                if !write(value, out) {
                    out.extend_from_slice(value.raw.as_bytes());
                }
            }
            name if LISTS.contains(&name) => {
                let mut list = Array::begin(object.text_key(&Text::from_plain(name)));
                for item in value.items() {
                    let out = list.item();
                    if !write(item, out) {
                        out.extend_from_slice(item.raw.as_bytes());
                    }
                }
                if nullable && name == "anyOf" {
                    list.item().extend_from_slice(br#"{"type":"null"}"#);
                }
                list.end();
            }
            name => {
                let number = value.as_text().filter(|_| NUMBERS.contains(&name));
                let number = number.filter(|text| text.literal().parse::<u64>().is_ok());
                let raw = number.as_ref().map_or(value.raw, Text::literal);
                object.text_key(&Text::from_plain(name)).extend_from_slice(raw.as_bytes());
            }
        }
    }
    object.end();
    true
}

/// Writes `type`, which Google writes in capitals.
fn kind(value: &Value<'_>, nullable: bool, object: &mut Object<'_>) {
    let Some(word) = value.as_text() else {
        object.raw("type", value.raw);
        return;
    };
    let word = word.decode().to_ascii_lowercase();
    if word == "type_unspecified" {
        return;
    }
    let out = object.key("type");
    if nullable && word != "null" {
        let mut list = Array::begin(out);
        push_string(list.item(), &word);
        push_string(list.item(), "null");
        list.end();
    } else {
        push_string(out, &word);
    }
}

fn options(value: &Value<'_>, nullable: bool, object: &mut Object<'_>) {
    let mut list = object.array("enum");
    for item in value.items() {
        list.item().extend_from_slice(item.raw.as_bytes());
    }
    if nullable && !value.items().iter().any(Value::is_null) {
        list.item().extend_from_slice(b"null");
    }
    list.end();
}

/// Writes an object of schemas, in the order that `schema` demands for them.
fn properties(value: &Value<'_>, schema: Option<&Value<'_>>, out: &mut Vec<u8>) {
    let order = schema.map_or(&[][..], |schema| member(schema, "propertyOrdering").items());
    let first = order.iter().filter_map(Value::as_text).enumerate();
    let order: HashMap<Text<'_>, usize, RandomState> = first.map(|(at, name)| (name, at)).collect();
    let mut members: Vec<&(Text<'_>, Value<'_>)> = value.members().iter().collect();
    members.sort_by_key(|(name, _)| order.get(name).copied().unwrap_or(usize::MAX));
    let mut object = Object::begin(out);
    for (name, value) in members {
        let out = object.text_key(name);
        if !write(value, out) {
            out.extend_from_slice(value.raw.as_bytes());
        }
    }
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, expect: &str) {
        let body = |schema: &str| {
            format!(
                r#"{{"tools":[{{"function_declarations":[{{"name":"f","parameters":{schema}}}]}}],"contents":[]}}"#
            )
        };
        assert_eq!(prepare(&body(schema)).unwrap(), body(expect));
        let body = |schema: &str| {
            format!(r#"{{"contents":[],"generationConfig":{{"responseSchema":{schema},"topK":1}}}}"#)
        };
        assert_eq!(prepare(&body(schema)).unwrap(), body(expect));
    }

    #[test]
    fn schemas_of_google_become_json_schema() {
        check(
            r#"{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true},"b":{"type":"ARRAY","items":{"type":"INTEGER","format":"int32"},"minItems":"1"}},"required":["a"],"propertyOrdering":["b","a"]}"#,
            r#"{"type":"object","properties":{"b":{"type":"array","items":{"type":"integer","format":"int32"},"minItems":1},"a":{"type":["string","null"]}},"required":["a"]}"#,
        );
        check(
            r#"{"any_of":[{"type":"STRING","format":"enum","enum":["x","y"]},{"type":"NUMBER"}],"nullable":true,"example":"x"}"#,
            r#"{"anyOf":[{"type":"string","enum":["x","y"]},{"type":"number"},{"type":"null"}],"examples":["x"]}"#,
        );
        check(
            r#"{"type":"string","enum":["x"],"nullable":true}"#,
            r#"{"type":["string","null"],"enum":["x",null]}"#,
        );
        // A property may be called as a member of a schema is; JSON Schema stays.
        let plain = r##"{"type":"object","properties":{"type":{"type":"string"},"nullable":{"type":["number","null"]}},"additionalProperties":false,"$defs":{"x":{"$ref":"#/$defs/y"}}}"##;
        check(plain, plain);
        check("null", "null");
    }
}
