//! Workflows that share the graph of those that run them.
//!
//! A step that runs a workflow waits for all that it gives it, and the steps behind it wait for all that this does. Where
//! both change nothing, that is longer than their data asks for: each step within begins when the inputs that it reads are
//! known, and each safe step behind when the outputs that it reads are. What a workflow gives to another and what it gets
//! back are *facts* of their graphs, which steps wait for as they do for steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use expr::Expression;
use expr::runtime::Named;

use super::{Act, Compiled};
use crate::document::{Deed, Output, Reference, Step, Workflow, of_body, of_outputs, of_parameters};
use crate::plan::Why;
use crate::run::{Facts, Graph};

/// What becomes known in a workflow beside that its steps come to their end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An input: whoever runs the workflow tells it.
    Input(Box<str>),
    /// An output of a step that runs a workflow, by its number: that tells it when it has given these outputs, by theirs.
    Given {
        /// The step.
        step: usize,
        /// The step's output.
        output: usize,
        /// The outputs of the workflow that it reads.
        of: Box<[usize]>,
    },
    /// A parameter of a step that runs a workflow, by its number.
    Argument {
        /// The step.
        step: usize,
        /// Its parameter.
        parameter: usize,
    },
    /// An output of the workflow itself, by its number.
    Output(usize),
}

/// What is found out of a workflow before its graph is made.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// Another workflow's step runs it, and shares its graph with it.
    by_other: bool,
    /// What it is given there.
    inputs: BTreeSet<Box<str>>,
    /// Of each step, whether it shares the graph with the workflow that it runs.
    steps: Vec<bool>,
}

/// A workflow whose graph is made.
struct Maker<'c> {
    workflows: &'c [Compiled],
    compiled: &'c Compiled,
    shared: &'c Shared,
    facts: Vec<Fact>,
}

/// Lets workflows share graphs where they can; those that are called stand before those that call them.
pub(super) fn join(workflows: &mut [Compiled]) {
    let mut all: Vec<Shared> = vec![Shared::default(); workflows.len()];
    for (at, compiled) in workflows.iter().enumerate() {
        let steps: Vec<bool> =
            (0..compiled.acts.len()).map(|step| shares(workflows, compiled, step)).collect();
        for (step, shares) in steps.iter().enumerate() {
            if let (true, Some(Act::Workflow(on))) = (shares, compiled.acts.get(step)) {
                let parameters = compiled.workflow.steps[step].parameters.iter();
                all[*on].by_other = true;
                all[*on].inputs.extend(parameters.map(|parameter| parameter.name.clone()));
            }
        }
        all[at].steps = steps;
    }
    for (at, shared) in all.iter().enumerate() {
        if !shared.by_other && !shared.steps.contains(&true) {
            continue;
        }
        let compiled = &workflows[at];
        let (facts, graph) = Maker { workflows, compiled, shared, facts: Vec::new() }.make();
        workflows[at].graph = Arc::new(graph);
        workflows[at].facts = facts;
    }
}

/// Whether a step and the workflow that it runs can share their graphs, and whether something may begin sooner by that.
fn shares(workflows: &[Compiled], outer: &Compiled, step: usize) -> bool {
    let (Some(written), Some(Act::Workflow(on))) = (outer.workflow.steps.get(step), outer.acts.get(step))
    else {
        return false;
    };
    let Some(inner) = workflows.get(*on) else { return false };
    let waits = outer.plan.waits.iter().enumerate();
    let in_order = waits.into_iter().all(|(at, own)| own.iter().all(|wait| wait.on < at));
    let bounded = outer.workflow.weir.concurrency.is_some() || inner.workflow.weir.timeout.is_some();
    let safe = outer.traits.get(step).is_some_and(|traits| traits.safe) && inner.is_safe();
    safe && !bounded
        && inner.before.is_empty()
        && goes_forward(&outer.workflow)
        && goes_forward(&inner.workflow)
        && in_order
        && is_made_once(written)
        && inner.workflow.steps.iter().all(|step| step.weir.compensate.is_none())
        && !all_references(&outer.workflow).iter().any(|reference| names(written, reference.1))
        && (!softly(outer, step).is_empty() || is_read(outer, written))
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

/// Whether something reads what a step gives.
fn is_read(outer: &Compiled, step: &Step) -> bool {
    let reads = |expression: &Expression| expression.of_step().is_some_and(|(id, _)| *id == *step.id);
    all_references(&outer.workflow).iter().any(|reference| reads(reference.1))
}

/// All that the steps and the outputs of a workflow refer to.
fn all_references(workflow: &Workflow) -> Vec<Reference<'_>> {
    let mut found: Vec<Reference<'_>> = workflow.steps.iter().flat_map(references).collect();
    of_outputs(&workflow.outputs, &mut found);
    found.extend(workflow.weir.references());
    found
}

/// Whether an expression is of the workflow that a step runs, as a whole.
fn names(step: &Step, expression: &Expression) -> bool {
    matches!(expression, Expression::Workflow { workflow, .. } if step.runs(workflow))
}

/// What a step that runs a workflow waits for only since parameters read it.
fn softly(outer: &Compiled, step: usize) -> Vec<usize> {
    let Some(written) = outer.workflow.steps.get(step) else { return Vec::new() };
    let others: Vec<usize> = others(written).iter().filter_map(|other| of(outer, other.1)).collect();
    let references = references(written);
    let by_workflow = |on: usize| {
        let ran = outer.workflow.steps.get(on);
        ran.is_some_and(|ran| references.iter().any(|reference| names(ran, reference.1)))
    };
    let waits = outer.plan.waits.get(step).into_iter().flatten();
    let soft = waits.filter(|wait| {
        let is_safe = outer.traits.get(wait.on).is_some_and(|traits| traits.safe);
        matches!(wait.why, Why::Output(..))
            && is_safe
            && !others.contains(&wait.on)
            && !by_workflow(wait.on)
            && !depends(outer, written, wait.on)
    });
    soft.map(|wait| wait.on).collect()
}

/// Whether `dependsOn` of a step names another.
fn depends(compiled: &Compiled, step: &Step, on: usize) -> bool {
    step.depends_on.iter().any(|(_, name)| compiled.step(name) == Some(on))
}

/// The step that an expression is of.
fn of(compiled: &Compiled, expression: &Expression) -> Option<usize> {
    compiled.step(expression.of_step()?.0)
}

/// All that a step refers to.
fn references(step: &Step) -> Vec<Reference<'_>> {
    let mut found = others(step);
    of_parameters(&step.parameters, &mut found);
    found
}

/// All that a step refers to beside its parameters.
fn others(step: &Step) -> Vec<Reference<'_>> {
    let mut found = step.looks_at();
    if let Some(body) = &step.body {
        of_body(body, &mut found);
    }
    found.extend(step.weir.needs());
    found.extend(step.weir.looks_at());
    found
}

// === impl Maker ===

impl Maker<'_> {
    fn make(mut self) -> (Vec<Fact>, Graph) {
        let steps = &self.compiled.workflow.steps;
        self.facts.extend(self.shared.inputs.iter().cloned().map(Fact::Input));
        let sharing: Vec<usize> = (0..steps.len()).filter(|step| self.shared.steps[*step]).collect();
        for step in &sharing {
            self.given(*step);
        }
        let told = self.facts.len();
        let mut before: Vec<BTreeSet<usize>> = (0..steps.len()).map(|step| self.before(step)).collect();
        before.resize(steps.len() + told, BTreeSet::new());
        let mut ahead = vec![0; told];
        for step in sharing {
            for (number, parameter) in steps[step].parameters.iter().enumerate() {
                before.push(self.known_by(parameter.value.expressions()));
                ahead.push(self.ahead(step, &parameter.name));
                self.facts.push(Fact::Argument { step, parameter: number });
            }
        }
        if self.shared.by_other {
            for (number, output) in self.compiled.workflow.outputs.iter().enumerate() {
                if let Some(needs) = self.early(output) {
                    before.push(needs);
                    ahead.push(0);
                    self.facts.push(Fact::Output(number));
                }
            }
        }
        let told = (0..self.facts.len()).map(|fact| fact < told).collect();
        let before = before.into_iter().map(|nodes| nodes.into_iter().collect()).collect();
        let facts = Facts { told, ahead, shares: self.shared.steps.clone() };
        let graph = Graph::with_facts(before, &self.compiled.traits, facts);
        (self.facts, graph)
    }

    /// The outputs of a step that its workflow gives before it has come to its end.
    fn given(&mut self, step: usize) {
        let (written, act) = (&self.compiled.workflow.steps[step], &self.compiled.acts[step]);
        let Act::Workflow(on) = act else { return };
        let inner = &self.workflows[*on];
        // What has failed gives something else where it may be missing.
        if written.weir.optional.is_some() {
            return;
        }
        for (number, output) in written.outputs.iter().enumerate() {
            if written.weir.outputs().any(|name| *name == *output.name) {
                continue;
            }
            let mut of = BTreeSet::new();
            let expressions = output.value.expressions();
            let all = expressions.iter().all(|expression| {
                let Expression::Output(named) = expression else { return false };
                let outputs = inner.workflow.outputs.iter().map(|output| &*output.name);
                let read = matching(named, outputs);
                let known = |output: &usize| inner.facts.contains(&Fact::Output(*output));
                of.extend(&read);
                !read.is_empty() && read.iter().all(known)
            });
            if all && !of.is_empty() {
                let of = of.into_iter().collect();
                self.facts.push(Fact::Given { step, output: number, of });
            }
        }
    }

    /// What a step waits for.
    fn before(&self, step: usize) -> BTreeSet<usize> {
        let compiled = self.compiled;
        let written = &compiled.workflow.steps[step];
        let shares = self.shared.steps[step];
        let soft = if shares { softly(compiled, step) } else { Vec::new() };
        let is_safe = compiled.traits.get(step).is_some_and(|traits| traits.safe);
        let read = if shares { others(written) } else { references(written) };
        let mut before = BTreeSet::new();
        for wait in compiled.plan.waits.get(step).into_iter().flatten() {
            let sooner = matches!(wait.why, Why::Output(..))
                && is_safe
                && self.shared.steps[wait.on]
                && !depends(compiled, written, wait.on)
                && !read.iter().any(|(_, expression)| self.known_when(expression).contains(&wait.on));
            if !sooner && !soft.contains(&wait.on) {
                before.insert(wait.on);
            }
        }
        let facts = self.known_by(read.into_iter().map(|(_, expression)| expression));
        // Steps that are not waited for by the plan are not here either, such as its own.
        before.extend(facts.into_iter().filter(|node| *node >= compiled.acts.len()));
        before
    }

    /// What must be over or known so that expressions have their values.
    fn known_by<'e>(&self, expressions: impl IntoIterator<Item = &'e Expression>) -> BTreeSet<usize> {
        expressions.into_iter().flat_map(|expression| self.known_when(expression)).collect()
    }

    fn known_when(&self, expression: &Expression) -> Vec<usize> {
        match expression {
            Expression::Input(named) => self.inputs(Some(named)),
            Expression::Step { output, .. } => {
                let Some(step) = of(self.compiled, expression) else { return Vec::new() };
                self.outputs(step, output).unwrap_or_else(|| vec![step])
            }
            _ => Vec::new(),
        }
    }

    /// The inputs that a name may mean; without one, all.
    fn inputs(&self, named: Option<&Named>) -> Vec<usize> {
        let names = self.shared.inputs.iter().map(|name| &**name);
        let found = match named.filter(|named| !named.is_all()) {
            Some(named) => matching(named, names),
            None => (0..self.shared.inputs.len()).collect(),
        };
        found.into_iter().map(|input| self.compiled.acts.len() + input).collect()
    }

    /// The outputs of a step that a name may mean, if all of them are known sooner than the step is over.
    fn outputs(&self, step: usize, named: &Named) -> Option<Vec<usize>> {
        if !self.shared.steps[step] || named.is_all() {
            return None;
        }
        let written = &self.compiled.workflow.steps[step];
        if named.readings().any(|(name, _)| written.weir.outputs().any(|output| *output == *name)) {
            return None;
        }
        let read = matching(named, written.outputs.iter().map(|output| &*output.name));
        let fact = |number: &usize| {
            let is = |fact: &Fact| matches!(fact, Fact::Given { step: of, output, .. } if (of, output) == (&step, number));
            Some(self.compiled.acts.len() + self.facts.iter().position(is)?)
        };
        read.iter().map(fact).collect()
    }

    /// What must be over or known so that an output is, if that can be told before the workflow has come to its end.
    fn early(&self, output: &Output) -> Option<BTreeSet<usize>> {
        let expressions = output.value.expressions();
        let is_told = |expression: &&Expression| {
            matches!(expression, Expression::Input(_)) || of(self.compiled, expression).is_some()
        };
        expressions.iter().all(is_told).then(|| self.known_by(expressions))
    }

    /// How many steps may have to follow in a row when a parameter is known.
    fn ahead(&self, step: usize, parameter: &str) -> usize {
        let Act::Workflow(on) = self.compiled.acts[step] else { return 0 };
        let inner = &self.workflows[on];
        let input = |fact: &Fact| matches!(fact, Fact::Input(name) if **name == *parameter);
        let node = inner.facts.iter().position(input).map(|fact| inner.acts.len() + fact);
        node.map_or(0, |node| inner.graph.rank(node))
    }
}

/// Those of some names that a name may mean, by their numbers.
fn matching<'n>(named: &Named, names: impl Iterator<Item = &'n str>) -> Vec<usize> {
    let is = |name: &str| named.is_all() || named.readings().any(|(reading, _)| *reading == *name);
    names.enumerate().filter(|(_, name)| is(name)).map(|(at, _)| at).collect()
}
