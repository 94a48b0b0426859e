//! The workflows under way, by their numbers. A number is never given twice, so that what speaks of a workflow that has
//! ended finds nothing.

use std::ops::{Index, IndexMut};

use super::frame::Frame;

/// The workflows under way.
#[derive(Debug)]
pub(super) struct Frames {
    /// Nothing where one has ended.
    all: Vec<Option<Box<Frame>>>,
    /// What stands where one has ended.
    none: Box<Frame>,
}

// === impl Frames ===

impl Frames {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), none: Box::default() }
    }

    /// Puts in one that begins.
    pub(super) fn open(&mut self, frame: Frame) -> usize {
        let outer = frame.parent.frame();
        let at = self.all.len();
        self.all.push(Some(Box::new(frame)));
        if let Some(outer) = outer {
            self[outer].inner.insert(at);
        }
        at
    }

    /// Takes out one that ends.
    pub(super) fn close(&mut self, at: usize) -> Option<Box<Frame>> {
        let frame = self.all.get_mut(at)?.take()?;
        if let Some(outer) = frame.parent.frame() {
            self[outer].inner.remove(&at);
        }
        Some(frame)
    }

    pub(super) fn get(&self, at: usize) -> Option<&Frame> {
        self.all.get(at)?.as_deref()
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Frame> {
        self.all.get_mut(at)?.as_deref_mut()
    }

    /// How many are under way.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.all.iter().flatten().count()
    }
}

impl Index<usize> for Frames {
    type Output = Frame;

    fn index(&self, at: usize) -> &Frame {
        self.all.get(at).and_then(Option::as_deref).unwrap_or(&self.none)
    }
}

impl IndexMut<usize> for Frames {
    fn index_mut(&mut self, at: usize) -> &mut Frame {
        self.all.get_mut(at).and_then(Option::as_deref_mut).unwrap_or(&mut self.none)
    }
}
