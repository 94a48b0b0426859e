//! Which steps share the graph of the workflow that they run.

use std::collections::HashSet;

use expr::Expression;

use super::super::{Act, Compiled};
use super::{others, references};
use crate::document::{Deed, Step, Workflow};
use crate::plan::Why;
use crate::values::Values;

/// So many steps a workflow has at most with those that share its graph: they begin together.
const MOST: usize = 20_000;

/// Which steps of each workflow share the graph of the one that they run. Those that are called stand before those that call
/// them.
pub(super) fn sharing(workflows: &[Compiled]) -> Vec<Vec<bool>> {
    let forward: Vec<bool> = workflows.iter().map(|compiled| goes_forward(&compiled.workflow)).collect();
    let mut sizes: Vec<usize> = Vec::with_capacity(workflows.len());
    let mut all = Vec::with_capacity(workflows.len());
    for (at, outer) in workflows.iter().enumerate() {
        let mut size = outer.acts.len();
        let mut steps = vec![false; size];
        let runs = outer.acts.iter().any(|act| matches!(act, Act::Workflow(_)));
        if let Some(looked) = Looked::new(outer).filter(|_| runs && forward[at]) {
            for (step, shares) in steps.iter_mut().enumerate() {
                if let Some(Act::Workflow(on)) = outer.acts.get(step)
                    && let (Some(inner), Some(more)) = (workflows.get(*on), sizes.get(*on))
                    && forward[*on]
                    && size + more <= MOST
                    && looked.may(step, inner)
                {
                    size += more;
                    *shares = true;
                }
            }
        }
        sizes.push(size);
        all.push(steps);
    }
    all
}

/// What is found out of a workflow once for all its steps.
struct Looked<'c> {
    outer: &'c Compiled,
    /// The steps that something reads.
    read: HashSet<usize>,
    /// The workflows that are named as a whole.
    named: Vec<&'c str>,
}

// === impl Looked ===

impl<'c> Looked<'c> {
    /// `None`: none of its steps shares anything.
    fn new(outer: &'c Compiled) -> Option<Self> {
        let waits = outer.plan.waits.iter().enumerate();
        let in_order = waits.into_iter().all(|(at, own)| own.iter().all(|wait| wait.on < at));
        if !in_order || outer.workflow.weir.concurrency.is_some() {
            return None;
        }
        let all = outer.workflow.references();
        let read = all.iter().filter_map(|(_, expression)| of(outer, expression)).collect();
        let named = all.iter().filter_map(|(_, expression)| match expression {
            Expression::Workflow { workflow, .. } => Some(&**workflow),
            _ => None,
        });
        let mut named: Vec<&str> = named.collect();
        named.sort_unstable();
        named.dedup();
        Some(Self { outer, read, named })
    }

    /// Whether a step and the workflow that it runs can share their graphs, and something may begin sooner by that.
    fn may(&self, step: usize, inner: &Compiled) -> bool {
        let Some(written) = self.outer.workflow.steps.get(step) else { return false };
        let safe = self.outer.traits.get(step).is_some_and(|traits| traits.safe) && inner.is_safe();
        safe && is_made_once(written)
            && inner.before.is_empty()
            && inner.workflow.weir.timeout.is_none()
            && inner.workflow.steps.iter().all(|step| step.weir.compensate.is_none())
            && !self.named.iter().any(|name| written.runs(name))
            && (self.read.contains(&step) || !softly(self.outer, step).is_empty())
            // Defaults that hold only together with what is not known yet cannot be filled in before.
            && inner.inputs.check_part(Values::new()).is_some()
    }
}

/// Whether a workflow's steps are made in the order of its plan, and none ends it before the last.
fn goes_forward(workflow: &Workflow) -> bool {
    let leads_away =
        |deed: &Deed| matches!(deed, Deed::End | Deed::Goto(_) | Deed::Retry { first: Some(_), .. });
    let mut actions = workflow.steps.iter().flat_map(|step| step.on_success.iter().chain(&step.on_failure));
    !actions.any(|action| leads_away(&action.deed))
}

/// Whether a step runs its workflow once, with no word on when and for how long.
fn is_made_once(step: &Step) -> bool {
    let weir = &step.weir;
    let more = weir.when.is_some()
        || weir.for_each.is_some()
        || weir.switch.is_some()
        || weir.retry.is_some()
        || weir.hedge.is_some()
        || weir.fallback.is_some()
        || !weir.race.is_empty()
        || weir.repeat.is_some()
        || weir.delay.is_some()
        || weir.timeout.is_some()
        || weir.deadline.is_some()
        || weir.compensate.is_some()
        || step.timeout.is_some();
    !more && step.on_success.is_empty() && step.on_failure.is_empty()
}

/// What a step that runs a workflow waits for only since parameters read it.
pub(super) fn softly(outer: &Compiled, step: usize) -> HashSet<usize> {
    let Some(written) = outer.workflow.steps.get(step) else { return HashSet::new() };
    let others: HashSet<usize> = others(written).iter().filter_map(|other| of(outer, other.1)).collect();
    let parameters = written.parameters.iter().flat_map(|parameter| parameter.value.expressions());
    let by_parameter: HashSet<usize> = parameters.filter_map(|expression| of(outer, expression)).collect();
    let by_name: Vec<&str> = references(written)
        .into_iter()
        .filter_map(|(_, expression)| match expression {
            Expression::Workflow { workflow, .. } => Some(&**workflow),
            _ => None,
        })
        .collect();
    let waits = outer.plan.waits.get(step).into_iter().flatten();
    let soft = waits.filter(|wait| {
        let ran = outer.workflow.steps.get(wait.on);
        matches!(wait.why, Why::Output(..))
            && outer.traits.get(wait.on).is_some_and(|traits| traits.safe)
            && by_parameter.contains(&wait.on)
            && !others.contains(&wait.on)
            && !ran.is_some_and(|ran| by_name.iter().any(|name| ran.runs(name)))
            && !depends(outer, written, wait.on)
    });
    soft.map(|wait| wait.on).collect()
}

/// Whether `dependsOn` of a step names another.
pub(super) fn depends(compiled: &Compiled, step: &Step, on: usize) -> bool {
    step.depends_on.iter().any(|(_, name)| compiled.step(name) == Some(on))
}

/// The step that an expression is of.
pub(super) fn of(compiled: &Compiled, expression: &Expression) -> Option<usize> {
    compiled.step(expression.of_step()?.0)
}
