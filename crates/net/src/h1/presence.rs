//! Whether a client that has ended its side still reads. One that has closed its connection and one that only sends no more look
//! the same until something is sent to them: who has closed answers that with a reset. So while a call is under way an
//! interim answer is sent now and then: 100, which a client of HTTP/1.1 that has not asked for it discards (RFC 9110 §15.2.1).

use std::task::{Context, Poll};
use std::time::Duration;

use message::{Fields, Version};

use super::link::State;
use crate::timer::Timer;

/// So long after its client has ended its side a call is under way before that is asked; the next time after twice as long, up
/// to a longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(16);

/// 100 (Continue).
const CONTINUE: u16 = 100;

/// See the module's description.
#[derive(Debug)]
pub(super) struct Presence {
    timer: Timer,
    /// None where the client knows no interim answers.
    wait: Option<Duration>,
}

// === impl Presence ===

impl Presence {
    /// That of the client of a call.
    pub(super) fn new(version: Version) -> Self {
        Self { timer: Timer::default(), wait: (version >= Version::Http11).then_some(FIRST) }
    }

    /// Puts an interim answer to what is sent, if it is time.
    pub(super) fn poll_asks(&mut self, cx: &mut Context<'_>, state: &mut State) -> bool {
        let Some(wait) = self.wait.filter(|_| state.fin && state.undecided) else { return false };
        if !self.timer.is_set() {
            self.timer.set(state.core.clock.now() + wait);
        }
        let mut asks = false;
        while let Poll::Ready(()) = self.timer.poll(cx, &state.core.clock) {
            let wait = self.wait.map_or(LONGEST, |wait| (wait * 2).min(LONGEST));
            self.wait = Some(wait);
            self.timer.set(state.core.clock.now() + wait);
            http1::encode::interim(&mut state.interim, CONTINUE, &Fields::new());
            asks = true;
        }
        asks
    }
}
