//! Assertions (Arazzo 1.1.0, "Criterion Object").

use expr::{Condition, Expression, Pointer, Template};
use serde_json::Value;

use super::given::{Query, QueryKind};
use super::object::{Member, Object, name_of};
use crate::mistakes::Mistakes;
use crate::query::Pattern;

/// An assertion.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// What is asserted.
    pub test: Test,
    /// Where it stands.
    pub at: Pointer,
}

/// What is asserted.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A condition of literals, operators and expressions.
    Simple(Condition),
    /// The value matches a regular expression.
    Regex(Expression, Regex),
    /// The query finds something in the value, or gives what passes.
    Query(Expression, Query),
}

/// A regular expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Regex {
    /// It, with the expressions in it.
    pub text: Template,
    /// What it is without values, if there are no expressions in it.
    compiled: Option<Pattern>,
}

// === impl Criterion ===

impl Criterion {
    /// Reads a list of them.
    pub(super) fn list(items: Vec<Member<'_>>, mistakes: &mut Mistakes) -> Vec<Self> {
        items.into_iter().filter_map(|item| Self::read(item, mistakes)).collect()
    }

    fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a criterion", mistakes)?;
        let at = object.at.clone();
        let condition = object.required("condition");
        let context = object.text("context");
        let form = Form::read(&mut object);
        object.close();
        let context_at = at.join("context");
        let context = context.and_then(|text| match Expression::parse(text) {
            Ok(expression) => Some(expression),
            Err(error) => {
                mistakes.add(&context_at, error);
                None
            }
        });
        let place = at.join("condition");
        let test = match form? {
            Form::Simple => {
                let read = Condition::parse(condition).map_err(|error| mistakes.add(&place, error));
                Test::Simple(read.ok()?)
            }
            form => {
                let Some(context) = context else {
                    mistakes.add(&at, "`context` is missing: what the condition is applied to");
                    return None;
                };
                match form {
                    Form::Query(kind) => {
                        Test::Query(context, Query::condition((place, condition), kind, mistakes)?)
                    }
                    _ => Test::Regex(context, Regex::read(&place, condition, mistakes)?),
                }
            }
        };
        Some(Self { test, at })
    }

    /// Every expression in it.
    pub fn expressions(&self) -> Vec<&Expression> {
        match &self.test {
            Test::Simple(condition) => condition.expressions(),
            Test::Regex(context, pattern) => {
                std::iter::once(context).chain(pattern.text.expressions()).collect()
            }
            Test::Query(context, query) => std::iter::once(context).chain(query.text.expressions()).collect(),
        }
    }
}

// === impl Regex ===

impl Regex {
    fn read(at: &Pointer, text: &str, mistakes: &mut Mistakes) -> Option<Self> {
        let template = Template::parse(text).map_err(|error| mistakes.add(at, error)).ok()?;
        if template.expressions().next().is_some() {
            return Some(Self { text: template, compiled: None });
        }
        let compiled = Pattern::new(text).map_err(|error| mistakes.add(at, error)).ok()?;
        Some(Self { text: template, compiled: Some(compiled) })
    }

    /// What it is, if it has no expressions in it.
    pub(crate) fn compiled(&self) -> Option<&Pattern> {
        self.compiled.as_ref()
    }
}

#[derive(Clone, Copy)]
enum Form {
    Simple,
    Regex,
    Query(QueryKind),
}

// === impl Form ===

impl Form {
    fn read(object: &mut Object<'_, '_>) -> Option<Self> {
        let Some((at, value)) = object.take("type") else { return Some(Self::Simple) };
        match value {
            Value::String(word) => match word.as_str() {
                "simple" => Some(Self::Simple),
                "regex" => Some(Self::Regex),
                "jsonpath" => Some(Self::Query(QueryKind::Path)),
                "xpath" => Some(Self::Query(QueryKind::XPath(31))),
                _ => {
                    let message = format!("`type` is `simple`, `regex`, `jsonpath` or `xpath`, not `{word}`");
                    object.mistakes.add(&at, message);
                    None
                }
            },
            Value::Object(_) => QueryKind::versioned((at, value), object.mistakes).map(Self::Query),
            _ => {
                object.mistakes.add(&at, format_args!("`type` is text or an object, not {}", name_of(value)));
                None
            }
        }
    }
}
