//! Ids that stay the same from snapshot to snapshot and from process to process, so that counters, health
//! and pools are found again.

use std::fmt;

/// A 64-bit FNV-1a hash (Fowler, Noll, Vo) of what identifies a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct StableId(pub u64);

impl StableId {
    /// The id of a list of parts; the parts' boundaries count.
    pub fn of(parts: &[&dyn fmt::Display]) -> Self {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        for part in parts {
            // Writing to a hash cannot fail.
            fmt::write(&mut hash, format_args!("{part}\u{0}")).unwrap_or_default();
        }
        Self(hash.0)
    }
}

struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}
