//! Times at which a run goes on by itself, found by their time and by what they are of.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::CallId;
use super::task::Spot;

/// What is done when its time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// A step begins.
    Begin(Spot),
    /// A unit is made again.
    Again(Spot),
    /// A call that has not been answered gets a second one beside it.
    Hedge(Spot),
    /// A call has not been answered in the time that it has.
    Call(CallId, Spot),
    /// A step has taken too long, with all attempts.
    Deadline(Spot),
    /// A workflow within the run has taken too long.
    Frame(usize),
    /// A frame has steps that are tried again.
    Wake(usize),
}

/// Names a timer: when it rings, and which of these it is.
pub(super) type TimerId = (Duration, u64);

/// What a timer is of: a frame, a step, a unit.
type Of = (usize, usize, usize);

/// Timers, and the chance by which pauses are drawn.
#[derive(Debug)]
pub(super) struct Timers {
    waiting: BTreeMap<TimerId, Timer>,
    /// The same by what they are of.
    places: BTreeSet<(Of, TimerId)>,
    count: u64,
    seed: u64,
}

// === impl Timer ===

impl Timer {
    fn of(&self) -> Of {
        match self {
            Self::Begin(spot) | Self::Again(spot) | Self::Hedge(spot) | Self::Call(_, spot) => {
                (spot.frame, spot.step, spot.unit)
            }
            Self::Deadline(spot) => (spot.frame, spot.step, usize::MAX),
            Self::Wake(frame) | Self::Frame(frame) => (*frame, usize::MAX, 0),
        }
    }
}

// === impl Timers ===

impl Timers {
    pub(super) fn new(seed: u64) -> Self {
        Self { waiting: BTreeMap::new(), places: BTreeSet::new(), count: 0, seed }
    }

    pub(super) fn set(&mut self, at: Duration, timer: Timer) -> TimerId {
        let id = (at, self.count);
        self.count += 1;
        self.waiting.insert(id, timer);
        self.places.insert((timer.of(), id));
        id
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.waiting.len(), self.places.len());
        self.waiting.len()
    }

    /// When the next one rings.
    pub(super) fn next(&self) -> Option<Duration> {
        self.waiting.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next one whose time has come.
    pub(super) fn due(&mut self, now: Duration) -> Option<Timer> {
        let id = *self.waiting.first_key_value().filter(|((at, _), _)| *at <= now)?.0;
        self.take(id)
    }

    /// Takes one, if it has not rung.
    pub(super) fn take(&mut self, id: TimerId) -> Option<Timer> {
        let timer = self.waiting.remove(&id)?;
        self.places.remove(&(timer.of(), id));
        Some(timer)
    }

    /// Takes what a frame would begin later, in the order in which it would.
    pub(super) fn begins_of(&mut self, frame: usize) -> Vec<Timer> {
        let begins = |timer: &Timer| matches!(timer, Timer::Begin(_) | Timer::Again(_));
        self.between((frame, 0, 0), (frame, usize::MAX, usize::MAX), begins)
    }

    /// The same of a step.
    pub(super) fn begins_of_step(&mut self, frame: usize, step: usize) -> Vec<Timer> {
        let begins = |timer: &Timer| matches!(timer, Timer::Begin(_) | Timer::Again(_));
        self.between((frame, step, 0), (frame, step, usize::MAX), begins)
    }

    /// Lets go of the timers of a unit.
    pub(super) fn drop_unit(&mut self, spot: &Spot) {
        let of = (spot.frame, spot.step, spot.unit);
        self.between(of, of, |_| true);
    }

    /// Lets go of the timers of a step.
    pub(super) fn drop_step(&mut self, frame: usize, step: usize) {
        self.between((frame, step, 0), (frame, step, usize::MAX), |_| true);
    }

    /// Lets go of the timers of a frame.
    pub(super) fn drop_frame(&mut self, frame: usize) {
        self.between((frame, 0, 0), (frame, usize::MAX, usize::MAX), |_| true);
    }

    fn between(&mut self, first: Of, last: Of, which: impl Fn(&Timer) -> bool) -> Vec<Timer> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let range = (first, (Duration::ZERO, 0))..=(last, (Duration::MAX, u64::MAX));
        let mut ids: Vec<TimerId> = self.places.range(range).map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids.retain(|id| self.waiting.get(id).is_some_and(&which));
        ids.into_iter().filter_map(|id| self.take(id)).collect()
    }

    /// A pause that is drawn from nothing to this one (full jitter).
    pub(super) fn drawn(&mut self, most: Duration) -> Duration {
        if self.seed == 0 {
            return most;
        }
        // xorshift64 (Marsaglia 2003).
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let part = u32::try_from(self.seed >> 32).unwrap_or(u32::MAX);
        most.mul_f64(f64::from(part) / f64::from(u32::MAX))
    }
}
