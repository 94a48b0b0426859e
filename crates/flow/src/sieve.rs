//! Reading of a JSON document no more than somebody asks of it: what no pointer names is passed over without being kept.

use std::fmt;

use expr::Pointer;
use expr::runtime::{Expression, Source};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::document::Step;

/// The parts of a document that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sieve {
    /// All of it.
    whole: bool,
    /// Parts of it.
    parts: Vec<Part>,
}

/// A part, by the name of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: Box<str>,
    /// The name as the index of an item.
    index: Option<usize>,
    asked: Sieve,
}

// === impl Sieve ===

impl Sieve {
    /// The whole document.
    pub fn whole() -> Self {
        Self { whole: true, parts: Vec::new() }
    }

    /// What a step asks of the bodies of its answers. Parts of an answer that several elements share are looked at one by
    /// one.
    pub fn of_step(step: &Step) -> Self {
        if step.weir.for_each.as_ref().is_some_and(|each| each.batch.is_some()) {
            return Self::whole();
        }
        let own = step.looks_at().into_iter().chain(step.weir.needs()).chain(step.weir.looks_at());
        let mut sieve = Self::default();
        for (_, expression) in own {
            if let Expression::Response(Source::Body(pointer)) = expression {
                sieve.add(pointer);
            }
        }
        sieve
    }

    fn add(&mut self, pointer: &Pointer) {
        let mut at = self;
        for token in pointer.tokens() {
            if at.whole {
                return;
            }
            let known = at.parts.iter().position(|part| *part.name == *token).unwrap_or_else(|| {
                let index = Pointer::index(token);
                at.parts.push(Part { name: token.into(), index, asked: Self::default() });
                at.parts.len() - 1
            });
            at = &mut at.parts[known].asked;
        }
        *at = Self::whole();
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        !self.whole && self.parts.is_empty()
    }

    /// Whether all of it is asked for.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Reads a document: each pointer that was given finds in it what it finds in the whole document. What is not asked
    /// for must be JSON too (RFC 8259), but may have text that is no UTF-8.
    pub fn read(&self, text: &[u8]) -> serde_json::Result<Value> {
        if self.whole {
            return serde_json::from_slice(text);
        }
        let mut reader = serde_json::Deserializer::from_slice(text);
        let value = self.deserialize(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    fn part(&self, name: &str) -> Option<&Self> {
        self.parts.iter().find(|part| *part.name == *name).map(|part| &part.asked)
    }

    fn item(&self, index: usize) -> Option<&Self> {
        self.parts.iter().find(|part| part.index == Some(index)).map(|part| &part.asked)
    }
}

impl<'de> DeserializeSeed<'de> for &Sieve {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        if self.whole {
            return serde::Deserialize::deserialize(reader);
        }
        if self.parts.is_empty() {
            return reader.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        reader.deserialize_any(self)
    }
}

/// Values in which nothing can be asked for are nothing.
impl<'de> Visitor<'de> for &Sieve {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = members.next_key_seed(Name(self))? {
            match name {
                Some((name, part)) => drop(kept.insert(name, members.next_value_seed(part)?)),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(kept))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        for at in 0.. {
            let more = match self.item(at) {
                Some(part) => items.next_element_seed(part)?.map(|value| {
                    kept.resize(at, Value::Null);
                    kept.push(value);
                }),
                None => items.next_element::<IgnoredAny>()?.map(|_| ()),
            };
            if more.is_none() {
                break;
            }
        }
        Ok(Value::Array(kept))
    }
}

/// A member's name: the name and what is asked of it, or nothing where nothing is.
struct Name<'s>(&'s Sieve);

impl<'de, 's> DeserializeSeed<'de> for Name<'s> {
    type Value = Option<(String, &'s Sieve)>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for Name<'s> {
    type Value = Option<(String, &'s Sieve)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.part(name).map(|part| (name.to_owned(), part)))
    }
}

#[cfg(test)]
mod tests;
