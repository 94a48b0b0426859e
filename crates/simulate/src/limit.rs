//! Requests and tokens a minute per caller, by the generic cell rate algorithm: one time per caller
//! says when its allowance will be whole again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base::Nanos;

use crate::config::RateLimit;

/// How many callers are remembered; a new one beyond it makes room by forgetting all.
const MOST_CALLERS: usize = 4_096;

const MINUTE: u64 = 60_000_000_000;

/// What is told about one limit in the answer's headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// The most that can be used at once.
    pub(crate) limit: u32,
    /// What is left of it.
    pub(crate) remaining: u32,
    /// Until it is whole again.
    pub(crate) reset: Duration,
}

/// Both limits of one caller after one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standings {
    pub(crate) requests: Standing,
    pub(crate) tokens: Standing,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    /// `requests` or `tokens`.
    pub(crate) what: &'static str,
    /// The limit itself, a minute.
    pub(crate) limit: u32,
    /// Until the same request would pass.
    pub(crate) retry_after: Duration,
    /// Both limits as they stand.
    pub(crate) standings: Standings,
}

/// The limits and who used how much of them.
#[derive(Debug)]
pub(crate) struct Limits {
    limit: Option<RateLimit>,
    /// Per caller: when its requests and its tokens will be whole again, in nanoseconds.
    callers: Mutex<HashMap<u64, [u64; 2]>>,
}

// === impl Limits ===

impl Limits {
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        Self { limit, callers: Mutex::default() }
    }

    pub(crate) fn reset(&self) {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes one request and `tokens` from a caller's allowance. Without a limit, the standings are
    /// those of a large one that is hardly used.
    pub(crate) fn take(&self, caller: u64, tokens: u32, now: Nanos) -> Result<Standings, Reached> {
        let Some(limit) = self.limit else {
            return Ok(Standings { requests: unused(10_000, 1), tokens: unused(2_000_000, tokens) });
        };
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= MOST_CALLERS && !callers.contains_key(&caller) {
            callers.clear();
        }
        let [requests_at, tokens_at] = callers.get(&caller).copied().unwrap_or_default();
        let (requests_limit, tokens_limit) =
            (limit.requests_per_minute.max(1), limit.tokens_per_minute.max(1));
        let requests_next = advance(requests_at, requests_limit, 1, now);
        let tokens_next = advance(tokens_at, tokens_limit, tokens, now);
        let standings = |requests, tokens| Standings {
            requests: standing(requests, requests_limit, now),
            tokens: standing(tokens, tokens_limit, now),
        };
        let over = [("requests", requests_next, requests_limit), ("tokens", tokens_next, tokens_limit)]
            .into_iter()
            .find_map(|(what, next, limit)| {
                let wait = next.checked_sub(now.0 + MINUTE).filter(|wait| *wait > 0)?;
                let standings = standings(requests_at, tokens_at);
                Some(Reached { what, limit, retry_after: Duration::from_nanos(wait), standings })
            });
        if let Some(reached) = over {
            return Err(reached);
        }
        callers.insert(caller, [requests_next, tokens_next]);
        Ok(standings(requests_next, tokens_next))
    }
}

fn advance(at: u64, limit: u32, used: u32, now: Nanos) -> u64 {
    at.max(now.0).saturating_add(MINUTE / u64::from(limit) * u64::from(used))
}

fn standing(at: u64, limit: u32, now: Nanos) -> Standing {
    let ahead = at.saturating_sub(now.0);
    let used = ahead.div_ceil((MINUTE / u64::from(limit)).max(1));
    let remaining = limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
    Standing { limit, remaining, reset: Duration::from_nanos(ahead) }
}

fn unused(limit: u32, used: u32) -> Standing {
    let reset = Duration::from_nanos(MINUTE / u64::from(limit) * u64::from(used));
    Standing { limit, remaining: limit.saturating_sub(used), reset }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_a_minute_passes_and_the_next_waits() {
        let limit = RateLimit { requests_per_minute: 3, tokens_per_minute: 100 };
        let limits = Limits::new(Some(limit));
        for left in [2, 1, 0] {
            assert_eq!(limits.take(1, 10, Nanos(0)).unwrap().requests.remaining, left);
        }
        let reached = limits.take(1, 10, Nanos(0)).unwrap_err();
        assert_eq!((reached.what, reached.retry_after), ("requests", Duration::from_secs(20)));
        assert!(limits.take(2, 10, Nanos(0)).is_ok());
        assert!(limits.take(1, 10, Nanos(20_000_000_000)).is_ok());
        assert_eq!(limits.take(3, 101, Nanos(0)).unwrap_err().what, "tokens");
    }
}
