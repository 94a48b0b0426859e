//! The plan of a workflow with those put in that share its graph: what explains how it runs.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::{Act, Compiled, Fact, Program};
use crate::plan::{Plan, Wait, Why};

/// So many steps are put in at most; what is behind them is not looked into.
const MOST: usize = 10_000;

/// So many steps of other workflows are told at most that one of its inputs or outputs waits for.
const TOLD: usize = 100;

/// A workflow's plan and the steps of it, with those of workflows that share its graph.
#[derive(Clone, Debug)]
pub struct Spread {
    /// What waits for what.
    pub plan: Plan,
    /// Its steps, those within a step before it.
    pub nodes: Vec<Node>,
}

/// A step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id, behind those of the steps within which it is: `page/name`.
    pub name: Box<str>,
    /// The workflow that it is of, by its number.
    pub workflow: usize,
    /// Its number there.
    pub step: usize,
    /// The steps of the workflow that it runs are here themselves: it is over when they are, and takes no time of its own.
    pub shares: bool,
}

/// A workflow that is put in.
struct Place {
    workflow: usize,
    /// Of each of its steps, its node.
    nodes: Vec<usize>,
    /// The places within its steps.
    inner: HashMap<usize, usize>,
    /// The place and the step within which it is.
    outer: Option<(usize, usize)>,
}

struct Spreader<'p> {
    program: &'p Program,
    nodes: Vec<Node>,
    places: Vec<Place>,
    /// What nodes of graphs wait for, by place and node: many ways may lead to one.
    known: RefCell<HashMap<(usize, usize), Vec<Wait>>>,
}

// === impl Program ===

impl Program {
    /// The plan of a workflow, by its number, with those that share its graph.
    pub fn spread(&self, workflow: usize) -> Option<Spread> {
        let compiled = self.workflows.get(workflow)?;
        let mut spreader =
            Spreader { program: self, nodes: Vec::new(), places: Vec::new(), known: RefCell::default() };
        spreader.put(workflow, "", None);
        let mut waits = vec![Vec::new(); spreader.nodes.len()];
        let mut barriers = vec![false; spreader.nodes.len()];
        for (at, place) in spreader.places.iter().enumerate() {
            for (step, node) in place.nodes.iter().enumerate() {
                waits[*node] = spreader.waits(at, step);
                if place.outer.is_none() {
                    barriers[*node] = compiled.plan.barriers.get(step).copied().unwrap_or_default();
                }
            }
        }
        let plan = Plan { waits, barriers, remarks: compiled.plan.remarks.clone() };
        Some(Spread { plan, nodes: spreader.nodes })
    }
}

// === impl Spreader ===

impl Spreader<'_> {
    /// Puts a workflow in.
    fn put(&mut self, workflow: usize, prefix: &str, outer: Option<(usize, usize)>) -> usize {
        let program = self.program;
        let compiled = &program.workflows[workflow];
        let at = self.places.len();
        self.places.push(Place { workflow, nodes: Vec::new(), inner: HashMap::new(), outer });
        for (step, written) in compiled.workflow.steps.iter().enumerate() {
            let name = format!("{prefix}{}", written.id);
            let mut shares = false;
            if let Some(Act::Workflow(on)) = compiled.acts.get(step)
                && compiled.graph.shares(step)
                && self.nodes.len() < MOST
            {
                shares = true;
                let inner = self.put(*on, &format!("{name}/"), Some((at, step)));
                self.places[at].inner.insert(step, inner);
            }
            self.places[at].nodes.push(self.nodes.len());
            self.nodes.push(Node { name: name.into(), workflow, step, shares });
        }
        at
    }

    fn compiled(&self, at: usize) -> &Compiled {
        &self.program.workflows[self.places[at].workflow]
    }

    /// What a step waits for.
    fn waits(&self, at: usize, step: usize) -> Vec<Wait> {
        let Some(inner) = self.places[at].inner.get(&step) else {
            let mut waits = self.before(at, step);
            self.begin(at, &mut waits);
            return waits;
        };
        // It is over when the last steps within it are, and takes no inputs that are not known.
        let graph = &self.compiled(*inner).graph;
        let waited: HashSet<usize> = (0..graph.len()).flat_map(|step| graph.before(step)).copied().collect();
        let steps = self.places[*inner].nodes.iter().enumerate();
        let last = steps.filter(|(step, _)| !waited.contains(step));
        let mut waits: Vec<Wait> = last.map(|(_, node)| Wait { on: *node, why: Why::Within }).collect();
        for node in self.compiled(at).facts.arguments(step) {
            for wait in self.before(at, node) {
                add(&mut waits, wait);
            }
        }
        waits
    }

    /// What stands before the first steps of a workflow is what stands before the step that runs it.
    fn begin(&self, at: usize, waits: &mut Vec<Wait>) {
        let own = &self.places[at].nodes;
        if let Some((outer, step)) = self.places[at].outer
            && !waits.iter().any(|wait| own.contains(&wait.on))
        {
            let mut before = self.before(outer, step);
            self.begin(outer, &mut before);
            for wait in before {
                add(waits, wait);
            }
        }
    }

    /// What a node of a workflow's graph waits for.
    fn before(&self, at: usize, node: usize) -> Vec<Wait> {
        if let Some(known) = self.known.borrow().get(&(at, node)) {
            return known.clone();
        }
        let waits = self.found(at, node);
        self.known.borrow_mut().insert((at, node), waits.clone());
        waits
    }

    fn found(&self, at: usize, node: usize) -> Vec<Wait> {
        let (compiled, place) = (self.compiled(at), &self.places[at]);
        let mut waits = Vec::new();
        // A parameter is its step's.
        let asks =
            if let Some(Fact::Argument { step, .. }) = compiled.facts.get(node) { *step } else { node };
        for on in compiled.graph.before(node) {
            match compiled.facts.get(*on) {
                None => add(&mut waits, Wait { on: place.nodes[*on], why: why(compiled, asks, *on) }),
                Some(Fact::Input(name)) => {
                    for wait in self.given(at, name) {
                        add(&mut waits, Wait { on: wait.on, why: Why::Input(name.clone()) });
                    }
                }
                Some(Fact::Given { step, of, .. }) => {
                    for wait in self.outputs(at, *step, of) {
                        add(&mut waits, Wait { on: wait.on, why: why(compiled, asks, *step) });
                    }
                }
                Some(Fact::Argument { .. } | Fact::Output(_)) => {}
            }
        }
        waits
    }

    /// What an input waits for.
    fn given(&self, at: usize, name: &str) -> Vec<Wait> {
        let Some((outer, step)) = self.places[at].outer else { return Vec::new() };
        let compiled = self.compiled(outer);
        let parameters = &compiled.workflow.steps[step].parameters;
        let number = parameters.iter().position(|parameter| *parameter.name == *name);
        let node = number.and_then(|number| compiled.facts.arguments(step).nth(number));
        let mut waits = node.map_or_else(Vec::new, |node| self.before(outer, node));
        waits.truncate(TOLD);
        waits
    }

    /// What outputs of the workflow of a step wait for.
    fn outputs(&self, at: usize, step: usize, of: &[usize]) -> Vec<Wait> {
        let place = &self.places[at];
        let Some(inner) = place.inner.get(&step) else {
            return vec![Wait { on: place.nodes[step], why: Why::Within }];
        };
        let nodes = of.iter().filter_map(|output| self.compiled(*inner).facts.output(*output));
        let mut waits: Vec<Wait> = nodes.flat_map(|node| self.before(*inner, node)).collect();
        waits.truncate(TOLD);
        waits
    }
}

/// Why a step waits for another of its workflow.
fn why(compiled: &Compiled, step: usize, on: usize) -> Why {
    let waits = compiled.plan.waits.get(step).into_iter().flatten();
    let mut whys = waits.filter(|wait| wait.on == on).map(|wait| wait.why.clone());
    whys.next().unwrap_or(Why::Within)
}

fn add(waits: &mut Vec<Wait>, wait: Wait) {
    if !waits.iter().any(|other| other.on == wait.on) {
        waits.push(wait);
    }
}
