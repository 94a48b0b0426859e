//! Workflows that share the graph of those that run them: they begin before all that they are given is known, and tell what
//! they give before they have come to their end.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::act::{check, inputs};
use super::frame::Parent;
use super::task::Spot;
use crate::program::Fact;
use crate::values::{Scope, Values};

/// What a workflow that shares a graph was given and has given so far.
#[derive(Debug, Default)]
pub(super) struct Shared {
    given: Values,
    /// Of each parameter, whether it is known.
    known: Vec<bool>,
    /// Inputs that are known and cannot be told yet: what is known of them so far breaks the schema.
    held: Vec<Box<str>>,
    results: Values,
}

/// The passages that something has waited for.
#[derive(Debug, Default)]
struct Waited {
    passages: Vec<usize>,
    /// Nodes that were looked at, by frame and number.
    seen: Vec<(usize, usize)>,
}

// === impl Engine ===

impl Engine {
    /// Begins the workflow of a step that shares its graph.
    pub(super) fn join(&mut self, spot: Spot, passage: usize, workflow: usize, now: Duration) {
        let program = Arc::clone(&self.program);
        let outer = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = outer.workflow.steps.get(spot.step) else { return };
        let inner = &program.workflows[workflow];
        let inputs = inner.inputs.check_part(Values::new()).unwrap_or_default();
        let at = self.open(workflow, inputs, Parent::Step(spot, passage), now);
        let known = vec![false; written.parameters.len()];
        self.frames[at].shared = Some(Box::new(Shared { known, ..Shared::default() }));
        if written.parameters.is_empty() {
            return match check(inner, Values::new()) {
                Ok(inputs) => {
                    self.frames[at].memory.inputs = inputs;
                    self.tell_inputs(at, |_| true);
                }
                Err(reason) => self.lose(spot, passage, reason, now),
            };
        }
        self.tell_inputs(at, |input| !written.parameters.iter().any(|parameter| *parameter.name == *input));
        for (node, fact) in outer.known() {
            if let Fact::Argument { step, parameter } = fact
                && *step == spot.step
                && self.frames[spot.frame].run.is_done(node)
            {
                self.give(at, *parameter, now);
            }
        }
    }

    /// Inputs of a workflow are known.
    pub(super) fn tell_inputs(&mut self, at: usize, which: impl Fn(&str) -> bool) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[at].workflow];
        for (node, fact) in compiled.known() {
            if matches!(fact, Fact::Input(name) if which(name)) {
                self.frames[at].run.tell(node);
            }
        }
        self.restless.push(at);
    }

    /// All that a fact of a workflow waits for is over.
    pub(super) fn reached(&mut self, at: usize, fact: usize, now: Duration) {
        let program = Arc::clone(&self.program);
        match program.workflows[self.frames[at].workflow].fact(fact) {
            Some(Fact::Argument { step, parameter }) => {
                // One that has not begun asks for it when it does.
                if let Some(inner) = self.within(at, *step) {
                    self.give(inner, *parameter, now);
                }
            }
            Some(Fact::Output(output)) => self.gives(at, *output),
            _ => {}
        }
    }

    /// A parameter of a workflow that shares a graph is known.
    fn give(&mut self, at: usize, number: usize, now: Duration) {
        let program = Arc::clone(&self.program);
        let Some(Parent::Step(spot, passage)) = self.frames.get(at).map(|frame| frame.parent) else { return };
        let outer = &program.workflows[self.frames[spot.frame].workflow];
        let inner = &program.workflows[self.frames[at].workflow];
        let written = outer.workflow.steps.get(spot.step);
        let Some(parameter) = written.and_then(|step| step.parameters.get(number)) else { return };
        let shared = self.frames[at].shared.as_mut();
        if shared
            .and_then(|shared| shared.known.get_mut(number))
            .is_none_or(|known| std::mem::replace(known, true))
        {
            return;
        }
        let given = match inputs(std::slice::from_ref(parameter), &self.scope(&spot, None)) {
            Ok(given) => given,
            Err(reason) => return self.lose(spot, passage, reason, now),
        };
        let Some(shared) = &mut self.frames[at].shared else { return };
        shared.given.extend(given);
        shared.held.push(parameter.name.clone());
        let known = if shared.known.contains(&false) {
            inner.inputs.check_part(shared.given.clone())
        } else {
            match check(inner, shared.given.clone()) {
                Ok(inputs) => Some(inputs),
                Err(reason) => return self.lose(spot, passage, reason, now),
            }
        };
        if let Some(inputs) = known {
            let held = std::mem::take(&mut shared.held);
            self.frames[at].memory.inputs = inputs;
            self.tell_inputs(at, |input| held.iter().any(|held| **held == *input));
        }
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
        let shared = self.frames[at].shared.as_deref();
        let results = shared.map(|shared| &shared.results);
        let is_known = |of: &usize| {
            let output = inner.workflow.outputs.get(*of);
            output.zip(results).is_some_and(|(output, results)| results.contains_key(&*output.name))
        };
        let mut told = Vec::new();
        for (node, fact) in outer.known() {
            if let Fact::Given { step, output, of } = fact
                && *step == spot.step
                && of.contains(&number)
                && of.iter().all(is_known)
            {
                told.extend(written.outputs.get(*output).map(|output| (node, output)));
            }
        }
        for (node, output) in told {
            let results = self.frames[at].shared.as_ref().map(|shared| &shared.results);
            let scope = Scope { outputs: results, ..self.scope(&spot, None) };
            let given = scope.outputs(std::slice::from_ref(output));
            let mut source = Waited::default();
            self.sources(at, outer.fact(node), &mut source);
            let outer = &mut self.frames[spot.frame];
            outer.memory.steps.entry(written.id.clone()).or_default().extend(given);
            outer.sources.push((node, source.passages));
            outer.run.tell(node);
            self.restless.push(spot.frame);
        }
    }

    /// The steps of a workflow by which it has given an output of the step that runs it.
    fn sources(&self, at: usize, given: Option<&Fact>, found: &mut Waited) {
        let Some(Fact::Given { of, .. }) = given else { return };
        let compiled = &self.program.workflows[self.frames[at].workflow];
        for (node, fact) in compiled.known() {
            if matches!(fact, Fact::Output(output) if of.contains(output)) {
                self.waits_of(at, node, found);
            }
        }
    }

    /// The passages of the steps that a step has waited for; where it has waited for what another workflow gave it, of the
    /// steps there.
    pub(super) fn waited(&self, at: usize, step: usize) -> Vec<usize> {
        let mut waited = Waited::default();
        self.waits_of(at, step, &mut waited);
        waited.passages
    }

    fn waits_of(&self, at: usize, node: usize, found: &mut Waited) {
        // Many ways may lead to one.
        if found.seen.contains(&(at, node)) {
            return;
        }
        found.seen.push((at, node));
        let frame = &self.frames[at];
        let compiled = &self.program.workflows[frame.workflow];
        for on in compiled.graph.before(node) {
            match compiled.fact(*on) {
                None => found.extend(frame.passage(*on)),
                Some(Fact::Input(name)) => {
                    if let Some((outer, node)) = self.argument(at, name) {
                        self.waits_of(outer, node, found);
                    }
                }
                Some(Fact::Given { .. }) => {
                    let sources = frame.sources.iter().filter(|(node, _)| node == on);
                    found.extend(sources.flat_map(|(_, passages)| passages.iter().copied()));
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
        let written = outer.workflow.steps.get(spot.step)?;
        let is = |fact: &Fact| {
            let Fact::Argument { step, parameter } = fact else { return false };
            let parameter = written.parameters.get(*parameter);
            *step == spot.step && parameter.is_some_and(|parameter| *parameter.name == *name)
        };
        Some((spot.frame, outer.known().find(|(_, fact)| is(fact))?.0))
    }

    /// The workflow that a step runs and shares the graph with, while it is under way.
    fn within(&self, at: usize, step: usize) -> Option<usize> {
        let is = |inner: &usize| {
            let inner = &self.frames[*inner];
            inner.shared.is_some() && inner.parent.spot().is_some_and(|spot| spot.step == step)
        };
        self.frames[at].inner.iter().copied().find(is)
    }
}

// === impl Waited ===

impl Waited {
    fn extend(&mut self, passages: impl IntoIterator<Item = usize>) {
        for passage in passages {
            if !self.passages.contains(&passage) {
                self.passages.push(passage);
            }
        }
    }
}
