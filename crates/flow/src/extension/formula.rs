//! Conditions and values of extensions: CEL, and values as documents give them, with CEL in them.

use expr::{Cel, Expression, Pointer};
use serde_json::Value;

use super::walk::Walk;
use crate::document::{Given, Member, name_of};
use crate::mistakes::Mistakes;

/// CEL with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The expression.
    pub cel: Cel,
    /// Where it stands.
    pub at: Pointer,
}

/// A value that may be computed: `{cel: "…"}` wherever a value may stand, and all that other values of documents may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// What CEL gives; the type is kept.
    Cel(Rule),
    /// A value as documents give them, and where it stands.
    Given(Pointer, Given),
    /// A list, something in which is CEL.
    List(Vec<Self>),
    /// An object, something in which is CEL, in its order.
    Object(Vec<(Box<str>, Self)>),
}

/// A value with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The name.
    pub name: Box<str>,
    /// The value.
    pub value: Formula,
}

// === impl Rule ===

impl Rule {
    /// Reads CEL.
    pub(super) fn read((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let Value::String(text) = value else {
            mistakes.add(&at, format_args!("CEL is text, not {}", name_of(value)));
            return None;
        };
        match Cel::compile(text) {
            Ok(cel) => Some(Self { cel, at }),
            Err(error) => {
                let hint = if text.contains('$') { "; in CEL names have no `$`" } else { "" };
                mistakes.add(&at, format_args!("this is no CEL: {error}{hint}"));
                None
            }
        }
    }
}

// === impl Formula ===

impl Formula {
    pub(super) fn read((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if !has_cel(value) {
            let given = Given::read((at.clone(), value), mistakes);
            return Some(Self::Given(at, given));
        }
        match value {
            Value::Object(members) if members.len() == 1 && members.contains_key("cel") => {
                let inner = members.get("cel")?;
                Rule::read((at.join("cel"), inner), mistakes).map(Self::Cel)
            }
            Value::Object(members) => {
                let each = members.iter().map(|(name, value)| {
                    Self::read((at.join(name), value), mistakes).map(|read| (name.as_str().into(), read))
                });
                each.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Self::Object)
            }
            Value::Array(items) => {
                let each = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Self::read((at.join(&index.to_string()), item), mistakes));
                each.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Self::List)
            }
            _ => None,
        }
    }

    /// All that it reads.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut walk = Walk::new();
        walk.formula(self);
        walk.found.into_iter().map(|(_, (_, expression))| expression).collect()
    }
}

// === impl Named ===

impl Named {
    /// Members of an object, each a value.
    pub(super) fn all((at, value): Member<'_>, what: &str, mistakes: &mut Mistakes) -> Vec<Self> {
        let Some(members) = members((&at, value), what, mistakes) else { return Vec::new() };
        let read = |(name, value): (&String, &Value)| {
            let value = Formula::read((at.join(name), value), mistakes)?;
            Some(Self { name: name.as_str().into(), value })
        };
        members.iter().filter_map(read).collect()
    }

    /// Members of an object, each CEL.
    pub(super) fn cels((at, value): Member<'_>, mistakes: &mut Mistakes) -> Vec<Self> {
        let Some(members) = members((&at, value), "`x-weir-transform`", mistakes) else { return Vec::new() };
        let read = |(name, value): (&String, &Value)| {
            let rule = Rule::read((at.join(name), value), mistakes)?;
            Some(Self { name: name.as_str().into(), value: Formula::Cel(rule) })
        };
        members.iter().filter_map(read).collect()
    }
}

/// The members of an object whose names are those of outputs.
fn members<'v>(
    (at, value): (&Pointer, &'v Value),
    what: &str,
    mistakes: &mut Mistakes,
) -> Option<&'v serde_json::Map<String, Value>> {
    let Value::Object(members) = value else {
        mistakes.add(at, format_args!("{what} is an object, not {}", name_of(value)));
        return None;
    };
    for name in members.keys().filter(|name| !crate::document::is_key(name)) {
        mistakes.add(&at.join(name), "a name here has letters, digits, `.`, `-` and `_` alone");
    }
    Some(members)
}

/// Whether there is CEL somewhere in a value.
fn has_cel(value: &Value) -> bool {
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("cel") => true,
        Value::Object(members) => members.values().any(has_cel),
        Value::Array(items) => items.iter().any(has_cel),
        _ => false,
    }
}
