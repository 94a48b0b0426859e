//! What a step does when it begins.

use std::sync::Arc;
use std::time::Duration;

use super::frame::Parent;
use super::{Came, Engine, Ongoing, Order, Passage, Reason};
use crate::document::Parameter;
use crate::program::Act;
use crate::request;
use crate::run::Verdict;
use crate::values::{Exchange, Scope, Values};

// === impl Engine ===

impl Engine {
    /// Begins a step.
    pub(super) fn start(&mut self, at: usize, step: usize, attempt: u32, now: Duration) {
        self.begun += 1;
        if self.begun > self.bounds.steps {
            let why = format!("the run has begun {} steps, and may begin no more", self.bounds.steps);
            self.stop(Reason::Bound(why.into()));
            self.frames[at].run.settle(step, Verdict::Failed, now);
            self.restless.push(at);
            return;
        }
        let passage = self.note(at, step, attempt, now);
        self.frames[at].passages[step] = Some(passage);
        self.perform(at, step, None, passage, now);
    }

    /// Does what another step does, before this one is tried again.
    pub(super) fn act(&mut self, at: usize, step: usize, before: (usize, Duration), now: Duration) {
        let passage = self.note(at, before.0, 1, now);
        self.perform(at, step, Some(before), passage, now);
    }

    /// Makes the call of a step, or runs its workflow.
    fn perform(
        &mut self,
        at: usize,
        step: usize,
        before: Option<(usize, Duration)>,
        passage: usize,
        now: Duration,
    ) {
        let program = Arc::clone(&self.program);
        let frame = &self.frames[at];
        let compiled = &program.workflows[frame.workflow];
        let acting = before.map_or(step, |(acting, _)| acting);
        let (Some(act), Some(written)) = (compiled.acts.get(acting), compiled.workflow.steps.get(acting))
        else {
            return;
        };
        let scope = Scope { memory: &frame.memory, exchange: None, outputs: None };
        let failed = match act {
            Act::Workflow(on) => match inputs(&written.parameters, &scope) {
                Ok(inputs) => {
                    let parent =
                        before.map_or(Parent::Step(at, step), |(_, after)| Parent::Retry(at, step, after));
                    return self.open(*on, inputs, parent);
                }
                Err(reason) => reason,
            },
            Act::Operation(source, operation) => {
                let mut exchange = Exchange::default();
                match request::write(written, operation, &scope, &mut exchange) {
                    Ok(request) => {
                        exchange.url.clone_from(&request.target);
                        let (id, source) = (self.next, *source);
                        self.next += 1;
                        let deadline = written.timeout.map(|timeout| now + timeout);
                        let ongoing = Ongoing { frame: at, step, before, exchange, deadline, passage };
                        self.calls.insert(id, ongoing);
                        return self.orders.push_back(Order::Call { id, source, request, passage });
                    }
                    Err(error) => Reason::Request(error.to_string().into()),
                }
            }
        };
        match before {
            Some((_, after)) => self.again(at, step, after, now),
            None => self.lose(at, step, passage, &failed, now),
        }
    }

    /// Lets a step be tried again after a time.
    pub(super) fn again(&mut self, at: usize, step: usize, after: Duration, now: Duration) {
        self.frames[at].run.settle(step, Verdict::Again(after), now);
        self.restless.push(at);
    }

    /// Puts the beginning of a step into the trail.
    pub(super) fn note(&mut self, at: usize, step: usize, attempt: u32, now: Duration) -> usize {
        let frame = &self.frames[at];
        let compiled = &self.program.workflows[frame.workflow];
        let within = match frame.parent {
            Parent::Step(outer, step) | Parent::Retry(outer, step, _) => self.frames[outer].passages[step],
            _ => None,
        };
        let id = compiled.workflow.steps.get(step).map(|step| &*step.id).unwrap_or_default();
        let name = match within {
            Some(outer) => format!("{}/{id}", self.trail[outer].step).into(),
            None => id.into(),
        };
        let before = compiled.graph.before(step).iter();
        let after = before.filter_map(|on| frame.passages[*on]).collect();
        self.trail.push(Passage {
            step: name,
            attempt,
            began: now,
            ended: None,
            status: None,
            came: Came::UnderWay,
            after,
            within,
        });
        self.trail.len() - 1
    }
}

/// What parameters are as inputs of a workflow.
pub(super) fn inputs(parameters: &[Parameter], scope: &Scope<'_>) -> Result<Values, Reason> {
    let one = |parameter: &Parameter| Ok((parameter.name.to_string(), scope.give(&parameter.value)?));
    let all: Result<Values, crate::values::Lacking> = parameters.iter().map(one).collect();
    all.map_err(|lacking| Reason::Request(lacking.to_string().into()))
}
