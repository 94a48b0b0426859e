//! Edges by the planner's rules, in their order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use expr::Expression;

use super::{Traits, Wait, Why, order};
use crate::document::{Deed, Step, Workflow, id_of, step_elsewhere};
use crate::extension::Kind;
use crate::mistakes::{Mistake, Mistakes};
use crate::resolve::absent;

/// So many waits there are at most of steps that name workflows, or steps of them, for those that run these.
const MOST: usize = 1_000_000;

/// Rule 1. Names that lead nowhere are told.
pub(super) fn by_reference(workflow: &Workflow, mistakes: &mut Mistakes) -> Vec<Vec<Wait>> {
    let steps: HashMap<&str, usize> =
        workflow.steps.iter().enumerate().map(|(at, step)| (&*step.id, at)).collect();
    let sequential = workflow.steps.iter().all(|step| step.depends_on.is_empty());
    let mut runners: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, step) in workflow.steps.iter().enumerate() {
        step.workflows().for_each(|name| runners.entry(name).or_default().push(at));
    }
    let (mut waits, mut left) = (Vec::with_capacity(workflow.steps.len()), MOST);
    for (at, step) in workflow.steps.iter().enumerate() {
        let mut own: Vec<Wait> = Vec::new();
        // What it waits for already, the workflows of which it names something, and those whose steps it waits for.
        let (mut known, mut named, mut run) = (HashSet::new(), HashSet::new(), HashSet::new());
        let own_outputs: Vec<_> = step.weir.looks_at();
        for (place, expression) in step.references() {
            if let Expression::Workflow { workflow: name, .. } = expression {
                let Some(runners) = runners.get(&**name).filter(|_| named.insert(name)) else { continue };
                let earlier = runners.iter().copied().take_while(|on| *on < at);
                let more: Vec<usize> = earlier.filter(|on| known.insert(*on)).collect();
                if more.len() > left {
                    mistakes.add(&place, too_many(&format!("$workflows.{name}"), "$steps.ID.outputs.…"));
                    return waits;
                }
                left -= more.len();
                let (place, text) = (Arc::new(place), Arc::from(expression.to_string()));
                let why = || Why::Output(Arc::clone(&place), Arc::clone(&text));
                own.extend(more.into_iter().map(|on| Wait { on, why: why() }));
                continue;
            }
            let Some(on) = step_of(workflow, &steps, (&place, expression), mistakes) else { continue };
            if on == at && own_outputs.iter().any(|(_, later)| std::ptr::eq(*later, expression)) {
                continue;
            }
            if on == at {
                mistakes.add(&place, format_args!("step `{}` refers to its own output", step.id));
                continue;
            }
            if on > at && sequential {
                let message = format!(
                    "`{expression}` is of a later step; put it before `{}`, or say `dependsOn: [{}]` here",
                    step.id, workflow.steps[on].id
                );
                mistakes.add(&place, message);
                continue;
            }
            if known.insert(on) {
                own.push(Wait { on, why: Why::Output(place.into(), expression.to_string().into()) });
            }
        }
        for (place, name) in &step.depends_on {
            match steps.get(&**name) {
                Some(on) if *on == at => mistakes.add(place, format_args!("step `{name}` depends on itself")),
                Some(on) if !known.insert(*on) => {}
                Some(on) => own.push(Wait { on: *on, why: Why::DependsOn(place.clone().into()) }),
                None if name.starts_with('$') => match runs_of(workflow, &runners, (at, name)) {
                    Ok((id, _)) if !run.insert(id) => {}
                    Ok((_, ran)) => {
                        let others = ran.iter().copied().filter(|on| *on != at);
                        let more: Vec<usize> = others.filter(|on| known.insert(*on)).collect();
                        if more.len() > left {
                            mistakes.add(place, too_many(name, "dependsOn: [ID]"));
                            return waits;
                        }
                        left -= more.len();
                        let place = Arc::new(place.clone());
                        let why = || Why::DependsOn(Arc::clone(&place));
                        own.extend(more.into_iter().map(|on| Wait { on, why: why() }));
                    }
                    Err(message) => mistakes.add(place, message),
                },
                None => mistakes.add(place, absent(workflow, name)),
            }
        }
        waits.push(own);
    }
    by_results(workflow, &steps, mistakes);
    waits
}

/// What the workflow's own results name is not waited for, but must be there.
fn by_results(workflow: &Workflow, steps: &HashMap<&str, usize>, mistakes: &mut Mistakes) {
    for (place, expression) in workflow.results() {
        step_of(workflow, steps, (&place, expression), mistakes);
    }
    let from = workflow.weir.response.iter().filter_map(|response| response.from.as_ref()).flatten();
    for (place, name) in from.filter(|(_, name)| !steps.contains_key(&**name)) {
        mistakes.add(place, absent(workflow, name));
    }
}

/// The workflow of which a step waits for a step, and the steps that run it: that one is over when they are.
fn runs_of<'r>(
    workflow: &Workflow,
    runners: &'r HashMap<&str, Vec<usize>>,
    (at, name): (usize, &'r str),
) -> Result<(&'r str, &'r [usize]), String> {
    let Some((id, _)) = step_elsewhere(name) else {
        return Err("a step of another workflow is named `$workflows.ID.steps.STEP`, or `$sourceDescriptions.NAME.ID.steps.STEP`".to_owned());
    };
    let all = runners.get(id).map(Vec::as_slice).unwrap_or_default();
    if all.iter().all(|on| *on == at) && !workflow.depends_on.iter().any(|before| id_of(before) == id) {
        return Err(format!(
            "no other step here runs workflow `{id}`; one does with `workflowId: {id}`, and `dependsOn: [{id}]` of this workflow has it run before"
        ));
    }
    Ok((id, all))
}

/// Rules 2, 3 and 5.
pub(super) fn by_order(waits: &mut [Vec<Wait>], traits: &[Traits], barriers: &[bool]) {
    if waits.iter().enumerate().any(|(at, own)| own.iter().any(|wait| wait.on > at)) {
        let overtakes =
            |(traits, is_barrier): (&Traits, &bool)| *is_barrier && traits.safe && traits.parallel;
        if traits.iter().zip(barriers).any(overtakes) {
            return by_order_of_each(waits, traits, barriers);
        }
        return order::add(waits, traits, barriers);
    }
    let (mut last_unsafe, mut last_barrier) = (None, None);
    for at in 0..waits.len() {
        let own = traits.get(at).copied().unwrap_or_default();
        if let Some(on) = last_unsafe
            && !(own.safe && own.parallel)
        {
            add(waits, at, on, if own.safe { Why::OwnWrites } else { Why::Order });
        }
        if let Some(on) = last_barrier {
            add(waits, at, on, Why::Barrier);
        }
        if !own.safe {
            last_unsafe = Some(at);
        }
        if barriers.get(at).copied().unwrap_or_default() {
            last_barrier = Some(at);
        }
    }
}

/// The same where steps wait for later ones by references, one by one: that a step waits for the last one before it does not mean
/// that it waits for all before that.
pub(super) fn by_order_of_each(waits: &mut [Vec<Wait>], traits: &[Traits], barriers: &[bool]) {
    let mut after = vec![Vec::new(); waits.len()];
    for (at, own) in waits.iter().enumerate() {
        for wait in own {
            after[wait.on].push(at);
        }
    }
    for at in 0..waits.len() {
        let own = traits.get(at).copied().unwrap_or_default();
        let (mut behind, mut before) = (vec![false; waits.len()], vec![false; waits.len()]);
        reach(&mut behind, at, |step| &after[step]);
        reach(&mut before, at, |step| waits[step].iter().map(|wait| &wait.on));
        for on in (0..at).rev().filter(|on| !behind[*on]) {
            let is_safe = traits.get(on).is_some_and(|traits| traits.safe);
            let why = match (is_safe, own.safe, own.parallel) {
                (false, false, _) => Why::Order,
                (false, true, false) => Why::OwnWrites,
                _ if barriers.get(on).copied().unwrap_or_default() => Why::Barrier,
                _ => continue,
            };
            if !before[on] {
                add(waits, at, on, why);
                after[on].push(at);
                reach(&mut before, on, |step| waits[step].iter().map(|wait| &wait.on));
            }
        }
    }
}

/// Marks a step and what it leads to, however many steps are between.
fn reach<'w, I: IntoIterator<Item = &'w usize>>(seen: &mut [bool], from: usize, next: impl Fn(usize) -> I) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(next(at).into_iter().filter(|next| !seen[**next]));
        }
    }
}

fn add(waits: &mut [Vec<Wait>], at: usize, on: usize, why: Why) {
    if let Some(own) = waits.get_mut(at)
        && !own.iter().any(|wait| wait.on == on)
    {
        own.push(Wait { on, why });
    }
}

/// Whether its actions may end the workflow or go elsewhere.
pub(super) fn is_barrier(step: &Step) -> bool {
    let leads_away = |deed: &Deed| matches!(deed, Deed::End | Deed::Goto(_));
    step.on_success.iter().chain(&step.on_failure).any(|action| leads_away(&action.deed))
}

/// Safe steps whose results nobody uses, and what is asked for and will not be done.
pub(super) fn remarks(workflow: &Workflow, traits: &[Traits], waits: &[Vec<Wait>]) -> Vec<Mistake> {
    let mut remarks = Mistakes::default();
    let by_order = |why: &Why| matches!(why, Why::OwnWrites | Why::Order | Why::Barrier);
    let used: HashSet<usize> =
        waits.iter().flatten().filter(|wait| !by_order(&wait.why)).map(|wait| wait.on).collect();
    let given: HashSet<&str> = workflow
        .results()
        .into_iter()
        .filter_map(|(_, expression)| expression.of_step())
        .map(|(step, _)| step)
        .collect();
    let streamed = workflow.weir.response.as_ref().and_then(|response| response.stream.as_ref());
    for (at, step) in workflow.steps.iter().enumerate() {
        let safe = traits.get(at).is_some_and(|traits| traits.safe);
        let given = given.contains(&*step.id) || streamed.is_some_and(|(_, name)| *name == step.id);
        if safe && !used.contains(&at) && !given && !is_barrier(step) {
            remarks.add(&step.at, format_args!("nothing uses what step `{}` gives", step.id));
        }
        let once =
            !safe && !step.weir.repeatable && !step.weir.kind.as_ref().is_some_and(Kind::is_repeatable);
        let tried = [("retry", step.weir.retry.is_some()), ("hedge", step.weir.hedge.is_some())];
        for (name, _) in tried.iter().filter(|(_, there)| once && *there) {
            let message = "it has no effect: the step is not safe; say `x-weir-repeatable: true` if it may be made twice";
            remarks.add(&step.at.join(&format!("x-weir-{name}")), message);
        }
    }
    remarks.into_vec()
}

fn too_many(name: &str, instead: &str) -> String {
    format!(
        "`{name}` is waited for at every step that runs it: these are more than {MOST} waits of this workflow; \
         name the step that gives it, `{instead}`"
    )
}

/// The step of this workflow that an expression is of, if it is of one.
fn step_of(
    workflow: &Workflow,
    steps: &HashMap<&str, usize>,
    (place, expression): (&expr::Pointer, &Expression),
    mistakes: &mut Mistakes,
) -> Option<usize> {
    if let Expression::WorkflowStep { workflow, .. } = expression {
        let hint = format!("give it as an output of that workflow: `$workflows.{workflow}.outputs.…`");
        mistakes.add(
            place,
            format_args!("`{expression}`: what other workflows' steps give is not known here; {hint}"),
        );
        return None;
    }
    let (name, output) = expression.of_step()?;
    let Some(on) = steps.get(name).copied() else {
        mistakes.add(place, absent(workflow, name));
        return None;
    };
    let step = workflow.steps.get(on)?;
    let outputs: Vec<&str> =
        step.outputs.iter().map(|output| &*output.name).chain(step.weir.outputs()).collect();
    let known = output.is_all() || output.readings().any(|(name, _)| outputs.contains(&name));
    if !known {
        let names: Vec<String> = outputs.iter().map(|output| format!("`{output}`")).collect();
        let has = if names.is_empty() {
            "has no outputs".to_owned()
        } else {
            format!("gives {}", names.join(", "))
        };
        mistakes.add(place, format_args!("`{expression}`: step `{name}` {has}"));
    }
    Some(on)
}
