//! What is known while a workflow runs, and what expressions, selectors and criteria make of it.

mod criteria;
mod fields;
mod formula;
mod headers;
mod query;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use expr::runtime::{Named, Side, Source};
use expr::{Expression, Pointer};
use foldhash::fast::RandomState;
use serde_json::{Map, Value};

use crate::document::{Given, Output, SourceDescription};

pub use criteria::passes;
pub use fields::Fields;
pub use headers::Headers;
pub(crate) use query::with;

/// Values by their names.
pub type Values = Map<String, Value>;

/// What a run has learnt so far.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// When the run began, since 1970-01-01T00:00:00Z: what `XPath` takes for now.
    pub began: Duration,
    /// The workflow's inputs.
    pub inputs: Values,
    /// What the steps gave, by their ids.
    pub steps: HashMap<Box<str>, Values, RandomState>,
    /// What workflows that ran before were given and gave, by their ids.
    pub workflows: HashMap<Box<str>, (Values, Values), RandomState>,
    /// What the document says of itself.
    pub ground: Option<Arc<Ground>>,
}

/// What a document says of itself, as far as a workflow of it may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The document's own address.
    pub own: Option<Box<str>>,
    /// The workflow.
    pub workflow: Box<str>,
    /// The sources.
    pub sources: Vec<SourceDescription>,
}

/// A step's request and the answer to it.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// Where the request went.
    pub url: String,
    /// Its method.
    pub method: Box<str>,
    /// Its header fields by their names in lower case.
    pub headers: Fields<String>,
    /// Its parameters in the query and the path.
    pub query: Fields<Value>,
    /// The same of the path.
    pub path: Fields<Value>,
    /// Its body.
    pub body: Value,
    /// The answer; none before it came.
    pub answer: Option<Arc<Answer>>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its header fields.
    pub headers: Headers,
    /// Its body, as far as the step asks for it: read if it is JSON, else text.
    pub body: Value,
    /// Why its body cannot be read as what it says that it is, where the step asks for it.
    pub flaw: Option<Box<str>>,
}

/// What an expression can name where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'r> {
    /// What the run has learnt.
    pub memory: &'r Memory,
    /// The step's own exchange, where it has one.
    pub exchange: Option<&'r Exchange>,
    /// What `$outputs` names: what the workflow gave that the step has called.
    pub outputs: Option<&'r Values>,
    /// The element for which the step is made, where it is made for each of several.
    pub element: Option<&'r Element>,
    /// What a step gives that is not in the memory yet, by its id.
    pub own: Option<(&'r str, &'r Values)>,
}

/// One of several elements for which a step is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The input by which expressions know it.
    pub name: Option<Arc<str>>,
    /// What that input is where it is not the element itself: of several that go into one call their keys.
    pub input: Option<Value>,
    /// The element; of several that go into one call all, in a list.
    pub item: Value,
    /// Its number, counted from 0.
    pub index: Value,
}

// === impl Scope ===

impl<'r> Scope<'r> {
    /// What can be named where there is no exchange.
    pub fn of(memory: &'r Memory) -> Self {
        Self { memory, exchange: None, outputs: None, element: None, own: None }
    }

    /// The value of an expression, if it has one.
    pub fn value(&self, expression: &Expression) -> Option<Cow<'r, Value>> {
        let text = |text: &str| Some(Cow::Owned(Value::String(text.to_owned())));
        match expression {
            Expression::Url => text(&self.exchange?.url),
            Expression::Method => text(&self.exchange?.method),
            Expression::StatusCode => Some(Cow::Owned(self.exchange?.answer.as_ref()?.status.into())),
            Expression::Own => text(self.memory.ground.as_ref()?.own.as_deref()?),
            Expression::Request(source) => self.of_request(source),
            Expression::Response(source) => self.of_answer(source),
            Expression::Input(named) => {
                let own = self.element.and_then(|element| element.find(named));
                own.or_else(|| find(&self.memory.inputs, named))
            }
            Expression::Output(named) => find(self.outputs?, named),
            Expression::Step { step, output } => {
                let own = self.own.filter(|(id, _)| **id == **step).map(|(_, own)| own);
                find(own.or_else(|| self.memory.steps.get(step))?, output)
            }
            Expression::Workflow { workflow, side, field } => match self.memory.workflows.get(workflow) {
                Some((inputs, _)) if *side == Side::Inputs => find(inputs, field),
                Some((_, outputs)) => find(outputs, field),
                None if *side == Side::Inputs && self.is_own(workflow) => find(&self.memory.inputs, field),
                None => None,
            },
            Expression::SourceDescription { source, reference } => {
                text(self.memory.ground.as_ref()?.field(source, reference)?)
            }
            Expression::Message(_) | Expression::WorkflowStep { .. } | Expression::Component { .. } => None,
        }
    }

    /// Whether this is the workflow that runs.
    fn is_own(&self, workflow: &str) -> bool {
        self.memory.ground.as_ref().is_some_and(|ground| *ground.workflow == *workflow)
    }

    fn of_request(&self, source: &Source) -> Option<Cow<'r, Value>> {
        let exchange = self.exchange?;
        match source {
            Source::Header(name) => Some(Cow::Owned(exchange.headers.get(name)?.as_str().into())),
            Source::Query(name) => Some(Cow::Borrowed(exchange.query.get(name)?)),
            Source::Path(name) => Some(Cow::Borrowed(exchange.path.get(name)?)),
            Source::Body(pointer) => within(&exchange.body, pointer),
            Source::Payload(_) => None,
        }
    }

    fn of_answer(&self, source: &Source) -> Option<Cow<'r, Value>> {
        let answer = self.exchange?.answer.as_ref()?;
        match source {
            Source::Header(name) => Some(Cow::Owned(answer.headers.get(name)?.into())),
            Source::Body(pointer) => within(&answer.body, pointer),
            Source::Query(_) | Source::Path(_) | Source::Payload(_) => None,
        }
    }

    /// What a value is now. Fails with the expression that has no value, or with what is wrong with a query.
    pub fn give(&self, given: &Given) -> Result<Value, Lacking> {
        match given {
            Given::Literal(value) => Ok(value.clone()),
            Given::Expression(expression) => {
                self.value(expression).map(Cow::into_owned).ok_or_else(|| Lacking::of(expression))
            }
            Given::Selector(selector) => query::select(self, selector),
            Given::Text(template) => {
                template.render(|expression| self.value(expression)).map(Value::String).map_err(Lacking::of)
            }
            Given::List(items) => items.iter().map(|item| self.give(item)).collect(),
            Given::Object(members) => {
                let members = members.iter().filter(|(_, value)| !self.is_left_out(value));
                let member =
                    |(name, value): &(Box<str>, Given)| Ok((String::from(&**name), self.give(value)?));
                members.map(member).collect::<Result<Values, _>>().map(Value::Object)
            }
        }
    }

    /// Whether a value is an input that was not given: it is left out of objects, and no parameter is sent for it.
    pub fn is_left_out(&self, given: &Given) -> bool {
        let Given::Expression(expression @ Expression::Input(_)) = given else { return false };
        self.value(expression).is_none()
    }

    /// What outputs are now. One whose expression has no value is `null`: the answer lacks what it names.
    pub fn outputs(&self, outputs: &[Output]) -> Values {
        let mut values = Values::with_capacity(outputs.len());
        for output in outputs {
            values.insert(String::from(&*output.name), self.give(&output.value).unwrap_or_default());
        }
        values
    }
}

// === impl Ground ===

impl Ground {
    /// A field of a source.
    pub fn field(&self, source: &str, name: &str) -> Option<&str> {
        let source = self.sources.iter().find(|known| *known.name == *source)?;
        match name {
            "name" => Some(&source.name),
            "url" => Some(&source.url),
            "type" => Some(source.kind?.as_str()),
            _ => None,
        }
    }
}

// === impl Element ===

impl Element {
    fn find(&self, named: &Named) -> Option<Cow<'_, Value>> {
        let name = self.name.as_deref()?;
        named.readings().find_map(|(read, mut members)| {
            let value = (read == name).then(|| self.input.as_ref().unwrap_or(&self.item))?;
            within(members.try_fold(value, |value, member| value.get(member))?, &named.pointer)
        })
    }

    /// What CEL knows by its own names.
    fn local(&self, named: &Named) -> Option<Cow<'_, Value>> {
        named.readings().find_map(|(read, mut members)| {
            let value = match read {
                "item" => &self.item,
                "index" => &self.index,
                _ => return None,
            };
            within(members.try_fold(value, |value, member| value.get(member))?, &named.pointer)
        })
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lacking {
    /// An expression has none.
    #[error("`{0}` has no value")]
    Value(Box<str>),
    /// A query is none, or finds nothing.
    #[error("`{0}`: {1}")]
    Query(Box<str>, Box<str>),
    /// CEL gives none.
    #[error(transparent)]
    Cel(#[from] expr::cel::CelFailure),
}

// === impl Lacking ===

impl Lacking {
    fn of(expression: &Expression) -> Self {
        Self::Value(expression.to_string().into())
    }
}

/// A value by its name, and the way within it.
fn find<'v>(values: &'v Values, named: &Named) -> Option<Cow<'v, Value>> {
    if named.is_all() {
        let all = Value::Object(values.clone());
        if named.pointer.tokens().next().is_none() {
            return Some(Cow::Owned(all));
        }
        return named.pointer.find(&all).cloned().map(Cow::Owned);
    }
    named.readings().find_map(|(name, mut members)| {
        let value = members.try_fold(values.get(name)?, |value, member| value.get(member))?;
        within(value, &named.pointer)
    })
}

fn within<'v>(value: &'v Value, pointer: &Pointer) -> Option<Cow<'v, Value>> {
    pointer.find(value).map(Cow::Borrowed)
}

#[cfg(test)]
mod tests;
