//! Parameters of a client that are not carried.

use std::fmt;

/// How many are named; beyond that they are counted.
const NAMED: usize = 32;

/// How much of a name is told, in characters: it is the client's, and may be as long as its request.
const LONGEST: usize = 64;

/// Names or paths of parameters that are not carried, each once, in the order met. The list goes into a
/// header of the answer and into the record, so it is bounded, and its names have no control characters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dropped {
    names: Vec<String>,
    /// What was met after the list was full; of one that comes twice, both.
    more: u64,
}

// === impl Dropped ===

impl Dropped {
    /// Names a parameter, by its name or path.
    pub(crate) fn add(&mut self, name: impl fmt::Display) {
        let name = tame(&name.to_string());
        if self.names.contains(&name) {
            return;
        }
        if self.names.len() < NAMED {
            self.names.push(name);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// The names, and a last entry for those that were only counted.
    pub(crate) fn into_names(self) -> Vec<String> {
        let Self { mut names, more } = self;
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        names
    }
}

fn tame(name: &str) -> String {
    let mut characters = name.chars();
    let plain = |character: char| if character.is_control() { '?' } else { character };
    let mut tame: String = characters.by_ref().take(LONGEST).map(plain).collect();
    if characters.next().is_some() {
        tame.push_str("...");
    }
    tame
}
