//! A plan as runs use it: who waits for whom, both ways, and who begins first.

use crate::plan::{Plan, Traits};

/// A plan made ready for runs, which share it. Its nodes are the steps, and behind them facts: what becomes known beside that
/// steps come to their end, where workflows share their graphs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Of each node, those that it waits for.
    pub(super) before: Vec<Box<[usize]>>,
    /// Of each node, those that wait for it.
    pub(super) after: Vec<Box<[usize]>>,
    /// Of each node, how many may have to follow it in a row: who has most of them begins first.
    pub(super) ranks: Vec<usize>,
    /// Of each step, whether calling it changes nothing.
    pub(super) safe: Vec<bool>,
    /// Of each fact, whether it is told from outside; else it is known when what it waits for is over.
    told: Vec<bool>,
    /// Of each step, whether it runs a workflow that shares the graph, and takes no place among those under way; empty: none.
    shares: Vec<bool>,
}

/// Facts of a graph, and what they make of its steps.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Of each, whether it is told from outside.
    pub(crate) told: Vec<bool>,
    /// Of each, how many steps of other workflows may have to follow it in a row.
    pub(crate) ahead: Vec<usize>,
    /// Of each step, whether it runs a workflow that shares the graph.
    pub(crate) shares: Vec<bool>,
}

// === impl Graph ===

impl Graph {
    /// The graph of a plan of steps with these traits.
    pub fn new(plan: &Plan, traits: &[Traits]) -> Self {
        let before = (0..plan.waits.len()).map(|step| plan.before(step).collect()).collect();
        Self::with_facts(before, traits, Facts::default())
    }

    /// The graph of nodes that wait for these: steps with these traits, and facts.
    pub(crate) fn with_facts(before: Vec<Box<[usize]>>, traits: &[Traits], facts: Facts) -> Self {
        let Facts { told, ahead, shares } = facts;
        let count = before.len();
        let mut after = vec![Vec::new(); count];
        for (node, before) in before.iter().enumerate() {
            for on in before {
                after[*on].push(node);
            }
        }
        let steps = count - told.len();
        let safe = (0..steps).map(|step| traits.get(step).is_some_and(|traits| traits.safe)).collect();
        let mut ranks = vec![0; steps];
        ranks.extend(ahead);
        for &node in order(&before, &after).iter().rev() {
            for on in &before[node] {
                ranks[*on] = ranks[*on].max(ranks[node] + 1);
            }
        }
        let after = after.into_iter().map(Vec::into_boxed_slice).collect();
        Self { before, after, ranks, safe, told, shares }
    }

    /// The nodes that a node waits for.
    pub fn before(&self, node: usize) -> &[usize] {
        self.before.get(node).map_or(&[], |before| before)
    }

    /// How many steps may have to follow in a row once a node is over.
    pub(crate) fn rank(&self, node: usize) -> usize {
        self.ranks.get(node).copied().unwrap_or_default()
    }

    /// Whether calling a step changes nothing.
    pub fn is_safe(&self, step: usize) -> bool {
        self.safe.get(step).copied().unwrap_or_default()
    }

    /// Whether a step runs a workflow that shares the graph.
    pub(crate) fn shares(&self, step: usize) -> bool {
        self.shares.get(step).copied().unwrap_or_default()
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.safe.len()
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.safe.is_empty()
    }

    /// The number of nodes.
    pub(super) fn nodes(&self) -> usize {
        self.before.len()
    }

    /// Whether a node is a fact, and then, whether that is told from outside.
    pub(super) fn fact(&self, node: usize) -> Option<bool> {
        self.told.get(node.checked_sub(self.len())?).copied()
    }
}

/// The nodes, each behind all that it waits for.
pub(crate) fn order(before: &[Box<[usize]>], after: &[Vec<usize>]) -> Vec<usize> {
    let mut left: Vec<usize> = before.iter().map(|before| before.len()).collect();
    let mut order: Vec<usize> = (0..left.len()).filter(|node| left[*node] == 0).collect();
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        at += 1;
        for &next in &after[node] {
            left[next] -= 1;
            if left[next] == 0 {
                order.push(next);
            }
        }
    }
    order
}
