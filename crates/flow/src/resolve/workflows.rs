//! What a workflow says of others by `$workflows`: it has a value where this workflow runs them itself.

use std::collections::HashSet;

use expr::Expression;
use expr::runtime::{Named, Side};

use super::absent;
use crate::document::{Action, Document, Step, Workflow, id_of, of_outputs, step_elsewhere};
use crate::mistakes::Mistakes;

/// Tells of `$workflows.ID.…` that cannot have a value: nothing in the workflow runs that one, or it gives nothing of the name.
pub(crate) fn named(document: &Document, workflow: &Workflow, mistakes: &mut Mistakes) {
    for (at, name) in workflow.steps.iter().flat_map(|step| &step.depends_on) {
        let other = step_elsewhere(name).filter(|_| name.starts_with("$workflows."));
        let other = other.and_then(|(id, step)| Some((document.workflow(id)?, step)));
        if let Some((other, step)) =
            other.filter(|(other, step)| other.steps.iter().all(|one| *one.id != **step))
        {
            mistakes.add(at, format!("workflow `{}`: {}", other.id, absent(other, step)));
        }
    }
    let runs = runs(workflow);
    let mut found = Vec::new();
    for step in &workflow.steps {
        found.extend(step.needs().into_iter().chain(step.looks_at()));
        found.extend(step.weir.needs().into_iter().chain(step.weir.looks_at()));
    }
    of_outputs(&workflow.outputs, &mut found);
    found.extend(workflow.weir.references());
    let mut told = HashSet::new();
    for (at, expression) in found {
        let Expression::Workflow { workflow: id, side, field } = expression else { continue };
        let wrong = if *id == workflow.id {
            own(id, *side, field)
        } else if runs.contains(&**id) {
            document.workflow(id).and_then(|other| gives(other, *side, field))
        } else {
            Some(not_run(document, id))
        };
        // What the workflow gives to all its steps is in each.
        if let Some(message) = wrong.filter(|_| told.insert((at.clone(), expression))) {
            mistakes.add(&at, format!("`{expression}` has no value: {message}"));
        }
    }
}

/// The ids of the workflows that it runs, in whichever document they stand.
fn runs(workflow: &Workflow) -> HashSet<&str> {
    let steps = &workflow.steps;
    let own = steps.iter().flat_map(Step::workflows);
    let goals = steps.iter().flat_map(|step| step.on_success.iter().chain(&step.on_failure));
    let all = own.chain(goals.filter_map(Action::goes_to));
    all.chain(workflow.depends_on.iter().map(|name| &**name)).map(id_of).collect()
}

fn own(id: &str, side: Side, field: &Named) -> Option<String> {
    let hint = "what it gives is known once it is over; name what a step gives, `$steps.ID.outputs.…`";
    (side == Side::Outputs)
        .then(|| format!("`{id}` is this workflow, and {hint}"))
        .filter(|_| !field.is_all())
}

fn gives(other: &Workflow, side: Side, field: &Named) -> Option<String> {
    let known = |output: &str| field.readings().any(|(name, _)| *name == *output);
    // One that has none itself gives what the one gives that it goes to.
    if side == Side::Inputs || field.is_all() || other.outputs.is_empty() {
        return None;
    }
    if other.outputs.iter().any(|output| known(&output.name)) {
        return None;
    }
    let names: Vec<String> = other.outputs.iter().map(|output| format!("`{}`", output.name)).collect();
    Some(format!("workflow `{}` gives {}", other.id, names.join(", ")))
}

fn not_run(document: &Document, id: &str) -> String {
    if document.workflow(id).is_some() {
        return format!(
            "nothing here runs `{id}`; a step does with `workflowId: {id}`, and `dependsOn: [{id}]` of this workflow has it run before"
        );
    }
    let known = document.workflows.iter().take(20).map(|workflow| format!("`{}`", workflow.id));
    format!("there is no workflow `{id}`; there are {}", known.collect::<Vec<_>>().join(", "))
}
