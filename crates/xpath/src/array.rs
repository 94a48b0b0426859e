//! Arrays (`XPath` Data Model 3.1 §2.8.3).

use std::ops::Deref;

use crate::item::Sequence;
use crate::release::release;

/// The members of an array.
#[derive(Debug)]
pub(crate) struct Array(Vec<Sequence>);

// === impl Array ===

impl Array {
    /// Its members, to be changed.
    pub(crate) fn into_members(mut self) -> Vec<Sequence> {
        std::mem::take(&mut self.0)
    }
}

impl From<Vec<Sequence>> for Array {
    fn from(members: Vec<Sequence>) -> Self {
        Self(members)
    }
}

impl Deref for Array {
    type Target = Vec<Sequence>;

    fn deref(&self) -> &Vec<Sequence> {
        &self.0
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        self.0.drain(..).for_each(release);
    }
}
