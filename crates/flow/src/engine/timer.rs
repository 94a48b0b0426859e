//! Times at which a run goes on by itself.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use super::task::Spot;

/// What is done when its time comes, if its task is under way still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// A step begins.
    Begin(Spot),
    /// A unit is made again.
    Again(Spot),
    /// A call that has not been answered gets a second one beside it.
    Hedge(Spot),
}

/// Timers, and the chance by which pauses are drawn.
#[derive(Debug)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Duration, u64)>>,
    waiting: HashMap<u64, Timer>,
    count: u64,
    seed: u64,
}

// === impl Timers ===

impl Timers {
    pub(super) fn new(seed: u64) -> Self {
        Self { heap: BinaryHeap::new(), waiting: HashMap::new(), count: 0, seed }
    }

    pub(super) fn set(&mut self, at: Duration, timer: Timer) {
        self.heap.push(Reverse((at, self.count)));
        self.waiting.insert(self.count, timer);
        self.count += 1;
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// The next one whose time has come.
    pub(super) fn due(&mut self, now: Duration) -> Option<Timer> {
        let Reverse((at, _)) = self.heap.peek()?;
        if *at > now {
            return None;
        }
        let Reverse((_, number)) = self.heap.pop()?;
        self.waiting.remove(&number)
    }

    /// Takes what a frame would begin later.
    pub(super) fn take_of(&mut self, frame: usize) -> Vec<Timer> {
        let begins =
            |timer: &Timer| matches!(timer, Timer::Begin(spot) | Timer::Again(spot) if spot.frame == frame);
        let mut numbers: Vec<u64> =
            self.waiting.iter().filter(|(_, timer)| begins(timer)).map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        let taken = numbers.iter().filter_map(|number| self.waiting.remove(number)).collect();
        let waiting = &self.waiting;
        self.heap.retain(|Reverse((_, number))| waiting.contains_key(number));
        taken
    }

    /// Lets go of the timers of some spots.
    pub(super) fn drop_of(&mut self, which: impl Fn(&Spot) -> bool) {
        if self.waiting.is_empty() {
            return;
        }
        self.waiting.retain(|_, timer| {
            let (Timer::Begin(spot) | Timer::Again(spot) | Timer::Hedge(spot)) = timer;
            !which(spot)
        });
        let waiting = &self.waiting;
        self.heap.retain(|Reverse((_, number))| waiting.contains_key(number));
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
