//! What came as text, as the types that a schema wants: an address, a header field and a form know no others.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use super::{DEEPEST, referred};

/// So many schemas and values that they list are looked at, those of all inputs together.
const MOST: usize = 100_000;

/// How text that stands for several values is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// A name for each value, as in a query and a form: what came by several is a list already.
    Repeated,
    /// Commas between the values, as in a path and a header field.
    Commas,
}

/// The types of each input.
pub(super) type Known = HashMap<Box<str>, Wanted>;

/// What a schema lets a value be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    own: Types,
    /// What an item of a list may be.
    item: Types,
}

/// Types that a value may have; none: nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Types(u8);

/// The types by their names; the place of each is its bit.
const NAMES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/// The types of the inputs that the schema of all speaks of, by itself or by those that it is made of. Where schemas are made
/// of too many, the rest says nothing.
pub(super) fn known(whole: &Value, inputs: &Value) -> Known {
    let mut reader = Reader { whole, left: MOST };
    let mut known = Known::new();
    reader.inputs(inputs, &mut known, 0);
    known
}

/// Whether text is read as the JSON of an object where this schema, which stands by itself, is what is wanted.
pub(crate) fn is_object(schema: &Value) -> bool {
    let own = Reader { whole: schema, left: MOST }.wanted(schema).own;
    own.has("object") && !own.has("string")
}

struct Reader<'s> {
    whole: &'s Value,
    left: usize,
}

// === impl Wanted ===

impl Wanted {
    /// The value as what is wanted, as far as it is text that can be read so. What may be text stays text; text that is wanted
    /// as a list is one of items that are no lists.
    pub(super) fn read(self, value: Value, lists: Lists) -> Value {
        let item = |one: Value| match one {
            Value::String(text) => self.item.read(text),
            other => other,
        };
        match value {
            Value::Array(values) => Value::Array(values.into_iter().map(item).collect()),
            Value::String(text) => match self.own.read(text) {
                Value::String(text) if self.own.has("array") && !self.own.has("string") => match lists {
                    Lists::Commas => text.split(',').map(|one| item(one.trim().into())).collect(),
                    Lists::Repeated => Value::Array(vec![item(text.into())]),
                },
                value => value,
            },
            other => other,
        }
    }
}

// === impl Types ===

impl Types {
    fn has(self, name: &str) -> bool {
        self.0 & Self::of(name).0 != 0
    }

    fn of(name: &str) -> Self {
        Self(NAMES.iter().position(|known| *known == name).map_or(0, |at| 1 << at))
    }

    fn add(&mut self, name: &str) {
        self.0 |= Self::of(name).0;
    }

    /// Text as one of these types; text where it may be text, or is none of them.
    fn read(self, text: String) -> Value {
        let scalar = if self.has("string") { None } else { self.scalar(&text) };
        scalar.unwrap_or(Value::String(text))
    }

    fn scalar(self, text: &str) -> Option<Value> {
        let whole =
            || text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok();
        let number =
            || whole().or_else(|| Number::from_f64(text.parse().ok()?).filter(|_| self.has("number")));
        match text {
            "true" | "false" if self.has("boolean") => Some(Value::Bool(text == "true")),
            "null" if self.has("null") => Some(Value::Null),
            _ if (self.has("integer") || self.has("number")) && !text.starts_with('{') => {
                number().map(Value::Number)
            }
            _ if self.has("object") => serde_json::from_str(text).ok().filter(Value::is_object),
            _ => None,
        }
    }
}

// === impl Reader ===

impl<'s> Reader<'s> {
    /// Takes in the inputs that a schema speaks of; what it says itself comes before what it is made of.
    fn inputs(&mut self, schema: &'s Value, known: &mut Known, depth: usize) {
        let properties = schema.get("properties").and_then(Value::as_object);
        if depth > DEEPEST || !self.pay(1 + properties.map_or(0, Map::len)) {
            return;
        }
        for (name, property) in properties.into_iter().flatten() {
            if !known.contains_key(&**name) {
                known.insert(name.as_str().into(), self.wanted(property));
            }
        }
        let all_of = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for part in all_of.chain(referred(self.whole, schema)) {
            self.inputs(part, known, depth + 1);
        }
    }

    fn wanted(&mut self, schema: &'s Value) -> Wanted {
        let (mut wanted, mut items) = (Wanted::default(), None);
        self.types(schema, (&mut wanted.own, &mut items), 0);
        if let Some(items) = items {
            self.types(items, (&mut wanted.item, &mut None), 0);
        }
        // Of what is read in part, nothing is said: what was not read may let it be text.
        if self.left > 0 { wanted } else { Wanted::default() }
    }

    /// Takes in what a schema says, by itself or by those that it is made of.
    fn types(&mut self, schema: &'s Value, found: (&mut Types, &mut Option<&'s Value>), depth: usize) {
        let listed = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if depth > DEEPEST || !self.pay(1 + listed.len()) {
            return;
        }
        let (types, items) = found;
        *items = items.or_else(|| schema.get("items"));
        let mut own = Types::default();
        match schema.get("type") {
            Some(Value::String(name)) => own.add(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| own.add(name));
            }
            _ => listed.iter().chain(schema.get("const")).map(of).for_each(|name| own.add(name)),
        }
        types.0 |= own.0;
        // What a schema says of the type holds whatever it is made of besides.
        let said = (own != Types::default()).then_some(*types);
        let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|name| schema.get(name)?.as_array());
        for part in parts.flatten().chain(referred(self.whole, schema)) {
            self.types(part, (types, items), depth + 1);
        }
        *types = said.unwrap_or(*types);
    }

    /// Whether so much may still be looked at.
    fn pay(&mut self, much: usize) -> bool {
        let left = self.left.checked_sub(much);
        self.left = left.unwrap_or_default();
        left.is_some()
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
