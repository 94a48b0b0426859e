//! What a flow did: its steps on one time axis, with what each waited for.

use std::collections::HashMap;

use base::RequestId;

use crate::waterfall::{Node, slacks};

/// What a call that a flow answered has beyond any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowRecord {
    /// The attempts of its steps, in the order in which they began.
    pub steps: Vec<FlowStep>,
}

/// One attempt of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowStep {
    /// The step, behind those that called its workflow: `pay/charge`.
    pub name: Box<str>,
    /// Which attempt, counted from 1.
    pub attempt: u32,
    /// Start, in microseconds after the start of the whole.
    pub start_us: u64,
    /// Duration in microseconds; of one that was still under way, up to the end of the whole.
    pub duration_us: u64,
    /// The status of its answer; 0: there was none.
    pub status: u16,
    /// How it came out.
    pub end: StepEnd,
    /// The attempts that it waited for, by place in the list.
    pub after: Vec<u32>,
    /// The step within which it was made, by place in the list.
    pub within: Option<u32>,
    /// The call that it made.
    pub call: Option<RequestId>,
}

/// How an attempt of a step came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepEnd {
    /// It was still under way.
    #[default]
    UnderWay,
    /// Well.
    Good,
    /// Not well; another attempt may have followed.
    Failed,
    /// It was given up.
    Cancelled,
    /// It was not made, by its own word.
    Skipped,
}

/// The most steps of a call that are kept.
const KEPT: usize = 1_000;

// === impl FlowRecord ===

impl FlowRecord {
    /// The steps of a call that a flow answered; of very many the first ones are kept.
    pub fn of(mut steps: Vec<FlowStep>) -> Self {
        steps.truncate(KEPT);
        Self { steps }
    }

    /// The same on the time axis of a call that began so much earlier than its flow.
    pub fn later(mut self, by_us: u64) -> Self {
        for step in &mut self.steps {
            step.start_us = step.start_us.saturating_add(by_us);
        }
        self
    }

    /// By how much each attempt could have taken longer without the whole taking longer, in microseconds, by place in the
    /// list. What has none and was not given up is on the critical path.
    pub fn slacks(&self, end_us: u64) -> Vec<u64> {
        let order = self.by_end();
        let mut place = vec![0; self.steps.len()];
        for (at, step) in order.iter().enumerate() {
            if let Some(place) = place.get_mut(*step) {
                *place = at;
            }
        }
        // What was given up has held up nothing.
        let counts = |at: &&usize| {
            self.steps.get(**at).is_some_and(|step| step.within.is_none() && step.end != StepEnd::Cancelled)
        };
        let last = order.iter().rev().find(counts);
        let (inner, before) = (self.inner(), self.before());
        let node = |at: &usize| Node {
            end_us: self.steps.get(*at).map_or(0, FlowStep::ended_us),
            after: self
                .waited(*at, &inner, &before)
                .into_iter()
                .filter_map(|on| place.get(on).copied())
                .collect(),
            last: Some(at) == last,
        };
        let found = slacks(&order.iter().map(node).collect::<Vec<_>>(), end_us);
        place.iter().map(|at| found.get(*at).copied().unwrap_or_default()).collect()
    }

    /// The places by the ends of what lies there; what is within something comes before that.
    fn by_end(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        // What is within something stands behind it in the list.
        let mut depths: Vec<usize> = Vec::new();
        for step in &self.steps {
            let outer = step.within_at().and_then(|outer| depths.get(outer));
            depths.push(outer.map_or(0, |outer| outer + 1));
        }
        let key = |at: &usize| {
            let depth = depths.get(*at).copied().unwrap_or_default();
            (self.steps.get(*at).map_or(0, FlowStep::ended_us), std::cmp::Reverse(depth), *at)
        };
        order.sort_by_key(key);
        order
    }

    /// Of each attempt, what was made within it.
    fn inner(&self) -> Vec<Vec<usize>> {
        let mut inner = vec![Vec::new(); self.steps.len()];
        for (at, step) in self.steps.iter().enumerate() {
            if let Some(outer) = step.within_at().and_then(|outer| inner.get_mut(outer)) {
                outer.push(at);
            }
        }
        inner
    }

    /// Of each attempt, the one of the same step before it.
    fn before(&self) -> Vec<Option<usize>> {
        let mut last: HashMap<(&str, Option<u32>), (u32, usize)> = HashMap::new();
        let attempts = self.steps.iter().enumerate();
        let before = attempts.map(|(at, step)| {
            let before = last.insert((&step.name, step.within), (step.attempt, at));
            before.filter(|(attempt, _)| *attempt < step.attempt).map(|(_, at)| at)
        });
        before.collect()
    }

    /// What the end of an attempt waited for.
    fn waited(&self, at: usize, inner: &[Vec<usize>], before: &[Option<usize>]) -> Vec<usize> {
        match inner.get(at) {
            Some(inner) if !inner.is_empty() => inner.clone(),
            _ => self.began_after(at, before),
        }
    }

    /// What the beginning of an attempt waited for: the attempt before it, its steps, or those of what it is within.
    fn began_after(&self, mut at: usize, before: &[Option<usize>]) -> Vec<usize> {
        loop {
            let Some(step) = self.steps.get(at) else { return Vec::new() };
            let mut after: Vec<usize> =
                step.after.iter().filter_map(|on| usize::try_from(*on).ok()).collect();
            after.extend(before.get(at).copied().flatten());
            match step.within_at() {
                Some(outer) if after.is_empty() && outer < at => at = outer,
                _ => return after,
            }
        }
    }
}

// === impl FlowStep ===

impl FlowStep {
    /// When it ended, in microseconds after the start of the whole.
    pub fn ended_us(&self) -> u64 {
        self.start_us.saturating_add(self.duration_us)
    }

    fn within_at(&self) -> Option<usize> {
        self.within.and_then(|within| usize::try_from(within).ok())
    }
}

// === impl StepEnd ===

impl StepEnd {
    /// Every one; its place is the number under which it is stored.
    pub const ALL: [Self; 5] = [Self::UnderWay, Self::Good, Self::Failed, Self::Cancelled, Self::Skipped];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::Good => "good",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, (start_us, end_us): (u64, u64), after: &[u32], within: Option<u32>) -> FlowStep {
        FlowStep {
            name: name.into(),
            attempt: 1,
            start_us,
            duration_us: end_us - start_us,
            status: 200,
            end: StepEnd::Good,
            after: after.to_vec(),
            within,
            call: None,
        }
    }

    #[test]
    fn the_longest_way_has_no_slack_and_the_others_have_what_is_left() {
        let steps = vec![
            step("user", (0, 10), &[], None),
            step("offers", (0, 4), &[], None),
            step("cart", (10, 30), &[0, 1], None),
            step("news", (10, 15), &[0], None),
        ];
        assert_eq!(FlowRecord { steps }.slacks(30), [0, 6, 0, 15]);
    }

    #[test]
    fn the_way_ends_with_what_failed_and_not_with_what_was_given_up_then() {
        let (mut failed, mut given_up) = (step("a", (0, 9), &[], None), step("b", (0, 10), &[], None));
        (failed.end, given_up.end) = (StepEnd::Failed, StepEnd::Cancelled);
        let steps = vec![failed, given_up, step("c", (0, 4), &[], None)];
        assert_eq!(FlowRecord { steps }.slacks(12)[..2], [0, 2]);
    }

    #[test]
    fn an_attempt_waits_for_the_one_before_it() {
        let mut again = step("a", (9, 20), &[], None);
        again.attempt = 2;
        let steps = vec![step("a", (0, 5), &[], None), step("b", (0, 7), &[], None), again];
        assert_eq!(FlowRecord { steps }.slacks(20), [0, 13, 0]);
    }

    #[test]
    fn a_step_for_each_element_waits_for_all_of_them() {
        let steps = vec![
            step("stock", (0, 14), &[], None),
            step("stock[0]", (0, 9), &[], Some(0)),
            step("stock[1]", (0, 14), &[], Some(0)),
            step("order", (14, 60), &[0], None),
        ];
        assert_eq!(FlowRecord { steps }.slacks(60), [0, 5, 0, 0]);
    }

    #[test]
    fn a_step_that_ran_a_workflow_waits_for_its_steps() {
        let steps = vec![
            step("first", (0, 5), &[], None),
            step("pay", (5, 25), &[0], None),
            step("pay/hold", (5, 12), &[], Some(1)),
            step("pay/note", (5, 8), &[], Some(1)),
            step("pay/charge", (12, 25), &[2], Some(1)),
        ];
        assert_eq!(FlowRecord { steps }.slacks(25), [0, 0, 0, 17, 0]);
    }
}
