//! The dependencies between the pieces of one call.

use crate::attempt::{Attempt, Phase};
use crate::record::CallRecord;

use super::critical::Node;

/// The pieces of a call as nodes, and where to find each.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// The node of each stage's end.
    stages: Vec<usize>,
    attempts: Vec<Placed>,
}

/// An attempt's stage and the nodes of its phases.
#[derive(Default)]
struct Placed {
    stage: Option<usize>,
    phases: Vec<(Phase, usize)>,
}

impl Graph {
    pub(super) fn of(record: &CallRecord) -> Self {
        let mut graph = Self { nodes: Vec::new(), stages: Vec::new(), attempts: Vec::new() };
        let placed = |attempt: &Attempt| Placed { stage: stage_of(record, attempt), ..Placed::default() };
        graph.attempts = record.attempts.iter().map(placed).collect();
        let mut before = graph.run(record, None, None);
        for (index, stage) in record.stages.iter().enumerate() {
            let head = graph.run(record, Some(index), before);
            let end_us = u64::from(stage.start_us) + u64::from(stage.duration_us);
            // A stage with attempts ends when the head it waited for is there.
            let node = graph.push(end_us, head.or(before), false);
            graph.stages.push(node);
            before = Some(node);
        }
        if let Some(last) = before.and_then(|last| graph.nodes.get_mut(last)) {
            last.last = true;
        }
        graph
    }

    /// The attempts of one stage, with their places in the record.
    pub(super) fn attempts_of<'a>(
        &'a self,
        record: &'a CallRecord,
        stage: Option<usize>,
    ) -> impl Iterator<Item = (usize, &'a Attempt)> {
        let of_stage = move |(at, _): &(usize, &Attempt)| {
            self.attempts.get(*at).is_some_and(|placed| placed.stage == stage)
        };
        record.attempts.iter().enumerate().filter(of_stage)
    }

    pub(super) fn stage_slack(&self, index: usize, slack: &[u64]) -> u64 {
        let own = self.stages.get(index).and_then(|node| slack.get(*node)).copied();
        // A stage is as critical as the most critical of what it did.
        let of_stage = self.attempts.iter().filter(|placed| placed.stage == Some(index));
        let parts = of_stage.flat_map(|placed| &placed.phases);
        let parts = parts.filter_map(|(_, node)| slack.get(*node)).copied();
        own.into_iter().chain(parts).min().unwrap_or(0)
    }

    pub(super) fn phase_slacks(&self, attempt: usize, slack: &[u64]) -> Vec<(Phase, u64)> {
        let of = |(phase, node): &(Phase, usize)| (*phase, slack.get(*node).copied().unwrap_or(0));
        let placed = self.attempts.get(attempt);
        placed.map(|placed| placed.phases.iter().map(of).collect()).unwrap_or_default()
    }

    /// Adds the attempts of one stage; gives the node of the head of the answer that won.
    fn run(&mut self, record: &CallRecord, stage: Option<usize>, before: Option<usize>) -> Option<usize> {
        let mine: Vec<usize> = self.attempts_of(record, stage).map(|(at, _)| at).collect();
        let mut head = None;
        for at in mine {
            let Some(attempt) = record.attempts.get(at) else { continue };
            let cause = attempt.retry_of.and_then(|number| self.end_of(record, number));
            let (mut previous, mut answered) = (cause.or(before), None);
            let mut end_us = u64::from(attempt.started_us);
            for (phase, micros) in attempt.phases.iter() {
                end_us += u64::from(micros);
                let body = phase == Phase::Receive && !attempt.discarded && attempt.error.is_none();
                let node = self.push(end_us, previous, body);
                if let Some(placed) = self.attempts.get_mut(at) {
                    placed.phases.push((phase, node));
                }
                previous = Some(node);
                if phase != Phase::Receive {
                    answered = Some(node);
                }
            }
            if !attempt.discarded {
                head = answered.or(head);
            }
        }
        head
    }

    fn end_of(&self, record: &CallRecord, number: u8) -> Option<usize> {
        let at = record.attempts.iter().position(|attempt| attempt.number == number)?;
        self.attempts.get(at)?.phases.last().map(|(_, node)| *node)
    }

    fn push(&mut self, end_us: u64, after: Option<usize>, last: bool) -> usize {
        self.nodes.push(Node { end_us, after: after.into_iter().collect(), last });
        self.nodes.len() - 1
    }
}

/// The stage that was running when the attempt started.
fn stage_of(record: &CallRecord, attempt: &Attempt) -> Option<usize> {
    record.stages.iter().rposition(|stage| {
        let end = stage.start_us.saturating_add(stage.duration_us);
        (stage.start_us..=end).contains(&attempt.started_us)
    })
}
