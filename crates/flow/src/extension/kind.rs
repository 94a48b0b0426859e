//! Kinds of steps that call no operation: a model, a GraphQL query, an event.

use expr::Pointer;

use super::formula::{Formula, Named};
use super::read::{Reader, missing};
use super::walk::Walk;
use crate::document::{Member, Object};
use crate::mistakes::Mistakes;

/// What a step does instead of calling an operation or a workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// It asks a model.
    Model(Model),
    /// It sends a query.
    GraphQl(GraphQl),
    /// It sends an event to webhooks.
    Event(Event),
}

/// A call of a model, by the alias under which it is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The alias.
    pub alias: Box<str>,
    /// The messages, as the dialect of `OpenAI`'s Chat Completions has them; a `prompt` is one of the user.
    pub messages: Formula,
    /// Whether `messages` is the prompt's text alone.
    pub is_prompt: bool,
    /// Further members of the request, such as `temperature`.
    pub parameters: Vec<Named>,
}

/// A GraphQL operation.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphQl {
    /// The source or service that is asked.
    pub source: Box<str>,
    /// The document.
    pub query: Box<str>,
    /// Its variables.
    pub variables: Vec<Named>,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The webhook that it goes to; none: to all that want its type.
    pub endpoint: Option<Box<str>>,
    /// What has happened.
    pub kind: Box<str>,
    /// What is told of it.
    pub data: Option<Formula>,
}

const WORDS: [&str; 4] = ["model", "graphql", "event", "tool"];
const TOOL: &str = "steps that call a tool (`tool`) are refused: MCP tools have not landed";

// === impl Kind ===

impl Kind {
    /// Reads the kind of a step.
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Option<Self> {
        if let Some((at, _)) = reader.take("tool") {
            reader.mistakes.add(&at, TOOL);
        }
        let found = WORDS.iter().find_map(|word| Some((*word, reader.take(word)?)))?;
        Self::of(found.0, found.1, reader.mistakes)
    }

    /// Whether one stands in an object.
    pub(super) fn is_said(object: &Object<'_, '_>) -> bool {
        WORDS.iter().any(|word| object.peek(word).is_some())
    }

    /// The one in an object, where it stands under its bare name.
    pub(super) fn within(object: &mut Object<'_, '_>) -> Option<Self> {
        let [model, graphql, event, tool] = WORDS.map(|word| object.take(word).map(|member| (word, member)));
        if let Some((_, (at, _))) = tool {
            object.mistakes.add(&at, TOOL);
        }
        let (word, member) = model.or(graphql).or(event)?;
        Self::of(word, member, object.mistakes)
    }

    fn of(word: &str, member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        match word {
            "model" => Model::read(member, mistakes).map(Self::Model),
            "graphql" => GraphQl::read(member, mistakes).map(Self::GraphQl),
            "event" => Event::read(member, mistakes).map(Self::Event),
            _ => None,
        }
    }

    /// Whether doing it changes nothing: a model's answer is only read, as is that of a query that is no mutation.
    pub fn is_safe(&self) -> bool {
        match self {
            Self::Model(_) => true,
            Self::GraphQl(query) => !query.changes(),
            Self::Event(_) => false,
        }
    }

    /// Whether it may be done again where nobody knows whether it was done: an event has an id by which it is taken in once.
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Self::Event(_))
    }

    /// The word by which it is named.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Model(_) => "model",
            Self::GraphQl(_) => "graphql",
            Self::Event(_) => "event",
        }
    }

    pub(super) fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        match self {
            Self::Model(model) => {
                walk.formula(&model.messages);
                model.parameters.iter().for_each(|one| walk.formula(&one.value));
            }
            Self::GraphQl(query) => query.variables.iter().for_each(|one| walk.formula(&one.value)),
            Self::Event(event) => event.data.iter().for_each(|data| walk.formula(data)),
        }
    }
}

// === impl Model ===

impl Model {
    fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a call of a model", mistakes)?;
        let at = object.at.clone();
        let alias = object.required("alias");
        let (messages, prompt) = (object.take("messages"), object.take("prompt"));
        let parameters = object.take("parameters");
        object.close();
        let is_prompt = messages.is_none();
        if messages.is_some() == prompt.is_some() {
            mistakes.add(&at, "one of `messages` and `prompt` must be there");
            return None;
        }
        let messages = Formula::read(messages.or(prompt)?, mistakes)?;
        let parameters = named(parameters, mistakes);
        Some(Self { alias: alias.into(), messages, is_prompt, parameters })
    }
}

// === impl GraphQl ===

impl GraphQl {
    fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a GraphQL query", mistakes)?;
        let (source, query) = (object.required("source"), object.required("query"));
        let variables = object.take("variables");
        object.close();
        let variables = named(variables, mistakes);
        Some(Self { source: source.into(), query: query.into(), variables })
    }

    /// Whether a mutation may be in it: the word stands somewhere.
    fn changes(&self) -> bool {
        self.query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == "mutation")
    }
}

// === impl Event ===

impl Event {
    fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "an event", mistakes)?;
        let (endpoint, kind) = (object.text("endpoint"), object.required("type"));
        let at = object.at.join("type");
        missing(&mut object, "data");
        let data = object.take("data");
        object.close();
        if !kind.is_empty() && !is_type(kind) {
            let message = format!(
                "`{kind}` is no type of events such as `order.created`: words of letters, digits and `_` with full stops between them"
            );
            mistakes.add(&at, message);
        }
        let data = data.and_then(|data| Formula::read(data, mistakes));
        Some(Self { endpoint: endpoint.map(Into::into), kind: kind.into(), data })
    }
}

/// Whether this is a type of events, as Standard Webhooks has them.
fn is_type(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    text.len() <= 128 && text.split('.').all(word)
}

fn named(member: Option<(Pointer, &serde_json::Value)>, mistakes: &mut Mistakes) -> Vec<Named> {
    member.map(|member| Named::all(member, "this", mistakes)).unwrap_or_default()
}
