//! What is called instead: `switch`, `fallback`, `optional`.

use serde_json::Value;

use super::branch::{Branch, Parts};
use super::formula::{Named, Rule};
use super::read::cel;
use super::walk::Walk;
use crate::document::{Components, Member, Object, name_of};
use crate::mistakes::Mistakes;

/// The first case whose condition holds is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// The cases, in their order.
    pub cases: Vec<Case>,
    /// What is called if none holds; without it, and without a target of the step's own, the step is skipped.
    pub default: Option<Branch>,
}

/// A case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// When it is called.
    pub when: Rule,
    /// What is called.
    pub branch: Branch,
}

/// What takes a failed step's place.
#[derive(Clone, Debug, PartialEq)]
pub enum Fallback {
    /// These outputs.
    Outputs(Vec<Named>),
    /// Another target.
    Branch(Box<Branch>),
}

/// A step whose failure does not fail the workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Optional {
    /// Its outputs then; one that is not here is `null`.
    pub default: Vec<Named>,
}

// === impl Switch ===

impl Switch {
    pub(super) fn read(
        (at, value): Member<'_>,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let Value::Array(items) = value else {
            mistakes.add(&at, format_args!("`x-weir-switch` is a list of cases, not {}", name_of(value)));
            return None;
        };
        let mut switch = Self { cases: Vec::new(), default: None };
        for (index, item) in items.iter().enumerate() {
            let place = at.join(&index.to_string());
            if item.get("default").is_some() {
                let mut object = Object::open((place.clone(), item), "a case", mistakes)?;
                let default = object.take("default");
                object.close();
                if index + 1 < items.len() {
                    mistakes.add(&place, "`default` is the last case");
                }
                switch.default = default.and_then(|default| Branch::read(default, components, mistakes));
            } else if let Some(case) = Case::read((place, item), components, mistakes) {
                switch.cases.push(case);
            }
        }
        if items.is_empty() {
            mistakes.add(&at, "`x-weir-switch` has at least one case");
        }
        Some(switch)
    }

    /// The targets, in their order.
    pub fn branches(&self) -> impl Iterator<Item = &Branch> {
        self.cases.iter().map(|case| &case.branch).chain(&self.default)
    }

    pub(super) fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        self.cases.iter().for_each(|case| walk.rule(&case.when));
        self.branches().for_each(|branch| branch.walk(walk));
    }
}

// === impl Case ===

impl Case {
    fn read(member: Member<'_>, components: &Components<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a case", mistakes)?;
        object.required("when");
        let when = cel(&mut object, "when");
        let parts = Parts::take(&mut object);
        object.close();
        let branch = parts.branch(components, mistakes);
        Some(Self { when: when?, branch: branch? })
    }
}

// === impl Fallback ===

impl Fallback {
    pub(super) fn read(
        member: Member<'_>,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let only = member
            .1
            .as_object()
            .filter(|members| members.len() == 1)
            .and_then(|members| members.get("outputs"));
        if let Some(outputs) = only {
            let outputs = (member.0.join("outputs"), outputs);
            return Some(Self::Outputs(Named::all(outputs, "`outputs`", mistakes)));
        }
        Branch::read(member, components, mistakes).map(|branch| Self::Branch(Box::new(branch)))
    }

    /// The outputs, if they are given by themselves.
    pub fn outputs(&self) -> &[Named] {
        if let Self::Outputs(outputs) = self { outputs } else { &[] }
    }

    /// The target, if it is one.
    pub fn branch(&self) -> Option<&Branch> {
        if let Self::Branch(branch) = self { Some(branch) } else { None }
    }

    pub(super) fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        match self {
            Self::Outputs(outputs) => outputs.iter().for_each(|one| walk.formula(&one.value)),
            Self::Branch(branch) => branch.walk(walk),
        }
    }
}

// === impl Optional ===

impl Optional {
    /// `true`, or an object with the outputs; `false` is as good as nothing.
    pub(super) fn read((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        match value {
            Value::Bool(optional) => optional.then(Self::default),
            Value::Object(_) => {
                let mut object = Object::open((at, value), "`x-weir-optional`", mistakes)?;
                let default = object.take("default");
                object.close();
                let default = default.map(|member| Named::all(member, "`default`", mistakes));
                Some(Self { default: default.unwrap_or_default() })
            }
            other => {
                let message = format!(
                    "`x-weir-optional` is `true`, or an object with `default`, not {}",
                    name_of(other)
                );
                mistakes.add(&at, message);
                None
            }
        }
    }
}
