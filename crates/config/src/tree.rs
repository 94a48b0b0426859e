//! YAML as a tree with positions.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Spanned, Tagged};

/// What a file may have in it: what an `OpenAPI` description of 16 MiB has, and no more.
pub(crate) fn budget() -> Option<serde_saphyr::Budget> {
    serde_saphyr::budget! { max_nodes: 2_000_000, max_events: 8_000_000 }
}

/// Where something stands in a file; both count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Scalar(Value),
    List(Vec<Node>),
    /// Each key with its own place, which is where a mistake about its value is best shown.
    Map(Vec<(String, Place, Node)>),
}

impl Node {
    /// A text that is all of a file.
    pub(crate) fn text(text: String) -> Self {
        Self { place: Place { line: 1, column: 1 }, kind: Kind::Scalar(Value::String(text)) }
    }

    /// The JSON value.
    pub(crate) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(pairs) => Value::Object(
                pairs.iter().map(|(key, _, node)| (key.clone(), node.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The place of what a JSON Pointer names, or of the innermost part of it that is there.
    pub(crate) fn find(&self, pointer: &str) -> Place {
        let mut node = self;
        let mut place = self.place;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = match &node.kind {
                Kind::Map(pairs) => {
                    pairs.iter().find(|(key, _, _)| *key == token).map(|(_, at, node)| (*at, node))
                }
                Kind::List(items) => {
                    token.parse::<usize>().ok().and_then(|at| items.get(at)).map(|node| (node.place, node))
                }
                Kind::Scalar(_) => None,
            };
            let Some((at, inner)) = next else { break };
            (place, node) = (at, inner);
        }
        place
    }

    /// The keys of the map that a JSON Pointer names, in their order.
    pub(crate) fn names(&self, pointer: &str) -> Option<Vec<&str>> {
        let mut node = self;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            node = match &node.kind {
                Kind::Map(pairs) => {
                    pairs.iter().find(|(key, _, _)| *key == token).map(|(_, _, node)| node)?
                }
                Kind::List(items) => items.get(token.parse::<usize>().ok()?)?,
                Kind::Scalar(_) => return None,
            };
        }
        match &node.kind {
            Kind::Map(pairs) => Some(pairs.iter().map(|(key, _, _)| key.as_str()).collect()),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub(crate) fn into_items(self) -> Result<Vec<Self>, Self> {
        match self.kind {
            Kind::List(items) => Ok(items),
            kind => Err(Self { kind, ..self }),
        }
    }

    /// Whether there is nothing: an empty document.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tagged<Kind>>::deserialize(deserializer)?;
        let Tagged(kind, tag) = spanned.value;
        if let Some(tag) = tag.filter(|tag| !is_known(tag)) {
            return Err(D::Error::custom(format_args!(
                "the tag `{tag}` is none of YAML's JSON schema (`!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq`, `!!map`)"
            )));
        }
        Ok(Self { place: place(&spanned.referenced), kind })
    }
}

/// Whether a tag is one of YAML's JSON schema (YAML 1.2 §10.2), or says nothing.
fn is_known(tag: &str) -> bool {
    let known = ["str", "int", "float", "bool", "null", "seq", "map"];
    tag == "!" || tag.strip_prefix("tag:yaml.org,2002:").is_some_and(|name| known.contains(&name))
}

fn place(location: &serde_saphyr::Location) -> Place {
    Place { line: location.line(), column: location.column() }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Null))
    }

    fn visit_none<E: Error>(self) -> Result<Kind, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Kind, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number must be finite"))?;
        Ok(Kind::Scalar(Value::Number(number)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Kind, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, node)) = access.next_entry::<Spanned<String>, Node>()? {
            pairs.push((key.value, place(&key.referenced), node));
        }
        Ok(Kind::Map(pairs))
    }
}
