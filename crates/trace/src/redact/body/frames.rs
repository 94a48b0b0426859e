//! Amazon's event frames without secrets: what is in each is masked byte for byte, so that the lengths that they tell hold.

use super::{Length, text};

/// What the frames are called.
pub const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";

/// The lengths and their checksum.
const PRELUDE: usize = 12;

/// The checksum at the end.
const CHECKSUM: usize = 4;

pub(super) fn masked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((payload, end)) = first(rest) {
        out.extend_from_slice(rest.get(..payload).unwrap_or_default());
        let whole = rest.len() >= end;
        let until = if whole { end - CHECKSUM } else { rest.len() };
        out.extend(text(rest.get(payload..until).unwrap_or_default(), Length::Kept));
        out.extend_from_slice(rest.get(until..end).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default();
    }
    out.extend(text(rest, Length::Kept));
    out
}

/// Where the payload of the first frame begins, and where the frame ends; `None`: it is none.
fn first(bytes: &[u8]) -> Option<(usize, usize)> {
    let number = |at: usize| {
        let number = bytes.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*number)).ok()
    };
    let (end, payload) = (number(0)?, number(4)?.checked_add(PRELUDE)?);
    (payload <= bytes.len() && payload.checked_add(CHECKSUM)? <= end).then_some((payload, end))
}
