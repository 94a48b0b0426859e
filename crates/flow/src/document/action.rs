//! What is done when a step has succeeded or failed (Arazzo 1.1.0, "Success Action Object", "Failure Action Object").

use std::time::Duration;

use expr::Pointer;

use super::criterion::Criterion;
use super::object::{Member, Object};
use super::read::{Components, Shelf};
use super::step::Parameter;
use crate::mistakes::Mistakes;

/// The longest time for which an action, or an answer, can let a step wait.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// An action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its name.
    pub name: Box<str>,
    /// What is done.
    pub deed: Deed,
    /// All must pass for it to be done.
    pub criteria: Vec<Criterion>,
    /// Where it stands.
    pub at: Pointer,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The workflow ends.
    End,
    /// It goes on elsewhere.
    Goto(Goal),
    /// The step is tried again.
    Retry {
        /// So long after the failure, unless the answer says otherwise.
        after: Duration,
        /// So often at most.
        limit: u32,
        /// What is done before.
        first: Option<Goal>,
    },
}

/// Where a workflow goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    /// At one of its steps.
    Step(Box<str>),
    /// In another workflow, named as it is written, with these inputs.
    Workflow(Box<str>, Vec<Parameter>),
}

/// Which actions are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upon {
    Success,
    Failure,
}

#[derive(Clone, Copy)]
enum Type {
    End,
    Goto,
    Retry,
}

// === impl Action ===

impl Action {
    /// Reads a list of actions and of references to them.
    pub(super) fn list(
        items: Vec<Member<'_>>,
        upon: Upon,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Vec<Self> {
        let mut actions: Vec<Self> = Vec::new();
        for item in items {
            let Some((member, _)) = components.resolve(item, upon.shelf(), mistakes) else { continue };
            let Some(action) = Self::read(member, upon, components, mistakes) else { continue };
            if actions.iter().any(|before| before.name == action.name) {
                mistakes.add(&action.at, format_args!("there is an action `{}` before", action.name));
            }
            actions.push(action);
        }
        actions
    }

    /// The workflow that it goes to, as it is written.
    pub fn goes_to(&self) -> Option<&str> {
        match &self.deed {
            Deed::Goto(Goal::Workflow(workflow, _))
            | Deed::Retry { first: Some(Goal::Workflow(workflow, _)), .. } => Some(workflow),
            _ => None,
        }
    }

    pub(super) fn read(
        member: Member<'_>,
        upon: Upon,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut object = Object::open(member, "an action", mistakes)?;
        let at = object.at.clone();
        let name = object.required("name");
        object.required("type");
        let success = [("end", Type::End), ("goto", Type::Goto)];
        let failure = [("end", Type::End), ("retry", Type::Retry), ("goto", Type::Goto)];
        let kind = match upon {
            Upon::Success => object.one_of("type", &success),
            Upon::Failure => object.one_of("type", &failure),
        };
        let step = object.text("stepId");
        let workflow = object.text("workflowId");
        let parameters = object.items("parameters");
        let criteria = object.items("criteria").unwrap_or_default();
        let (after, limit) = match upon {
            Upon::Success => (None, None),
            Upon::Failure => (seconds(&mut object), count(&mut object)),
        };
        if object.peek("condition").is_some() {
            object.take("condition");
            let message = "a condition stands in `criteria`: `criteria: [{condition: …}]`";
            object.mistakes.add(&at.join("condition"), message);
        }
        object.close();
        let criteria = Criterion::list(criteria, mistakes);
        let parameters = parameters.map(|items| Parameter::list(items, components, mistakes));
        for parameter in parameters.iter().flatten().filter(|parameter| parameter.place.is_some()) {
            mistakes
                .add(&parameter.at, "`in` must not stand here: the parameter is an input of the workflow");
        }
        if parameters.is_some() && workflow.is_none() {
            mistakes
                .add(&at.join("parameters"), "`parameters` are a workflow's inputs: `workflowId` is missing");
        }
        let goal = match (step, workflow) {
            (Some(_), Some(_)) => {
                mistakes.add(&at, "`stepId` and `workflowId` exclude each other");
                None
            }
            (Some(step), None) => Some(Goal::Step(step.into())),
            (None, Some(workflow)) => Some(Goal::Workflow(workflow.into(), parameters.unwrap_or_default())),
            (None, None) => None,
        };
        let deed = match kind? {
            Type::End => Deed::End,
            Type::Goto => {
                let Some(goal) = goal else {
                    mistakes.add(&at, "`goto` needs `stepId` or `workflowId`");
                    return None;
                };
                Deed::Goto(goal)
            }
            Type::Retry => {
                Deed::Retry { after: after.unwrap_or_default(), limit: limit.unwrap_or(1), first: goal }
            }
        };
        Some(Self { name: name.into(), deed, criteria, at })
    }
}

// === impl Upon ===

impl Upon {
    fn shelf(self) -> Shelf {
        match self {
            Self::Success => Shelf::SuccessActions,
            Self::Failure => Shelf::FailureActions,
        }
    }
}

/// `retryAfter`: seconds, not negative, and no more than a day of them.
fn seconds(object: &mut Object<'_, '_>) -> Option<Duration> {
    let (at, value) = object.take("retryAfter")?;
    let after = value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    if after.is_none() {
        object.mistakes.add(&at, "`retryAfter` is a number of seconds, 0 or more");
    }
    after.map(|after| after.min(LONGEST_WAIT))
}

/// `retryLimit`: a count.
fn count(object: &mut Object<'_, '_>) -> Option<u32> {
    let (at, value) = object.take("retryLimit")?;
    let limit = value.as_u64().and_then(|limit| u32::try_from(limit).ok());
    if limit.is_none() {
        object.mistakes.add(&at, "`retryLimit` is a whole number, 0 or more");
    }
    limit
}
