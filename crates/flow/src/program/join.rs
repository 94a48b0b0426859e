//! Workflows that share the graph of those that run them.
//!
//! A step that runs a workflow waits for all that it gives it, and the steps behind it wait for all that this does. Where
//! both change nothing, that is longer than their data asks for: each step within begins when the inputs that it reads are
//! known, and each safe step behind when the outputs that it reads are. What a workflow gives to another and what it gets
//! back are *facts* of their graphs, which steps wait for as they do for steps.

mod may;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use expr::Expression;
use expr::runtime::{Named, Side};

use super::{Act, Compiled};
use crate::document::{Output, Reference, Step, of_body, of_parameters};
use crate::plan::Why;
use crate::run::{self, Graph};
use may::{depends, of, softly};

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

/// The facts of a workflow's graph, whose nodes stand behind the steps.
#[derive(Debug, Default)]
pub struct Facts {
    all: Vec<Fact>,
    /// The first one's node.
    first: usize,
    inputs: BTreeMap<Box<str>, usize>,
    outputs: HashMap<usize, usize>,
    /// Of each step that shares its graph, the nodes of what its workflow gives, by the outputs of the step.
    given: HashMap<usize, BTreeMap<usize, usize>>,
    /// And those of its parameters, in their order.
    arguments: HashMap<usize, Range<usize>>,
}

/// A workflow whose graph is made.
struct Maker<'c> {
    workflows: &'c [Compiled],
    compiled: &'c Compiled,
    /// Of each step, whether it shares the graph with the workflow that it runs.
    sharing: &'c [bool],
    facts: Facts,
}

/// Lets workflows share graphs where they can; those that are called stand before those that call them.
pub(super) fn join(workflows: &mut [Compiled]) {
    let sharing = may::sharing(workflows);
    // What each is given where another's step shares its graph with it.
    let mut inputs: Vec<Option<BTreeSet<Box<str>>>> = vec![None; workflows.len()];
    for (compiled, sharing) in workflows.iter().zip(&sharing) {
        let steps = compiled.workflow.steps.iter().zip(&compiled.acts).zip(sharing);
        for ((step, act), _) in steps.filter(|(_, shares)| **shares) {
            if let Act::Workflow(on) = act
                && let Some(inputs) = inputs.get_mut(*on)
            {
                let names = step.parameters.iter().map(|parameter| parameter.name.clone());
                inputs.get_or_insert_default().extend(names);
            }
        }
    }
    for (at, (inputs, sharing)) in inputs.into_iter().zip(&sharing).enumerate() {
        if inputs.is_none() && !sharing.contains(&true) {
            continue;
        }
        let (compiled, facts) = (&workflows[at], Facts::default());
        let (facts, graph) = Maker { workflows, compiled, sharing, facts }.make(inputs.as_ref());
        workflows[at].graph = Arc::new(graph);
        workflows[at].facts = facts;
    }
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

// === impl Facts ===

impl Facts {
    /// The fact that a node is.
    pub fn get(&self, node: usize) -> Option<&Fact> {
        self.all.get(node.checked_sub(self.first)?)
    }

    /// The inputs, by their names, and their nodes.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, usize)> {
        self.inputs.iter().map(|(name, node)| (&**name, *node))
    }

    /// An output's node, if it can be told before the workflow has come to its end.
    pub fn output(&self, output: usize) -> Option<usize> {
        self.outputs.get(&output).copied()
    }

    /// The nodes of what the workflow of a step gives, in the order of the step's outputs.
    pub fn given(&self, step: usize) -> impl Iterator<Item = usize> {
        self.given.get(&step).into_iter().flat_map(|nodes| nodes.values().copied())
    }

    /// The nodes of the parameters of a step, in their order.
    pub fn arguments(&self, step: usize) -> Range<usize> {
        self.arguments.get(&step).cloned().unwrap_or_default()
    }

    fn add(&mut self, fact: Fact) -> usize {
        let node = self.first + self.all.len();
        match &fact {
            Fact::Input(name) => drop(self.inputs.insert(name.clone(), node)),
            Fact::Given { step, output, .. } => {
                self.given.entry(*step).or_default().insert(*output, node);
            }
            Fact::Argument { step, .. } => self.arguments.entry(*step).or_insert(node..node).end = node + 1,
            Fact::Output(output) => drop(self.outputs.insert(*output, node)),
        }
        self.all.push(fact);
        node
    }
}

// === impl Maker ===

impl Maker<'_> {
    /// The facts and the graph; `inputs` are what it is given, if another shares its graph with it.
    fn make(mut self, inputs: Option<&BTreeSet<Box<str>>>) -> (Facts, Graph) {
        let (compiled, sharing) = (self.compiled, self.sharing);
        let count = compiled.acts.len();
        self.facts.first = count;
        for name in inputs.into_iter().flatten() {
            self.facts.add(Fact::Input(name.clone()));
        }
        for step in (0..count).filter(|step| sharing[*step]) {
            self.given(step);
        }
        let told = self.facts.all.len();
        let mut before: Vec<BTreeSet<usize>> = (0..count).map(|step| self.before(step)).collect();
        before.resize(count + told, BTreeSet::new());
        let mut ahead = vec![0; told];
        for step in (0..count).filter(|step| sharing[*step]) {
            for (parameter, written) in compiled.workflow.steps[step].parameters.iter().enumerate() {
                before.push(self.known_by(written.value.expressions()));
                ahead.push(self.ahead(step, &written.name));
                self.facts.add(Fact::Argument { step, parameter });
            }
        }
        for (number, output) in compiled.workflow.outputs.iter().enumerate().filter(|_| inputs.is_some()) {
            if let Some(needs) = self.early(output) {
                before.push(needs);
                ahead.push(0);
                self.facts.add(Fact::Output(number));
            }
        }
        let told = (0..self.facts.all.len()).map(|fact| fact < told).collect();
        let before = before.into_iter().map(|nodes| nodes.into_iter().collect()).collect();
        let facts = run::Facts { told, ahead, shares: sharing.to_vec() };
        let graph = Graph::with_facts(before, &compiled.traits, facts);
        (self.facts, graph)
    }

    /// The outputs of a step that its workflow gives before it has come to its end.
    fn given(&mut self, step: usize) {
        let (written, act) = (&self.compiled.workflow.steps[step], &self.compiled.acts[step]);
        let Act::Workflow(on) = act else { return };
        let inner = &self.workflows[*on];
        // What may be missing gives something else then; and what is to be judged is not used before.
        if written.weir.optional.is_some() || !written.success.is_empty() {
            return;
        }
        for (output, one) in written.outputs.iter().enumerate() {
            if written.weir.outputs().any(|name| *name == *one.name) {
                continue;
            }
            let mut of = BTreeSet::new();
            let all = one.value.expressions().iter().all(|expression| {
                let Expression::Output(named) = expression else { return false };
                let read = matching(named, &inner.workflow.outputs);
                of.extend(&read);
                !read.is_empty() && read.iter().all(|output| inner.facts.output(*output).is_some())
            });
            if all && !of.is_empty() {
                let of = of.into_iter().collect();
                self.facts.add(Fact::Given { step, output, of });
            }
        }
    }

    /// What a step waits for.
    fn before(&self, step: usize) -> BTreeSet<usize> {
        let compiled = self.compiled;
        let written = &compiled.workflow.steps[step];
        let soft = if self.sharing[step] { softly(compiled, step) } else { HashSet::default() };
        let is_safe = compiled.traits.get(step).is_some_and(|traits| traits.safe);
        let read = if self.sharing[step] { others(written) } else { references(written) };
        // What it gives itself may be named by what is looked at in the end.
        let read = read.into_iter().map(|(_, expression)| expression);
        let read = self.known_by(read.filter(|expression| of(compiled, expression) != Some(step)));
        let mut before = BTreeSet::new();
        for wait in compiled.plan.waits.get(step).into_iter().flatten() {
            let sooner = is_safe
                && self.sharing[wait.on]
                && matches!(wait.why, Why::Output(..))
                && !read.contains(&wait.on)
                && !depends(compiled, written, wait.on);
            if !sooner && !soft.contains(&wait.on) {
                before.insert(wait.on);
            }
        }
        before.extend(read.into_iter().filter(|node| *node >= compiled.acts.len()));
        before
    }

    /// What must be over or known so that expressions have their values.
    fn known_by<'e>(&self, expressions: impl IntoIterator<Item = &'e Expression>) -> BTreeSet<usize> {
        expressions.into_iter().flat_map(|expression| self.known_when(expression)).collect()
    }

    fn known_when(&self, expression: &Expression) -> Vec<usize> {
        match expression {
            Expression::Input(named) => self.inputs(named),
            Expression::Workflow { workflow, side: Side::Inputs, field }
                if *workflow == self.compiled.workflow.id =>
            {
                self.inputs(field)
            }
            Expression::Step { output, .. } => {
                let Some(step) = of(self.compiled, expression) else { return Vec::new() };
                self.outputs(step, output).unwrap_or_else(|| vec![step])
            }
            _ => Vec::new(),
        }
    }

    /// The inputs that a name may mean.
    fn inputs(&self, named: &Named) -> Vec<usize> {
        let inputs = &self.facts.inputs;
        if named.is_all() {
            return inputs.values().copied().collect();
        }
        named.readings().filter_map(|(name, _)| inputs.get(name).copied()).collect()
    }

    /// The outputs of a step that a name may mean, if all of them are known sooner than the step is over.
    fn outputs(&self, step: usize, named: &Named) -> Option<Vec<usize>> {
        let given = self.facts.given.get(&step).filter(|_| !named.is_all())?;
        let written = &self.compiled.workflow.steps[step];
        if named.readings().any(|(name, _)| written.weir.outputs().any(|output| *output == *name)) {
            return None;
        }
        matching(named, &written.outputs).iter().map(|output| given.get(output).copied()).collect()
    }

    /// What must be over or known so that an output is, if that can be told before the workflow has come to its end.
    fn early(&self, output: &Output) -> Option<BTreeSet<usize>> {
        let expressions = output.value.expressions();
        let is_told = |expression: &&Expression| {
            matches!(expression, Expression::Input(_) | Expression::SourceDescription { .. })
                || of(self.compiled, expression).is_some()
        };
        expressions.iter().all(is_told).then(|| self.known_by(expressions))
    }

    /// How many steps may have to follow in a row when a parameter is known.
    fn ahead(&self, step: usize, parameter: &str) -> usize {
        let Act::Workflow(on) = self.compiled.acts[step] else { return 0 };
        let inner = &self.workflows[on];
        inner.facts.inputs.get(parameter).map_or(0, |node| inner.graph.rank(*node))
    }
}

/// The outputs that a name may mean, by their numbers.
fn matching(named: &Named, outputs: &[Output]) -> Vec<usize> {
    let is = |name: &str| named.is_all() || named.readings().any(|(reading, _)| *reading == *name);
    outputs.iter().enumerate().filter(|(_, output)| is(&output.name)).map(|(at, _)| at).collect()
}
