//! Reading the whole document.

use std::collections::HashSet;

use expr::runtime::ComponentKind;
use expr::{Expression, Pointer};
use serde_json::{Map, Value};

use super::action::{Action, Deed, Goal, Upon};
use super::address::is_reference;
use super::object::{Member, Object, check_id, is_key};
use super::step::{Output, Parameter, Step};
use super::{Document, SourceDescription, SourceKind, Workflow, fields};
use crate::extension::{self, WorkflowExtensions};
use crate::mistakes::{Mistake, Mistakes};

/// What is declared once.
pub(crate) struct Components<'v> {
    at: Pointer,
    all: Option<&'v Map<String, Value>>,
}

/// A shelf of what is declared once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shelf {
    Parameters,
    SuccessActions,
    FailureActions,
}

/// What could be read, and what is wrong.
pub(super) fn document(value: &Value) -> (Option<Document>, Vec<Mistake>) {
    let mut mistakes = Mistakes::default();
    let read = read(value, &mut mistakes);
    (read, mistakes.into_vec())
}

fn read(value: &Value, mistakes: &mut Mistakes) -> Option<Document> {
    let mut object = Object::open((Pointer::default(), value), "an Arazzo document", mistakes)?;
    let version = object.required("arazzo");
    if !version.is_empty() && !is_known(version) {
        let at = object.at.join("arazzo");
        object.mistakes.add(&at, format_args!("1.0 and 1.1 of Arazzo are known, not `{version}`"));
        return None;
    }
    let own = object.text("$self");
    if own.is_some_and(|own| own.contains('#')) {
        let at = object.at.join("$self");
        object.mistakes.add(&at, "the document's own address has no fragment");
    }
    if let Some(own) = own {
        let at = object.at.join("$self");
        reference(&at, own, object.mistakes);
    }
    let info = needed(&mut object, "info");
    let sources = listed(&mut object, "sourceDescriptions");
    let workflows = listed(&mut object, "workflows");
    let components = object.take("components");
    let extensions = object.close();
    extension::none_known(&extensions, mistakes);
    let (title, info_version) = info.and_then(|info| titles(info, mistakes)).unwrap_or_default();
    let sources = source_descriptions(sources, mistakes);
    let (components, schemas) = Components::read(components, mistakes);
    let workflows = all_workflows(workflows, &components, mistakes);
    for workflow in &workflows {
        fields::unknown(&sources, workflow, mistakes);
    }
    Some(Document { own: own.map(Into::into), title, version: info_version, sources, workflows, schemas })
}

fn is_known(version: &str) -> bool {
    let mut parts = version.splitn(3, '.');
    let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
    let digits = |patch: &str| patch.split('-').next().is_some_and(|patch| patch.parse::<u32>().is_ok());
    major == Some("1") && matches!(minor, Some("0" | "1")) && patch.is_some_and(digits)
}

/// A member that must be there.
fn needed<'v>(object: &mut Object<'v, '_>, name: &'static str) -> Option<Member<'v>> {
    let member = object.take(name);
    if member.is_none() {
        let at = object.at.clone();
        object.mistakes.add(&at, format_args!("`{name}` is missing"));
    }
    member
}

/// A list that must be there, with at least one item.
fn listed<'v>(object: &mut Object<'v, '_>, name: &'static str) -> Vec<Member<'v>> {
    let items = object.items(name);
    if items.as_ref().is_none_or(Vec::is_empty) {
        let at = object.at.clone();
        object.mistakes.add(&at, format_args!("`{name}` is a list of at least one"));
    }
    items.unwrap_or_default()
}

fn titles(info: Member<'_>, mistakes: &mut Mistakes) -> Option<(Box<str>, Box<str>)> {
    let mut info = Object::open(info, "`info`", mistakes)?;
    let (title, version) = (info.required("title"), info.required("version"));
    info.text("summary");
    info.text("description");
    info.close();
    Some((title.into(), version.into()))
}

fn source_descriptions(items: Vec<Member<'_>>, mistakes: &mut Mistakes) -> Vec<SourceDescription> {
    let mut sources: Vec<SourceDescription> = Vec::new();
    for item in items {
        let Some(mut object) = Object::open(item, "a source description", mistakes) else { continue };
        let at = object.at.clone();
        let (name, url) = (object.required("name"), object.required("url"));
        let kinds = [SourceKind::OpenApi, SourceKind::AsyncApi, SourceKind::Arazzo];
        let kind = object.one_of("type", &kinds.map(|kind| (kind.as_str(), kind)));
        let extensions = object.close();
        let service = extension::service_of(&at, &extensions, mistakes);
        if !name.is_empty() && (!is_key(name) || name.contains('.')) {
            mistakes.add(&at.join("name"), "a source's name has letters, digits, `-` and `_` alone");
        }
        reference(&at.join("url"), url, mistakes);
        if sources.iter().any(|before| &*before.name == name) {
            mistakes.add(&at.join("name"), format_args!("there is a source `{name}` before"));
        }
        sources.push(SourceDescription { name: name.into(), url: url.into(), kind, service, at });
    }
    sources
}

/// Tells of an address that is no URI reference.
fn reference(at: &Pointer, text: &str, mistakes: &mut Mistakes) {
    if !is_reference(text) {
        let message = "an address is a URI reference (RFC 3986 §4.1): other characters are written as `%` and two digits, a space as `%20`";
        mistakes.add(at, message);
    }
}

fn all_workflows(
    items: Vec<Member<'_>>,
    components: &Components<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Workflow> {
    let mut workflows: Vec<Workflow> = Vec::new();
    for item in items {
        let Some(workflow) = workflow(item, components, mistakes) else { continue };
        if workflows.iter().any(|before| before.id == workflow.id) {
            let at = workflow.at.join("workflowId");
            mistakes.add(&at, format_args!("there is a workflow `{}` before", workflow.id));
        }
        workflows.push(workflow);
    }
    workflows
}

fn workflow(member: Member<'_>, components: &Components<'_>, mistakes: &mut Mistakes) -> Option<Workflow> {
    let mut object = Object::open(member, "a workflow", mistakes)?;
    let at = object.at.clone();
    let id = object.required("workflowId");
    check_id(&at.join("workflowId"), id, object.mistakes);
    let (summary, description) = (object.text("summary"), object.text("description"));
    let inputs = object.take("inputs");
    let depends_on = object.texts("dependsOn");
    let steps = listed(&mut object, "steps");
    let on_success = object.items("successActions").unwrap_or_default();
    let on_failure = object.items("failureActions").unwrap_or_default();
    let parameters = object.items("parameters").unwrap_or_default();
    let outputs = object.members("outputs");
    let extensions = object.close();
    let weir = WorkflowExtensions::read(&at, &extensions, mistakes);
    if let Some((at, schema)) =
        inputs.as_ref().filter(|(_, schema)| !schema.is_object() && !schema.is_boolean())
    {
        mistakes.add(at, format_args!("`inputs` is a JSON Schema, not {}", super::object::name_of(schema)));
    }
    let shared = Shared {
        parameters: Parameter::list(parameters, components, mistakes),
        on_success: Action::list(on_success, Upon::Success, components, mistakes),
        on_failure: Action::list(on_failure, Upon::Failure, components, mistakes),
    };
    let mut read: Vec<Step> = Vec::new();
    let mut names = HashSet::new();
    // One that cannot be read is there all the same.
    let known: HashSet<&str> =
        steps.iter().filter_map(|(_, step)| step.get("stepId").and_then(Value::as_str)).collect();
    for step in steps {
        let Some(mut step) = Step::read(step, components, mistakes) else { continue };
        if !names.insert(step.id.clone()) {
            mistakes.add(&step.at.join("stepId"), format_args!("there is a step `{}` before", step.id));
        }
        shared.give(&mut step);
        read.push(step);
    }
    goals(&read, &known, mistakes);
    Some(Workflow {
        id: id.into(),
        summary: summary.map(Into::into),
        description: description.map(Into::into),
        inputs: inputs.map(|(_, schema)| schema.clone()),
        depends_on: depends_on.into_iter().map(|(_, text)| text.into()).collect(),
        steps: read,
        outputs: Output::all(outputs, mistakes),
        extensions,
        weir,
        at,
    })
}

/// Tells of actions that go to steps that are not there.
fn goals(steps: &[Step], known: &HashSet<&str>, mistakes: &mut Mistakes) {
    let mut told = HashSet::new();
    for action in steps.iter().flat_map(|step| step.on_success.iter().chain(&step.on_failure)) {
        let (Deed::Goto(Goal::Step(id)) | Deed::Retry { first: Some(Goal::Step(id)), .. }) = &action.deed
        else {
            continue;
        };
        if known.contains(&**id) {
            continue;
        }
        let place = action.at.join("stepId");
        // One of the workflow's own is in every step.
        if told.insert(place.clone()) {
            mistakes.add(&place, format_args!("there is no step `{id}` in this workflow"));
        }
    }
}

/// What a workflow gives to all its steps.
struct Shared {
    parameters: Vec<Parameter>,
    on_success: Vec<Action>,
    on_failure: Vec<Action>,
}

// === impl Shared ===

impl Shared {
    /// Gives a step what it does not overrule.
    fn give(&self, step: &mut Step) {
        for parameter in &self.parameters {
            if !step.parameters.iter().any(|own| own.is_same(parameter)) {
                step.parameters.push(parameter.clone());
            }
        }
        for (all, own) in [(&self.on_success, &mut step.on_success), (&self.on_failure, &mut step.on_failure)]
        {
            for action in all {
                if !own.iter().any(|own| own.name == action.name) {
                    own.push(action.clone());
                }
            }
        }
    }
}

// === impl Components ===

impl<'v> Components<'v> {
    /// Reads what is declared once: every mistake in it is told once, here.
    fn read(member: Option<Member<'v>>, mistakes: &mut Mistakes) -> (Self, Map<String, Value>) {
        let none = Self { at: Pointer::default(), all: None };
        let Some((at, value)) = member else { return (none, Map::new()) };
        let all = value.as_object();
        let Some(mut object) = Object::open((at.clone(), value), "`components`", mistakes) else {
            return (none, Map::new());
        };
        let schemas = object.members("inputs");
        let parameters = object.members("parameters");
        let success = object.members("successActions");
        let failure = object.members("failureActions");
        object.close();
        let components = Self { at, all };
        for (_, member) in parameters {
            Parameter::read(member, mistakes);
        }
        for (_, member) in success {
            Action::read(member, Upon::Success, &components, mistakes);
        }
        for (_, member) in failure {
            Action::read(member, Upon::Failure, &components, mistakes);
        }
        let schemas = schemas.into_iter().map(|(key, (_, value))| (key.to_owned(), value.clone())).collect();
        (components, schemas)
    }

    /// What an item is: itself, or what it refers to, and the value that it gives instead.
    pub(super) fn resolve(
        &self,
        (at, value): Member<'v>,
        shelf: Shelf,
        mistakes: &mut Mistakes,
    ) -> Option<(Member<'v>, Option<Member<'v>>)> {
        let Some(reference) = value.get("reference") else { return Some(((at, value), None)) };
        let place = at.join("reference");
        let Some(text) = reference.as_str() else {
            mistakes.add(&place, "`reference` is text");
            return None;
        };
        let (kind, name) = match Expression::parse(text) {
            Ok(Expression::Component { kind, name }) => (kind, name),
            Ok(_) => {
                mistakes
                    .add(&place, format_args!("`reference` is `$components.{}.` and a key", shelf.as_str()));
                return None;
            }
            Err(error) => {
                mistakes.add(&place, error);
                return None;
            }
        };
        if kind.as_str() != shelf.as_str() {
            let message =
                format!("here stands one of `$components.{}`, not of `{}`", shelf.as_str(), kind.as_str());
            mistakes.add(&place, message);
            return None;
        }
        let found = self.all.and_then(|all| all.get(kind.as_str())?.get(&*name));
        let Some(found) = found else {
            mistakes.add(&place, format_args!("`components/{}` has no `{name}`", kind.as_str()));
            return None;
        };
        let own = self.at.join(kind.as_str()).join(&name);
        let given = value.get("value").filter(|_| kind == ComponentKind::Parameters);
        Some(((own, found), given.map(|given| (at.join("value"), given))))
    }
}

// === impl Shelf ===

impl Shelf {
    fn as_str(self) -> &'static str {
        match self {
            Self::Parameters => ComponentKind::Parameters.as_str(),
            Self::SuccessActions => ComponentKind::SuccessActions.as_str(),
            Self::FailureActions => ComponentKind::FailureActions.as_str(),
        }
    }
}
