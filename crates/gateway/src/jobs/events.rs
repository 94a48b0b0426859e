//! The steps of a job as server-sent events, for a client that follows it: one as soon as each has come out, and one at the
//! end.

use std::sync::Arc;

use net::Reply;
use serde_json::Value;
use tokio::sync::watch;

use super::live::{Live, Standing};
use crate::events::{self, Event, Form, News};

/// Tells of a job that has ended.
pub(super) type Tell = Box<dyn Fn(&Standing) -> Value + Send + Sync>;

struct Follow {
    live: Arc<Live>,
    tell: Tell,
    seen: usize,
}

/// The events of a job behind the first `seen`, until it ends.
pub(super) fn follow(live: Arc<Live>, seen: usize, tell: Tell) -> Reply {
    events::follow(Follow { live, tell, seen }, Form::Events)
}

/// The events of a job that has ended.
pub(super) fn replay(standing: &Standing, seen: usize, told: &Value) -> Reply {
    let steps = standing.trail.iter().enumerate().skip(seen);
    let mut all: Vec<Event> = steps.map(|(at, step)| event("step", at + 1, step.clone())).collect();
    all.push(event("done", standing.trail.len() + 1, told.clone()));
    events::replay(&all, Form::Events)
}

fn event(name: &'static str, number: usize, data: Value) -> Event {
    Event { name, id: number.to_string(), data }
}

// === impl Follow ===

impl News for Follow {
    fn changes(&self) -> watch::Receiver<u64> {
        self.live.changes()
    }

    fn take(&mut self, news: &mut Vec<Event>) -> bool {
        let standing = self.live.standing(self.seen);
        for step in &standing.trail {
            self.seen += 1;
            news.push(event("step", self.seen, step.clone()));
        }
        let ended = standing.outcome.is_some();
        if ended {
            // The job as it stands, whoever has seen how much of it, or says so.
            let whole = self.live.standing(0);
            news.push(event("done", whole.trail.len() + 1, (self.tell)(&whole)));
        }
        ended
    }
}
