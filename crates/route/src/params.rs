//! The parameters of a match.

use crate::pattern::MAX_PARAMS;

/// Ranges of a path, kept inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    ranges: [(u16, u16); MAX_PARAMS],
    length: u8,
    /// Where the part begins that an open pattern left to anything.
    rest: Option<u16>,
}

// === impl Params ===

impl Params {
    pub(crate) const NONE: Self = Self { ranges: [(0, 0); MAX_PARAMS], length: 0, rest: None };

    /// The value of the parameter at a place.
    pub fn get<'p>(&self, at: usize, path: &'p str) -> Option<&'p str> {
        let (start, end) = self.ranges.get(..usize::from(self.length))?.get(at)?;
        path.get(usize::from(*start)..usize::from(*end))
    }

    /// What an open pattern left to anything, without the slash before it; `None` if the pattern is not
    /// open or nothing followed.
    pub fn rest<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.get(usize::from(self.rest?)..)
    }

    /// The part of the path that an open pattern names, without the slash after it; the whole path if
    /// the pattern is not open.
    pub fn prefix<'p>(&self, path: &'p str) -> &'p str {
        let end = self.rest.map_or(path.len(), |rest| usize::from(rest).saturating_sub(1));
        path.get(..end).unwrap_or(path)
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.length)
    }

    pub(crate) fn push(&mut self, start: usize, end: usize) {
        let fits = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        if let Some(place) = self.ranges.get_mut(usize::from(self.length)) {
            *place = (fits(start), fits(end));
            self.length += 1;
        }
    }

    pub(crate) fn pop(&mut self) {
        self.length = self.length.saturating_sub(1);
        if let Some(place) = self.ranges.get_mut(usize::from(self.length)) {
            *place = (0, 0);
        }
    }

    pub(crate) fn set_rest(&mut self, start: usize) {
        self.rest = u16::try_from(start).ok();
    }
}
