//! Beginnings of prompts that a vendor has seen lately, by their hashes.

use std::collections::HashMap;
use std::time::Duration;

use base::Micros;
use parking_lot::Mutex;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct PromptCache {
    /// Hash of a prefix to the time until which it is kept.
    seen: Mutex<HashMap<u64, Micros>>,
}

/// Prefixes kept; at more than these the old ones go, and all if none is old.
const MOST: usize = 50_000;

// === impl PromptCache ===

impl PromptCache {
    pub(crate) fn clear(&self) {
        self.seen.lock().clear();
    }

    /// The index of the last of the prefixes, which grow, that is still kept.
    pub(crate) fn longest(&self, prefixes: &[u64], now: Micros) -> Option<usize> {
        let seen = self.seen.lock();
        prefixes.iter().rposition(|prefix| seen.get(prefix).is_some_and(|until| *until > now))
    }

    /// Keeps a prefix from now on for so long.
    pub(crate) fn remember(&self, prefix: u64, now: Micros, ttl: Duration) {
        let mut seen = self.seen.lock();
        if seen.len() >= MOST {
            seen.retain(|_, until| *until > now);
            if seen.len() >= MOST {
                seen.clear();
            }
        }
        let until = Micros(now.0.saturating_add(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX)));
        seen.insert(prefix, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_counts_until_it_is_too_old() {
        let cache = PromptCache::default();
        cache.remember(1, Micros(0), Duration::from_secs(60));
        cache.remember(2, Micros(0), Duration::from_secs(1));
        assert_eq!(cache.longest(&[1, 2, 3], Micros(0)), Some(1));
        assert_eq!(cache.longest(&[1, 2, 3], Micros(1_000_000)), Some(0));
        assert_eq!(cache.longest(&[3], Micros(0)), None);
    }
}
