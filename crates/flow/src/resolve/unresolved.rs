//! Names that lead nowhere, in a document that has other mistakes too: told with those, so that nobody mends it twice.

use std::collections::HashSet;

use serde_json::Value;

use super::{Resolver, Sources};
use crate::document::{Document, Step, Workflow};
use crate::extension::{Branch, Callee};
use crate::inputs::Inputs;
use crate::mistakes::{Mistake, Mistakes};

/// Tells of operations, workflows and steps that are named and are not there, and of inputs whose schema is wrong. `written` is
/// what the document was read from: a step that could not be read is there all the same.
pub fn unresolved(written: &Value, document: &Document, sources: &Sources) -> Vec<Mistake> {
    let mut mistakes = Mistakes::default();
    let resolver = Resolver { document, sources };
    for workflow in &document.workflows {
        let at = workflow.at.join("dependsOn");
        for name in &workflow.depends_on {
            resolver.workflow(&at, name, &mut mistakes);
        }
        for step in &workflow.steps {
            resolver.target(&step.at, &step.target, &mut mistakes);
            for branch in step.weir.alternatives().chain(step.weir.compensate.as_deref()) {
                resolver.callee(branch, &mut mistakes);
            }
        }
        of_steps(written, workflow, &mut mistakes);
    }
    let mut mistakes = mistakes.into_vec();
    for workflow in &document.workflows {
        mistakes.extend(Inputs::compile(document, workflow).err().into_iter().flatten());
    }
    mistakes
}

/// Tells of steps that are waited for or referred to, and are not there.
fn of_steps(written: &Value, workflow: &Workflow, mistakes: &mut Mistakes) {
    let steps = written.pointer(&workflow.at.join("steps").to_string()).and_then(Value::as_array);
    let known: HashSet<&str> =
        steps.into_iter().flatten().filter_map(|step| step.get("stepId")?.as_str()).collect();
    for step in &workflow.steps {
        for (place, name) in step.depends_on.iter().filter(|(_, name)| !name.starts_with('$')) {
            if !known.contains(&**name) {
                mistakes.add(place, absent(workflow, name));
            }
        }
    }
    for (place, expression) in workflow.references() {
        if let Some((name, _)) = expression.of_step()
            && !known.contains(name)
        {
            mistakes.add(&place, absent(workflow, name));
        }
    }
}

/// That a step is not there, and which are.
pub(crate) fn absent(workflow: &Workflow, name: &str) -> String {
    let names = workflow.steps.iter().take(20).map(|step: &Step| format!("`{}`", step.id));
    let names: Vec<String> = names.collect();
    format!("there is no step `{name}`; steps of this workflow are {}", names.join(", "))
}

// === impl Resolver ===

impl Resolver<'_> {
    fn callee(&self, branch: &Branch, mistakes: &mut Mistakes) {
        if let Callee::Target(target) = &branch.callee {
            self.target(&branch.at, target, mistakes);
        }
    }
}
