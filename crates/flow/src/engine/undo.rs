//! Undoing what was done, in reverse order, where a workflow fails.

use std::sync::Arc;
use std::time::Duration;

use super::act::inputs;
use super::frame::Parent;
use super::task::{Lane, Parts, Spot};
use super::timer::Timer;
use super::{Call, Came, Engine, Failure, Ongoing, Order, Passage, Reason, Role, kind};
use crate::document::Step;
use crate::extension::Kind;
use crate::program::Act;
use crate::request::{self, Request};
use crate::values::{Exchange, Scope, Values};

/// What undoes a step, as it was written when the step had come out well.
#[derive(Debug)]
pub(super) struct Undo {
    /// The step, behind those that called its workflow.
    name: Box<str>,
    /// The name of the call or workflow that did it.
    of: Box<str>,
    /// It may be made again where nobody knows whether it was made.
    again: bool,
    /// It is an event.
    once: bool,
    /// It is made as whoever called the flow, and with these credentials, as the step was.
    as_caller: bool,
    credentials: Option<Box<str>>,
    what: What,
    /// How often it was tried.
    tries: u32,
}

/// So often it is tried.
const TRIES: u32 = 3;

#[derive(Clone, Debug)]
enum What {
    Call(usize, Request),
    Workflow(usize, Values),
    /// It cannot be written.
    Nothing,
}

// === impl Engine ===

impl Engine {
    /// What undoes a step, by what its answer says.
    pub(super) fn undo_of(
        &self,
        spot: &Spot,
        written: &Step,
        exchange: Option<&Exchange>,
        given: Option<&Values>,
    ) -> Option<Undo> {
        written.weir.compensate.as_ref()?;
        let compiled = &self.program.workflows[self.frames[spot.frame].workflow];
        let parts = Parts::of(compiled, spot.step, Lane::Undo)?;
        let scope = Scope { outputs: given, ..self.scope(spot, exchange) };
        // It may name what the step itself gives.
        let own = scope.outputs(&written.outputs);
        let scope = Scope { own: Some((&written.id, &own)), ..scope };
        let what = match parts.act {
            Act::Operation(source, operation) => {
                request::write((parts.parameters, parts.body), operation, &scope, None)
                    .map_or(What::Nothing, |request| What::Call(*source, request))
            }
            Act::Workflow(on) => {
                inputs(parts.parameters, &scope).map_or(What::Nothing, |inputs| What::Workflow(*on, inputs))
            }
            Act::Kind { source, .. } => kind::write(parts.kind, &scope, &mut Exchange::default())
                .map_or(What::Nothing, |request| What::Call(*source, request)),
            Act::Nothing => What::Nothing,
        };
        let passage = self.frames[spot.frame].passage(spot.step).and_then(|passage| self.trail.get(passage));
        let name = passage.map(|passage| format!("{}/undo", passage.step)).unwrap_or_default();
        let (name, of) = (name.into(), self.lane_name(spot));
        let once = parts.kind.is_some_and(Kind::is_repeatable);
        let (as_caller, credentials) = (written.weir.as_caller, written.weir.credentials.clone());
        let again = once || written.weir.repeatable;
        Some(Undo { name, of, again, once, as_caller, credentials, what, tries: 0 })
    }

    /// Begins to undo what a frame has done; whether there is something.
    pub(super) fn undo(&mut self, at: usize, failure: Failure, now: Duration) {
        self.frames[at].undoing = Some(failure);
        self.undo_next(at, now);
    }

    /// The step is undone; the next one is undone when the engine comes to it, for there may be many.
    pub(super) fn undone(&mut self, at: usize) {
        self.frames[at].undos.pop();
        self.rewinding.push(at);
    }

    /// What undoes a step has failed: it is tried again, or told of. It holds up nothing.
    pub(super) fn not_undone(&mut self, at: usize, passage: usize, reason: Reason) {
        self.rewinding.push(at);
        let frame = &mut self.frames[at];
        let Some(undo) = frame.undos.last() else { return };
        if undo.tries < TRIES && !matches!(undo.what, What::Nothing) {
            return;
        }
        let passage = self.trail.get(passage);
        frame.stuck.push(Failure {
            step: undo.name.clone(),
            reason,
            status: passage.and_then(|passage| passage.status),
            lasted: passage.map(Passage::lasted).unwrap_or_default(),
            attempts: undo.tries,
        });
        frame.undos.pop();
    }

    /// Undoes the next step.
    pub(super) fn undo_next(&mut self, at: usize, now: Duration) {
        if self.frames.get(at).is_none_or(|frame| frame.undoing.is_none()) {
            return;
        }
        let Some(undo) = self.frames[at].undos.last_mut() else {
            let failure = self.frames[at].undoing.take();
            return self.close(at, failure, now);
        };
        undo.tries += 1;
        let (name, tries, what) = (undo.name.clone(), undo.tries, undo.what.clone());
        let (of, again) = (undo.of.clone(), undo.again);
        let (as_caller, credentials) = (undo.as_caller, undo.credentials.clone());
        let once = (undo.once && self.bounds.named).then(|| format!("{of}!undo").into());
        let passage = self.begin_undo(name, tries, now);
        let spot = Spot { frame: at, step: 0, task: u32::MAX, unit: 0, lane: Lane::Undo };
        if self.bounds.named {
            self.frames[at].undone = format!("{of}!undo{tries}").into();
        }
        match what {
            What::Call(source, request) => {
                let id = self.next;
                self.next += 1;
                let deadline = Some(self.timers.set(now + self.bounds.undo, Timer::Call(id, spot)));
                let ongoing = Ongoing { spot, exchange: Exchange::default(), deadline, passage };
                self.calls.insert(id, vec![ongoing]);
                let (name, max_body) = (self.lane_name(&spot), self.longest(&spot));
                let call = Call {
                    name,
                    again,
                    once,
                    as_caller,
                    credentials,
                    max_body,
                    role: Role::Undo,
                    ..Call::new(source, Arc::new(request))
                };
                self.orders.push_back(Order::Call { id, call, passage });
            }
            What::Workflow(on, inputs) => self.enter(on, inputs, Parent::Step(spot, passage), now),
            What::Nothing => {
                self.lose(spot, passage, Reason::Request("what undoes it cannot be written".into()), now);
            }
        }
    }

    fn begin_undo(&mut self, name: Box<str>, attempt: u32, now: Duration) -> usize {
        self.trail.push(Passage {
            step: name,
            attempt,
            began: now,
            ended: None,
            status: None,
            came: Came::UnderWay,
            after: Vec::new(),
            within: None,
        });
        self.trail.len() - 1
    }
}
