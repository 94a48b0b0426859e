//! A map that is copied in part: a change clones the shard that it touches and shares the rest.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

const SHARDS: usize = 256;

/// Hashes alike in every clone, so that a key's shard stays the same. What is hashed comes from documents and
/// from digests, so that nobody outside can choose what collides.
pub(crate) type Hasher = foldhash::fast::FixedState;

/// A persistent hash map of a fixed number of shards.
#[derive(Debug)]
pub(crate) struct Shards<K, V> {
    shards: Vec<Arc<HashMap<K, V, Hasher>>>,
    len: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.shards.get(Self::shard(key))?.get(key)
    }

    /// A value, in this clone's own copy of its shard.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let shard = self.shards.get_mut(Self::shard(key)).filter(|shard| shard.contains_key(key))?;
        Arc::make_mut(shard).get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if let Some(shard) = self.shards.get_mut(Self::shard(&key)) {
            self.len += usize::from(Arc::make_mut(shard).insert(key, value).is_none());
        }
    }

    /// Changes a value, which begins as the default.
    pub(crate) fn update(&mut self, key: &K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(shard) = self.shards.get_mut(Self::shard(key)) {
            let shard = Arc::make_mut(shard);
            if let Some(value) = shard.get_mut(key) {
                change(value);
            } else {
                let mut value = V::default();
                change(&mut value);
                shard.insert(key.clone(), value);
                self.len += 1;
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(shard) = self.shards.get_mut(Self::shard(key)).filter(|shard| shard.contains_key(key)) {
            self.len -= usize::from(Arc::make_mut(shard).remove(key).is_some());
        }
    }

    /// Inserts or removes.
    pub(crate) fn put(&mut self, key: K, value: Option<V>) {
        match value {
            Some(value) => self.insert(key, value),
            None => self.remove(&key),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn shard(key: &K) -> usize {
        // The map inside uses the high bits; the low ones choose the shard.
        usize::try_from(Hasher::default().hash_one(key) % SHARDS as u64).unwrap_or(0)
    }
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Arc::default()).collect(), len: 0 }
    }
}

impl<K, V> Clone for Shards<K, V> {
    fn clone(&self) -> Self {
        Self { shards: self.shards.clone(), len: self.len }
    }
}
