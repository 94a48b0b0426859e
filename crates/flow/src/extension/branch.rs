//! Targets that extensions name: of `switch`, `race`, `fallback` and `compensate`.

use expr::Pointer;

use super::kind::Kind;
use super::walk::Walk;
use crate::document::{
    Body, Components, Member, Object, Output, Parameter, Target, of_body, of_outputs, of_parameters,
};
use crate::mistakes::Mistakes;

/// A target with what it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What is called.
    pub callee: Callee,
    /// What it is given; the step's own parameters are not among them.
    pub parameters: Vec<Parameter>,
    /// The body that is sent.
    pub body: Option<Body>,
    /// What it gives; where none of a name is here, the step's output of that name is taken.
    pub outputs: Vec<Output>,
    /// Where it stands.
    pub at: Pointer,
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    /// An operation or a workflow.
    Target(Target),
    /// Something of Weir's own.
    Kind(Kind),
}

// === impl Branch ===

impl Branch {
    /// Reads an object that has nothing else.
    pub(super) fn read(
        member: Member<'_>,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut object = Object::open(member, "a target", mistakes)?;
        let parts = Parts::take(&mut object);
        object.close();
        parts.branch(components, mistakes)
    }
}

/// The members of a target in an object that may have others.
pub(super) struct Parts<'v> {
    at: Pointer,
    callee: Option<Callee>,
    parameters: Vec<Member<'v>>,
    body: Option<Member<'v>>,
    outputs: Vec<(&'v str, Member<'v>)>,
}

// === impl Parts ===

impl<'v> Parts<'v> {
    pub(super) fn take(object: &mut Object<'v, '_>) -> Self {
        let at = object.at.clone();
        let kind = Kind::within(object);
        let callee = if Kind::is_said(object) {
            kind.map(Callee::Kind)
        } else {
            Target::read(object).map(Callee::Target)
        };
        if let Some(Callee::Target(Target::Extension)) = callee {
            object.mistakes.add(&at, "here a target must stand by itself");
        }
        let parameters = object.items("parameters").unwrap_or_default();
        let body = object.take("requestBody");
        let outputs = object.members("outputs");
        Self { at, callee, parameters, body, outputs }
    }

    pub(super) fn branch(self, components: &Components<'_>, mistakes: &mut Mistakes) -> Option<Branch> {
        let parameters = Parameter::list(self.parameters, components, mistakes);
        let body = self.body.and_then(|body| Body::read(body, mistakes));
        let outputs = Output::all(self.outputs, mistakes);
        let callee = self.callee?;
        if matches!(callee, Callee::Target(Target::Operation(_) | Target::OperationPath(_))) {
            for parameter in parameters.iter().filter(|parameter| parameter.place.is_none()) {
                let message = "`in` is missing: `path`, `query`, `querystring`, `header` or `cookie`";
                mistakes.add(&parameter.at, message);
            }
        }
        Some(Branch { callee, parameters, body, outputs, at: self.at })
    }
}

impl Branch {
    pub(super) fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        let mut found = Vec::new();
        of_parameters(&self.parameters, &mut found);
        self.body.iter().for_each(|body| of_body(body, &mut found));
        of_outputs(&self.outputs, &mut found);
        walk.all(found);
        if let Callee::Kind(kind) = &self.callee {
            kind.walk(walk);
        }
    }
}
