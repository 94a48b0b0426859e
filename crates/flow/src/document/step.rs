//! Steps (Arazzo 1.1.0, "Step Object"), their parameters, bodies and outputs.

use std::time::Duration;

use expr::{Expression, Pointer};
use serde_json::{Map, Value};

use super::action::{Action, Deed, Goal, Upon};
use super::criterion::Criterion;
use super::given::{Given, Query, QueryKind, Selector};
use super::object::{Member, Object, check_id, name_of};
use super::read::{Components, Shelf};
use crate::extension::{self, StepExtensions};
use crate::mistakes::Mistakes;

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name within its workflow.
    pub id: Box<str>,
    /// What it does (`CommonMark`).
    pub description: Option<Box<str>>,
    /// What it calls.
    pub target: Target,
    /// What it is given; the workflow's parameters that it does not overrule are among them.
    pub parameters: Vec<Parameter>,
    /// The body that is sent.
    pub body: Option<Body>,
    /// All must pass for it to have succeeded; empty: its status says.
    pub success: Vec<Criterion>,
    /// What is done then: the first whose criteria pass.
    pub on_success: Vec<Action>,
    /// What is done otherwise.
    pub on_failure: Vec<Action>,
    /// What it gives.
    pub outputs: Vec<Output>,
    /// So long it may take.
    pub timeout: Option<Duration>,
    /// Steps that must be complete before, as they are written.
    pub depends_on: Vec<(Pointer, Box<str>)>,
    /// Extensions: members that begin with `x-`.
    pub extensions: Map<String, Value>,
    /// The extensions that are Weir's, read.
    pub weir: StepExtensions,
    /// Where it stands.
    pub at: Pointer,
}

/// What a step calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An operation by its id, with its source where that is said.
    Operation(Box<str>),
    /// An operation by the way to it in its source.
    OperationPath(Box<str>),
    /// Another workflow.
    Workflow(Box<str>),
    /// A channel of messages, or an operation on one.
    Channel(Box<str>),
    /// What its extensions say: a kind of step of Weir's own, alternatives, or nothing but values.
    Extension,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// Where it goes; `None` for a workflow's input.
    pub place: Option<Place>,
    /// Its value.
    pub value: Given,
    /// Where it stands.
    pub at: Pointer,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A part of the path.
    Path,
    /// A parameter of the query.
    Query,
    /// The whole query.
    QueryString,
    /// A field of the header.
    Header,
    /// A cookie.
    Cookie,
}

/// A body that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Its media type; `None`: the operation says.
    pub content_type: Option<Box<str>>,
    /// What it is.
    pub payload: Option<Given>,
    /// What is put into it.
    pub replacements: Vec<Replacement>,
    /// Where it stands.
    pub at: Pointer,
}

/// A value that is put into a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement {
    /// The places that are replaced.
    pub target: Query,
    /// Whether its language is said; otherwise the body's media type says.
    pub said: bool,
    /// What is put there.
    pub value: Given,
}

/// Something that a step or a workflow gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: Given,
    /// Where it stands.
    pub at: Pointer,
}

// === impl Step ===

impl Step {
    /// Whether it runs a workflow.
    pub(crate) fn runs(&self, workflow: &str) -> bool {
        self.workflows().any(|name| name == workflow)
    }

    /// The ids of the workflows that it runs, itself or before it is tried again, so that what they give can be named.
    pub(crate) fn workflows(&self) -> impl Iterator<Item = &str> {
        let first = self.on_failure.iter().filter_map(|action| match &action.deed {
            Deed::Retry { first: Some(Goal::Workflow(name, _)), .. } => Some(&**name),
            _ => None,
        });
        let own = if let Target::Workflow(name) = &self.target { Some(&**name) } else { None };
        own.into_iter().chain(first).map(super::address::id_of)
    }

    /// Whether it gives a parameter of the path.
    pub(crate) fn gives_in_path(&self, name: &str) -> bool {
        self.parameters.iter().any(|one| one.place == Some(Place::Path) && &*one.name == name)
    }

    pub(super) fn read(
        member: Member<'_>,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut object = Object::open(member, "a step", mistakes)?;
        let at = object.at.clone();
        let id = object.required("stepId");
        check_id(&at.join("stepId"), id, object.mistakes);
        let description = object.text("description").map(Into::into);
        let target = Target::read(&mut object);
        let parameters = object.items("parameters").unwrap_or_default();
        let body = object.take("requestBody");
        let success = filled(&mut object, "successCriteria");
        let on_success = object.items("onSuccess").unwrap_or_default();
        let on_failure = object.items("onFailure").unwrap_or_default();
        let outputs = object.members("outputs");
        let timeout = milliseconds(&mut object);
        let depends_on = depends_on(&mut object);
        let extensions = object.close();
        let parameters = Parameter::list(parameters, components, mistakes);
        let weir = StepExtensions::read(&at, &extensions, components, mistakes);
        if target.as_ref().is_some_and(|target| !matches!(target, Target::Workflow(_))) {
            for parameter in parameters.iter().filter(|parameter| parameter.place.is_none()) {
                mistakes.add(
                    &parameter.at,
                    "`in` is missing: `path`, `query`, `querystring`, `header` or `cookie`",
                );
            }
        }
        let body = body.and_then(|body| Body::read(body, mistakes));
        let success = Criterion::list(success, mistakes);
        let on_success = Action::list(on_success, Upon::Success, components, mistakes);
        let on_failure = Action::list(on_failure, Upon::Failure, components, mistakes);
        let outputs = Output::all(outputs, mistakes);
        weir.check_outputs(&at, outputs.iter().map(|output| &*output.name), mistakes);
        // What is wrong elsewhere is told whatever the step calls.
        Some(Self {
            id: id.into(),
            description,
            target: target?,
            parameters,
            body,
            success,
            on_success,
            on_failure,
            outputs,
            timeout,
            depends_on,
            extensions,
            weir,
            at,
        })
    }
}

// === impl Target ===

impl Target {
    pub(crate) fn read(object: &mut Object<'_, '_>) -> Option<Self> {
        let at = object.at.clone();
        let operation = object.text("operationId");
        let path = object.text("operationPath");
        let channel = object.text("channelPath");
        let workflow = object.text("workflowId");
        let action = object.one_of("action", &[("send", false), ("receive", true)]);
        let correlated = object.take("correlationId");
        if let Some((at, _)) = correlated.filter(|_| action != Some(true)) {
            object.mistakes.add(&at, "`correlationId` is for steps with `action: receive` alone");
        }
        let said = [operation, path, channel, workflow].iter().flatten().count();
        if said == 0 && extension::replaces_target(object) {
            return Some(Self::Extension);
        }
        if said != 1 {
            let what = if said == 0 { "is missing" } else { "excludes the others" };
            let message =
                format!("one of `operationId`, `operationPath`, `channelPath` and `workflowId` {what}");
            object.mistakes.add(&at, message);
            return None;
        }
        if action.is_some() && workflow.is_some() {
            object.mistakes.add(&at, "`action` is for operations on channels, not for workflows");
        }
        if action.is_none() && channel.is_some() {
            object.mistakes.add(&at, "`action` is missing: `send` or `receive`");
        }
        let target = match (operation, path, channel, workflow) {
            (Some(operation), ..) if action.is_some() => Self::Channel(operation.into()),
            (Some(operation), ..) => Self::Operation(operation.into()),
            (_, Some(path), ..) if action.is_some() => Self::Channel(path.into()),
            (_, Some(path), ..) => Self::OperationPath(path.into()),
            (_, _, Some(channel), _) => Self::Channel(channel.into()),
            (.., workflow) => Self::Workflow(workflow.unwrap_or_default().into()),
        };
        Some(target)
    }
}

// === impl Parameter ===

impl Parameter {
    /// Reads a list of parameters and of references to them.
    pub(crate) fn list(
        items: Vec<Member<'_>>,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Vec<Self> {
        let mut parameters: Vec<Self> = Vec::new();
        for item in items {
            let Some((member, value)) = components.resolve(item, Shelf::Parameters, mistakes) else {
                continue;
            };
            let Some(mut parameter) = Self::read(member, mistakes) else { continue };
            if let Some(value) = value {
                parameter.value = Given::read(value, mistakes);
            }
            if parameters.iter().any(|before| before.is_same(&parameter)) {
                let message = format!("there is a parameter `{}` in the same place before", parameter.name);
                mistakes.add(&parameter.at, message);
            }
            parameters.push(parameter);
        }
        parameters
    }

    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a parameter", mistakes)?;
        let at = object.at.clone();
        let name = object.required("name");
        let place = if object.peek("in").and_then(Value::as_str) == Some("body") {
            object.take("in");
            object.mistakes.add(&at.join("in"), "a body is no parameter: it stands in `requestBody`");
            None
        } else {
            object.one_of("in", &Place::WORDS)
        };
        let value = object.take("value");
        if value.is_none() {
            object.mistakes.add(&at, "`value` is missing");
        }
        let misplaced = place.is_none() && object.peek("in").is_some();
        object.close();
        if let Some(why) = super::owned(name).filter(|_| place == Some(Place::Header)) {
            mistakes.add(&at.join("name"), format_args!("no step sets the header field `{name}`: {why}"));
        }
        if place == Some(Place::Header) && !name.is_empty() && !super::is_token(name) {
            mistakes
                .add(&at.join("name"), format_args!("`{name}` is no header field's name (RFC 9110 §5.1)"));
        }
        let value = Given::read(value?, mistakes);
        (!misplaced).then(|| Self { name: name.into(), place, value, at })
    }

    /// Whether it has the name and the place of another. Names of header fields do not depend on case.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same = if self.place == Some(Place::Header) {
            self.name.eq_ignore_ascii_case(&other.name)
        } else {
            self.name == other.name
        };
        same && self.place == other.place
    }
}

// === impl Place ===

impl Place {
    const WORDS: [(&str, Self); 5] = [
        ("path", Self::Path),
        ("query", Self::Query),
        ("querystring", Self::QueryString),
        ("header", Self::Header),
        ("cookie", Self::Cookie),
    ];
}

// === impl Body ===

impl Body {
    /// Whether anything is sent: without a payload there is nothing, whatever its media type would be.
    pub(crate) fn is_there(&self) -> bool {
        self.payload.is_some() || !self.replacements.is_empty()
    }

    pub(crate) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a request's body", mistakes)?;
        let at = object.at.clone();
        let content_type = object.text("contentType");
        let payload = object.take("payload");
        let replacements = object.items("replacements").unwrap_or_default();
        object.close();
        if content_type.is_some_and(|kind| !super::is_media_type(kind)) {
            mistakes.add(
                &at.join("contentType"),
                "this is no media type, such as `application/json` (RFC 9110 §8.3.1)",
            );
        }
        let is_xml = content_type.is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            kind.ends_with("/xml") || kind.ends_with("+xml")
        });
        let default = if is_xml { QueryKind::XPath(31) } else { QueryKind::Pointer };
        let replacements =
            replacements.into_iter().filter_map(|item| Replacement::read(item, default, mistakes)).collect();
        let payload = payload.map(|payload| Given::read(payload, mistakes));
        Some(Self { content_type: content_type.map(Into::into), payload, replacements, at })
    }
}

// === impl Replacement ===

impl Replacement {
    fn read(member: Member<'_>, default: QueryKind, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a replacement", mistakes)?;
        let (at, target_at) = (object.at.clone(), object.at.join("target"));
        let target = object.required("target");
        let said = object.peek("targetSelectorType").is_some();
        let kind = QueryKind::read(&mut object, "targetSelectorType", Some(default));
        let value = object.take("value");
        if value.is_none() {
            object.mistakes.add(&at, "`value` is missing");
        }
        object.close();
        let target = Query::read((target_at, target), kind?, mistakes)?;
        Some(Self { target, said, value: Given::read(value?, mistakes) })
    }
}

// === impl Output ===

impl Output {
    pub(crate) fn all(members: Vec<(&str, Member<'_>)>, mistakes: &mut Mistakes) -> Vec<Self> {
        members.into_iter().filter_map(|(name, member)| Self::read(name, member, mistakes)).collect()
    }

    /// An output is text or a selector, nothing else.
    fn read(name: &str, (at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let given = match value {
            Value::String(_) => Given::read((at.clone(), value), mistakes),
            Value::Object(_) => {
                let selector = Selector::read((at.clone(), value), mistakes)?;
                Given::Selector(Box::new(selector))
            }
            _ => {
                let what = name_of(value);
                mistakes
                    .add(&at, format_args!("an output is a runtime expression or a selector, not {what}"));
                return None;
            }
        };
        Some(Self { name: name.into(), value: given, at })
    }

    /// Every expression in it.
    pub fn expressions(&self) -> Vec<&Expression> {
        self.value.expressions()
    }
}

/// A list that has something in it if it is there.
fn filled<'v>(object: &mut Object<'v, '_>, name: &'static str) -> Vec<Member<'v>> {
    let items = object.items(name);
    if items.as_ref().is_some_and(Vec::is_empty) {
        let at = object.at.join(name);
        object.mistakes.add(&at, format_args!("`{name}` has at least one item, or is left out"));
    }
    items.unwrap_or_default()
}

/// `dependsOn`: a step's name, or that of another workflow's step.
fn depends_on(object: &mut Object<'_, '_>) -> Vec<(Pointer, Box<str>)> {
    if matches!(object.peek("dependsOn"), Some(Value::Array(items)) if items.is_empty()) {
        let at = object.at.join("dependsOn");
        object.mistakes.add(&at, "`dependsOn` has at least one step, or is left out");
    }
    let texts = object.texts("dependsOn");
    for (at, text) in texts.iter().filter(|(_, text)| text.starts_with("$steps.")) {
        let plain = text.trim_start_matches("$steps.");
        object.mistakes.add(at, format_args!("a step of this workflow is named by its id alone: `{plain}`"));
    }
    texts.into_iter().map(|(at, text)| (at, text.into())).collect()
}

/// `timeout`: milliseconds.
fn milliseconds(object: &mut Object<'_, '_>) -> Option<Duration> {
    let (at, value) = object.take("timeout")?;
    let timeout = value.as_u64().map(Duration::from_millis);
    if timeout.is_none() {
        object.mistakes.add(&at, "`timeout` is a whole number of milliseconds, 0 or more");
    }
    timeout
}
