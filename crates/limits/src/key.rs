//! What limits are counted by.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// What a limit is counted by, hashed under a secret of this process: nobody can aim at a collision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(crate) u64);

/// Shards of a map by key; a power of two.
pub(crate) const SHARDS: usize = 64;

/// A map by [`Key`].
pub(crate) type ByKey<T> = HashMap<u64, T, BuildHasherDefault<Same>>;

/// Keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Same(u64);

impl Key {
    /// The number of its shard. The low bits choose the bucket within the shard's own map.
    pub(crate) fn shard(self) -> usize {
        usize::try_from(self.0 >> 58).unwrap_or(0) % SHARDS
    }
}

impl Hasher for Same {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
