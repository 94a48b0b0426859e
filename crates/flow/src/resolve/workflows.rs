//! What a workflow says of others by `$workflows`: it has a value where this workflow runs them itself.

use std::collections::{BTreeSet, HashMap};

use expr::Expression;
use expr::runtime::{Named, Side};

use super::{Resolver, Source, absent};
use crate::document::{Action, Document, Target, Workflow, id_of, step_elsewhere};
use crate::mistakes::Mistakes;

/// The workflows that one runs, by their ids, each as it is written.
type Runs<'w> = HashMap<&'w str, BTreeSet<&'w str>>;

/// Tells of `$workflows.ID.…` that cannot have a value: nothing in the workflow runs that one, or it gives nothing of the name;
/// and of steps of other workflows that are waited for and are not there.
pub(crate) fn named(resolver: &Resolver<'_>, workflow: &Workflow, mistakes: &mut Mistakes) {
    let document = resolver.document;
    let runs = runs(workflow);
    for (at, name) in workflow.steps.iter().flat_map(|step| &step.depends_on) {
        if let Some(message) = waited_for(resolver, &runs, name) {
            mistakes.add(at, message);
        }
    }
    for (at, expression) in workflow.references() {
        let Expression::Workflow { workflow: id, side, field } = expression else { continue };
        let wrong = if *id == workflow.id {
            own(id, *side, field)
        } else if let Some(forms) = runs.get(&**id) {
            match which(document, id, forms) {
                Ok(form) => resolver.there(form).and_then(|other| gives(other, *side, field)),
                Err(message) => Some(message),
            }
        } else {
            Some(not_run(document, id))
        };
        if let Some(message) = wrong {
            mistakes.add(&at, format!("`{expression}` has no value: {message}"));
        }
    }
}

/// The workflows that it runs, in whichever document they stand.
fn runs(workflow: &Workflow) -> Runs<'_> {
    let steps = &workflow.steps;
    let own = steps.iter().filter_map(|step| match &step.target {
        Target::Workflow(name) => Some(&**name),
        _ => None,
    });
    let goals = steps.iter().flat_map(|step| step.on_success.iter().chain(&step.on_failure));
    let all = own.chain(goals.filter_map(Action::goes_to));
    let mut runs = Runs::new();
    for written in all.chain(workflow.depends_on.iter().map(|name| &**name)) {
        runs.entry(id_of(written)).or_default().insert(written);
    }
    runs
}

/// As which of those that run `$workflows.ID` is known: this document's own, or the only one of others.
fn which<'w>(document: &Document, id: &str, forms: &BTreeSet<&'w str>) -> Result<&'w str, String> {
    let hint = "name the step that runs the one that is meant, `$steps.ID.outputs.…`";
    let mut foreign = forms.iter().copied().filter(|form| *form != id);
    match (document.workflow(id), foreign.next(), foreign.next()) {
        (Some(_), Some(form), _) => Err(format!(
            "`$workflows.{id}` is this document's own workflow `{id}`, and here `{form}` runs; {hint}"
        )),
        (None, Some(form), Some(other)) => Err(format!("both `{form}` and `{other}` run here; {hint}")),
        (_, Some(form), None) => Ok(form),
        (_, None, _) => forms.first().copied().ok_or_else(|| not_run(document, id)),
    }
}

/// What is wrong with a step of another workflow that is waited for; that nothing runs that one is for the plan to tell.
fn waited_for(resolver: &Resolver<'_>, runs: &Runs<'_>, name: &str) -> Option<String> {
    let (id, step) = step_elsewhere(name)?;
    let whole = name.strip_suffix(step)?.strip_suffix(".steps.")?;
    let written = whole.strip_prefix("$workflows.").unwrap_or(whole);
    let form = match runs.get(id).filter(|forms| !forms.contains(written)) {
        // One of another document may be named so where this one has none of the id.
        Some(forms) if written == id && resolver.document.workflow(id).is_none() => {
            match which(resolver.document, id, forms) {
                Ok(form) => form,
                Err(message) => return Some(message),
            }
        }
        Some(forms) => {
            let runs = forms.first()?;
            return Some(format!("nothing here runs `{written}`; what runs is `{runs}`"));
        }
        None => written,
    };
    let other = resolver.there(form)?;
    let is_there = other.steps.iter().any(|one| *one.id == *step);
    (!is_there).then(|| format!("workflow `{}`: {}", other.id, absent(other, step)))
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

// === impl Resolver ===

impl Resolver<'_> {
    /// A workflow by what is written: its id, or `$sourceDescriptions.NAME.ID`.
    fn there(&self, written: &str) -> Option<&Workflow> {
        let Ok(Expression::SourceDescription { source, reference }) = Expression::parse(written) else {
            return self.document.workflow(written);
        };
        let Source::Arazzo(document, _) = self.sources.get(&source)? else { return None };
        document.workflow(&reference)
    }
}
