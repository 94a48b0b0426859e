//! A fast hash for maps whose keys come from configuration. Requests only look up in them, so that
//! nobody can fill a bucket from outside and a keyed hash would protect nothing.

use std::hash::{BuildHasherDefault, Hasher};

/// A map from words of the configuration.
pub(crate) type Map<V> = std::collections::HashMap<std::sync::Arc<str>, V, BuildHasherDefault<Fold>>;

/// Multiplies and folds eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fold(u64);

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Fold {
    fn mix(&mut self, word: u64) {
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
        let mut last = [0; 8];
        for (place, byte) in last.iter_mut().zip(rest) {
            *place = *byte;
        }
        self.mix(u64::from_le_bytes(last) ^ ((bytes.len() as u64) << 56));
    }

    fn write_u8(&mut self, _: u8) {
        // `str` ends its bytes with 0xff; their length is mixed in already.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
