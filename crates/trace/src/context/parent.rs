//! `traceparent`: version, trace id, parent id, flags.

use std::fmt;

use super::{ContextError, FLAG_RANDOM, FLAG_SAMPLED, SpanId, TraceId, nonzero};

/// The length of a version 00 field, and the least length of any later version's.
const LENGTH: usize = 55;

/// A `traceparent` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace_id: TraceId,
    /// The caller's span.
    pub parent_id: SpanId,
    /// The flags known to level 2; unknown ones are not sent on.
    pub flags: u8,
}

impl TraceParent {
    /// Reads a field's value. A version later than 00 is read by the rules of version 00 and may be
    /// followed by `-` and more.
    pub fn parse(field: &[u8]) -> Result<Self, ContextError> {
        let field = field.trim_ascii();
        let (head, rest) = field.split_at_checked(LENGTH).ok_or(ContextError::Format)?;
        let mut parts = head.split(|byte| *byte == b'-');
        let mut next = || parts.next().ok_or(ContextError::Format);
        let (version, trace_id, parent_id, flags) = (next()?, next()?, next()?, next()?);
        if (version.len(), trace_id.len(), parent_id.len(), flags.len()) != (2, 32, 16, 2) {
            return Err(ContextError::Format);
        }
        let [version] = hex::<1>(version).ok_or(ContextError::Digit)?;
        match version {
            0xff => return Err(ContextError::Version),
            0 if !rest.is_empty() => return Err(ContextError::Format),
            _ if rest.first().is_some_and(|byte| *byte != b'-') => return Err(ContextError::Format),
            _ => {}
        }
        let trace_id = hex::<16>(trace_id).ok_or(ContextError::Digit)?;
        let parent_id = hex::<8>(parent_id).ok_or(ContextError::Digit)?;
        let [flags] = hex::<1>(flags).ok_or(ContextError::Digit)?;
        if !nonzero(&trace_id) || !nonzero(&parent_id) {
            return Err(ContextError::ZeroId);
        }
        Ok(Self {
            trace_id: TraceId(trace_id),
            parent_id: SpanId(parent_id),
            flags: flags & (FLAG_SAMPLED | FLAG_RANDOM),
        })
    }

    /// The field's value in version 00, without an allocation.
    pub fn encode(&self) -> [u8; LENGTH] {
        let mut out = [b'-'; LENGTH];
        let (head, flags) = out.split_at_mut(53);
        let (head, parent_id) = head.split_at_mut(36);
        let (version, trace_id) = head.split_at_mut(3);
        write_hex(&[0], version);
        write_hex(&self.trace_id.0, trace_id);
        write_hex(&self.parent_id.0, parent_id);
        write_hex(&[self.flags], flags);
        out
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.parent_id, self.flags)
    }
}

/// Exactly `2 * N` hexadecimal digits in lower case.
pub(super) fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != N * 2 {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(out)
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

fn write_hex(bytes: &[u8], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        if let [high, low] = pair {
            *high = DIGITS[usize::from(byte >> 4)];
            *low = DIGITS[usize::from(byte & 15)];
        }
    }
}
