//! The parts of a run's answer, each as soon as it is known, for whoever sends them one by one: the members of the object
//! that `x-weir-response` shapes, or the workflow's outputs. What is no such object is one part.

use expr::Expression;
use serde_json::Value;

use super::{Engine, Failure};
use crate::document::{Deed, Given, Output, Workflow};
use crate::extension::Formula;
use crate::program::Compiled;
use crate::values::{Lacking, Memory, Scope, Values};

/// A part.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The member of the answer's object that it is; none: it is the whole answer.
    pub name: Option<Box<str>>,
    /// What it is.
    pub value: Value,
}

/// Which parts of a run's answer were not taken yet. Parts that were taken never change: joined, all parts of a run that
/// goes well are its answer.
#[derive(Clone, Debug)]
pub struct Parts {
    /// All that are known by name before the run ends.
    known: Vec<Known>,
    /// The answer is an object of these, not one whole.
    members: bool,
    /// One that reads a step was taken.
    begun: bool,
    /// The last ones were taken.
    over: bool,
}

/// A member that is known by name.
#[derive(Clone, Debug)]
struct Known {
    name: Box<str>,
    /// The steps that it reads; none: only the end tells what it is.
    needs: Option<Vec<usize>>,
    taken: bool,
}

/// Where a member's value comes from.
enum Member<'w> {
    Output(&'w Output),
    Given(&'w Given),
    Formula(&'w Formula),
}

// === impl Parts ===

impl Parts {
    /// The parts of what a workflow answers.
    pub fn new(compiled: &Compiled) -> Self {
        let workflow = &compiled.workflow;
        let known = members(workflow).map(|members| {
            let one = |(name, member): (&str, Member<'_>)| Known {
                name: name.into(),
                needs: needs(compiled, &member),
                taken: false,
            };
            members.into_iter().map(one).collect()
        });
        Self { members: known.is_some(), known: known.unwrap_or_default(), begun: false, over: false }
    }

    /// The parts that are known now and were not taken before. Those that read no step wait for the first that does, so
    /// that nothing is told of a run that fails before that.
    pub fn take(&mut self, engine: &Engine) -> Vec<Part> {
        if let Some(ended) = engine.ended() {
            let body = ended.answer.as_ref().map(|answer| &answer.body);
            return if std::mem::replace(&mut self.over, true) { Vec::new() } else { self.rest(body) };
        }
        let Some((compiled, memory, is_done)) = engine.readable() else { return Vec::new() };
        let is_ready = |known: &Known| {
            !known.taken && known.needs.as_ref().is_some_and(|needs| needs.iter().all(|step| is_done(*step)))
        };
        let reads = |known: &Known| known.needs.as_ref().is_some_and(|needs| !needs.is_empty());
        if !self.begun && !self.known.iter().any(|known| is_ready(known) && reads(known)) {
            return Vec::new();
        }
        let Some(members) = members(&compiled.workflow) else { return Vec::new() };
        self.begun = true;
        let mut parts = Vec::new();
        for (known, (_, member)) in self.known.iter_mut().zip(members).filter(|(known, _)| is_ready(known)) {
            // What cannot be told now is told by the end, or makes the run fail.
            if let Ok(Some(value)) = member.value(&compiled.workflow, memory) {
                known.taken = true;
                parts.push(Part { name: Some(known.name.clone()), value });
            }
        }
        parts
    }

    /// The parts that read the step that has failed.
    pub fn reading(&self, engine: &Engine, failure: &Failure) -> Vec<&str> {
        let compiled = engine.program.workflows.get(engine.workflow);
        let id = failure.step.split(['/', '[']).next();
        let step = compiled.zip(id).and_then(|(compiled, id)| compiled.step(id));
        let reads = |known: &&Known| {
            known.needs.as_ref().zip(step).is_some_and(|(needs, step)| needs.contains(&step))
        };
        self.known.iter().filter(reads).map(|known| &*known.name).collect()
    }

    fn rest(&self, body: Option<&Value>) -> Vec<Part> {
        match body {
            Some(Value::Object(all)) if self.members => {
                let taken = |name: &str| self.known.iter().any(|known| known.taken && *known.name == *name);
                all.iter()
                    .filter(|(name, _)| !taken(name))
                    .map(|(name, value)| Part { name: Some(name.as_str().into()), value: value.clone() })
                    .collect()
            }
            Some(body) => vec![Part { name: None, value: body.clone() }],
            None => Vec::new(),
        }
    }
}

// === impl Engine ===

impl Engine {
    /// Why optional steps are missing so far, in the order in which that was known.
    pub fn absent(&self) -> &[Failure] {
        let so_far = || self.frames.get(0).map_or(&[][..], |frame| &frame.absent);
        self.ended.as_ref().map_or_else(so_far, |ended| &ended.absent)
    }

    /// What the run's own workflow has learnt, while nothing has failed, and which of its steps have come to their end.
    fn readable(&self) -> Option<(&Compiled, &Memory, impl Fn(usize) -> bool)> {
        let frame = self.frames.get(0)?;
        let reads = frame.is_under_way() && self.given_up.is_none() && !frame.run.is_over();
        let compiled = self.program.workflows.get(frame.workflow).filter(|_| reads)?;
        Some((compiled, &frame.memory, |step| frame.run.is_done(step)))
    }
}

// === impl Member ===

impl Member<'_> {
    fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Output(output) => output.value.expressions(),
            Self::Given(given) => given.expressions(),
            Self::Formula(formula) => formula.expressions(),
        }
    }

    /// What it is now; `None`: it is left out.
    fn value(&self, workflow: &Workflow, memory: &Memory) -> Result<Option<Value>, Lacking> {
        let reads_outputs =
            self.expressions().iter().any(|expression| matches!(expression, Expression::Output(_)));
        let outputs =
            if reads_outputs { Scope::of(memory).outputs(&workflow.outputs) } else { Values::new() };
        let scope = Scope { outputs: Some(&outputs), ..Scope::of(memory) };
        match self {
            // As the workflow's outputs are: what has no value is `null`.
            Self::Output(output) => Ok(Some(Scope::of(memory).give(&output.value).unwrap_or_default())),
            Self::Given(given) if scope.is_left_out(given) => Ok(None),
            Self::Given(given) => scope.give(given).map(Some),
            Self::Formula(formula) if scope.leaves_out(formula) => Ok(None),
            Self::Formula(formula) => scope.formula(formula).map(Some),
        }
    }
}

/// The members of the object that a workflow answers, by their names; `None`: it is no such object.
fn members(workflow: &Workflow) -> Option<Vec<(&str, Member<'_>)>> {
    match workflow.weir.response.as_ref().and_then(|response| response.body.as_ref()) {
        None => Some(workflow.outputs.iter().map(|one| (&*one.name, Member::Output(one))).collect()),
        Some(Formula::Object(all)) => {
            Some(all.iter().map(|(name, member)| (&**name, Member::Formula(member))).collect())
        }
        Some(Formula::Given(_, Given::Object(all))) => {
            Some(all.iter().map(|(name, member)| (&**name, Member::Given(member))).collect())
        }
        Some(_) => None,
    }
}

/// The steps that a member reads. `None`: it may change until the end, since it reads what a workflow gave, or since steps
/// may be made again.
fn needs(compiled: &Compiled, member: &Member<'_>) -> Option<Vec<usize>> {
    if goes_back(&compiled.workflow) {
        return None;
    }
    let mut needs = Vec::new();
    for expression in member.expressions() {
        match expression {
            Expression::Output(named) => {
                let is_read = |output: &&Output| {
                    named.is_all() || named.readings().any(|(name, _)| *name == *output.name)
                };
                for output in compiled.workflow.outputs.iter().filter(is_read) {
                    for expression in output.value.expressions() {
                        add(compiled, expression, &mut needs)?;
                    }
                }
            }
            expression => add(compiled, expression, &mut needs)?,
        }
    }
    Some(needs)
}

fn add(compiled: &Compiled, expression: &Expression, needs: &mut Vec<usize>) -> Option<()> {
    if matches!(expression, Expression::Workflow { .. }) {
        return None;
    }
    if let Some((step, _)) = expression.of_step() {
        let step = compiled.step(step)?;
        if !needs.contains(&step) {
            needs.push(step);
        }
    }
    Some(())
}

/// Whether a workflow may make steps again that have come to their end, or answer what another gives.
fn goes_back(workflow: &Workflow) -> bool {
    let leads = |deed: &Deed| matches!(deed, Deed::Goto(_) | Deed::Retry { first: Some(_), .. });
    let mut actions = workflow.steps.iter().flat_map(|step| step.on_success.iter().chain(&step.on_failure));
    actions.any(|action| leads(&action.deed))
}
