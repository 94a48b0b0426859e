//! The map from words of the configuration that a search looks up in. Its hash is fast and not keyed:
//! requests only look up, so that nobody can fill a bucket from outside.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by word, in bytes, since a request's words need not be checked to be text.
pub(crate) type Map<V> = HashMap<Box<[u8]>, V, BuildHasherDefault<Fold>>;

/// Multiplies and folds eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fold(u64);

impl Fold {
    fn mix(&mut self, word: u64) {
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let wide = u128::from(self.0 ^ word ^ FACTOR) * u128::from(FACTOR ^ word.rotate_left(32));
        let (low, high) = (wide & u128::from(u64::MAX), wide >> 64);
        self.0 = u64::try_from(low).unwrap_or(0) ^ u64::try_from(high).unwrap_or(0);
    }
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        self.mix(rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte)));
    }

    fn write_usize(&mut self, length: usize) {
        // A slice's length comes before its bytes.
        self.0 ^= length as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
