//! A document made ready to run: its workflows, those of the documents that it names, what their steps call, and their
//! plans.

mod join;
mod spread;
mod stream;

use std::collections::HashMap;
use std::sync::Arc;

use expr::{Expression, Pointer};
use openapi::Operation;

use crate::document::{Document, Step, Workflow};
use crate::extension::{Branch, Callee, Kind};
use crate::inputs::Inputs;
use crate::mistakes::Mistake;
use crate::plan::{Plan, Traits};
use crate::resolve::{self, Call, Source, Sources};
use crate::run::Graph;
use crate::sieve::Sieve;
use crate::values::Ground;

pub use join::{Fact, Facts};
pub use spread::{Node, Spread};

/// The source that serves models, among the sources of a program.
pub const MODELS: &str = "$models";

/// The source that takes events in.
pub const EVENTS: &str = "$events";

/// How deep workflows may call each other.
const DEPTH: usize = 32;

/// How many workflows there may be, those of other documents counted once for each way to them.
const MOST: usize = 10_000;

/// A program.
#[derive(Debug, Default)]
pub struct Program {
    /// The workflows; those of the document itself and those that they call.
    pub workflows: Vec<Compiled>,
    /// The sources whose operations are called, by their names, and [`MODELS`]; of a document that is named, `NAME/` stands
    /// before.
    pub sources: Vec<Box<str>>,
    /// Of each source, how many steps call it; a step for each of several elements counts twice.
    counts: Vec<usize>,
    /// The document's own workflows by their ids.
    own: HashMap<Box<str>, usize>,
}

/// A workflow made ready.
#[derive(Debug)]
pub struct Compiled {
    /// As it is written.
    pub workflow: Workflow,
    /// What its steps do, in their order.
    pub acts: Vec<Act>,
    /// Of each step, what its alternatives do, in their order.
    pub alternatives: Vec<Vec<Act>>,
    /// Of each step, what undoes it.
    pub undoes: Vec<Option<Act>>,
    /// Of each step, what is asked of the bodies of its answers.
    pub reads: Vec<Sieve>,
    /// What its steps send is asked for by expressions.
    pub tells_requests: bool,
    /// The step whose answer's body is handed on as it comes.
    pub stream: Option<usize>,
    /// What it takes.
    pub inputs: Inputs,
    /// What its steps are like.
    pub traits: Vec<Traits>,
    /// What waits for what, and why.
    pub plan: Plan,
    /// The same for runs, and where steps share it with the workflows that they run, what these tell each other.
    pub graph: Arc<Graph>,
    /// The facts of the graph, whose nodes stand behind the steps.
    pub facts: Facts,
    /// The workflows that must be complete before.
    pub before: Vec<usize>,
    /// What its document says of itself.
    pub ground: Arc<Ground>,
    /// Its steps by their ids.
    steps: HashMap<Box<str>, usize>,
    /// The workflows that actions go to, as they are written.
    goals: HashMap<Box<str>, usize>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Act {
    /// It calls an operation of this source.
    Operation(usize, Operation),
    /// It runs a workflow.
    Workflow(usize),
    /// It asks a model, sends a query or an event, at this source.
    Kind {
        /// The source.
        source: usize,
        /// It changes nothing.
        safe: bool,
    },
    /// It calls nothing.
    Nothing,
}

/// A document with its sources, while it is compiled.
#[derive(Clone, Copy)]
struct Unit<'d> {
    document: &'d Document,
    sources: &'d Sources,
    /// What stands before names of its sources.
    prefix: &'d str,
}

/// A document's prefix and a workflow's id.
type Key = (Box<str>, Box<str>);

/// How far a workflow has come.
#[derive(Clone, Copy)]
enum Known {
    UnderWay,
    /// It has mistakes, which were told.
    Wrong,
    Done(usize),
}

/// What the steps of a workflow do, in their order, as [`Compiled`] has it.
#[derive(Default)]
struct Deeds {
    acts: Vec<Act>,
    alternatives: Vec<Vec<Act>>,
    undoes: Vec<Option<Act>>,
    traits: Vec<Traits>,
}

#[derive(Default)]
struct Compiler {
    program: Program,
    known: HashMap<Key, Known>,
    sources: HashMap<Box<str>, usize>,
    mistakes: Vec<Mistake>,
    depth: usize,
    /// Actions that go to workflows: they may go in circles, so they are looked up when all are known.
    goals: Vec<(usize, Box<str>, Key)>,
}

// === impl Program ===

impl Program {
    /// Compiles all workflows of a document. Fails with every mistake in it and in those that it names.
    pub fn new(document: &Document, sources: &Sources) -> Result<Self, Vec<Mistake>> {
        let mut compiler = Compiler::default();
        let unit = Unit { document, sources, prefix: "" };
        for workflow in &document.workflows {
            if let Some(at) = compiler.workflow(unit, &workflow.id, &workflow.at) {
                compiler.program.own.insert(workflow.id.clone(), at);
            }
        }
        compiler.finish()
    }

    /// Lets no workflow share its graph with another.
    #[cfg(test)]
    pub(crate) fn part(&mut self) {
        for compiled in &mut self.workflows {
            compiled.facts = Facts::default();
            compiled.graph = Arc::new(Graph::new(&compiled.plan, &compiled.traits));
        }
    }

    /// Whether a source takes events in.
    pub fn is_events(&self, source: usize) -> bool {
        self.sources.get(source).is_some_and(|name| **name == *EVENTS)
    }

    /// Whether two calls of a source may be equal: it is called more than once.
    pub fn repeats(&self, source: usize) -> bool {
        self.counts.get(source).is_some_and(|count| *count > 1)
    }

    /// The workflow of this id.
    pub fn workflow(&self, id: &str) -> Option<usize> {
        self.own.get(id).copied()
    }

    /// The only workflow that no other one calls, else the first.
    pub fn main(&self, document: &Document) -> Option<usize> {
        let called = |at: usize| {
            let calls = |act: &Act| matches!(act, Act::Workflow(on) if *on == at);
            self.workflows.iter().any(|one| {
                one.acts.iter().any(calls)
                    || one.before.contains(&at)
                    || one.goals.values().any(|on| *on == at)
            })
        };
        let own = || document.workflows.iter().filter_map(|workflow| self.workflow(&workflow.id));
        let mut free = own().filter(|at| !called(*at));
        match (free.next(), free.next()) {
            (Some(only), None) => Some(only),
            _ => own().next(),
        }
    }
}

// === impl Act ===

impl Act {
    /// The source of the operation that is called.
    fn source(&self) -> Option<usize> {
        if let Self::Operation(source, _) = self { Some(*source) } else { None }
    }
}

// === impl Compiled ===

impl Compiled {
    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<usize> {
        self.steps.get(id).copied()
    }

    /// The workflow that an action goes to, by what is written.
    pub fn goal(&self, written: &str) -> Option<usize> {
        self.goals.get(written).copied()
    }

    /// Whether running it changes nothing.
    pub fn is_safe(&self) -> bool {
        self.traits.iter().all(|traits| traits.safe)
    }
}

/// Whether expressions of a step ask for what was sent.
fn asks_for_requests(step: &Step) -> bool {
    step.references().into_iter().any(|(_, expression)| {
        matches!(expression, Expression::Request(_) | Expression::Url | Expression::Method)
    })
}

// === impl Compiler ===

impl Compiler {
    /// Compiles a workflow, if that was not done before.
    fn workflow(&mut self, unit: Unit<'_>, id: &str, at: &Pointer) -> Option<usize> {
        let key = (unit.prefix.into(), id.into());
        match self.known.get(&key) {
            Some(Known::Done(known)) => return Some(*known),
            Some(Known::Wrong) => return None,
            Some(Known::UnderWay) => {
                self.mistake(unit, at, format!("workflow `{id}` calls itself, over others or at once"));
                return None;
            }
            None if self.depth >= DEPTH => {
                self.mistake(unit, at, format!("workflows call each other more than {DEPTH} deep"));
                return None;
            }
            None if self.known.len() >= MOST => {
                let message = format!("more than {MOST} workflows are called, over all the ways to them");
                self.mistakes = vec![Mistake { at: Pointer::default(), message }];
                return None;
            }
            None => self.known.insert(key.clone(), Known::UnderWay),
        };
        self.depth += 1;
        let compiled = self.compile(unit, unit.document.workflow(id)?);
        self.depth -= 1;
        let Some(compiled) = compiled else {
            self.known.insert(key, Known::Wrong);
            // Nothing runs it; where its actions go is told all the same.
            self.note_goals(unit, usize::MAX, unit.document.workflow(id)?);
            return None;
        };
        let at = self.program.workflows.len();
        self.program.workflows.push(compiled);
        self.known.insert(key, Known::Done(at));
        self.note_goals(unit, at, unit.document.workflow(id)?);
        Some(at)
    }

    fn compile(&mut self, unit: Unit<'_>, workflow: &Workflow) -> Option<Compiled> {
        let calls = self.told(unit, resolve::calls(unit.document, workflow, unit.sources));
        let inputs = self.told(unit, Inputs::compile(unit.document, workflow));
        let deeds = calls.and_then(|calls| self.deeds(unit, workflow, &calls));
        let before = self.all_before(unit, workflow);
        // What it is that steps call is not needed to find names of steps that lead nowhere.
        let free = || vec![Traits { safe: true, parallel: true }; workflow.steps.len()];
        let traits = deeds.as_ref().map_or_else(free, |deeds| deeds.traits.clone());
        let plan = self.told(unit, Plan::new(workflow, &traits));
        // All that is wrong has been told by now.
        let (Deeds { acts, alternatives, undoes, traits }, inputs) = (deeds?, inputs?);
        let (before, plan) = (before?, plan?);
        let graph = Arc::new(Graph::new(&plan, &traits));
        let steps = workflow.steps.iter().enumerate().map(|(at, step)| (step.id.clone(), at)).collect();
        let ground = Arc::new(Ground {
            own: unit.document.own.clone(),
            workflow: workflow.id.clone(),
            sources: unit.document.sources.clone(),
        });
        let reads: Vec<Sieve> = workflow.steps.iter().map(Sieve::of_step).collect();
        let tells_requests = workflow.steps.iter().any(asks_for_requests);
        let stream = stream::of(workflow, &acts, &reads).map_err(|mistake| vec![mistake]);
        let stream = self.told(unit, stream)?;
        let workflow = workflow.clone();
        let goals = HashMap::new();
        Some(Compiled {
            workflow,
            acts,
            alternatives,
            undoes,
            reads,
            tells_requests,
            stream,
            inputs,
            traits,
            plan,
            graph,
            facts: Facts::default(),
            before,
            ground,
            steps,
            goals,
        })
    }

    /// What the steps of a workflow do, where that is known of all.
    fn deeds(&mut self, unit: Unit<'_>, workflow: &Workflow, calls: &[Call]) -> Option<Deeds> {
        let (mut deeds, mut is_whole) = (Deeds::default(), true);
        for (step, call) in workflow.steps.iter().zip(calls) {
            let mut is = resolve::traits(step, call);
            let act = match &step.weir.kind {
                Some(kind) => Some(self.kind(unit, kind)),
                None => self.act(unit, call, &step.at),
            };
            let branches = step.weir.alternatives().map(|branch| self.branch(unit, branch));
            let branches: Vec<Option<Act>> = branches.collect();
            let undo = step.weir.compensate.as_deref().map(|branch| self.branch(unit, branch));
            let branches: Option<Vec<Act>> = branches.into_iter().collect();
            let (Some(act), Some(branches), Some(undo)) =
                (act, branches, undo.map_or(Some(None), |undo| undo.map(Some)))
            else {
                is_whole = false;
                continue;
            };
            if step.weir.safe.is_none() && !matches!(act, Act::Operation(..) | Act::Kind { .. }) {
                let calls = [&act].into_iter().chain(&branches);
                is.safe = calls.into_iter().all(|act| self.is_safe(act));
            }
            deeds.undoes.push(undo);
            deeds.acts.push(act);
            deeds.alternatives.push(branches);
            deeds.traits.push(is);
        }
        is_whole.then_some(deeds)
    }

    /// The workflows that must be complete before one.
    fn all_before(&mut self, unit: Unit<'_>, workflow: &Workflow) -> Option<Vec<usize>> {
        let at = workflow.at.join("dependsOn");
        let before = workflow.depends_on.iter().map(|written| self.named(unit, written, &at));
        before.collect::<Vec<_>>().into_iter().collect()
    }

    fn is_safe(&self, act: &Act) -> bool {
        match act {
            Act::Operation(_, operation) => operation.is_safe(),
            Act::Workflow(on) => self.program.workflows.get(*on).is_some_and(Compiled::is_safe),
            Act::Kind { safe, .. } => *safe,
            Act::Nothing => true,
        }
    }

    /// What an extension's target does.
    fn branch(&mut self, unit: Unit<'_>, branch: &Branch) -> Option<Act> {
        if let Callee::Kind(kind) = &branch.callee {
            return Some(self.kind(unit, kind));
        }
        let call = self.told(unit, resolve::branch(unit.document, branch, unit.sources))?;
        self.act(unit, &call, &branch.at)
    }

    fn kind(&mut self, unit: Unit<'_>, kind: &Kind) -> Act {
        let source = match kind {
            Kind::Model(_) => self.source(&format!("{}{MODELS}", unit.prefix)),
            Kind::GraphQl(query) => self.source(&format!("{}{}", unit.prefix, query.source)),
            Kind::Event(_) => self.source(EVENTS),
        };
        Act::Kind { source, safe: kind.is_safe() }
    }

    /// The number of a source.
    fn source(&mut self, name: &str) -> usize {
        let count = self.program.sources.len();
        let number = *self.sources.entry(name.into()).or_insert(count);
        if number == count {
            self.program.sources.push(name.into());
        }
        number
    }

    fn act(&mut self, unit: Unit<'_>, call: &Call, at: &Pointer) -> Option<Act> {
        match call {
            Call::Operation { source, operation } => {
                let number = self.source(&format!("{}{source}", unit.prefix));
                Some(Act::Operation(number, operation.clone()))
            }
            Call::Extension { .. } => Some(Act::Nothing),
            Call::Workflow(id) => self.workflow(unit, id, at).map(Act::Workflow),
            Call::Foreign { source, workflow } => self.foreign(unit, source, workflow, at).map(Act::Workflow),
        }
    }

    /// A workflow by what is written: its id, or `$sourceDescriptions.NAME.ID`.
    fn named(&mut self, unit: Unit<'_>, written: &str, at: &Pointer) -> Option<usize> {
        if let Ok(Expression::SourceDescription { source, reference }) = Expression::parse(written) {
            return self.foreign(unit, &source, &reference, at);
        }
        if unit.document.workflow(written).is_none() {
            self.mistake(unit, at, format!("there is no workflow `{written}`"));
            return None;
        }
        self.workflow(unit, written, at)
    }

    fn foreign(&mut self, unit: Unit<'_>, source: &str, workflow: &str, at: &Pointer) -> Option<usize> {
        let Some(Source::Arazzo(document, sources)) = unit.sources.get(source) else {
            self.mistake(unit, at, format!("source `{source}` has no workflows"));
            return None;
        };
        if document.workflow(workflow).is_none() {
            self.mistake(unit, at, format!("source `{source}` has no workflow `{workflow}`"));
            return None;
        }
        let prefix = format!("{}{source}/", unit.prefix);
        self.workflow(Unit { document, sources, prefix: &prefix }, workflow, at)
    }

    /// Notes where a workflow's actions go, and makes sure that it is compiled.
    fn note_goals(&mut self, unit: Unit<'_>, at: usize, workflow: &Workflow) {
        for step in &workflow.steps {
            for action in step.on_success.iter().chain(&step.on_failure) {
                let Some(written) = action.goes_to() else { continue };
                let key: Key = match Expression::parse(written) {
                    Ok(Expression::SourceDescription { source, reference }) => {
                        (format!("{}{source}/", unit.prefix).into(), reference)
                    }
                    _ => (unit.prefix.into(), written.into()),
                };
                // One that is being compiled right now is known when all are.
                if !self.known.contains_key(&key) {
                    self.named(unit, written, &action.at);
                }
                self.goals.push((at, written.into(), key));
            }
        }
    }

    /// What is there; the mistakes, where it is not, are told.
    fn told<T>(&mut self, unit: Unit<'_>, found: Result<T, Vec<Mistake>>) -> Option<T> {
        let tell = |mistakes: Vec<Mistake>| {
            for one in mistakes {
                self.mistake(unit, &one.at, one.message);
            }
        };
        found.map_err(tell).ok()
    }

    fn mistake(&mut self, unit: Unit<'_>, at: &Pointer, message: String) {
        let mistake = match unit.prefix.trim_end_matches('/') {
            "" => Mistake { at: at.clone(), message },
            name => {
                Mistake { at: Pointer::default(), message: format!("in source `{name}`, at {at}: {message}") }
            }
        };
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    fn finish(mut self) -> Result<Program, Vec<Mistake>> {
        if !self.mistakes.is_empty() {
            return Err(self.mistakes);
        }
        self.program.counts = counts(&self.program);
        join::join(&mut self.program.workflows);
        for (at, written, key) in self.goals {
            if let (Some(Known::Done(goal)), Some(compiled)) =
                (self.known.get(&key), self.program.workflows.get_mut(at))
            {
                compiled.goals.insert(written, *goal);
            }
        }
        Ok(self.program)
    }
}

fn counts(program: &Program) -> Vec<usize> {
    let mut counts = vec![0; program.sources.len()];
    for compiled in &program.workflows {
        let steps = compiled.acts.iter().zip(&compiled.alternatives).zip(&compiled.workflow.steps);
        for ((act, alternatives), step) in steps {
            let often = if step.weir.for_each.is_some() { 2 } else { 1 };
            let sources = [act].into_iter().chain(alternatives).filter_map(Act::source);
            sources.for_each(|source| counts[source] += often);
        }
    }
    counts
}

#[cfg(test)]
mod tests;
