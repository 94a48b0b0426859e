//! Workflows that share the graph of those that run them: they begin before all that they are given is known, and tell what
//! they give before they have come to their end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::act::{check, inputs};
use super::frame::Parent;
use super::task::Spot;
use super::{Engine, Reason};
use crate::document::Step;
use crate::program::{Compiled, Fact};
use crate::values::{Scope, Values};

/// So many steps are noted at most as those that a step has waited for in other workflows.
const MOST: usize = 1_000;

/// What a workflow that shares a graph was given and has given so far.
#[derive(Debug, Default)]
pub(super) struct Shared {
    given: Values,
    /// Of each parameter, whether it is known.
    known: Vec<bool>,
    /// Inputs that are known and cannot be told yet: what is known of them so far breaks the schema.
    held: HashSet<Box<str>>,
    results: Values,
}

/// The passages that something has waited for.
#[derive(Debug, Default)]
struct Waited {
    passages: Vec<usize>,
    known: HashSet<usize>,
    /// Nodes that were looked at, by frame and number.
    seen: HashSet<(usize, usize)>,
}

// === impl Engine ===

impl Engine {
    /// Begins the workflow of a step that shares its graph.
    pub(super) fn join(&mut self, spot: Spot, passage: usize, workflow: usize, now: Duration) {
        let program = Arc::clone(&self.program);
        let outer = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = outer.workflow.steps.get(spot.step) else { return };
        let inner = &program.workflows[workflow];
        // That the defaults hold was seen when it was compiled.
        let inputs = inner.inputs.check_part(Values::new()).unwrap_or_default();
        let at = self.open(workflow, inputs, Parent::Step(spot, passage), now);
        let known = vec![false; written.parameters.len()];
        self.frames[at].shared = Some(Box::new(Shared { known, ..Shared::default() }));
        if let Some(progress) = self.frames[spot.frame].steps.get_mut(spot.step) {
            progress.shared = Some(at);
        }
        let given: HashSet<&str> = written.parameters.iter().map(|parameter| &*parameter.name).collect();
        self.tell_inputs(at, |input| !given.contains(input));
        let arguments = outer.facts.arguments(spot.step).enumerate();
        let run = &self.frames[spot.frame].run;
        let known: Vec<usize> =
            arguments.filter(|(_, node)| run.is_done(*node)).map(|(parameter, _)| parameter).collect();
        self.give(at, &known, now);
    }

    /// Inputs of a workflow are known.
    pub(super) fn tell_inputs(&mut self, at: usize, which: impl Fn(&str) -> bool) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[at].workflow];
        for (_, node) in compiled.facts.inputs().filter(|(name, _)| which(name)) {
            self.frames[at].run.tell(node);
        }
        self.restless.push(at);
    }

    /// All that a fact of a workflow waits for is over.
    pub(super) fn reached(&mut self, at: usize, fact: usize, now: Duration) {
        let program = Arc::clone(&self.program);
        match program.workflows[self.frames[at].workflow].facts.get(fact) {
            Some(Fact::Argument { step, parameter }) => {
                // One that has not begun asks for it when it does.
                let inner = self.frames[at].steps.get(*step).and_then(|progress| progress.shared);
                if let Some(inner) = inner.filter(|inner| self.frames.get(*inner).is_some()) {
                    self.give(inner, &[*parameter], now);
                }
            }
            Some(Fact::Output(output)) => self.gives(at, *output),
            _ => {}
        }
    }

    /// Parameters of a workflow that shares a graph are known, by their numbers.
    fn give(&mut self, at: usize, numbers: &[usize], now: Duration) {
        let program = Arc::clone(&self.program);
        let Some(Parent::Step(spot, passage)) = self.frames.get(at).map(|frame| frame.parent) else { return };
        let outer = &program.workflows[self.frames[spot.frame].workflow];
        let inner = &program.workflows[self.frames[at].workflow];
        let Some(written) = outer.workflow.steps.get(spot.step) else { return };
        match self.given(at, &spot, (written, numbers), inner) {
            Err(reason) => self.lose(spot, passage, reason, now),
            Ok(None) => {}
            Ok(Some(inputs)) => {
                self.frames[at].memory.inputs = inputs;
                let held = self.frames[at].shared.as_mut().map(|shared| std::mem::take(&mut shared.held));
                self.tell_inputs(at, |input| held.as_ref().is_some_and(|held| held.contains(input)));
            }
        }
    }

    /// The inputs with these parameters, if they hold so far. Fails where they never will.
    fn given(
        &mut self,
        at: usize,
        spot: &Spot,
        (written, numbers): (&Step, &[usize]),
        inner: &Compiled,
    ) -> Result<Option<Values>, Reason> {
        let mut given = Values::new();
        for parameter in numbers.iter().filter_map(|number| written.parameters.get(*number)) {
            given.extend(inputs(std::slice::from_ref(parameter), &self.scope(spot, None))?);
        }
        let Some(shared) = &mut self.frames[at].shared else { return Ok(None) };
        for number in numbers {
            let known = shared.known.get_mut(*number);
            if let (Some(known), Some(parameter)) = (known, written.parameters.get(*number)) {
                *known = true;
                shared.held.insert(parameter.name.clone());
            }
        }
        shared.given.extend(given);
        if shared.known.contains(&false) {
            return Ok(inner.inputs.check_part(shared.given.clone()));
        }
        check(inner, shared.given.clone()).map(Some)
    }

    /// A workflow has given an output; if it shares a graph, the outputs of its step that read it are told.
    fn gives(&mut self, at: usize, number: usize) {
        let program = Arc::clone(&self.program);
        let frame = &mut self.frames[at];
        let (inner, Parent::Step(spot, _)) = (&program.workflows[frame.workflow], frame.parent) else {
            return;
        };
        let (Some(shared), Some(output)) = (&mut frame.shared, inner.workflow.outputs.get(number)) else {
            return;
        };
        shared.results.extend(Scope::of(&frame.memory).outputs(std::slice::from_ref(output)));
        let outer = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = outer.workflow.steps.get(spot.step) else { return };
        for node in outer.facts.given(spot.step) {
            let Some(Fact::Given { output, of, .. }) = outer.facts.get(node) else { continue };
            let shared = self.frames[at].shared.as_deref();
            let results = shared.map(|shared| &shared.results);
            let is_known = |of: &usize| {
                let output = inner.workflow.outputs.get(*of);
                output.zip(results).is_some_and(|(output, results)| results.contains_key(&*output.name))
            };
            if !of.contains(&number) || !of.iter().all(is_known) {
                continue;
            }
            let Some(output) = written.outputs.get(*output) else { continue };
            let scope = Scope { outputs: results, ..self.scope(&spot, None) };
            let given = scope.outputs(std::slice::from_ref(output));
            let mut source = Waited::default();
            for node in of.iter().filter_map(|output| inner.facts.output(*output)) {
                self.waits_of(at, node, &mut source);
            }
            let frame = &mut self.frames[spot.frame];
            frame.memory.steps.entry(written.id.clone()).or_default().extend(given);
            frame.sources.insert(node, source.passages);
            frame.run.tell(node);
            self.restless.push(spot.frame);
        }
    }

    /// The passages of the steps that a step has waited for; where it has waited for what another workflow gave it, of the
    /// steps there.
    pub(super) fn waited(&self, at: usize, step: usize) -> Vec<usize> {
        let frame = &self.frames[at];
        let compiled = &self.program.workflows[frame.workflow];
        let before = compiled.graph.before(step);
        if before.iter().all(|on| compiled.facts.get(*on).is_none()) {
            return before.iter().filter_map(|on| frame.passage(*on)).take(MOST).collect();
        }
        let mut waited = Waited::default();
        self.waits_of(at, step, &mut waited);
        waited.passages
    }

    fn waits_of(&self, at: usize, node: usize, found: &mut Waited) {
        // Many ways may lead to one.
        if !found.seen.insert((at, node)) {
            return;
        }
        let frame = &self.frames[at];
        let compiled = &self.program.workflows[frame.workflow];
        for on in compiled.graph.before(node) {
            match compiled.facts.get(*on) {
                None => found.extend(frame.passage(*on)),
                Some(Fact::Input(name)) => {
                    if let Some((outer, node)) = self.argument(at, name) {
                        self.waits_of(outer, node, found);
                    }
                }
                Some(Fact::Given { .. }) => {
                    found.extend(frame.sources.get(on).into_iter().flatten().copied());
                }
                Some(Fact::Argument { .. } | Fact::Output(_)) => {}
            }
        }
    }

    /// Where the parameter stands that a workflow has this input from, if it shares a graph.
    fn argument(&self, at: usize, name: &str) -> Option<(usize, usize)> {
        let frame = &self.frames[at];
        let spot = frame.shared.as_ref().and(frame.parent.spot())?;
        let outer = &self.program.workflows[self.frames[spot.frame].workflow];
        let parameters = &outer.workflow.steps.get(spot.step)?.parameters;
        let number = parameters.iter().position(|parameter| *parameter.name == *name)?;
        Some((spot.frame, outer.facts.arguments(spot.step).nth(number)?))
    }
}

// === impl Waited ===

impl Waited {
    fn extend(&mut self, passages: impl IntoIterator<Item = usize>) {
        for passage in passages {
            if self.passages.len() < MOST && self.known.insert(passage) {
                self.passages.push(passage);
            }
        }
    }
}
