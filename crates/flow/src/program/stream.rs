//! Which step's answer is handed on as it comes, and whether it can be.

use super::Act;
use crate::document::{Step, Workflow};
use crate::extension::Kind;
use crate::mistakes::Mistake;
use crate::sieve::Sieve;

/// The step whose answer's body `x-weir-response` hands on. It is one call, and nothing looks into the body.
pub(super) fn of(workflow: &Workflow, acts: &[Act], reads: &[Sieve]) -> Result<Option<usize>, Mistake> {
    let said = workflow.weir.response.as_ref().and_then(|response| response.stream.as_ref());
    let Some((at, name)) = said else { return Ok(None) };
    let mistake = |message: String| Mistake { at: at.clone(), message };
    let found = workflow.steps.iter().zip(reads).enumerate().find(|(_, (step, _))| step.id == *name);
    let Some((number, (step, reads))) = found else {
        return Err(mistake(format!("there is no step `{name}`")));
    };
    let is_call = match acts.get(number) {
        Some(Act::Operation(..)) => true,
        Some(Act::Kind { .. }) => !matches!(step.weir.kind, Some(Kind::Event(_))),
        _ => false,
    };
    if !is_call {
        return Err(mistake(format!(
            "step `{name}` calls no operation and asks nobody, so that it has no answer to hand on"
        )));
    }
    if let Some(word) = not_one_call(step) {
        return Err(mistake(format!(
            "an answer that is handed on is that of one call: step `{name}` has {word}"
        )));
    }
    if !reads.is_empty() {
        let why = "take what refers to `$response.body` out of it, or say `body` here";
        return Err(mistake(format!(
            "step `{name}` is handed on as it comes, and cannot be read as well: {why}"
        )));
    }
    Ok(Some(number))
}

/// What makes a step something else than a call that is made, tried again at most.
fn not_one_call(step: &Step) -> Option<&'static str> {
    let weir = &step.weir;
    let has = [
        (weir.when.is_some(), "`x-weir-when`"),
        (weir.for_each.is_some(), "`x-weir-for-each`"),
        (weir.switch.is_some(), "`x-weir-switch`"),
        (weir.optional.is_some(), "`x-weir-optional`"),
        (weir.hedge.is_some(), "`x-weir-hedge`"),
        (weir.cache.is_some(), "`x-weir-cache`"),
        (weir.fallback.is_some(), "`x-weir-fallback`"),
        (!weir.race.is_empty(), "`x-weir-race`"),
        (weir.repeat.is_some(), "`x-weir-while`"),
        (weir.max_body.is_some(), "`x-weir-max-body`"),
    ];
    has.into_iter().find(|(has, _)| *has).map(|(_, word)| word)
}
