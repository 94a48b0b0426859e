//! What the steps of a workflow call: operations of its sources, and other workflows.

mod unresolved;
mod workflows;

use std::collections::HashMap;
use std::sync::Arc;

use expr::template::Part;
use expr::{Expression, Pointer, Template};
use openapi::{Description, Operation};

use crate::document::{Document, Parameter, Place, SourceKind, Step, Target, Workflow};
use crate::extension::{Branch, Callee, Kind};
use crate::mistakes::{Mistake, Mistakes};
use crate::plan::Traits;

/// A source as it was read.
#[derive(Clone, Debug)]
pub enum Source {
    /// Operations.
    OpenApi(Arc<Description>),
    /// Workflows, and the sources of their document.
    Arazzo(Arc<Document>, Arc<Sources>),
}

pub(crate) use unresolved::absent;
pub use unresolved::unresolved;

/// The sources of a document by their names; one that is missing could not be read, which was told.
pub type Sources = HashMap<Box<str>, Source>;

/// What a step calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// An operation.
    Operation {
        /// The source that describes it.
        source: Box<str>,
        /// What it is.
        operation: Operation,
    },
    /// A workflow of the same document.
    Workflow(Box<str>),
    /// A workflow of another one.
    Foreign {
        /// The source that has it.
        source: Box<str>,
        /// Its name.
        workflow: Box<str>,
    },
    /// What the step's extensions say: a kind of step of Weir's own, one of several targets, or nothing but values.
    Extension {
        /// Whether it changes nothing, whichever target it is.
        safe: bool,
    },
}

/// What the steps of a workflow call, in their order. Fails with every step whose target is not there or cannot be called.
pub fn calls(document: &Document, workflow: &Workflow, sources: &Sources) -> Result<Vec<Call>, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    let resolver = Resolver { document, sources };
    let found: Vec<Option<Call>> =
        workflow.steps.iter().map(|step| resolver.step(step, &mut mistakes)).collect();
    workflows::named(&resolver, workflow, &mut mistakes);
    if mistakes.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(mistakes.into_vec()) }
}

/// What the planner must know of a step that makes this call.
pub fn traits(step: &Step, call: &Call) -> Traits {
    Traits { safe: step.weir.safe.unwrap_or_else(|| call.is_safe()), parallel: step.weir.parallel }
}

/// What an extension's target calls.
pub fn branch(document: &Document, branch: &Branch, sources: &Sources) -> Result<Call, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    let found = Resolver { document, sources }.branch(branch, &mut mistakes);
    found.ok_or_else(|| mistakes.into_vec())
}

struct Resolver<'d> {
    document: &'d Document,
    sources: &'d Sources,
}

// === impl Call ===

impl Call {
    /// Whether making it changes nothing, as far as it says so itself.
    pub fn is_safe(&self) -> bool {
        match self {
            Self::Operation { operation, .. } => operation.is_safe(),
            Self::Workflow(_) | Self::Foreign { .. } => false,
            Self::Extension { safe } => *safe,
        }
    }
}

// === impl Resolver ===

impl Resolver<'_> {
    /// What a step calls itself; the targets of its extensions must be there as well.
    fn step(&self, step: &Step, mistakes: &mut Mistakes) -> Option<Call> {
        let mut safe = step.weir.kind.as_ref().is_none_or(Kind::is_safe);
        for branch in step.weir.alternatives() {
            if let Some(call) = self.branch(branch, mistakes) {
                safe &= call.is_safe();
            }
        }
        if let Some(branch) = step.weir.compensate.as_deref() {
            self.branch(branch, mistakes);
        }
        if step.target == Target::Extension {
            return Some(Call::Extension { safe });
        }
        let call = self.target(&step.at, &step.target, mistakes)?;
        if let Call::Operation { operation, .. } = &call {
            for name in operation.in_path().filter(|name| !step.gives_in_path(name)) {
                let path = &operation.path;
                let message = format!("the path `{path}` needs parameter `{name}`, `in: path`");
                mistakes.add(&step.at, message);
            }
            // What a workflow gives to all its steps need not be for each.
            let within = format!("{}/", step.at);
            let own =
                |one: &&Parameter| one.place == Some(Place::Path) && one.at.to_string().starts_with(&within);
            for one in step.parameters.iter().filter(own) {
                if !operation.in_path().any(|name| *name == *one.name) {
                    let (path, name) = (&operation.path, &one.name);
                    mistakes.add(&one.at, format!("the path `{path}` has no parameter `{name}`"));
                }
            }
        }
        if step.weir.credentials.is_some() && matches!(call, Call::Workflow(_) | Call::Foreign { .. }) {
            let message = "a step that runs a workflow makes no call itself: say it on the steps of that";
            mistakes.add(&step.at.join("x-weir-credentials"), message);
        }
        if call.is_safe() && !safe && step.weir.safe.is_none() {
            let message = "it may call something that changes something in place of what does not: say `x-weir-safe: false`, or `true` if that is not so";
            mistakes.add(&step.at, message);
        }
        Some(call)
    }

    fn branch(&self, branch: &Branch, mistakes: &mut Mistakes) -> Option<Call> {
        match &branch.callee {
            Callee::Target(target) => self.target(&branch.at, target, mistakes),
            Callee::Kind(kind) => Some(Call::Extension { safe: kind.is_safe() }),
        }
    }

    fn target(&self, at: &Pointer, target: &Target, mistakes: &mut Mistakes) -> Option<Call> {
        match target {
            Target::Operation(id) => self.by_id(&at.join("operationId"), id, mistakes),
            Target::OperationPath(path) => self.by_path(&at.join("operationPath"), path, mistakes),
            Target::Workflow(name) => self.workflow(&at.join("workflowId"), name, mistakes),
            Target::Channel(_) => {
                let message = "messages on channels (AsyncAPI) are not sent or received: a step calls an HTTP operation or a workflow";
                mistakes.add(at, message);
                None
            }
            Target::Extension => None,
        }
    }

    fn by_id(&self, at: &Pointer, text: &str, mistakes: &mut Mistakes) -> Option<Call> {
        let (source, id) = match Expression::parse(text) {
            Ok(Expression::SourceDescription { source, reference }) => (source, reference),
            _ => (self.only(at, text, mistakes)?, text.into()),
        };
        let description = self.description(at, &source, mistakes)?;
        let Some(operation) = description.by_id(&id) else {
            let known: Vec<String> = description
                .operations
                .iter()
                .filter_map(|operation| operation.id.as_ref())
                .take(20)
                .map(|id| format!("`{id}`"))
                .collect();
            // `SOURCE.ID`, as it is written where one forgets the beginning.
            let own = id.strip_prefix(&*source).and_then(|rest| rest.strip_prefix('.'));
            let hint = own.filter(|own| description.by_id(own).is_some());
            let hint = hint.map(|own| format!(": write `$sourceDescriptions.{source}.{own}`"));
            let known = known.join(", ");
            let hint = hint.unwrap_or_default();
            mistakes.add(at, format_args!("source `{source}` has no operation `{id}`; it has {known}{hint}"));
            return None;
        };
        Some(Call::Operation { source, operation: operation.clone() })
    }

    /// The only source of operations, where a step does not name one.
    fn only(&self, at: &Pointer, id: &str, mistakes: &mut Mistakes) -> Option<Box<str>> {
        let mut sources =
            self.document.sources.iter().filter(|source| source.kind != Some(SourceKind::Arazzo));
        match (sources.next(), sources.next()) {
            (Some(only), None) => Some(only.name.clone()),
            (None, _) => {
                mistakes.add(at, "no source of this document describes operations");
                None
            }
            (Some(first), Some(_)) => {
                let message = format!(
                    "several sources describe operations; say which one: `$sourceDescriptions.{}.{id}`",
                    first.name
                );
                mistakes.add(at, message);
                None
            }
        }
    }

    fn by_path(&self, at: &Pointer, text: &str, mistakes: &mut Mistakes) -> Option<Call> {
        let Some((source, pointer)) = way(text) else {
            let message = "a way to an operation is `{$sourceDescriptions.NAME.url}#/paths/…/METHOD`, with `~1` for `/`";
            mistakes.add(at, message);
            return None;
        };
        let description = self.description(at, &source, mistakes)?;
        if let Some(operation) = description.by_pointer(&pointer) {
            return Some(Call::Operation { source, operation: operation.clone() });
        }
        let with_method = |operation: &Operation| {
            let whole = format!("{pointer}/{}", operation.method.to_ascii_lowercase());
            description.by_pointer(&whole).map(|_| whole)
        };
        match description.operations.iter().find_map(with_method) {
            Some(whole) => {
                mistakes.add(at, format_args!("a way to an operation ends with its method: `{whole}`"));
            }
            None => mistakes.add(at, format_args!("source `{source}` has no operation at `{pointer}`")),
        }
        None
    }

    fn description(&self, at: &Pointer, name: &str, mistakes: &mut Mistakes) -> Option<&Description> {
        if !self.document.sources.iter().any(|source| &*source.name == name) {
            mistakes.add(at, format_args!("there is no source `{name}` in `sourceDescriptions`"));
            return None;
        }
        match self.sources.get(name)? {
            Source::OpenApi(description) => Some(description),
            Source::Arazzo(..) => {
                mistakes
                    .add(at, format_args!("source `{name}` has workflows, not operations: use `workflowId`"));
                None
            }
        }
    }

    fn workflow(&self, at: &Pointer, text: &str, mistakes: &mut Mistakes) -> Option<Call> {
        let Ok(Expression::SourceDescription { source, reference }) = Expression::parse(text) else {
            if self.document.workflow(text).is_none() {
                let known: Vec<String> =
                    self.document.workflows.iter().map(|workflow| format!("`{}`", workflow.id)).collect();
                mistakes
                    .add(at, format_args!("there is no workflow `{text}`; there are {}", known.join(", ")));
                return None;
            }
            return Some(Call::Workflow(text.into()));
        };
        match self.sources.get(&source) {
            Some(Source::Arazzo(document, _)) if document.workflow(&reference).is_some() => {
                Some(Call::Foreign { source, workflow: reference })
            }
            Some(Source::Arazzo(..)) => {
                mistakes.add(at, format_args!("source `{source}` has no workflow `{reference}`"));
                None
            }
            Some(Source::OpenApi(_)) => {
                mistakes.add(
                    at,
                    format_args!("source `{source}` has operations, not workflows: use `operationId`"),
                );
                None
            }
            None if self.document.sources.iter().any(|known| known.name == source) => None,
            None => {
                mistakes.add(at, format_args!("there is no source `{source}` in `sourceDescriptions`"));
                None
            }
        }
    }
}

/// The source and the pointer of a way to an operation: `{$sourceDescriptions.NAME.url}#/…`, or without braces and `.url`.
fn way(text: &str) -> Option<(Box<str>, String)> {
    if let Some(rest) = text.strip_prefix("$sourceDescriptions.") {
        let (name, pointer) = rest.split_once('#')?;
        return Some((name.strip_suffix(".url").unwrap_or(name).into(), pointer.to_owned()));
    }
    let whole = Template::parse(text).ok()?;
    let [Part::Expression(Expression::SourceDescription { source, .. }), Part::Text(rest)] = whole.parts()
    else {
        return None;
    };
    Some((source.clone(), rest.strip_prefix('#').unwrap_or(rest).to_owned()))
}

#[cfg(test)]
mod tests;
