//! How a step came out, and what is done then.

use std::sync::Arc;
use std::time::Duration;

use super::act::inputs;
use super::frame::{Parent, Transfer};
use super::{Came, Engine, Failure, Ongoing, Passage, Reason};
use crate::document::{Action, Deed, Goal, Step};
use crate::program::Compiled;
use crate::run::Verdict;
use crate::values::{Exchange, Scope, Values, passes};

/// What is known when a step is judged.
struct Case<'c> {
    at: usize,
    step: usize,
    compiled: &'c Compiled,
    written: &'c Step,
    exchange: Option<&'c Exchange>,
    outputs: Option<&'c Values>,
}

// === impl Engine ===

impl Engine {
    /// A call of a step was answered.
    pub(super) fn judge_call(&mut self, ongoing: Ongoing, now: Duration) {
        let Ongoing { frame: at, step, before, exchange, passage, .. } = ongoing;
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[at].workflow];
        let Some(written) = compiled.workflow.steps.get(before.map_or(step, |(acting, _)| acting)) else {
            return;
        };
        let status = exchange.answer.as_ref().map_or(0, |answer| answer.status);
        let scope = Scope { memory: &self.frames[at].memory, exchange: Some(&exchange), outputs: None };
        let fails = match passes(&written.success, &scope) {
            Ok(_) if written.success.is_empty() => {
                (!(200..300).contains(&status)).then_some(Reason::Status(status))
            }
            Ok(true) => None,
            Ok(false) => Some(Reason::Criteria),
            Err(lacking) => Some(Reason::Unclear(lacking.to_string().into())),
        };
        self.trail[passage].came = if fails.is_none() { Came::Good } else { Came::Failed };
        if let Some((_, after)) = before {
            // What was made before another step is tried again gives what it gives, if it went well.
            if fails.is_none() {
                let outputs = scope.outputs(&written.outputs);
                self.frames[at].memory.steps.insert(written.id.clone(), outputs);
            }
            return self.again(at, step, after, now);
        }
        let case = Case { at, step, compiled, written, exchange: Some(&exchange), outputs: None };
        match fails {
            None => self.succeed(&case, now),
            Some(reason) => self.fail(&case, reason, None, now),
        }
    }

    /// The workflow of a step has come to its end.
    pub(super) fn judge_workflow(
        &mut self,
        at: usize,
        step: usize,
        outputs: &Values,
        failure: Option<Failure>,
        now: Duration,
    ) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[at].workflow];
        let Some(written) = compiled.workflow.steps.get(step) else { return };
        let scope = Scope { memory: &self.frames[at].memory, exchange: None, outputs: Some(outputs) };
        let fails = match (&failure, passes(&written.success, &scope)) {
            (Some(failure), _) => Some(failure.reason.clone()),
            (None, Ok(true)) => None,
            (None, Ok(false)) => Some(Reason::Criteria),
            (None, Err(lacking)) => Some(Reason::Unclear(lacking.to_string().into())),
        };
        if let Some(passage) = self.frames[at].passages[step] {
            self.trail[passage].came = if fails.is_none() { Came::Good } else { Came::Failed };
            self.trail[passage].ended = Some(now);
        }
        let case = Case { at, step, compiled, written, exchange: None, outputs: Some(outputs) };
        match fails {
            None => self.succeed(&case, now),
            Some(reason) => self.fail(&case, reason, failure, now),
        }
    }

    /// A step has no answer.
    pub(super) fn lose(&mut self, at: usize, step: usize, passage: usize, reason: &Reason, now: Duration) {
        self.trail[passage].came = Came::Failed;
        self.trail[passage].ended = Some(now);
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[at].workflow];
        let Some(written) = compiled.workflow.steps.get(step) else { return };
        let case = Case { at, step, compiled, written, exchange: None, outputs: None };
        self.fail(&case, reason.clone(), None, now);
    }

    fn succeed(&mut self, case: &Case<'_>, now: Duration) {
        let frame = &mut self.frames[case.at];
        let scope = Scope { memory: &frame.memory, exchange: case.exchange, outputs: case.outputs };
        let outputs = scope.outputs(&case.written.outputs);
        if let (crate::document::Target::Workflow(name), Some(given)) = (&case.written.target, case.outputs) {
            let inputs = inputs(&case.written.parameters, &scope).unwrap_or_default();
            frame.memory.workflows.insert(name.clone(), (inputs, given.clone()));
        }
        frame.memory.steps.insert(case.written.id.clone(), outputs);
        let action = self.action(case, &case.written.on_success);
        let verdict = match action.map(|action| &action.deed) {
            None | Some(Deed::Retry { .. }) => Verdict::Succeeded,
            Some(Deed::End) => Verdict::End,
            Some(Deed::Goto(goal)) => self.goes(case, goal),
        };
        self.settle_step(case, verdict, now);
    }

    fn fail(&mut self, case: &Case<'_>, reason: Reason, inner: Option<Failure>, now: Duration) {
        let exhausted =
            |deed: &Deed, retries: u32| matches!(deed, Deed::Retry { limit, .. } if retries >= *limit);
        let retries = self.frames[case.at].retries.get(case.step).copied().unwrap_or_default();
        // A retry that has been made as often as it may be leaves the word to the actions behind it.
        let left = case.written.on_failure.iter().filter(|action| !exhausted(&action.deed, retries));
        let action = self.action(case, left);
        let verdict = match action.map(|action| &action.deed) {
            Some(Deed::End) => Verdict::End,
            Some(Deed::Goto(goal)) => self.goes(case, goal),
            Some(Deed::Retry { after, first, .. }) => {
                if let Some(retries) = self.frames[case.at].retries.get_mut(case.step) {
                    *retries += 1;
                }
                let after = retry_after(case.exchange).unwrap_or(*after);
                match first {
                    None => Verdict::Again(after),
                    Some(goal) => return self.before_retry(case, goal, after, now),
                }
            }
            None => {
                let failure = self.failure(case, reason, inner);
                self.frames[case.at].failure.get_or_insert(failure);
                Verdict::Failed
            }
        };
        self.settle_step(case, verdict, now);
    }

    fn settle_step(&mut self, case: &Case<'_>, verdict: Verdict, now: Duration) {
        self.frames[case.at].run.settle(case.step, verdict, now);
        self.restless.push(case.at);
    }

    /// The first action whose criteria pass.
    fn action<'a>(
        &self,
        case: &Case<'_>,
        actions: impl IntoIterator<Item = &'a Action>,
    ) -> Option<&'a Action> {
        let frame = &self.frames[case.at];
        let scope = Scope { memory: &frame.memory, exchange: case.exchange, outputs: case.outputs };
        actions.into_iter().find(|action| passes(&action.criteria, &scope).unwrap_or(false))
    }

    /// The way to where an action goes.
    fn goes(&mut self, case: &Case<'_>, goal: &Goal) -> Verdict {
        match goal {
            Goal::Step(id) => match case.compiled.step(id) {
                Some(to) => {
                    // What is made again may be tried as often again.
                    let retries = &mut self.frames[case.at].retries;
                    retries.iter_mut().skip(to).for_each(|retries| *retries = 0);
                    Verdict::Goto(to)
                }
                None => Verdict::End,
            },
            Goal::Workflow(name, parameters) => {
                let frame = &mut self.frames[case.at];
                let scope = Scope { memory: &frame.memory, exchange: case.exchange, outputs: case.outputs };
                let inputs = inputs(parameters, &scope).unwrap_or_default();
                frame.transfer = Some(Transfer::new(name, inputs));
                Verdict::End
            }
        }
    }

    /// Does what is to be done before a step is tried again.
    fn before_retry(&mut self, case: &Case<'_>, goal: &Goal, after: Duration, now: Duration) {
        match goal {
            Goal::Step(id) => match case.compiled.step(id) {
                Some(acting) if acting != case.step => {
                    self.act(case.at, case.step, (acting, after), now);
                }
                _ => self.again(case.at, case.step, after, now),
            },
            Goal::Workflow(name, parameters) => {
                let scope = Scope {
                    memory: &self.frames[case.at].memory,
                    exchange: case.exchange,
                    outputs: case.outputs,
                };
                let inputs = inputs(parameters, &scope).unwrap_or_default();
                match case.compiled.goal(name) {
                    Some(goal) => self.open(goal, inputs, Parent::Retry(case.at, case.step, after)),
                    None => self.again(case.at, case.step, after, now),
                }
            }
        }
    }

    fn failure(&self, case: &Case<'_>, reason: Reason, inner: Option<Failure>) -> Failure {
        if let Some(inner) = inner {
            return inner;
        }
        let passage = self.frames[case.at].passages[case.step].and_then(|passage| self.trail.get(passage));
        let answer = case.exchange.and_then(|exchange| exchange.answer.as_ref());
        Failure {
            step: passage.map(|passage| passage.step.clone()).unwrap_or_default(),
            reason,
            status: answer.map(|answer| answer.status),
            lasted: passage.map(Passage::lasted).unwrap_or_default(),
            attempts: passage.map_or(0, |passage| passage.attempt),
        }
    }
}

/// After how long the answer wants the step to be tried again (RFC 9110 §10.2.3). A date is not looked at: there is no
/// clock here.
fn retry_after(exchange: Option<&Exchange>) -> Option<Duration> {
    let value = exchange?.answer.as_ref()?.headers.get("retry-after")?;
    value.trim().parse().ok().map(Duration::from_secs)
}
