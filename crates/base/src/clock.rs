//! Time as a parameter: the system's clock in production, a hand-moved one in tests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A point on the monotonic time line, in nanoseconds since the clock was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

/// Wall-clock time: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Micros(pub i64);

/// Gives the time. Cheap to clone; clones of a manual clock move together.
#[derive(Clone)]
pub struct Clock {
    source: Source,
}

#[derive(Clone)]
enum Source {
    System { start: Start, start_wall: Micros },
    Manual { now: Arc<AtomicU64>, start_wall: Micros },
}

#[expect(clippy::disallowed_types, reason = "this is the one place that reads the system's clock")]
type Start = std::time::Instant;

// === impl Nanos ===

impl Nanos {
    /// Time passed since `earlier`; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Whole microseconds passed since `earlier`, saturating at `u32::MAX - 1` (71 minutes).
    pub fn micros_since(self, earlier: Self) -> u32 {
        let micros = self.0.saturating_sub(earlier.0) / 1_000;
        u32::try_from(micros).unwrap_or(u32::MAX).min(u32::MAX - 1)
    }
}

impl std::ops::Add<Duration> for Nanos {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
    }
}

// === impl Micros ===

impl Micros {
    /// Time passed since 1970-01-01T00:00:00Z; zero before it.
    pub fn since_epoch(self) -> Duration {
        Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }
}

// === impl Clock ===

impl Clock {
    /// The system's clock. Wall time follows the monotonic clock from here on, so that it never
    /// jumps backwards within one process; make a new clock to take up an adjustment.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system's clock")]
    pub fn system() -> Self {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let start_wall = Micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX));
        Self { source: Source::System { start: Start::now(), start_wall } }
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn manual(start_wall: Micros) -> Self {
        Self { source: Source::Manual { now: Arc::new(AtomicU64::new(0)), start_wall } }
    }

    /// Monotonic time.
    pub fn now(&self) -> Nanos {
        match &self.source {
            Source::System { start, .. } => {
                Nanos(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
            }
            Source::Manual { now, .. } => Nanos(now.load(Ordering::Relaxed)),
        }
    }

    /// Wall-clock time.
    pub fn wall(&self) -> Micros {
        self.wall_at(self.now())
    }

    /// The wall-clock time of a monotonic one, without reading the clock again.
    pub fn wall_at(&self, at: Nanos) -> Micros {
        let (Source::System { start_wall, .. } | Source::Manual { start_wall, .. }) = &self.source;
        Micros(start_wall.0.saturating_add(i64::try_from(at.0 / 1_000).unwrap_or(i64::MAX)))
    }

    /// Moves a manual clock; the system's clock is not moved by this.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual { now, .. } = &self.source {
            now.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.source {
            Source::System { .. } => "system",
            Source::Manual { .. } => "manual",
        };
        f.debug_tuple("Clock").field(&kind).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand_and_its_clones_with_it() {
        let clock = Clock::manual(Micros(1_000_000));
        let other = clock.clone();
        assert_eq!(clock.now(), Nanos(0));
        clock.advance(Duration::from_millis(3));
        assert_eq!(other.now(), Nanos(3_000_000));
        assert_eq!(other.wall(), Micros(1_003_000));
        assert_eq!(other.now().micros_since(Nanos(1_000)), 2_999);
    }
}
