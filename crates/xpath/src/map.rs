//! Maps (`XPath` Data Model 3.1 §2.8.2), which keep the order in which keys were put in.

mod key;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::rc::Rc;

use crate::atomic::Atomic;
use crate::item::Sequence;
use crate::release::release;
use key::Key;

/// Values by keys. A key is looked at as a whole wherever it is looked for, so the steps of a key are charged before. The
/// values are shared between the copies of a map.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    /// `None` where a key was taken out.
    entries: Vec<Option<(Atomic, Rc<Sequence>)>>,
    /// Where a key's entry stands.
    places: HashMap<Key, usize>,
}

// === impl Map ===

impl Drop for Map {
    fn drop(&mut self) {
        for (_, value) in self.entries.drain(..).flatten() {
            if let Ok(items) = Rc::try_unwrap(value) {
                release(items);
            }
        }
    }
}

impl Map {
    /// The value of a key (Functions and Operators 3.1, `op:same-key`).
    pub(crate) fn get(&self, key: &Atomic) -> Option<&Sequence> {
        let place = self.places.get(&Key::of(key))?;
        self.entries.get(*place)?.as_ref().map(|(_, value)| &**value)
    }

    /// Puts a value in; a key that is there keeps its place.
    pub(crate) fn put(&mut self, key: Atomic, value: Sequence) {
        let end = self.entries.len();
        let place = *self.places.entry(Key::of(&key)).or_insert(end);
        let entry = Some((key, Rc::new(value)));
        match self.entries.get_mut(place) {
            Some(there) => *there = entry,
            None => self.entries.push(entry),
        }
    }

    /// Puts further items to the value of a key. So many were copied, since others have the value as well.
    pub(crate) fn append(&mut self, key: &Atomic, items: &Sequence) -> usize {
        let place = self.places.get(&Key::of(key)).copied();
        let Some(Some((_, value))) = place.and_then(|place| self.entries.get_mut(place)) else {
            self.put(key.clone(), items.clone());
            return 0;
        };
        let copied = if Rc::strong_count(value) > 1 { value.len() } else { 0 };
        Rc::make_mut(value).extend_from_slice(items);
        copied
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, key: &Atomic) {
        let Some(place) = self.places.remove(&Key::of(key)) else { return };
        if let Some(entry) = self.entries.get_mut(place) {
            *entry = None;
        }
        if self.entries.len() > 2 * self.places.len() + 8 {
            self.close_up();
        }
    }

    /// Drops the places of keys that were taken out.
    fn close_up(&mut self) {
        let mut kept = 0;
        let mut moved = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            moved.push(kept);
            kept += usize::from(entry.is_some());
        }
        self.entries.retain(Option::is_some);
        for place in self.places.values_mut() {
            *place = moved.get(*place).copied().unwrap_or(*place);
        }
    }

    /// The keys with their values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Atomic, &Sequence)> {
        self.entries.iter().flatten().map(|(key, value)| (key, &**value))
    }

    /// So many keys it has.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}
