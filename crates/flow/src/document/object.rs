//! An object of a document as it is read: each member once, what is not known is told.

use expr::Pointer;
use serde_json::{Map, Value};

use crate::mistakes::Mistakes;

/// A member: where it stands, and what it is.
pub(crate) type Member<'v> = (Pointer, &'v Value);

/// An object that is being read.
pub(crate) struct Object<'v, 'm> {
    pub(crate) at: Pointer,
    pub(crate) mistakes: &'m mut Mistakes,
    members: &'v Map<String, Value>,
    known: Vec<&'static str>,
}

// === impl Object ===

impl<'v, 'm> Object<'v, 'm> {
    /// Opens an object; tells if it is none.
    pub(crate) fn open((at, value): Member<'v>, what: &str, mistakes: &'m mut Mistakes) -> Option<Self> {
        let Value::Object(members) = value else {
            mistakes.add(&at, format_args!("{what} is an object, not {}", name_of(value)));
            return None;
        };
        Some(Self { at, mistakes, members, known: Vec::new() })
    }

    /// A member, if it is there.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Member<'v>> {
        self.known.push(name);
        self.members.get(name).map(|value| (self.at.join(name), value))
    }

    /// A member as it stands, which is to be taken yet.
    pub(crate) fn peek(&self, name: &str) -> Option<&'v Value> {
        self.members.get(name)
    }

    /// Text, if it is there.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<&'v str> {
        let (at, value) = self.take(name)?;
        let text = value.as_str();
        if text.is_none() {
            self.mistakes.add(&at, format_args!("`{name}` is text, not {}", name_of(value)));
        }
        text
    }

    /// Text that must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> &'v str {
        if !self.members.contains_key(name) {
            self.mistakes.add(&self.at, format_args!("`{name}` is missing"));
        }
        self.text(name).unwrap_or_default()
    }

    /// The items of a list, if it is there; no two may be the same.
    pub(crate) fn items(&mut self, name: &'static str) -> Option<Vec<Member<'v>>> {
        let (at, value) = self.take(name)?;
        let Value::Array(items) = value else {
            self.mistakes.add(&at, format_args!("`{name}` is a list, not {}", name_of(value)));
            return None;
        };
        let items: Vec<Member<'v>> =
            items.iter().enumerate().map(|(index, item)| (at.join(&index.to_string()), item)).collect();
        let mut seen = std::collections::HashSet::with_capacity(items.len());
        for (at, item) in &items {
            if !seen.insert(*item) {
                self.mistakes.add(at, format_args!("`{name}` has the same item before"));
            }
        }
        Some(items)
    }

    /// The items of a list of texts.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<(Pointer, &'v str)> {
        let mut texts = Vec::new();
        for (at, item) in self.items(name).unwrap_or_default() {
            match item.as_str() {
                Some(text) => texts.push((at, text)),
                None => self.mistakes.add(&at, format_args!("this is text, not {}", name_of(item))),
            }
        }
        texts
    }

    /// The members of an object whose names are free.
    pub(crate) fn members(&mut self, name: &'static str) -> Vec<(&'v str, Member<'v>)> {
        let Some((at, value)) = self.take(name) else { return Vec::new() };
        let Value::Object(members) = value else {
            self.mistakes.add(&at, format_args!("`{name}` is an object, not {}", name_of(value)));
            return Vec::new();
        };
        for key in members.keys().filter(|key| !is_key(key)) {
            self.mistakes.add(&at.join(key), "a name here has letters, digits, `.`, `-` and `_` alone");
        }
        members.iter().map(|(key, value)| (key.as_str(), (at.join(key), value))).collect()
    }

    /// One of some words, if it is there.
    pub(crate) fn one_of<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let at = self.at.join(name);
            self.mistakes.add(&at, format_args!("`{name}` is {}, not `{text}`", words.join(" or ")));
        }
        found
    }

    /// The extensions, once everything that is known was taken; tells of members that are not known.
    pub(crate) fn close(self) -> Map<String, Value> {
        let mut extensions = Map::new();
        for (key, value) in self.members {
            if key.starts_with("x-") {
                extensions.insert(key.clone(), value.clone());
            } else if !self.known.contains(&key.as_str()) {
                let known = self.known.join("`, `");
                let message =
                    format!("`{key}` is not known here; known are `{known}` and what begins with `x-`");
                self.mistakes.add(&self.at.join(key), message);
            }
        }
        extensions
    }
}

/// Tells of an id that cannot be shown on a line.
pub(super) fn check_id(at: &Pointer, id: &str, mistakes: &mut Mistakes) {
    if id.chars().any(char::is_control) {
        mistakes.add(at, "an id has no control characters; letters, digits, `-` and `_` are what is advised");
    }
}

/// `^[a-zA-Z0-9.\-_]+$`
pub(crate) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

pub(crate) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
