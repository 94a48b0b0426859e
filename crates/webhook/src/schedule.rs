//! When a delivery that failed is tried again.

use std::time::Duration;

use base::Rng;

/// Waits that double up to a longest one, each a fifth shorter or longer by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The first wait.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
    /// How long a delivery is tried in all; the last attempt is made at the end of it.
    pub lasts: Duration,
    /// How long an endpoint may fail, without one of several deliveries coming through, until it is switched off.
    pub gives_up: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            longest: Duration::from_mins(15),
            lasts: Duration::from_hours(24),
            gives_up: Duration::from_hours(5 * 24),
        }
    }
}

// === impl Schedule ===

impl Schedule {
    /// The wait behind the so many-th attempt, counted from 1.
    pub(crate) fn wait(&self, attempt: u32, rng: &mut Rng) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let wait = self.first.saturating_mul(doubled).min(self.longest);
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let spread = millis / 5;
        Duration::from_millis(millis - spread + rng.below(2 * spread + 1))
    }
}
