//! What of a prompt is cached: the beginnings that cache points mark.

use super::error::ApiError;
use crate::seed;
use crate::synth::Cache;
use crate::talk::Heard;

/// The most cache points of a request.
const MOST: usize = 4;

/// The cache points of a request, in the order of the prompt.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<Mark>);

#[derive(Clone, Copy, Debug)]
struct Mark {
    hash: u64,
    tokens: u32,
    hour: bool,
}

/// How the cache was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cached {
    /// Tokens after the last point: neither read nor written.
    pub(super) fresh: u32,
    pub(super) read: u32,
    pub(super) written_5m: u32,
    pub(super) written_1h: u32,
}

// === impl Marks ===

impl Marks {
    /// Sets a point after what was heard so far.
    pub(super) fn set(&mut self, heard: &Heard, ttl: &str) -> Result<(), ApiError> {
        if self.0.len() >= MOST {
            return Err(ApiError::invalid(format!("You have exceeded the maximum of {MOST} cache points.")));
        }
        self.0.push(Mark { hash: heard.about, tokens: heard.tokens, hour: ttl == "1h" });
        Ok(())
    }

    /// The longest marked beginning that the cache holds is read; what follows up to the last point is written.
    pub(super) fn used(&self, cache: &Cache, caller: u64, model: &str, whole: u32) -> Cached {
        let key = |mark: &Mark| {
            seed::hash(&[b"bedrock", &caller.to_le_bytes(), model.as_bytes(), &mark.hash.to_le_bytes()])
        };
        let held = self.0.iter().rposition(|mark| cache.holds(key(mark)));
        let mut up_to = held.and_then(|at| self.0.get(at)).map_or(0, |mark| mark.tokens);
        let mut cached = Cached { read: up_to, ..Cached::default() };
        for mark in self.0.iter().skip(held.map_or(0, |at| at + 1)) {
            let written = if mark.hour { &mut cached.written_1h } else { &mut cached.written_5m };
            *written += mark.tokens.saturating_sub(up_to);
            up_to = mark.tokens;
            cache.keep(key(mark));
        }
        cached.fresh = whole.saturating_sub(up_to);
        cached
    }
}
