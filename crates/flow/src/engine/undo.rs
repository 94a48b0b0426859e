//! Undoing what was done, in reverse order, where a workflow fails.

use std::time::Duration;

use super::act::inputs;
use super::frame::Parent;
use super::task::{Lane, Parts, Spot};
use super::{Call, Engine, Failure, Ongoing, Order};
use crate::document::Step;
use crate::program::Act;
use crate::request::{self, Request};
use crate::values::{Exchange, Scope, Values};

/// What undoes a step, as it was written when the step had come out well.
#[derive(Debug)]
pub(super) struct Undo {
    /// The step, behind those that called its workflow.
    name: Box<str>,
    what: What,
}

#[derive(Debug)]
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
        let mut memory = self.frames[spot.frame].memory.clone();
        let scope = Scope { outputs: given, ..self.scope(spot, exchange) };
        // It may name what the step itself gives.
        memory.steps.insert(written.id.clone(), scope.outputs(&written.outputs));
        let scope = Scope { memory: &memory, ..scope };
        let what = match parts.act {
            Act::Operation(source, operation) => {
                let mut own = Exchange::default();
                request::write((parts.parameters, parts.body), operation, &scope, &mut own)
                    .map_or(What::Nothing, |request| What::Call(*source, request))
            }
            Act::Workflow(on) => {
                inputs(parts.parameters, &scope).map_or(What::Nothing, |inputs| What::Workflow(*on, inputs))
            }
            Act::Kind(_) | Act::Nothing => What::Nothing,
        };
        let passage = self.frames[spot.frame].passages[spot.step].and_then(|passage| self.trail.get(passage));
        let name = passage.map(|passage| format!("{}/undo", passage.step)).unwrap_or_default();
        Some(Undo { name: name.into(), what })
    }

    /// Begins to undo what a frame has done; whether there is something.
    pub(super) fn undo(&mut self, at: usize, failure: Failure, now: Duration) {
        self.frames[at].undoing = Some(failure);
        self.undo_next(at, now);
    }

    /// Undoes the next step. What cannot be undone is in the trail, and holds up nothing.
    pub(super) fn undo_next(&mut self, at: usize, now: Duration) {
        let Some(undo) = self.frames[at].undos.pop() else {
            let failure = self.frames[at].undoing.take();
            return self.close(at, failure, now);
        };
        let passage = self.begin_undo(undo.name, now);
        let spot = Spot { frame: at, step: 0, task: u32::MAX, unit: 0, lane: Lane::Undo };
        match undo.what {
            What::Call(source, request) => {
                let id = self.next;
                self.next += 1;
                let deadline = Some(now + self.bounds.undo);
                let ongoing = Ongoing { spot, exchange: Exchange::default(), deadline, passage };
                self.calls.insert(id, vec![ongoing]);
                self.orders.push_back(Order::Call { id, call: Call::new(source, request), passage });
            }
            What::Workflow(on, inputs) => self.enter(on, inputs, Parent::Step(spot, passage), now),
            What::Nothing => self.lose(
                spot,
                passage,
                super::Reason::Request("what undoes it cannot be written".into()),
                now,
            ),
        }
    }

    fn begin_undo(&mut self, name: Box<str>, now: Duration) -> usize {
        self.trail.push(super::Passage {
            step: name,
            attempt: 1,
            began: now,
            ended: None,
            status: None,
            came: super::Came::UnderWay,
            after: Vec::new(),
            within: None,
        });
        self.trail.len() - 1
    }
}
