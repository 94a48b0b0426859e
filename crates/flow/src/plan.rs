//! The plan of a workflow: which step waits for which, and why.
//!
//! The rules, all of them:
//!
//! 1. A step waits for every step whose outputs it refers to, wherever the reference stands, for every step before it that
//!    runs a workflow of which it names something (`$workflows.ID`), and for those that its `dependsOn` names.
//! 2. Unsafe steps keep the order of the list among themselves, unless one waits for the other by rule 1 already.
//! 3. A safe step overtakes no earlier unsafe step, so that one reads one's own writes, unless it says
//!    `x-weir-parallel: true`.
//! 4. An unsafe step waits for earlier safe steps by rule 1 alone.
//! 5. A step whose actions may end the workflow or go elsewhere is a barrier: every later step waits for it.
//! 6. A safe step that runs a workflow once, with no word on when and for how long, shares its graph with it: the steps within
//!    begin when the step may by rules 1 to 3 but for its parameters, and when the inputs are known that they refer to; a
//!    safe step that refers to an output of it waits for the steps within that this output refers to.
//!    [`crate::Program`] sees to this one.
//!
//! Safe are steps that call GET, HEAD or QUERY (RFC 9110 §9.2.1), and those that say `x-weir-safe: true`.

mod cycle;
mod edges;
mod order;
mod shape;

pub use shape::Shape;

use std::sync::Arc;

use expr::Pointer;

use crate::document::Workflow;
use crate::mistakes::{Mistake, Mistakes};

/// What the planner must know of a step beside the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Calling it changes nothing.
    pub safe: bool,
    /// It may overtake unsafe steps.
    pub parallel: bool,
}

/// The plan of a workflow; steps are counted in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of each step, what it waits for.
    pub waits: Vec<Vec<Wait>>,
    /// Of each step, whether it is a barrier.
    pub barriers: Vec<bool>,
    /// What is not wrong and still worth a word, such as a step whose result nobody uses.
    pub remarks: Vec<Mistake>,
}

/// A wait for another step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The step that is waited for.
    pub on: usize,
    /// Why.
    pub why: Why,
}

/// Why a step waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It refers to an output (rule 1), here.
    Output(Arc<Pointer>, Arc<str>),
    /// Its `dependsOn` says so (rule 1), here.
    DependsOn(Arc<Pointer>),
    /// Both are unsafe (rule 2).
    Order,
    /// It is safe and reads what the other may have written (rule 3).
    OwnWrites,
    /// The other may end the workflow or go elsewhere (rule 5).
    Barrier,
    /// It refers to this input, which the other gives (rule 6).
    Input(Box<str>),
    /// The other is within it (rule 6).
    Within,
}

// === impl Plan ===

impl Plan {
    /// Plans a workflow. Fails with every reference that leads nowhere and every cycle.
    pub fn new(workflow: &Workflow, traits: &[Traits]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Mistakes::default();
        let mut waits = edges::by_reference(workflow, &mut mistakes);
        let names = |step: usize| workflow.steps.get(step).map(|step| (step.id.to_string(), step.at.clone()));
        let names = |step| names(step).unwrap_or_default();
        cycle::check(&names, &waits, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes.into_vec());
        }
        let barriers: Vec<bool> = workflow.steps.iter().map(edges::is_barrier).collect();
        edges::by_order(&mut waits, traits, &barriers);
        // A later step that an earlier one waits for by rule 1 may wait for that one by another rule.
        cycle::check(&names, &waits, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes.into_vec());
        }
        let remarks = edges::remarks(workflow, traits, &waits);
        Ok(Self { waits, barriers, remarks })
    }

    /// Plans steps that are not of a workflow by rules 2 to 4; their waits by rule 1 are given, and what each is called and
    /// where it stands. Fails with every cycle.
    pub fn of_waits(
        mut waits: Vec<Vec<Wait>>,
        traits: &[Traits],
        names: &dyn Fn(usize) -> (String, Pointer),
    ) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Mistakes::default();
        cycle::check(names, &waits, &mut mistakes);
        let barriers = vec![false; waits.len()];
        if mistakes.is_empty() {
            edges::by_order(&mut waits, traits, &barriers);
            cycle::check(names, &waits, &mut mistakes);
        }
        if !mistakes.is_empty() {
            return Err(mistakes.into_vec());
        }
        Ok(Self { waits, barriers, remarks: Vec::new() })
    }

    /// The steps that a step waits for, each once.
    pub fn before(&self, step: usize) -> impl Iterator<Item = usize> {
        let mut before: Vec<usize> = self.waits.get(step).into_iter().flatten().map(|wait| wait.on).collect();
        before.sort_unstable();
        before.dedup();
        before.into_iter()
    }
}

#[cfg(test)]
mod tests;
