//! Every expression of a step, with its place: what the planner derives edges from.

use std::collections::HashSet;

use expr::{Expression, Pointer};

use super::Workflow;
use super::action::{Action, Deed, Goal};
use super::criterion::Criterion;
use super::step::{Body, Output, Parameter, Step};

/// An expression and where it stands.
pub type Reference<'s> = (Pointer, &'s Expression);

// === impl Step ===

impl Step {
    /// What must be known before it is called: expressions of its parameters and its body.
    pub fn needs(&self) -> Vec<Reference<'_>> {
        let mut found = Vec::new();
        of_parameters(&self.parameters, &mut found);
        if let Some(body) = &self.body {
            of_body(body, &mut found);
        }
        found
    }

    /// What must be known once it has answered: expressions of its criteria, actions and outputs.
    pub fn looks_at(&self) -> Vec<Reference<'_>> {
        let mut found = Vec::new();
        of_criteria(&self.success, &mut found);
        for action in self.on_success.iter().chain(&self.on_failure) {
            of_action(action, &mut found);
        }
        of_outputs(&self.outputs, &mut found);
        found
    }

    /// Every expression of it.
    pub(crate) fn references(&self) -> Vec<Reference<'_>> {
        let mut found = self.needs();
        found.extend(self.looks_at());
        found.extend(self.weir.needs());
        found.extend(self.weir.looks_at());
        found
    }
}

// === impl Workflow ===

impl Workflow {
    /// Every expression of it, each once at its place: what the workflow gives to all its steps is in each.
    pub(crate) fn references(&self) -> Vec<Reference<'_>> {
        let mut found: Vec<Reference<'_>> = self.steps.iter().flat_map(Step::references).collect();
        found.extend(self.results());
        let mut known = HashSet::with_capacity(found.len());
        let is_first: Vec<bool> =
            found.iter().map(|(at, expression)| known.insert((at, *expression))).collect();
        let mut is_first = is_first.into_iter();
        found.retain(|_| is_first.next().unwrap_or_default());
        found
    }

    /// What must be known once its steps are over: expressions of its outputs and its answer.
    pub(crate) fn results(&self) -> Vec<Reference<'_>> {
        let mut found = Vec::new();
        of_outputs(&self.outputs, &mut found);
        found.extend(self.weir.references());
        found
    }
}

/// The expressions of a body.
pub(crate) fn of_body<'s>(body: &'s Body, found: &mut Vec<Reference<'s>>) {
    if let Some(payload) = &body.payload {
        add(&body.at.join("payload"), payload.expressions(), found);
    }
    for replacement in &body.replacements {
        add(&replacement.target.at, replacement.target.text.expressions(), found);
        add(&replacement.target.at, replacement.value.expressions(), found);
    }
}

/// The expressions of outputs.
pub(crate) fn of_outputs<'s>(outputs: &'s [Output], found: &mut Vec<Reference<'s>>) {
    for output in outputs {
        add(&output.at, output.expressions(), found);
    }
}

pub(crate) fn of_parameters<'s>(parameters: &'s [Parameter], found: &mut Vec<Reference<'s>>) {
    for parameter in parameters {
        add(&parameter.at.join("value"), parameter.value.expressions(), found);
    }
}

fn of_criteria<'s>(criteria: &'s [Criterion], found: &mut Vec<Reference<'s>>) {
    for criterion in criteria {
        add(&criterion.at, criterion.expressions(), found);
    }
}

fn of_action<'s>(action: &'s Action, found: &mut Vec<Reference<'s>>) {
    of_criteria(&action.criteria, found);
    let goal = match &action.deed {
        Deed::Goto(goal) | Deed::Retry { first: Some(goal), .. } => Some(goal),
        Deed::End | Deed::Retry { first: None, .. } => None,
    };
    if let Some(Goal::Workflow(_, parameters)) = goal {
        of_parameters(parameters, found);
    }
}

fn add<'s>(
    at: &Pointer,
    expressions: impl IntoIterator<Item = &'s Expression>,
    found: &mut Vec<Reference<'s>>,
) {
    found.extend(expressions.into_iter().map(|expression| (at.clone(), expression)));
}
