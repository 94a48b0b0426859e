//! What a batch did: its requests on one time axis, as the steps of a flow are.

use std::time::Duration;

use ::batch::{Answer, Batch};
use base::{Clock, Nanos, RequestId};
use trace::{FlowStep, StepEnd};

/// So many characters of a path stand in a name.
const PATH: usize = 120;

/// What was done so far.
pub(super) struct Trail<'b> {
    clock: Clock,
    started: Nanos,
    batch: &'b Batch,
    steps: Vec<FlowStep>,
    /// Of each item, its place among the steps.
    places: Vec<Option<u32>>,
}

// === impl Trail ===

impl<'b> Trail<'b> {
    pub(super) fn new(clock: &Clock, batch: &'b Batch) -> Self {
        let places = batch.items.iter().map(|_| None).collect();
        Self { clock: clock.clone(), started: clock.now(), batch, steps: Vec::new(), places }
    }

    /// A request begins.
    pub(super) fn begin(&mut self, item: usize) {
        self.add(item, StepEnd::UnderWay);
    }

    /// A request is not made, and answered all the same.
    pub(super) fn skip(&mut self, item: usize, answer: &Answer) {
        if self.places.get(item).is_some_and(Option::is_none) {
            self.add(item, StepEnd::Skipped);
            if let Some(step) = self.steps.last_mut() {
                step.status = answer.status;
            }
        }
    }

    /// A request is given up.
    pub(super) fn cancel(&mut self, item: usize) {
        self.change(item, |step| step.end = StepEnd::Cancelled);
    }

    /// A request is answered.
    pub(super) fn end(&mut self, item: usize, answer: &Answer, call: Option<RequestId>) {
        let came = if answer.is_failure() { StepEnd::Failed } else { StepEnd::Good };
        self.change(item, |step| {
            step.status = answer.status;
            step.call = call;
            step.end = came;
        });
    }

    pub(super) fn into_steps(self) -> Vec<FlowStep> {
        self.steps
    }

    fn add(&mut self, item: usize, end: StepEnd) {
        let waits = self.batch.plan.before(item);
        let after = waits.filter_map(|on| self.places.get(on).copied().flatten()).collect();
        if let Some(place) = self.places.get_mut(item) {
            *place = u32::try_from(self.steps.len()).ok();
        }
        self.steps.push(FlowStep {
            name: self.name(item),
            attempt: 1,
            start_us: self.since(),
            duration_us: 0,
            status: 0,
            end,
            after,
            within: None,
            call: None,
        });
    }

    /// Changes what is under way, which ends with that.
    fn change(&mut self, item: usize, change: impl FnOnce(&mut FlowStep)) {
        let now = self.since();
        let place = self.places.get(item).copied().flatten().and_then(|at| usize::try_from(at).ok());
        let step = place.and_then(|at| self.steps.get_mut(at));
        if let Some(step) = step.filter(|step| step.end == StepEnd::UnderWay) {
            step.duration_us = now.saturating_sub(step.start_us);
            change(step);
        }
    }

    fn since(&self) -> u64 {
        let passed: Duration = self.clock.now().since(self.started);
        u64::try_from(passed.as_micros()).unwrap_or(u64::MAX)
    }

    /// Its id or its place in the list, its method, and its path as it is written, without the query.
    fn name(&self, item: usize) -> Box<str> {
        let Some(one) = self.batch.items.get(item) else { return "".into() };
        let id = one.id.as_deref().map_or_else(|| item.to_string(), str::to_owned);
        let path: String = one.path().split('?').next().unwrap_or_default().chars().take(PATH).collect();
        format!("{id} {} {path}", one.method.as_str()).into()
    }
}
