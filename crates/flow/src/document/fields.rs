//! Fields of source descriptions as values (Arazzo 1.1.0, "Source Description Expression Resolution"), which the run knows:
//! those that there are not are told.

use expr::Expression;

use super::{SourceDescription, Workflow};
use crate::mistakes::Mistakes;

/// Tells of expressions that name a source's field or a component where a value is wanted, and are none.
pub(super) fn unknown(sources: &[SourceDescription], workflow: &Workflow, mistakes: &mut Mistakes) {
    for (at, expression) in workflow.references() {
        if let Some(message) = wrong(sources, expression) {
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
