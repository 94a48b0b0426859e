//! The shape of a plan in time: levels, and the critical path for given durations.

use std::time::Duration;

use super::Plan;

/// Where steps lie in time, if each begins the moment its last wait is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of each step, how many steps stand before it in a row.
    pub levels: Vec<usize>,
    /// Of each step, when it begins at the earliest.
    pub begins: Vec<Duration>,
    /// Of each step, by how much it may take longer without the whole taking longer.
    pub slack: Vec<Duration>,
    /// The steps on the critical path, in their order.
    pub critical: Vec<usize>,
    /// How long the whole takes.
    pub total: Duration,
}

// === impl Shape ===

impl Shape {
    /// The shape with these durations of the steps; one that is missing is zero.
    pub fn new(plan: &Plan, durations: &[Duration]) -> Self {
        let count = plan.waits.len();
        let lasts = |step: usize| durations.get(step).copied().unwrap_or_default();
        let order = order(plan);
        let (mut levels, mut begins) = (vec![0; count], vec![Duration::ZERO; count]);
        let mut last_wait: Vec<Option<usize>> = vec![None; count];
        for &step in &order {
            for on in plan.before(step) {
                levels[step] = levels[step].max(levels[on] + 1);
                let end = begins[on] + lasts(on);
                if last_wait[step].is_none() || end > begins[step] {
                    begins[step] = begins[step].max(end);
                    last_wait[step] = Some(on);
                }
            }
        }
        let total = (0..count).map(|step| begins[step] + lasts(step)).max().unwrap_or_default();
        let mut latest = vec![total; count];
        for &step in order.iter().rev() {
            let begin = latest[step].saturating_sub(lasts(step));
            for on in plan.before(step) {
                latest[on] = latest[on].min(begin);
            }
        }
        let slack = (0..count).map(|step| latest[step].saturating_sub(begins[step] + lasts(step))).collect();
        let mut critical = Vec::new();
        let mut at = (0..count).rev().max_by_key(|step| begins[*step] + lasts(*step));
        while let Some(step) = at {
            critical.push(step);
            at = last_wait[step];
        }
        critical.reverse();
        Self { levels, begins, slack, critical, total }
    }
}

/// The steps, each behind all that it waits for.
fn order(plan: &Plan) -> Vec<usize> {
    let before: Vec<Box<[usize]>> = (0..plan.waits.len()).map(|step| plan.before(step).collect()).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (step, before) in before.iter().enumerate() {
        before.iter().for_each(|on| after[*on].push(step));
    }
    crate::run::order(&before, &after)
}
