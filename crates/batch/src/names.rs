//! The items of a batch by their names: an id where an item has it, else the place in the list.

use std::collections::HashMap;

use expr::Pointer;
use flow::Mistakes;

use crate::reference::{self, Reference};

/// The longest id.
const LONGEST: usize = 200;

/// Who is who.
#[derive(Debug)]
pub(crate) struct Names {
    ids: HashMap<Box<str>, usize>,
    count: usize,
}

// === impl Names ===

impl Names {
    /// Takes in the ids of all items; two of the same are told.
    pub(crate) fn of<'i>(
        ids: impl Iterator<Item = Option<(Pointer, &'i str)>>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut names = Self { ids: HashMap::new(), count: 0 };
        for (at, id) in ids.enumerate() {
            names.count += 1;
            let Some((place, id)) = id else { continue };
            if id.is_empty() || id.len() > LONGEST || id.bytes().any(|byte| !byte.is_ascii_graphic()) {
                let message = format!("an id is 1 to {LONGEST} visible characters of ASCII");
                mistakes.add(&place, message);
            } else if let Some(first) = names.ids.get(id) {
                mistakes.add(&place, format_args!("item {first} has the id `{id}` already"));
            } else {
                names.ids.insert(id.into(), at);
            }
        }
        names
    }

    /// The item of a name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        if let Some(at) = self.ids.get(name) {
            return Some(*at);
        }
        let digits =
            name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
        name.parse().ok().filter(|at| digits && *at < self.count)
    }

    /// Reads a reference of an item; what is wrong with it is told.
    pub(crate) fn reference(
        &self,
        own: usize,
        (at, text): (&Pointer, &str),
        mistakes: &mut Mistakes,
    ) -> Option<Reference> {
        let (name, part) = match reference::split(text) {
            Ok(found) => found,
            Err(error) => {
                mistakes.add(at, error);
                return None;
            }
        };
        let item = self.other(own, (at, name), mistakes)?;
        Some(Reference { item, part, text: text.into() })
    }

    /// An item that is not this one; if there is none, that is told.
    pub(crate) fn other(
        &self,
        own: usize,
        (at, name): (&Pointer, &str),
        mistakes: &mut Mistakes,
    ) -> Option<usize> {
        match self.find(name) {
            Some(item) if item == own => {
                mistakes.add(at, "an item cannot wait for itself");
                None
            }
            Some(item) => Some(item),
            None => {
                mistakes.add(
                    at,
                    format_args!("there is no item `{name}`: name one by its id, or by its place from 0"),
                );
                None
            }
        }
    }
}
