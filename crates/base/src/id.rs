//! Ids that Weir gives out.

use std::fmt;

use crate::{Micros, Rng};

/// The id of one call: a UUID of version 7 (RFC 9562 §5.7), so that ids sort by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(uuid::Uuid);

impl RequestId {
    /// Makes an id from a time and 74 random bits.
    pub fn new(at: Micros, rng: &mut Rng) -> Self {
        let millis = u64::try_from(at.0 / 1_000).unwrap_or(0);
        let (high, low) = (rng.next_u64().to_be_bytes(), rng.next_u64().to_be_bytes());
        let random = [high[0], high[1], low[0], low[1], low[2], low[3], low[4], low[5], low[6], low[7]];
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// From its 16 bytes, as [`RequestId::as_bytes`] gave them.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }

    /// From its text form; `None` if it is not a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::parse_str(text).ok().map(Self)
    }

    /// The time from which it was made, to the millisecond; 1970 if it is no UUID of version 7.
    pub fn made(&self) -> Micros {
        let unix = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        Micros(i64::try_from(unix.0).unwrap_or(0).saturating_mul(1_000_000) + i64::from(unix.1 / 1_000))
    }

    /// The text form, as [`fmt::Display`] writes it.
    pub fn text(&self) -> [u8; 36] {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        self.0.as_hyphenated().encode_lower(&mut text);
        text
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
