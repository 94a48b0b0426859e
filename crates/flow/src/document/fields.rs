//! Fields of source descriptions as values (Arazzo 1.1.0, "Source Description Expression Resolution"): they are known when the
//! document is read, and stand where their expressions stood.

use expr::{Expression, Pointer};
use serde_json::Value;

use super::action::{Action, Deed, Goal};
use super::given::Given;
use super::step::{Output, Parameter, Step};
use super::{SourceDescription, Workflow};
use crate::mistakes::Mistakes;

/// Puts the fields of sources into a workflow.
pub(super) fn settle(sources: &[SourceDescription], workflow: &mut Workflow) {
    let known = |expression: &Expression| field(sources, expression);
    for step in &mut workflow.steps {
        of_step(step, &known);
    }
    of_outputs(&mut workflow.outputs, &known);
}

/// The field that an expression names, if it names one. What is neither is left to the run, where it has no value.
fn field(sources: &[SourceDescription], expression: &Expression) -> Option<Value> {
    let Expression::SourceDescription { source, reference } = expression else { return None };
    let source = sources.iter().find(|known| known.name == *source)?;
    match &**reference {
        "name" => Some((*source.name).into()),
        "url" => Some((*source.url).into()),
        "type" => Some(source.kind?.as_str().into()),
        _ => None,
    }
}

/// Tells of expressions that name a source's field or a component where a value is wanted, and are none.
pub(super) fn unknown(sources: &[SourceDescription], workflow: &Workflow, mistakes: &mut Mistakes) {
    let mut given: Vec<(&Pointer, &Given)> = Vec::new();
    for step in &workflow.steps {
        given.extend(step.parameters.iter().map(|one| (&one.at, &one.value)));
        if let Some(body) = &step.body {
            let replaced = body.replacements.iter().map(|one| &one.value);
            given.extend(body.payload.iter().chain(replaced).map(|one| (&body.at, one)));
        }
        given.extend(step.outputs.iter().map(|one| (&one.at, &one.value)));
    }
    given.extend(workflow.outputs.iter().map(|one| (&one.at, &one.value)));
    let named =
        given.into_iter().flat_map(|(at, one)| one.expressions().into_iter().map(move |one| (at, one)));
    for (at, expression) in named {
        match expression {
            Expression::SourceDescription { source, .. } if sources.iter().all(|one| one.name != *source) => {
                mistakes.add(at, format_args!("there is no source `{source}` in `sourceDescriptions`"));
            }
            Expression::SourceDescription { reference, .. } if &**reference != "type" => {
                let hint = "fields of a source are `name`, `url` and `type`";
                mistakes.add(at, format_args!("`{expression}` has no value: {hint}"));
            }
            Expression::Component { .. } => {
                let hint = "a component stands where `reference` names it";
                mistakes.add(at, format_args!("`{expression}` has no value: {hint}"));
            }
            _ => {}
        }
    }
}

type Known<'k> = &'k dyn Fn(&Expression) -> Option<Value>;

fn of_step(step: &mut Step, known: Known<'_>) {
    of_parameters(&mut step.parameters, known);
    if let Some(body) = &mut step.body {
        if let Some(payload) = &mut body.payload {
            of_given(payload, known);
        }
        for replacement in &mut body.replacements {
            of_given(&mut replacement.value, known);
        }
    }
    for action in step.on_success.iter_mut().chain(&mut step.on_failure) {
        of_action(action, known);
    }
    of_outputs(&mut step.outputs, known);
}

fn of_action(action: &mut Action, known: Known<'_>) {
    if let Deed::Goto(Goal::Workflow(_, inputs))
    | Deed::Retry { first: Some(Goal::Workflow(_, inputs)), .. } = &mut action.deed
    {
        of_parameters(inputs, known);
    }
}

fn of_parameters(parameters: &mut [Parameter], known: Known<'_>) {
    for parameter in parameters {
        of_given(&mut parameter.value, known);
    }
}

fn of_outputs(outputs: &mut [Output], known: Known<'_>) {
    for output in outputs {
        of_given(&mut output.value, known);
    }
}

fn of_given(given: &mut Given, known: Known<'_>) {
    match given {
        Given::Expression(expression) => {
            if let Some(value) = known(expression) {
                *given = Given::Literal(value);
            }
        }
        Given::Text(template) => template.settle(known),
        Given::List(items) => {
            for item in items {
                of_given(item, known);
            }
        }
        Given::Object(members) => {
            for (_, member) in members {
                of_given(member, known);
            }
        }
        Given::Literal(_) | Given::Selector(_) => {}
    }
}
