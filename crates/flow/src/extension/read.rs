//! Members of extensions that are one value.

use std::ops::RangeInclusive;
use std::time::Duration;

use domain::{ByteSize, Span};
use expr::Pointer;
use serde_json::{Map, Value};

use super::PREFIX;
use super::branch::Branch;
use super::formula::Rule;
use crate::document::{Components, Member, Object, name_of};
use crate::mistakes::Mistakes;

/// The extensions of an object while they are read.
pub(super) struct Reader<'v, 'm> {
    pub(super) at: &'v Pointer,
    pub(super) extensions: &'v Map<String, Value>,
    pub(super) mistakes: &'m mut Mistakes,
}

// === impl Reader ===

impl<'v> Reader<'v, '_> {
    /// An extension, by its name without what stands before every one.
    pub(super) fn take(&self, name: &str) -> Option<Member<'v>> {
        let key = format!("{PREFIX}{name}");
        self.extensions.get(&key).map(|value| (self.at.join(&key), value))
    }

    pub(super) fn cel(&mut self, name: &str) -> Option<Rule> {
        Rule::read(self.take(name)?, self.mistakes)
    }

    pub(super) fn span(&mut self, name: &str) -> Option<Duration> {
        duration(self.take(name)?, self.mistakes)
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<u64> {
        whole(self.take(name)?, range, self.mistakes)
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        let (at, value) = self.take(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.mistakes.add(&at, format_args!("this is `true` or `false`, not {}", name_of(value)));
        }
        flag
    }

    pub(super) fn text(&mut self, name: &str) -> Option<Box<str>> {
        let (at, value) = self.take(name)?;
        let text = value.as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.mistakes.add(&at, "this is text, and not empty");
        }
        text.map(Into::into)
    }

    /// Whether the one word stands there that may.
    pub(super) fn word(&mut self, name: &str, word: &str) -> bool {
        let Some((at, value)) = self.take(name) else { return false };
        if value.as_str() != Some(word) {
            self.mistakes.add(&at, format_args!("this is `{word}`, or left out"));
        }
        true
    }

    pub(super) fn size(&mut self, name: &str) -> Option<u64> {
        let (at, value) = self.take(name)?;
        let read: Result<ByteSize, String> = match value {
            Value::String(text) => text.parse(),
            Value::Number(number) => number.to_string().parse(),
            other => Err(format!("this is a size such as `10MB`, not {}", name_of(other))),
        };
        read.map_err(|message| self.mistakes.add(&at, message)).ok().map(|size| size.0)
    }

    /// A list of at least two targets.
    pub(super) fn branches(&mut self, name: &str, components: &Components<'_>) -> Vec<Branch> {
        let Some((at, value)) = self.take(name) else { return Vec::new() };
        match value.as_array() {
            Some(items) if items.len() > 1 => {
                let item = |(index, item)| {
                    Branch::read((at.join(&format!("{index}")), item), components, self.mistakes)
                };
                items.iter().enumerate().filter_map(item).collect()
            }
            _ => {
                self.mistakes.add(&at, "this is a list of two targets or more");
                Vec::new()
            }
        }
    }
}

/// A length of time.
pub(super) fn duration((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    let read: Result<Span, String> = match value {
        Value::String(text) => text.parse(),
        other => Err(format!("this is a duration such as `250ms` or `2s`, not {}", name_of(other))),
    };
    read.map_err(|message| mistakes.add(&at, message)).ok().map(|span| span.0)
}

/// A whole number within bounds.
pub(super) fn whole(
    (at, value): Member<'_>,
    range: RangeInclusive<u64>,
    mistakes: &mut Mistakes,
) -> Option<u64> {
    let number = value.as_u64().filter(|number| range.contains(number));
    if number.is_none() {
        mistakes.add(
            &at,
            format_args!("this is a whole number from {} to {}, not `{value}`", range.start(), range.end()),
        );
    }
    number
}

/// A whole number of an object's member.
pub(super) fn count(
    object: &mut Object<'_, '_>,
    name: &'static str,
    range: RangeInclusive<u64>,
) -> Option<u32> {
    let member = object.take(name)?;
    whole(member, range, object.mistakes).and_then(|count| u32::try_from(count).ok())
}

/// A length of time of an object's member.
pub(super) fn span(object: &mut Object<'_, '_>, name: &'static str) -> Option<Duration> {
    let member = object.take(name)?;
    duration(member, object.mistakes)
}

/// CEL of an object's member.
pub(super) fn cel(object: &mut Object<'_, '_>, name: &'static str) -> Option<Rule> {
    let member = object.take(name)?;
    Rule::read(member, object.mistakes)
}

/// Tells that a member is missing.
pub(super) fn missing(object: &mut Object<'_, '_>, name: &'static str) {
    if object.peek(name).is_none() {
        let at = object.at.clone();
        object.mistakes.add(&at, format_args!("`{name}` is missing"));
    }
}
