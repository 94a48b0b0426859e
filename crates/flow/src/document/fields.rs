//! Fields of source descriptions as values (Arazzo 1.1.0, "Source Description Expression Resolution"), which the run knows:
//! those that there are not are told.

use std::collections::HashSet;

use expr::Expression;

use super::references::{Reference, of_outputs};
use super::{SourceDescription, Workflow};
use crate::mistakes::Mistakes;

/// Tells of expressions that name a source's field or a component where a value is wanted, and are none.
pub(super) fn unknown(sources: &[SourceDescription], workflow: &Workflow, mistakes: &mut Mistakes) {
    let mut named: Vec<Reference<'_>> = Vec::new();
    for step in &workflow.steps {
        named.extend(step.needs().into_iter().chain(step.looks_at()));
        named.extend(step.weir.needs().into_iter().chain(step.weir.looks_at()));
    }
    of_outputs(&workflow.outputs, &mut named);
    named.extend(workflow.weir.references());
    // What the workflow gives to all its steps is in each.
    let mut told = HashSet::new();
    for (at, expression) in named {
        let Some(message) = wrong(sources, expression) else { continue };
        if told.insert((at.clone(), message.clone())) {
            mistakes.add(&at, message);
        }
    }
}

fn wrong(sources: &[SourceDescription], expression: &Expression) -> Option<String> {
    match expression {
        Expression::SourceDescription { source, reference } => {
            if sources.iter().all(|one| one.name != *source) {
                return Some(format!("there is no source `{source}` in `sourceDescriptions`"));
            }
            let known = matches!(&**reference, "name" | "url" | "type");
            let hint = "fields of a source are `name`, `url` and `type`";
            (!known).then(|| format!("`{expression}` has no value: {hint}"))
        }
        Expression::Component { .. } => {
            Some(format!("`{expression}` has no value: a component stands where `reference` names it"))
        }
        _ => None,
    }
}
