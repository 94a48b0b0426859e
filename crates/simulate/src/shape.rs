//! What a request must look like, as a table: one value of [`Shape`] for each type of a vendor's wire format.
//! A check finds the first mistake and says where it is; each vendor words it in its own way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// What a value must be.
#[derive(Debug)]
pub(crate) enum Shape {
    Any,
    Text,
    /// A text of at least and at most so many characters.
    Sized(usize, usize),
    /// One of these.
    Word(&'static [&'static str]),
    Bool,
    Integer(i64, i64),
    Number(f64, f64),
    /// An object with any members.
    Object,
    /// An object of which every member has this shape.
    Map(&'static Self),
    /// A list of at least and at most so many.
    List(usize, usize, &'static Self),
    /// An object of these members and no others.
    Record(&'static [Field]),
    /// An object of these members; others are passed over.
    Open(&'static [Field]),
    /// An object with exactly one of these members.
    Union(&'static [Field]),
    /// An object whose member of this name tells which record it is; the records list the others.
    Tagged(&'static str, &'static [(&'static str, &'static [Field])]),
    /// The first of these whose kind fits.
    Either(&'static [Self]),
    /// Bytes in base64, at least one.
    Bytes,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    presence: Presence,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Needed,
    /// May be left out or `null`.
    Free,
}

/// The kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Integer,
    Number,
    Text,
    List,
    Object,
}

/// Where a request is wrong, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    /// The steps from the top: names, and numbers from 0.
    pub(crate) at: Vec<Step>,
    pub(crate) what: What,
    /// What stands there; `null` if nothing does.
    pub(crate) got: Box<Value>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Number(usize),
}

/// How something is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Missing,
    Unknown,
    Kind(Kind),
    Word(Vec<&'static str>),
    /// The tag of a [`Shape::Tagged`].
    Tag(&'static str, Vec<&'static str>),
    /// Smaller than this.
    Below(f64),
    /// Larger than this.
    Above(f64),
    /// A text or list with fewer than this.
    Short(usize),
    /// A text or list with more than this.
    Long(usize),
    /// Not exactly one member of a union.
    Members(Vec<&'static str>),
    Base64,
}

/// A member that must be there.
pub(crate) const fn need(name: &'static str, shape: Shape) -> Field {
    Field { name, presence: Presence::Needed, shape }
}

/// A member that may be left out or `null`.
pub(crate) const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, presence: Presence::Free, shape }
}

/// What a value is.
pub(crate) fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::Text,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Object,
    }
}

/// The members of a list that was checked; none if it is not there.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text that was checked; empty if it is not there.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A member that is there and not `null`.
pub(crate) fn given<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| !value.is_null())
}

/// A count that was checked.
pub(crate) fn count(value: &Value, name: &str) -> Option<u32> {
    let count = value.get(name)?.as_u64()?;
    Some(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Whether a switch is on.
pub(crate) fn on(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool) == Some(true)
}

/// The texts of a list.
pub(crate) fn texts(value: &Value, name: &str) -> Vec<String> {
    items(value, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a value is a JSON Schema, as far as its common keywords go.
pub(crate) fn is_schema(value: &Value) -> bool {
    let Some(map) = value.as_object() else { return value.is_boolean() };
    let types = ["string", "number", "integer", "boolean", "object", "array", "null"];
    let known = |value: &Value| value.as_str().is_some_and(|word| types.contains(&word));
    let is_list_of =
        |value: &Value, fits: fn(&Value) -> bool| value.as_array().is_some_and(|list| list.iter().all(fits));
    map.iter().all(|(keyword, value)| match keyword.as_str() {
        "type" => known(value) || value.as_array().is_some_and(|list| list.iter().all(known)),
        "properties" | "$defs" | "definitions" => {
            value.as_object().is_some_and(|map| map.values().all(is_schema))
        }
        "items" | "not" | "additionalProperties" => is_schema(value),
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => is_list_of(value, is_schema),
        "required" => is_list_of(value, Value::is_string),
        "enum" => value.is_array(),
        "description" | "title" | "format" | "pattern" | "$ref" => value.is_string(),
        _ => true,
    })
}

// === impl Mistake ===

impl Mistake {
    fn new(what: What, got: &Value) -> Self {
        Self { at: Vec::new(), what, got: Box::new(got.clone()) }
    }

    fn under(mut self, step: Step) -> Self {
        self.at.insert(0, step);
        self
    }

    fn named(self, name: &str) -> Self {
        self.under(Step::Name(name.to_owned()))
    }

    /// The path as `a.b[0].c`.
    pub(crate) fn dotted(&self) -> String {
        self.at.iter().fold(String::new(), |path, step| match step {
            Step::Name(name) if path.is_empty() => name.clone(),
            Step::Name(name) => format!("{path}.{name}"),
            Step::Number(number) => format!("{path}[{number}]"),
        })
    }
}

// === impl Shape ===

impl Shape {
    /// Finds the first mistake.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Mistake> {
        match self {
            Self::Any => Ok(()),
            Self::Text => of_kind(value, Kind::Text, value.is_string()),
            Self::Sized(least, most) => sized(value, *least, *most),
            Self::Word(known) => match value.as_str() {
                Some(word) if known.contains(&word) => Ok(()),
                Some(_) => Err(Mistake::new(What::Word(known.to_vec()), value)),
                None => of_kind(value, Kind::Text, false),
            },
            Self::Bool => of_kind(value, Kind::Bool, value.is_boolean()),
            Self::Integer(low, high) => integer(value, *low, *high),
            Self::Number(low, high) => number(value, *low, *high),
            Self::Bytes => bytes(value),
            Self::Either(shapes) => either(value, shapes),
            Self::List(least, most, shape) => list(value, *least, *most, shape),
            _ => match value.as_object() {
                Some(map) => self.object(map, value),
                None => of_kind(value, Kind::Object, false),
            },
        }
    }

    fn object(&self, map: &Map<String, Value>, value: &Value) -> Result<(), Mistake> {
        match self {
            Self::Map(shape) => map
                .iter()
                .try_for_each(|(name, value)| shape.check(value).map_err(|mistake| mistake.named(name))),
            Self::Record(fields) => {
                only(map, fields, None)?;
                members(map, fields)
            }
            Self::Open(fields) => members(map, fields),
            Self::Union(fields) => union(map, fields, value),
            Self::Tagged(tag, kinds) => tagged(map, tag, kinds),
            _ => Ok(()),
        }
    }

    /// What kind of value it takes; `None` if any.
    fn takes(&self) -> Option<Kind> {
        match self {
            Self::Any | Self::Either(_) => None,
            Self::Text | Self::Sized(..) | Self::Word(_) | Self::Bytes => Some(Kind::Text),
            Self::Bool => Some(Kind::Bool),
            Self::Integer(..) => Some(Kind::Integer),
            Self::Number(..) => Some(Kind::Number),
            Self::List(..) => Some(Kind::List),
            _ => Some(Kind::Object),
        }
    }
}

fn of_kind(value: &Value, kind: Kind, fits: bool) -> Result<(), Mistake> {
    if fits { Ok(()) } else { Err(Mistake::new(What::Kind(kind), value)) }
}

fn within(size: usize, least: usize, most: usize, value: &Value) -> Result<(), Mistake> {
    if size < least {
        return Err(Mistake::new(What::Short(least), value));
    }
    if size > most { Err(Mistake::new(What::Long(most), value)) } else { Ok(()) }
}

fn sized(value: &Value, least: usize, most: usize) -> Result<(), Mistake> {
    match value.as_str() {
        Some(text) => within(text.chars().count(), least, most, value),
        None => of_kind(value, Kind::Text, false),
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds of integers are small or the ends of the range")]
fn integer(value: &Value, low: i64, high: i64) -> Result<(), Mistake> {
    match value.as_i64() {
        None => of_kind(value, Kind::Integer, false),
        Some(number) if number < low => Err(Mistake::new(What::Below(low as f64), value)),
        Some(number) if number > high => Err(Mistake::new(What::Above(high as f64), value)),
        Some(_) => Ok(()),
    }
}

fn number(value: &Value, low: f64, high: f64) -> Result<(), Mistake> {
    match value.as_f64() {
        None => of_kind(value, Kind::Number, false),
        Some(number) if number < low => Err(Mistake::new(What::Below(low), value)),
        Some(number) if number > high => Err(Mistake::new(What::Above(high), value)),
        Some(_) => Ok(()),
    }
}

fn bytes(value: &Value) -> Result<(), Mistake> {
    let Some(text) = value.as_str() else { return of_kind(value, Kind::Text, false) };
    match STANDARD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(()),
        Ok(_) => Err(Mistake::new(What::Short(1), value)),
        Err(_) => Err(Mistake::new(What::Base64, value)),
    }
}

fn either(value: &Value, shapes: &[Shape]) -> Result<(), Mistake> {
    let fits = |shape: &&Shape| {
        let kind = kind(value);
        shape.takes().is_none_or(|takes| takes == kind || takes == Kind::Number && kind == Kind::Integer)
    };
    match shapes.iter().find(fits).or_else(|| shapes.first()) {
        Some(shape) => shape.check(value),
        None => Ok(()),
    }
}

fn list(value: &Value, least: usize, most: usize, shape: &Shape) -> Result<(), Mistake> {
    let Some(items) = value.as_array() else { return of_kind(value, Kind::List, false) };
    within(items.len(), least, most, value)?;
    let check = |(at, item)| shape.check(item).map_err(|mistake| mistake.under(Step::Number(at)));
    items.iter().enumerate().try_for_each(check)
}

fn only(map: &Map<String, Value>, fields: &[Field], tag: Option<&str>) -> Result<(), Mistake> {
    let known = |name: &str| tag == Some(name) || fields.iter().any(|field| field.name == name);
    match map.iter().find(|(name, _)| !known(name)) {
        Some((name, value)) => Err(Mistake::new(What::Unknown, value).named(name)),
        None => Ok(()),
    }
}

fn members(map: &Map<String, Value>, fields: &[Field]) -> Result<(), Mistake> {
    fields.iter().try_for_each(|field| {
        let found = match (map.get(field.name), field.presence) {
            (None, Presence::Needed) => Err(Mistake::new(What::Missing, &Value::Null)),
            (None | Some(Value::Null), Presence::Free) => Ok(()),
            (Some(value), _) => field.shape.check(value),
        };
        found.map_err(|mistake| mistake.named(field.name))
    })
}

fn union(map: &Map<String, Value>, fields: &[Field], value: &Value) -> Result<(), Mistake> {
    only(map, fields, None)?;
    let set: Vec<_> =
        fields.iter().filter(|field| map.get(field.name).is_some_and(|value| !value.is_null())).collect();
    if set.len() != 1 {
        return Err(Mistake::new(What::Members(fields.iter().map(|field| field.name).collect()), value));
    }
    members(map, fields)
}

fn tagged(
    map: &Map<String, Value>,
    tag: &'static str,
    kinds: &[(&'static str, &'static [Field])],
) -> Result<(), Mistake> {
    let Some(value) = map.get(tag) else {
        return Err(Mistake::new(What::Missing, &Value::Null).named(tag));
    };
    let Some(given) = value.as_str() else {
        return of_kind(value, Kind::Text, false).map_err(|mistake| mistake.named(tag));
    };
    let Some((_, fields)) = kinds.iter().find(|(name, _)| *name == given) else {
        return Err(Mistake::new(What::Tag(tag, kinds.iter().map(|(name, _)| *name).collect()), value));
    };
    only(map, fields, Some(tag))?;
    members(map, fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static LEAF: Shape = Shape::Tagged(
        "type",
        &[("text", &[need("text", Shape::Sized(1, 4))]), ("blob", &[need("data", Shape::Bytes)])],
    );
    static TREE: Shape = Shape::Record(&[
        need("leaves", Shape::List(1, 3, &LEAF)),
        may("one", Shape::Union(&[may("a", Shape::Bool), may("b", Shape::Integer(0, 9))])),
        may("loose", Shape::Either(&[Shape::Text, Shape::Number(0.0, 1.0)])),
    ]);

    fn check(extra: &Value, at: &str, what: Option<What>) {
        let mut tree = json!({"leaves": [{"type": "text", "text": "x"}, {"type": "blob", "data": "AA=="}]});
        for (name, value) in extra.as_object().unwrap() {
            tree[name] = value.clone();
        }
        match TREE.check(&tree) {
            Ok(()) => assert_eq!(what, None, "{extra}"),
            Err(mistake) => {
                assert_eq!((mistake.dotted().as_str(), Some(mistake.what)), (at, what), "{extra}");
            }
        }
    }

    #[test]
    fn schemas_are_told_from_other_objects() {
        let good = json!({"type": ["object", "null"], "properties": {"a": {"enum": [1]}, "b": true}, "required": ["a"],
            "additionalProperties": false, "anyOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {}}, "x-own": 1});
        assert!(is_schema(&good));
        for wrong in [
            json!({"type": "text"}),
            json!({"type": "object", "properties": []}),
            json!({"properties": {"a": 1}}),
            json!({"required": "a"}),
            json!({"items": [1]}),
            json!({"anyOf": {}}),
            json!("object"),
        ] {
            assert!(!is_schema(&wrong), "{wrong}");
        }
    }

    #[test]
    fn mistakes_are_found_where_they_are() {
        check(&json!({}), "", None);
        check(&json!({"one": null, "loose": 1}), "", None);
        check(&json!({"loose": "x", "one": {"b": 3, "a": null}}), "", None);
        check(&json!({"more": 1}), "more", Some(What::Unknown));
        check(&json!({"leaves": null}), "leaves", Some(What::Kind(Kind::List)));
        check(&json!({"leaves": []}), "leaves", Some(What::Short(1)));
        check(&json!({"leaves": [{}]}), "leaves[0].type", Some(What::Missing));
        check(
            &json!({"leaves": [{"type": "x"}]}),
            "leaves[0]",
            Some(What::Tag("type", vec!["text", "blob"])),
        );
        check(&json!({"leaves": [{"type": "text", "text": "long!"}]}), "leaves[0].text", Some(What::Long(4)));
        check(&json!({"leaves": [{"type": "blob", "data": "?"}]}), "leaves[0].data", Some(What::Base64));
        check(&json!({"one": {}}), "one", Some(What::Members(vec!["a", "b"])));
        check(&json!({"one": {"b": 10}}), "one.b", Some(What::Above(9.0)));
        check(&json!({"one": {"c": 10}}), "one.c", Some(What::Unknown));
        check(&json!({"loose": -1}), "loose", Some(What::Below(0.0)));
        check(&json!({"loose": []}), "loose", Some(What::Kind(Kind::Text)));
    }
}
