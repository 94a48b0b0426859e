//! Reads values of a file, and notes everything that is wrong with its place.

use std::time::Duration;

use domain::Span;
use expr::Pointer;
use serde_json::{Map, Value};

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) mistakes: Vec<(Pointer, String)>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Item<'v> {
    pub(super) value: &'v Value,
    pub(super) at: Pointer,
}

// === impl Reader ===

impl Reader {
    pub(super) fn wrong(&mut self, at: &Pointer, message: impl Into<String>) {
        self.mistakes.push((at.clone(), message.into()));
    }

    /// The members of an object that may have these alone.
    pub(super) fn object<'v>(&mut self, item: &Item<'v>, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let members = self.members(item)?;
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            self.wrong(
                &item.at.join(name),
                format!("there is no `{name}` here; there are {}", known.join(", ")),
            );
        }
        Some(members)
    }

    /// The members of any object.
    pub(super) fn members<'v>(&mut self, item: &Item<'v>) -> Option<&'v Map<String, Value>> {
        let members = item.value.as_object();
        if members.is_none() {
            self.wrong(&item.at, "an object is expected");
        }
        members
    }

    pub(super) fn items<'v>(&mut self, item: &Item<'v>) -> Vec<Item<'v>> {
        let Some(items) = item.value.as_array() else {
            self.wrong(&item.at, "a list is expected");
            return Vec::new();
        };
        let one = |(index, value): (usize, &'v Value)| Item { value, at: item.at.join(&index.to_string()) };
        items.iter().enumerate().map(one).collect()
    }

    pub(super) fn text<'v>(&mut self, item: &Item<'v>) -> Option<&'v str> {
        let text = item.value.as_str();
        if text.is_none() {
            self.wrong(&item.at, "a text is expected");
        }
        text
    }

    pub(super) fn texts(&mut self, item: &Item<'_>) -> Vec<String> {
        let items = self.items(item);
        items.iter().filter_map(|item| self.text(item)).map(str::to_owned).collect()
    }

    pub(super) fn time(&mut self, item: &Item<'_>) -> Option<Duration> {
        let text = self.text(item)?;
        match text.parse::<Span>() {
            Ok(span) => Some(span.0),
            Err(error) => {
                self.wrong(&item.at, format!("`{text}`: {error}"));
                None
            }
        }
    }

    pub(super) fn status(&mut self, item: &Item<'_>) -> Option<u16> {
        let status = item.value.as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.filter(|status| (200..600).contains(status));
        if status.is_none() {
            self.wrong(&item.at, "a status from 200 to 599 is expected");
        }
        status
    }
}

// === impl Item ===

impl<'v> Item<'v> {
    /// The whole of a file.
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, at: Pointer::default() }
    }

    /// A member, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        Some(Self { value: self.value.get(name)?, at: self.at.join(name) })
    }
}
