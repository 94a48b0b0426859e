//! A plan as runs use it: who waits for whom, both ways, and who begins first.

use crate::plan::{Plan, Shape, Traits};

/// A plan made ready for runs, which share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Of each step, those that it waits for.
    pub(super) before: Vec<Box<[usize]>>,
    /// Of each step, those that wait for it.
    pub(super) after: Vec<Box<[usize]>>,
    /// Of each step, how many steps may have to follow it in a row: who has most of them begins first.
    pub(super) ranks: Vec<usize>,
    /// Of each step, whether calling it changes nothing.
    pub(super) safe: Vec<bool>,
}

// === impl Graph ===

impl Graph {
    /// The graph of a plan of steps with these traits.
    pub fn new(plan: &Plan, traits: &[Traits]) -> Self {
        let count = plan.waits.len();
        let before: Vec<Box<[usize]>> = (0..count).map(|step| plan.before(step).collect()).collect();
        let mut after = vec![Vec::new(); count];
        for (step, before) in before.iter().enumerate() {
            for on in before {
                after[*on].push(step);
            }
        }
        let safe = (0..count).map(|step| traits.get(step).is_some_and(|traits| traits.safe)).collect();
        let after = after.into_iter().map(Vec::into_boxed_slice).collect();
        Self { ranks: ranks(plan, &before), before, after, safe }
    }

    /// The steps that a step waits for.
    pub fn before(&self, step: usize) -> &[usize] {
        self.before.get(step).map_or(&[], |before| before)
    }

    /// Whether calling a step changes nothing.
    pub fn is_safe(&self, step: usize) -> bool {
        self.safe.get(step).copied().unwrap_or_default()
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.before.len()
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty()
    }
}

fn ranks(plan: &Plan, before: &[Box<[usize]>]) -> Vec<usize> {
    let mut ranks = vec![0; before.len()];
    // From the steps that come last to those that come first.
    let shape = Shape::new(plan, &[]);
    let mut order: Vec<usize> = (0..before.len()).collect();
    order.sort_by_key(|step| std::cmp::Reverse(shape.levels[*step]));
    for step in order {
        for on in &before[step] {
            ranks[*on] = ranks[*on].max(ranks[step] + 1);
        }
    }
    ranks
}
