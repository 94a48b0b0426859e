//! What was noted of a run that did not come to its end, and how it is taken up: a new run is given the answers that the
//! old one had, at the times at which it had them, until there are no more.
//!
//! A call that changes something and was begun, and of which no answer is known, is not made again: its answer is lost.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Call, CallId, Engine, Lost, Order, Reply};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: Duration,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A call of this name was about to be made.
    Begun(Box<str>),
    /// A call of this name was answered.
    Answered(Box<str>, Reply),
    /// A call of this name has no answer.
    Lost(Box<str>, Lost),
    /// The run was given up.
    GivenUp,
}

/// What is known of a run's calls.
#[derive(Debug, Default)]
pub struct Past {
    /// Taken out when it is told.
    noted: Vec<Option<Noted>>,
    /// Where what came of a call is noted, by its name.
    outcomes: HashMap<Box<str>, usize>,
    begun: HashSet<Box<str>>,
    /// Where it is noted that the run was given up.
    given_up: Option<usize>,
}

/// A run that has been taken up.
#[derive(Debug)]
pub struct Resumed {
    /// Its time.
    pub now: Duration,
    /// Calls that are to be made: no answer to them is known.
    pub calls: Vec<Order>,
}

/// Words for a call of which nobody knows whether it was made.
const UNKNOWN: &str = "whether it was made is not known: the gateway stopped while it was under way";

// === impl Past ===

impl Past {
    /// Of what was noted, in its order.
    pub fn new(noted: Vec<Noted>) -> Self {
        let mut past = Self::default();
        for (at, one) in noted.into_iter().enumerate() {
            match &one.what {
                Happened::Begun(name) => drop(past.begun.insert(name.clone())),
                Happened::Answered(name, _) | Happened::Lost(name, _) => {
                    past.outcomes.entry(name.clone()).or_insert(at);
                }
                Happened::GivenUp => drop(past.given_up.get_or_insert(at)),
            }
            past.noted.push(Some(one));
        }
        past
    }

    /// Takes a new run to where what is known of it ends.
    pub fn resume(&mut self, engine: &mut Engine) -> Resumed {
        let end = self.noted.iter().flatten().next_back().map_or(Duration::ZERO, |last| last.at);
        let mut now = Duration::ZERO;
        let mut waiting: Vec<(CallId, Call, usize)> = Vec::new();
        loop {
            while let Some(order) = engine.poll(now) {
                match order {
                    Order::Call { id, call, passage } => waiting.push((id, call, passage)),
                    Order::Cancel(id) => waiting.retain(|(other, ..)| *other != id),
                }
            }
            let wakes = engine.wakes().filter(|wakes| *wakes > now && *wakes <= end);
            match (self.next(&waiting), wakes) {
                (Some((at, which)), wakes) if wakes.is_none_or(|wakes| wakes >= at) => {
                    now = now.max(at);
                    self.tell(engine, which, &mut waiting, now);
                }
                (_, Some(wakes)) => now = wakes,
                (_, None) => break,
            }
        }
        now = now.max(end);
        let mut calls = Vec::new();
        for (id, call, passage) in waiting {
            match self.known(&call) {
                Some(Err(lost)) => engine.lost(id, &lost, now),
                Some(Ok(reply)) => engine.answered(id, reply, now),
                None => calls.push(Order::Call { id, call, passage }),
            }
        }
        Resumed { now, calls }
    }

    /// What is known of a call that is to be made; it is told once.
    pub fn known(&mut self, call: &Call) -> Option<Result<Reply, Lost>> {
        let noted = self.outcomes.remove(&call.name).and_then(|at| self.noted.get_mut(at)?.take());
        match noted.map(|noted| noted.what) {
            Some(Happened::Answered(_, reply)) => Some(Ok(reply)),
            Some(Happened::Lost(_, lost)) => Some(Err(lost)),
            _ if !call.again && self.begun.contains(&call.name) => {
                Some(Err(Lost::Unreachable(UNKNOWN.into())))
            }
            _ => None,
        }
    }

    /// The first that was noted and can be told: when, and where it is noted.
    fn next(&self, waiting: &[(CallId, Call, usize)]) -> Option<(Duration, usize)> {
        let outcomes = waiting.iter().filter_map(|(_, call, _)| self.outcomes.get(&call.name).copied());
        let which = outcomes.chain(self.given_up).min()?;
        let at = self.noted.get(which)?.as_ref()?.at;
        Some((at, which))
    }

    fn tell(
        &mut self,
        engine: &mut Engine,
        which: usize,
        waiting: &mut Vec<(CallId, Call, usize)>,
        now: Duration,
    ) {
        let Some(noted) = self.noted.get_mut(which).and_then(Option::take) else { return };
        let mut of = |name: &str| {
            self.outcomes.remove(name);
            let at = waiting.iter().position(|(_, call, _)| &*call.name == name)?;
            Some(waiting.remove(at).0)
        };
        match noted.what {
            Happened::GivenUp => {
                self.given_up = None;
                engine.give_up();
            }
            Happened::Begun(_) => {}
            Happened::Answered(name, reply) => {
                if let Some(id) = of(&name) {
                    engine.answered(id, reply, now);
                }
            }
            Happened::Lost(name, lost) => {
                if let Some(id) = of(&name) {
                    engine.lost(id, &lost, now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
