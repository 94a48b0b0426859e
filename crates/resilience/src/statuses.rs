//! Sets of status codes.

use std::ops::RangeInclusive;

/// A set of status codes, such as 502, 503 and 504.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statuses {
    ranges: Vec<RangeInclusive<u16>>,
}

impl Statuses {
    /// No status.
    pub const fn none() -> Self {
        Self { ranges: Vec::new() }
    }

    /// These ranges.
    pub fn of(ranges: impl IntoIterator<Item = RangeInclusive<u16>>) -> Self {
        Self { ranges: ranges.into_iter().collect() }
    }

    /// Whether a status is in the set.
    pub fn contains(&self, status: u16) -> bool {
        self.ranges.iter().any(|range| range.contains(&status))
    }
}

impl FromIterator<u16> for Statuses {
    fn from_iter<I: IntoIterator<Item = u16>>(statuses: I) -> Self {
        Self::of(statuses.into_iter().map(|status| status..=status))
    }
}
