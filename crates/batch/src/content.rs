//! The body of an item.

use base64::Engine as _;
use bytes::Bytes;
use expr::Pointer;
use flow::Mistakes;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::names::Names;
use crate::reference::{Lacking, Reference};

/// An object with this member alone is a reference.
const REFERENCE: &str = "$ref";
/// An object with this member alone stands for the member's value, in which nothing is a reference.
const LITERAL: &str = "$literal";

/// A body as the batch has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    None,
    /// Sent as it is.
    Bytes(Bytes),
    /// JSON, and as it stands there if nothing in it refers to anything: so numbers keep their digits.
    Json(Tree, Option<Bytes>),
}

/// JSON with references in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    /// There is no reference in it.
    Value(Value),
    Reference(Reference),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

// === impl Content ===

impl Content {
    /// The references in it.
    pub(crate) fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        if let Self::Json(tree, _) = self {
            tree.gather(&mut found);
        }
        found
    }

    /// The bytes that are sent; values of other answers may make up so many of them.
    pub(crate) fn write(&self, answers: &[Option<Answer>], mut room: usize) -> Result<Bytes, Lacking> {
        match self {
            Self::None => Ok(Bytes::new()),
            Self::Bytes(bytes) | Self::Json(_, Some(bytes)) => Ok(bytes.clone()),
            Self::Json(tree, None) => {
                Ok(serde_json::to_vec(&tree.value(answers, &mut room)?).unwrap_or_default().into())
            }
        }
    }
}

// === impl Tree ===

impl Tree {
    /// Reads the JSON of an item.
    pub(crate) fn read(
        names: &Names,
        own: usize,
        (at, value): (&Pointer, &Value),
        mistakes: &mut Mistakes,
    ) -> Self {
        match value {
            Value::Array(items) => {
                let item = |(place, item): (usize, &Value)| {
                    Self::read(names, own, (&at.join(&place.to_string()), item), mistakes)
                };
                Self::list(items.iter().enumerate().map(item).collect())
            }
            Value::Object(members) => match alone(members) {
                Some((REFERENCE, Value::String(text))) => {
                    let reference = names.reference(own, (&at.join(REFERENCE), text), mistakes);
                    reference.map_or(Self::Value(Value::Null), Self::Reference)
                }
                Some((REFERENCE, _)) => {
                    mistakes.add(&at.join(REFERENCE), "a reference is text, such as `0.body#/id`");
                    Self::Value(Value::Null)
                }
                Some((LITERAL, value)) => Self::Value(value.clone()),
                _ => {
                    let member = |(name, value): (&String, &Value)| {
                        (name.clone(), Self::read(names, own, (&at.join(name), value), mistakes))
                    };
                    Self::object(members.iter().map(member).collect())
                }
            },
            other => Self::Value(other.clone()),
        }
    }

    fn list(items: Vec<Self>) -> Self {
        if !items.iter().all(|item| matches!(item, Self::Value(_))) {
            return Self::List(items);
        }
        Self::Value(items.into_iter().map(Self::plain).collect())
    }

    fn object(members: Vec<(String, Self)>) -> Self {
        if !members.iter().all(|(_, value)| matches!(value, Self::Value(_))) {
            return Self::Object(members);
        }
        let members = members.into_iter().map(|(name, value)| (name, value.plain()));
        Self::Value(Value::Object(members.collect()))
    }

    /// What has no reference in it.
    fn plain(self) -> Value {
        if let Self::Value(value) = self { value } else { Value::Null }
    }

    fn gather<'t>(&'t self, found: &mut Vec<&'t Reference>) {
        match self {
            Self::Value(_) => {}
            Self::Reference(reference) => found.push(reference),
            Self::List(items) => items.iter().for_each(|item| item.gather(found)),
            Self::Object(members) => members.iter().for_each(|(_, value)| value.gather(found)),
        }
    }

    fn value(&self, answers: &[Option<Answer>], room: &mut usize) -> Result<Value, Lacking> {
        Ok(match self {
            Self::Value(value) => value.clone(),
            Self::Reference(reference) => {
                let value = reference.value(answers)?;
                take(&value, room).ok_or_else(|| Lacking::Size(reference.text.clone()))?;
                value.into_owned()
            }
            Self::List(items) => {
                let items = items.iter().map(|item| item.value(answers, room));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Self::Object(members) => {
                let members =
                    members.iter().map(|(name, value)| Ok((name.clone(), value.value(answers, room)?)));
                Value::Object(members.collect::<Result<Map<_, _>, _>>()?)
            }
        })
    }
}

/// The member of an object that has one.
pub(crate) fn alone(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, value) = members.iter().next()?;
    (members.len() == 1).then_some((name, value))
}

/// Takes the room that a value needs, as far as there is some: a long answer may be referred to very often.
fn take(value: &Value, room: &mut usize) -> Option<()> {
    let own = if let Value::String(text) = value { text.len() } else { 0 };
    *room = room.checked_sub(own + 2)?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| take(item, room)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            *room = room.checked_sub(name.len() + 4)?;
            take(value, room)
        }),
        _ => Some(()),
    }
}

/// Bytes that stand in JSON as base64 (RFC 4648 §4).
pub(crate) fn decode(text: &str) -> Option<Bytes> {
    base64::engine::general_purpose::STANDARD.decode(text).ok().map(Bytes::from)
}
