//! What a run has done: its waterfall.

use std::time::Duration;

/// One attempt of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The step, behind those that called its workflow: `pay/charge`.
    pub step: Box<str>,
    /// Which attempt, counted from 1.
    pub attempt: u32,
    /// When it began.
    pub began: Duration,
    /// When it ended, if it did.
    pub ended: Option<Duration>,
    /// The status of its answer, if it had one.
    pub status: Option<u16>,
    /// How it came out.
    pub came: Came,
    /// The steps that it waited for, by the numbers of their passages.
    pub after: Vec<usize>,
    /// The passage of the step within which it was made.
    pub within: Option<usize>,
}

/// How an attempt came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Came {
    /// It is under way.
    #[default]
    UnderWay,
    /// Well.
    Good,
    /// Not well; another attempt may have followed.
    Failed,
    /// It was given up.
    Cancelled,
    /// It was not made, by its own word.
    Skipped,
}

// === impl Passage ===

impl Passage {
    /// How long it took; nothing where it has not ended.
    pub fn lasted(&self) -> Duration {
        self.ended.map_or(Duration::ZERO, |ended| ended.saturating_sub(self.began))
    }

    pub(super) fn cancel(&mut self, now: Duration) {
        if self.came == Came::UnderWay {
            self.came = Came::Cancelled;
            self.ended = Some(now);
        }
    }
}
