//! `for-each`: a step that is made once for each of many elements.

use expr::{Expression, Pointer};
use serde_json::Value;

use super::formula::Rule;
use super::read::{cel, count, missing};
use super::walk::{Moment, Walk};
use crate::document::{Member, Object, is_key, name_of};
use crate::mistakes::Mistakes;

/// Elements under way at the same time, unless it is said.
const CONCURRENCY: u32 = 8;
/// Elements at most, unless it is said.
const LIMIT: u32 = 10_000;

/// A step that is made once for each element.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The elements: a list.
    pub source: Source,
    /// The input of this name is the element, within the step.
    pub name: Option<Box<str>>,
    /// So many are under way at the same time.
    pub concurrency: u32,
    /// What becomes of an element that fails.
    pub on_error: OnError,
    /// So many elements are taken; more of them fail the step.
    pub limit: u32,
    /// Elements that share a call.
    pub batch: Option<Batch>,
}

/// A value that is named, or computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// What a runtime expression names.
    Expression(Pointer, Expression),
    /// What CEL gives.
    Cel(Rule),
}

/// What becomes of an element that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The step fails; elements that are under way are given up.
    #[default]
    Fail,
    /// It is left out of the outputs' lists.
    Skip,
    /// It is `null` in them.
    Null,
}

/// Elements that share a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// So many share one at most.
    pub size: u32,
    /// The input is the keys as text with this between them; without it a list.
    pub join: Option<Box<str>>,
    /// The key of an element, over `item`; the element itself if it is not said.
    pub key: Option<Rule>,
    /// Where in the answer the parts are: a list, or an object by keys; the body if it is not said.
    pub result: Option<Source>,
    /// The key of a part, over `item`. Without it an object's parts are found by their names, and a list's by their order.
    pub part: Option<Rule>,
}

// === impl ForEach ===

impl ForEach {
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`x-weir-for-each`", mistakes)?;
        missing(&mut object, "in");
        let elements = object.take("in");
        let name = object.text("as");
        if let Some(name) = name.filter(|name| !is_key(name)) {
            let at = object.at.join("as");
            object
                .mistakes
                .add(&at, format_args!("`{name}` is no name of an input: letters, digits, `.`, `-` and `_`"));
        }
        let concurrency = count(&mut object, "concurrency", 1..=256).unwrap_or(CONCURRENCY);
        let words = [("fail", OnError::Fail), ("skip", OnError::Skip), ("null", OnError::Null)];
        // In YAML `null` is written without quotes by many, and then no text.
        let on_error = if object.peek("on-error").is_some_and(Value::is_null) {
            object.take("on-error").map(|_| OnError::Null)
        } else {
            object.one_of("on-error", &words)
        };
        let limit = count(&mut object, "limit", 1..=1_000_000).unwrap_or(LIMIT);
        let batch = object.take("batch");
        object.close();
        let source = elements.and_then(|elements| Source::read(elements, mistakes));
        let batch = batch.and_then(|batch| Batch::read(batch, mistakes));
        let on_error = on_error.unwrap_or_default();
        Some(Self { source: source?, name: name.map(Into::into), concurrency, on_error, limit, batch })
    }

    pub(super) fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        walk.when(Moment::Before, &[]);
        self.source.walk(walk);
        let Some(batch) = &self.batch else { return };
        walk.when(Moment::Before, &["item", "index"]);
        batch.key.iter().for_each(|key| walk.rule(key));
        walk.when(Moment::After, &["item", "index"]);
        batch.part.iter().for_each(|part| walk.rule(part));
        walk.when(Moment::After, &[]);
        batch.result.iter().for_each(|result| result.walk(walk));
    }
}

// === impl Source ===

impl Source {
    /// Text that begins with `$` is a runtime expression, other text CEL.
    fn read((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        match value {
            Value::String(text) if Expression::is_meant(text) => {
                let read = Expression::parse(text).map_err(|error| mistakes.add(&at, error));
                read.ok().map(|expression| Self::Expression(at, expression))
            }
            Value::String(_) => Rule::read((at, value), mistakes).map(Self::Cel),
            other => {
                mistakes
                    .add(&at, format_args!("this is a runtime expression or CEL, not {}", name_of(other)));
                None
            }
        }
    }

    fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        match self {
            Self::Expression(at, expression) => walk.expression(at, expression),
            Self::Cel(rule) => walk.rule(rule),
        }
    }
}

// === impl Batch ===

impl Batch {
    fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`batch`", mistakes)?;
        missing(&mut object, "size");
        let size = count(&mut object, "size", 2..=10_000);
        let join = object.text("join").map(Into::into);
        let key = cel(&mut object, "key");
        let result = object.take("result");
        object.close();
        let (mut source, mut part) = (None, None);
        match result {
            Some((at, value @ Value::Object(_))) => {
                let mut object = Object::open((at, value), "`result`", mistakes)?;
                let from = object.take("in");
                part = cel(&mut object, "key");
                object.close();
                source = from.and_then(|from| Source::read(from, mistakes));
            }
            Some(member) => source = Source::read(member, mistakes),
            None => {}
        }
        Some(Self { size: size?, join, key, result: source, part })
    }
}
