//! Values by their names where there are few: found one after the other, in the order in which they were put in.

/// Values by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields<V>(Vec<(Box<str>, V)>);

// === impl Fields ===

impl<V> Fields<V> {
    /// The first of this name.
    pub fn get(&self, name: &str) -> Option<&V> {
        self.iter().find(|(other, _)| **other == *name).map(|(_, value)| value)
    }

    /// All, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Box<str>, V)> {
        self.0.iter()
    }

    /// Puts one in behind the others.
    pub fn push(&mut self, name: Box<str>, value: V) {
        self.0.push((name, value));
    }
}

impl<V> Default for Fields<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> From<Vec<(Box<str>, V)>> for Fields<V> {
    fn from(fields: Vec<(Box<str>, V)>) -> Self {
        Self(fields)
    }
}

impl<V> FromIterator<(Box<str>, V)> for Fields<V> {
    fn from_iter<I: IntoIterator<Item = (Box<str>, V)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl<'f, V> IntoIterator for &'f Fields<V> {
    type Item = &'f (Box<str>, V);
    type IntoIter = std::slice::Iter<'f, (Box<str>, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
