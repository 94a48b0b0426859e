//! Things that are kept for the key that made them, up to a number and a size; the oldest go first.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many things are kept, and how many bytes of them.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 64 << 20;

/// What is kept.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    kept: Mutex<VecDeque<Kept<T>>>,
}

#[derive(Debug)]
struct Kept<T> {
    owner: u64,
    id: String,
    size: usize,
    thing: T,
}

// === impl Shelf ===

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<T: Clone> Shelf<T> {
    pub(crate) fn reset(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Keeps a thing, in place of the one with the same id.
    pub(super) fn put(&self, owner: u64, id: &str, size: usize, thing: T) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.iter_mut().find(|kept| kept.id == id) {
            Some(one) => *one = Kept { owner, id: id.to_owned(), size, thing },
            None => kept.push_back(Kept { owner, id: id.to_owned(), size, thing }),
        }
        let mut bytes: usize = kept.iter().map(|kept| kept.size).sum();
        while kept.len() > MOST || bytes > MOST_BYTES {
            let Some(oldest) = kept.pop_front() else { break };
            bytes -= oldest.size;
        }
    }

    pub(super) fn get(&self, owner: u64, id: &str) -> Option<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|kept| kept.owner == owner && kept.id == id).map(|kept| kept.thing.clone())
    }

    /// All of an owner's, the newest first.
    pub(super) fn all(&self, owner: u64) -> Vec<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().filter(|kept| kept.owner == owner).map(|kept| kept.thing.clone()).collect()
    }

    /// Forgets a thing; tells whether it was there.
    pub(super) fn delete(&self, owner: u64, id: &str) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.len();
        kept.retain(|kept| kept.owner != owner || kept.id != id);
        kept.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let shelf = Shelf::default();
        for number in 0..=MOST {
            shelf.put(1, &number.to_string(), 1, number);
        }
        assert_eq!((shelf.get(1, "0"), shelf.get(1, "1"), shelf.get(2, "1")), (None, Some(1), None));
        shelf.put(1, "large", MOST_BYTES, 7);
        assert_eq!(shelf.all(1), [7]);
        assert!(shelf.delete(1, "large") && !shelf.delete(1, "large"));
    }
}
