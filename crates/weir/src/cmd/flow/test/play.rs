//! Runs a case: the engine of flows over answers that come in simulated time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flow::Engine;
use flow::engine::{Bounds, Call, CallId, Ended, Lost, Order, Passage, Reply};
use serde_json::Value;

use super::live::Servers;
use super::mock::Mock;
use super::suite::{Case, Suite};

/// So many things happen at most in a case.
const MOST: usize = 1_000_000;

/// What came of a case.
#[derive(Default)]
pub(super) struct Played {
    /// How the run ended, if it did.
    pub(super) ended: Option<Ended>,
    /// Why there was no run, or no end.
    pub(super) wrong: Vec<String>,
    /// What is wrong with the inputs.
    pub(super) refused: Vec<String>,
    /// The calls in the order in which they began.
    pub(super) calls: Vec<Made>,
    /// The events that were sent, in the order in which they were.
    pub(super) events: Vec<Value>,
    /// How long it took.
    pub(super) lasted: Duration,
    /// What the steps did.
    pub(super) trail: Vec<Passage>,
}

/// A call that was made.
pub(super) struct Made {
    id: CallId,
    /// Its place in the trail.
    pub(super) passage: usize,
    pub(super) step: Box<str>,
    pub(super) operation: Option<Box<str>>,
    /// `GET /users/7`.
    pub(super) request: String,
    pub(super) status: Option<u16>,
    pub(super) began: Duration,
    pub(super) ended: Option<Duration>,
}

struct Player<'s> {
    engine: Engine,
    mock: Mock<'s>,
    /// Answers under way, by the time at which they come and the order of their calls.
    ahead: BTreeMap<(Duration, CallId), Result<Reply, Lost>>,
    played: Played,
    now: Duration,
}

/// Runs a case to its end.
pub(super) fn play(suite: &Suite, case: &Case, live: Option<&Servers>) -> Played {
    let compiled = suite.program.workflows.get(suite.workflow);
    let inputs = match compiled.map(|compiled| compiled.inputs.check(case.inputs.clone())) {
        Some(Ok(inputs)) => inputs,
        Some(Err(mistakes)) => {
            let refused = mistakes.iter().map(ToString::to_string).collect();
            return Played { refused, ..Played::default() };
        }
        None => return Played { wrong: vec!["there is no workflow".to_owned()], ..Played::default() },
    };
    let program = Arc::clone(&suite.program);
    let engine = Engine::new(program, suite.workflow, inputs, Bounds::default(), Duration::ZERO);
    let mut player = Player {
        engine,
        mock: Mock::new(suite, case, live),
        ahead: BTreeMap::new(),
        played: Played::default(),
        now: Duration::ZERO,
    };
    for _ in 0..MOST {
        if player.step() {
            player.played.trail = player.engine.trail().to_vec();
            return player.played;
        }
    }
    player.played.wrong.push(format!("it has not ended after {MOST} events"));
    player.played
}

// === impl Player ===

impl Player<'_> {
    /// Does what is to be done now, and goes on to the next time; whether it is over.
    fn step(&mut self) -> bool {
        while let Some(order) = self.engine.poll(self.now) {
            match order {
                Order::Call { id, call, passage } => self.call(id, &call, passage),
                Order::Cancel(id) => {
                    self.ahead.retain(|(_, other), _| *other != id);
                    self.end(id, None);
                }
            }
        }
        if let Some(ended) = self.engine.ended() {
            self.played.lasted = ended.at;
            self.played.ended = Some(ended.clone());
            return true;
        }
        let comes = self.ahead.first_key_value().map(|((at, _), _)| *at);
        match (comes, self.engine.wakes()) {
            (Some(comes), wakes) if wakes.is_none_or(|wakes| comes <= wakes) => self.take(),
            (_, Some(wakes)) => self.now = self.now.max(wakes),
            (_, None) => {
                self.played.wrong.push("nothing is under way, and it has not ended".to_owned());
                self.played.lasted = self.now;
                return true;
            }
        }
        false
    }

    fn call(&mut self, id: CallId, call: &Call, passage: usize) {
        let step = self.engine.trail().get(passage).map(|passage| passage.step.clone()).unwrap_or_default();
        let request = format!("{} {}", call.request.method, call.request.target);
        if let Some((_, event)) =
            call.request.body.as_ref().filter(|_| self.engine.program().is_events(call.source))
        {
            self.played.events.push(serde_json::from_slice(event).unwrap_or_default());
        }
        let (operation, after, result) = match self.mock.answer(&step, call) {
            Ok(mocked) => (mocked.operation, mocked.after, mocked.result),
            Err(why) => {
                self.played.wrong.push(why);
                (None, Duration::ZERO, Err(Lost::Unreachable("it has no answer".into())))
            }
        };
        self.ahead.insert((self.now + after, id), result);
        let began = self.now;
        self.played.calls.push(Made {
            id,
            passage,
            step,
            operation,
            request,
            status: None,
            began,
            ended: None,
        });
    }

    /// Takes the next answer.
    fn take(&mut self) {
        let Some(((at, id), result)) = self.ahead.pop_first() else { return };
        self.now = at;
        match result {
            Ok(reply) => {
                self.end(id, Some(reply.status));
                self.engine.answered(id, reply, at);
            }
            Err(lost) => {
                self.end(id, None);
                self.engine.lost(id, &lost, at);
            }
        }
    }

    fn end(&mut self, id: CallId, status: Option<u16>) {
        if let Some(call) = self.played.calls.iter_mut().rev().find(|call| call.id == id) {
            call.status = status;
            call.ended = Some(self.now);
        }
    }
}
