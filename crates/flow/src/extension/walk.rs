//! Going through everything in extensions that reads something: for the planner's edges, and to tell of names that are not known.

use expr::cel::Reference as Read;
use expr::{Expression, Pointer};

use super::formula::{Formula, Rule};
use crate::document::{Given, Reference};

/// When something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// It must be known before the step begins.
    Before,
    /// It is looked at once the step was made.
    After,
}

/// A local name that is not known where it stands.
pub(super) struct Strange {
    pub(super) at: Pointer,
    pub(super) name: Box<str>,
    /// The local names that are.
    pub(super) known: &'static [&'static str],
}

/// What was found.
pub(super) struct Walk<'s> {
    moment: Moment,
    known: &'static [&'static str],
    pub(super) found: Vec<(Moment, Reference<'s>)>,
    pub(super) strange: Vec<Strange>,
}

// === impl Walk ===

impl<'s> Walk<'s> {
    pub(super) fn new() -> Self {
        Self { moment: Moment::Before, known: &[], found: Vec::new(), strange: Vec::new() }
    }

    /// From here on things are read then, and these local names are known.
    pub(super) fn when(&mut self, moment: Moment, known: &'static [&'static str]) {
        (self.moment, self.known) = (moment, known);
    }

    pub(super) fn rule(&mut self, rule: &'s Rule) {
        for reference in rule.cel.references() {
            match reference {
                Read::Known(expression) => self.found.push((self.moment, (rule.at.clone(), expression))),
                Read::Local(named) if self.known.contains(&&*named.name) => {}
                Read::Local(named) => self.strange.push(Strange {
                    at: rule.at.clone(),
                    name: named.name.clone(),
                    known: self.known,
                }),
            }
        }
    }

    pub(super) fn formula(&mut self, formula: &'s Formula) {
        match formula {
            Formula::Cel(rule) => self.rule(rule),
            Formula::Given(at, given) => self.given(at, given),
            Formula::List(items) => items.iter().for_each(|item| self.formula(item)),
            Formula::Object(members) => members.iter().for_each(|(_, member)| self.formula(member)),
        }
    }

    pub(super) fn given(&mut self, at: &Pointer, given: &'s Given) {
        self.all(given.expressions().into_iter().map(|expression| (at.clone(), expression)));
    }

    pub(super) fn expression(&mut self, at: &Pointer, expression: &'s Expression) {
        self.all([(at.clone(), expression)]);
    }

    pub(super) fn all(&mut self, references: impl IntoIterator<Item = Reference<'s>>) {
        let moment = self.moment;
        self.found.extend(references.into_iter().map(|reference| (moment, reference)));
    }
}
