//! Everything that is wrong with a document, each with its place.

use std::fmt;

use expr::Pointer;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, from the document's root.
    pub at: Pointer,
    /// What, and the way out.
    pub message: String,
}

/// What was found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

// === impl Mistakes ===

impl Mistakes {
    /// Adds one; what was told last is not told again.
    pub fn add(&mut self, at: &Pointer, message: impl fmt::Display) {
        let mistake = Mistake { at: at.clone(), message: message.to_string() };
        if self.0.last() != Some(&mistake) {
            self.0.push(mistake);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Mistake> {
        self.0
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_root() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.at, self.message)
    }
}
