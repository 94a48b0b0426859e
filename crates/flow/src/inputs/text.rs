//! What came as text, as the types that a schema wants: an address, a header field and a form know no others.

use serde_json::{Number, Value};

use super::{DEEPEST, referred};

/// How text that stands for several values is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// A name for each value, as in a query and a form: what came by several is a list already.
    Repeated,
    /// Commas between the values, as in a path and a header field.
    Commas,
}

/// The types that a schema lets a value have; none: it says nothing.
#[derive(Debug, Default)]
struct Types<'s> {
    names: Vec<&'s str>,
    /// What an item of a list is.
    items: Option<&'s Value>,
}

/// The value as what the schema wants, as far as it is text that can be read so. What may be text stays text.
pub(super) fn read(whole: &Value, schema: &Value, value: Value, lists: Lists) -> Value {
    let mut types = Types::default();
    types.take(whole, schema, 0);
    let item = |one: Value| match types.items {
        Some(items) => read(whole, items, one, Lists::Repeated),
        None => one,
    };
    match value {
        Value::Array(values) => Value::Array(values.into_iter().map(item).collect()),
        Value::String(text) if types.has("string") => Value::String(text),
        Value::String(text) => match scalar(&types, &text) {
            Some(value) => value,
            None if types.has("array") && lists == Lists::Commas => {
                Value::Array(text.split(',').map(|one| item(one.trim().into())).collect())
            }
            None if types.has("array") => Value::Array(vec![item(text.into())]),
            None => Value::String(text),
        },
        other => other,
    }
}

fn scalar(types: &Types<'_>, text: &str) -> Option<Value> {
    let whole =
        || text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok();
    let number = || whole().or_else(|| Number::from_f64(text.parse().ok()?).filter(|_| types.has("number")));
    match text {
        "true" | "false" if types.has("boolean") => Some(Value::Bool(text == "true")),
        "null" if types.has("null") => Some(Value::Null),
        _ if types.has("integer") || types.has("number") => number().map(Value::Number),
        _ if types.has("object") => serde_json::from_str(text).ok().filter(Value::is_object),
        _ => None,
    }
}

// === impl Types ===

impl<'s> Types<'s> {
    fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// Takes in what a schema says, by itself or by those that it is made of.
    fn take(&mut self, whole: &'s Value, schema: &'s Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        self.items = self.items.or_else(|| schema.get("items"));
        let before = self.names.len();
        match schema.get("type") {
            Some(Value::String(name)) => self.names.push(name),
            Some(Value::Array(names)) => self.names.extend(names.iter().filter_map(Value::as_str)),
            _ => {
                let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
                for value in listed.chain(schema.get("const")) {
                    self.names.push(of(value));
                }
            }
        }
        // What a schema says of the type holds whatever it is made of besides.
        let said = self.names.len() > before;
        let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|name| schema.get(name)?.as_array());
        for part in parts.flatten().chain(referred(whole, schema)) {
            let known = self.names.len();
            self.take(whole, part, depth + 1);
            if said {
                self.names.truncate(known);
            }
        }
    }
}

/// The name of a value's type.
fn of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
