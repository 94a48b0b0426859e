//! Makes the call of a lane, or runs its workflow.

use std::sync::Arc;
use std::time::Duration;

use super::frame::Parent;
use super::judge::Heard;
use super::limit::of_attempt;
use super::share::Found;
use super::task::{Lane, Parts, Spot};
use super::timer::Timer;
use super::{Call, Came, Engine, Ongoing, Order, Passage, Reason, Role, kind};
use crate::document::{Parameter, Step};
use crate::program::{Act, Compiled};
use crate::request::{self, Request};
use crate::values::{Exchange, Lacking, Scope, Values};

// === impl Engine ===

impl Engine {
    /// Does what a lane is there for.
    pub(super) fn perform(&mut self, spot: Spot, passage: usize, now: Duration) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let Some(parts) = Parts::of(compiled, spot.step, spot.lane) else { return };
        let scope = self.scope(&spot, None);
        let mut exchange = Exchange::default();
        let written = match parts.act {
            Act::Nothing => return self.lane_gives(spot, passage, Heard::default(), now),
            Act::Workflow(on) if spot.lane == Lane::Own && compiled.graph.shares(spot.step) => {
                return self.join(spot, passage, *on, now);
            }
            Act::Workflow(on) => {
                return match inputs(parts.parameters, &scope) {
                    Ok(inputs) => self.enter(*on, inputs, Parent::Step(spot, passage), now),
                    Err(reason) => self.lose(spot, passage, reason, now),
                };
            }
            Act::Operation(source, operation) => {
                let noted = compiled.tells_requests.then_some(&mut exchange);
                let written = request::write((parts.parameters, parts.body), operation, &scope, noted);
                written.map(|request| (*source, request)).map_err(|error| error.to_string())
            }
            Act::Kind { source, .. } => kind::write(parts.kind, &scope, &mut exchange)
                .map(|request| (*source, request))
                .map_err(|error| error.to_string()),
        };
        match written {
            Ok((source, request)) => {
                let ongoing = Ongoing { spot, exchange, deadline: None, passage };
                self.send(ongoing, source, Arc::new(request), now);
            }
            Err(why) => self.lose(spot, passage, Reason::Request(why.into()), now),
        }
    }

    /// Makes a call, unless someone else makes the same.
    fn send(&mut self, mut ongoing: Ongoing, source: usize, request: Arc<Request>, now: Duration) {
        let program = Arc::clone(&self.program);
        let spot = ongoing.spot;
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        // What is made before another step is tried again is made as its own step says.
        let Some(written) = compiled.workflow.steps.get(spot.judged()) else { return };
        let timeout = of_attempt(written);
        let longest = self.longest(&spot);
        let shared = program.repeats(source) && self.is_shared(&spot, written);
        let key = shared.then(|| self.shares.key(source, longest, &request));
        if let Some(key) = &key
            && self.is_again(&spot)
        {
            self.shares.renew(key);
        } else if let Some(key) = &key {
            match self.shares.find(key) {
                Some(Found::UnderWay(id)) if self.calls.contains_key(&id) => {
                    let call = Timer::Call(id, spot);
                    ongoing.deadline = timeout.map(|timeout| self.timers.set(now + timeout, call));
                    self.calls.entry(id).or_default().push(ongoing);
                    return;
                }
                Some(Found::Done(raw)) => return self.take(ongoing, &raw, now),
                _ => {}
            }
        }
        let id = self.next;
        self.next += 1;
        ongoing.deadline = timeout.map(|timeout| self.timers.set(now + timeout, Timer::Call(id, spot)));
        if let Some(key) = key {
            self.shares.begun(id, key);
        }
        let cache = written.weir.cache.as_ref().filter(|_| spot.lane == Lane::Own);
        let cached =
            cache.and_then(|cache| cache.key.as_ref()).map(|rule| self.scope(&spot, None).rule(rule));
        // Keys of different steps do not meet.
        let workflow = self.frames[spot.frame].workflow;
        let own =
            |key: serde_json::Value| format!("{workflow}/{} {}", written.id, expr::canonical(&key)).into();
        let cached = cached.and_then(Result::ok).map(own);
        let mut call = Call::new(source, request).cached(cache, cached);
        (call.as_caller, call.max_body) = (written.weir.as_caller, longest);
        call.role = match self.streams(&spot) {
            _ if self.undoes(spot.frame) => Role::Undo,
            true => Role::HandedOn,
            false => Role::Step,
        };
        call.credentials.clone_from(&written.weir.credentials);
        let call = self.name(call, &spot);
        self.orders.push_back(Order::Call { id, call, passage: ongoing.passage });
        self.calls.insert(id, vec![ongoing]);
    }

    /// Whether the call of a spot may be the same as another's.
    fn is_shared(&self, spot: &Spot, written: &Step) -> bool {
        let weir = &written.weir;
        // Whether its caller is let in is asked of each, with what it shows.
        let own = self.is_of_attempts(spot) || self.streams(spot);
        let shown = weir.as_caller || weir.credentials.is_some();
        !own && !shown && self.is_safe(spot) && matches!(spot.lane, Lane::Own | Lane::Branch(_))
    }

    /// Whether a spot is, or is within, one of several attempts at the same time, which are several in all that they do.
    fn is_of_attempts(&self, spot: &Spot) -> bool {
        let (mut own, mut within) = (self.has_attempts(spot), Some(spot.frame));
        while let Some(at) = within.filter(|_| !own) {
            let parent = self.frames[at].parent;
            own = parent.spot().is_some_and(|spot| self.has_attempts(&spot));
            within = parent.frame();
        }
        own
    }

    fn has_attempts(&self, spot: &Spot) -> bool {
        let workflow = &self.program.workflows[self.frames[spot.frame].workflow].workflow;
        let weir = workflow.steps.get(spot.judged()).map(|step| &step.weir);
        weir.is_some_and(|weir| weir.hedge.is_some() || !weir.race.is_empty())
    }

    /// Whether a spot was made before: what others have had of it is not what it is now.
    pub(super) fn is_again(&mut self, spot: &Spot) -> bool {
        let begun = self.frames[spot.frame].steps.get(spot.step).map_or(0, |progress| progress.begun);
        begun > 1 || self.unit(spot).is_some_and(|unit| unit.tries > 1 || unit.rounds > 0)
    }

    /// Runs a workflow, if it takes these inputs.
    pub(super) fn enter(&mut self, workflow: usize, given: Values, parent: Parent, now: Duration) {
        let program = Arc::clone(&self.program);
        match check(&program.workflows[workflow], given) {
            Ok(inputs) => {
                let frame = self.open(workflow, inputs, parent, now);
                self.tell_inputs(frame, |_| true);
            }
            Err(reason) => self.refuse(parent, reason, now),
        }
    }

    /// Puts the beginning of a step into the trail; of a part of it, within its own passage and with its number.
    pub(super) fn note(
        &mut self,
        (at, step): (usize, usize),
        part: Option<(usize, Option<usize>)>,
        attempt: u32,
        now: Duration,
    ) -> usize {
        let frame = &self.frames[at];
        let compiled = &self.program.workflows[frame.workflow];
        let within = frame.parent.passage();
        let id = compiled.workflow.steps.get(step).map(|step| &*step.id).unwrap_or_default();
        let mut name = match within {
            Some(outer) => format!("{}/{id}", self.trail[outer].step),
            None => id.to_owned(),
        };
        if let Some((_, Some(unit))) = part {
            name = format!("{name}[{unit}]");
        }
        let after = if part.is_some() { Vec::new() } else { self.waited(at, step) };
        self.trail.push(Passage {
            step: name.into(),
            attempt,
            began: now,
            ended: None,
            status: None,
            came: Came::UnderWay,
            after,
            within: part.map(|(passage, _)| passage).or(within),
        });
        self.trail.len() - 1
    }
}

/// What parameters are as inputs of a workflow. One that is an input which was not given is not given either.
pub(super) fn inputs(parameters: &[Parameter], scope: &Scope<'_>) -> Result<Values, Reason> {
    let given = parameters.iter().filter(|parameter| !scope.is_left_out(&parameter.value));
    let one = |parameter: &Parameter| Ok((String::from(&*parameter.name), scope.give(&parameter.value)?));
    let all: Result<Values, Lacking> = given.map(one).collect();
    all.map_err(|lacking| Reason::Request(lacking.to_string().into()))
}

/// The inputs of a workflow, if it takes them.
pub(super) fn check(compiled: &Compiled, given: Values) -> Result<Values, Reason> {
    compiled.inputs.check(given.into()).map_err(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Reason::Request(format!("inputs of `{}`: {}", compiled.workflow.id, told.join("; ")).into())
    })
}
