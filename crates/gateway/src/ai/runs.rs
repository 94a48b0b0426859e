//! Answers that are being made in the background on this process: how each stands, its events so far, and how to end it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use llm::ApiError;
use llm::conversation::background::{Making, Told};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The most that are made at once.
const MOST: usize = 1_000;

/// What they may hold all in all, in bytes of requests and events.
const BUDGET: usize = 256 << 20;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    runs: BTreeMap<(String, String), Arc<Run>>,
    held: usize,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Run {
    state: Mutex<State>,
    /// Tells of each change.
    changed: watch::Sender<u64>,
    task: Mutex<Option<AbortHandle>>,
    /// It was deleted: nothing of it is kept.
    unwanted: AtomicBool,
}

#[derive(Debug)]
struct State {
    making: Making,
    events: Vec<(u64, Bytes)>,
    bytes: usize,
    /// No more events are put by.
    closed: bool,
}

/// What there is for somebody who follows the events.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) events: Vec<Bytes>,
    /// How many events there are with these.
    pub(crate) seen: usize,
    pub(crate) ended: bool,
}

// === impl Runs ===

impl Runs {
    /// Takes one in; `None`: there is no room for it.
    pub(crate) fn begin(&self, owner: &str, id: &str, making: Making, bytes: usize) -> Option<Arc<Run>> {
        let mut all = self.all.lock();
        if all.runs.len() >= MOST || all.held + bytes > BUDGET {
            return None;
        }
        all.held += bytes;
        let run = Arc::new(Run {
            state: Mutex::new(State { making, events: Vec::new(), bytes, closed: false }),
            changed: watch::Sender::new(0),
            task: Mutex::default(),
            unwanted: AtomicBool::new(false),
        });
        all.runs.insert((owner.to_owned(), id.to_owned()), Arc::clone(&run));
        Some(run)
    }

    /// The one of this id, of this owner's.
    pub(crate) fn find(&self, owner: &str, id: &str) -> Option<Arc<Run>> {
        self.all.lock().runs.get(&(owner.to_owned(), id.to_owned())).cloned()
    }

    /// Lets one go that has ended.
    pub(crate) fn end(&self, owner: &str, id: &str) {
        let run = self.all.lock().runs.remove(&(owner.to_owned(), id.to_owned()));
        let Some(run) = run else { return };
        // Locked one after the other: who tells an event locks them the other way about.
        let bytes = run.state.lock().close();
        let mut all = self.all.lock();
        all.held = all.held.saturating_sub(bytes);
    }

    /// Counts events against what may be held; gives whether they may be.
    fn hold(&self, bytes: usize) -> bool {
        let mut all = self.all.lock();
        let fits = all.held + bytes <= BUDGET;
        if fits {
            all.held += bytes;
        }
        fits
    }
}

// === impl State ===

impl State {
    /// Puts by no more events; gives what is held.
    fn close(&mut self) -> usize {
        self.closed = true;
        self.bytes
    }
}

// === impl Run ===

impl Run {
    /// The response object as it stands.
    pub(crate) fn object(&self) -> Bytes {
        Bytes::copy_from_slice(self.state.lock().making.object())
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.state.lock().making.is_ended()
    }

    /// What makes it, so that it can be ended.
    pub(crate) fn made_by(&self, task: AbortHandle) {
        *self.task.lock() = Some(task);
    }

    /// Takes a piece of the answer.
    pub(crate) fn push(&self, runs: &Runs, bytes: &[u8]) {
        self.change(runs, |making, tell| making.push(bytes, tell));
    }

    /// The answer's stream has ended.
    pub(crate) fn finish(&self, runs: &Runs) {
        self.change(runs, Making::finish);
    }

    /// It comes to nothing.
    pub(crate) fn fail(&self, runs: &Runs, error: &ApiError) {
        self.change(runs, |making, tell| {
            if !making.is_ended() {
                making.fail(error, tell);
            }
        });
    }

    /// Ends it since it is not wanted any more; gives whether it was still being made.
    pub(crate) fn cancel(&self, runs: &Runs) -> bool {
        let mut cancelled = false;
        self.change(runs, |making, _| {
            cancelled = !making.is_ended();
            if cancelled {
                making.cancel();
            }
        });
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
        cancelled
    }

    /// Ends it, and nothing of it is kept.
    pub(crate) fn discard(&self, runs: &Runs) {
        self.unwanted.store(true, Ordering::Relaxed);
        self.cancel(runs);
    }

    /// Whether it is to be kept.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.unwanted.load(Ordering::Relaxed)
    }

    fn change(&self, runs: &Runs, change: impl FnOnce(&mut Making, &mut dyn FnMut(Told))) {
        let mut state = self.state.lock();
        let State { making, events, bytes, closed } = &mut *state;
        change(making, &mut |told| {
            // Without room the answer is still made; only its events cannot be followed any further, since none of them
            // may be missed out.
            *closed = *closed || !runs.hold(told.event.len());
            if !*closed {
                *bytes += told.event.len();
                events.push((told.number, Bytes::from(told.event)));
            }
        });
        drop(state);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Tells of changes from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The events behind the first `seen`, without those up to number `after`.
    pub(crate) fn news(&self, seen: usize, after: Option<u64>) -> News {
        let state = self.state.lock();
        let new =
            state.events.iter().skip(seen).filter(|(number, _)| after.is_none_or(|after| *number > after));
        News {
            events: new.map(|(_, event)| event.clone()).collect(),
            seen: state.events.len(),
            ended: state.making.is_ended(),
        }
    }

    /// All events as they were told, with their numbers in front.
    pub(crate) fn log(&self) -> Vec<(u64, Bytes)> {
        self.state.lock().events.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = b"data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"status\":\"in_progress\"}}\n\n";

    #[test]
    fn a_run_is_its_owners_and_there_is_room_for_so_many() {
        let runs = Runs::default();
        let making = || Making::new(b"{}", "resp_1", 1, None);
        let run = runs.begin("a", "resp_1", making(), BUDGET - EVENT.len() - 100).unwrap();
        assert!(runs.find("b", "resp_1").is_none() && runs.find("a", "resp_1").is_some());
        assert!(runs.begin("a", "resp_2", making(), 200 + EVENT.len()).is_none());
        run.push(&runs, EVENT);
        run.push(&runs, b"data: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"0123456789\"}\n\n");
        assert_eq!(run.log().len(), 1, "there is no room for more events");
        run.push(&runs, b"data: {\"type\":\"x\",\"sequence_number\":2}\n\n");
        assert_eq!(run.log().len(), 1, "a smaller one is not put by with one before it missed out");
        assert_eq!(run.news(0, None).events.len(), 1);
        assert!(run.news(0, Some(0)).events.is_empty() && run.news(1, None).events.is_empty());
        assert!(run.cancel(&runs) && !run.cancel(&runs) && run.is_ended());
        runs.end("a", "resp_1");
        runs.end("a", "resp_1");
        assert_eq!(runs.all.lock().held, 0);
    }
}
