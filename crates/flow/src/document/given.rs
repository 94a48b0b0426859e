//! Values as documents give them: literals, runtime expressions, selectors, text with expressions in it, and lists and
//! objects of these.

use std::sync::Arc;

use expr::{Expression, Pointer, Template};
use serde_json::Value;

use super::object::{Member, Object, name_of};
use crate::mistakes::Mistakes;
use crate::query::{Compiled, QueryError};

/// A value that may be known only while the flow runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// It is as it stands.
    Literal(Value),
    /// The value of an expression, whose type it keeps.
    Expression(Expression),
    /// A part of an expression's value.
    Selector(Box<Selector>),
    /// Text with values in it.
    Text(Template),
    /// A list, something in which is not literal.
    List(Vec<Self>),
    /// An object, something in which is not literal, in its order.
    Object(Vec<(Box<str>, Self)>),
}

/// A part of a value (Arazzo 1.1.0, "Selector Object").
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// The value.
    pub context: Expression,
    /// The way to the part.
    pub query: Query,
}

/// A way to parts of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The language.
    pub kind: QueryKind,
    /// The query, with the expressions in it.
    pub text: Template,
    /// Where it stands.
    pub at: Pointer,
    /// What it is without values, if there are no expressions in it.
    compiled: Option<Arc<Compiled>>,
    is_condition: bool,
}

/// A language of queries (Arazzo 1.1.0, "Expression Type Object").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryKind {
    /// JSON Pointer (RFC 6901).
    Pointer,
    /// `JSONPath` (RFC 9535).
    Path,
    /// `JSONPath` as it was before: `draft-goessner-dispatch-jsonpath-00`.
    OldPath,
    /// `XPath`, of the version 1.0, 2.0, 3.0 or 3.1, times ten.
    XPath(u8),
}

// === impl Given ===

impl Given {
    /// Reads a value that stands at a place.
    pub fn read((at, value): (Pointer, &Value), mistakes: &mut Mistakes) -> Self {
        match value {
            Value::String(text) => Self::of_text((&at, text), mistakes),
            Value::Array(items) => {
                let each = items.iter().enumerate();
                let given: Vec<Self> = each
                    .map(|(index, item)| Self::read((at.join(&index.to_string()), item), mistakes))
                    .collect();
                let literal = given.iter().all(|one| matches!(one, Self::Literal(_)));
                if literal { Self::Literal(value.clone()) } else { Self::List(given) }
            }
            Value::Object(members) => {
                if is_selector(value) {
                    let selector = Selector::read((at, value), mistakes);
                    return selector
                        .map_or_else(|| Self::Literal(value.clone()), |one| Self::Selector(Box::new(one)));
                }
                let given: Vec<(Box<str>, Self)> = members
                    .iter()
                    .map(|(key, value)| (key.as_str().into(), Self::read((at.join(key), value), mistakes)))
                    .collect();
                let literal = given.iter().all(|(_, one)| matches!(one, Self::Literal(_)));
                if literal { Self::Literal(value.clone()) } else { Self::Object(given) }
            }
            _ => Self::Literal(value.clone()),
        }
    }

    fn of_text((at, text): (&Pointer, &str), mistakes: &mut Mistakes) -> Self {
        let literal = || Self::Literal(Value::String(text.to_owned()));
        if Expression::is_meant(text) {
            return Expression::parse(text).map_or_else(
                |error| {
                    mistakes.add(at, error);
                    literal()
                },
                Self::Expression,
            );
        }
        match Template::parse(text) {
            Ok(template) if template.expressions().next().is_some() => Self::Text(template),
            Ok(_) => literal(),
            Err(error) => {
                mistakes.add(at, error);
                literal()
            }
        }
    }

    /// Every expression in it.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'g>(&'g self, found: &mut Vec<&'g Expression>) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) => found.push(expression),
            Self::Selector(selector) => selector.collect(found),
            Self::Text(template) => found.extend(template.expressions()),
            Self::List(items) => items.iter().for_each(|item| item.collect(found)),
            Self::Object(members) => members.iter().for_each(|(_, member)| member.collect(found)),
        }
    }
}

// === impl Selector ===

impl Selector {
    /// Reads one; tells what is wrong with it.
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "a selector", mistakes)?;
        let context = object.required("context");
        let (context_at, text_at) = (object.at.join("context"), object.at.join("selector"));
        let text = object.required("selector");
        let kind = QueryKind::read(&mut object, "type", None);
        object.close();
        let context = Expression::parse(context).map_err(|error| mistakes.add(&context_at, error)).ok()?;
        let query = Query::read((text_at, text), kind?, mistakes)?;
        Some(Self { context, query })
    }

    fn collect<'g>(&'g self, found: &mut Vec<&'g Expression>) {
        found.push(&self.context);
        found.extend(self.query.text.expressions());
    }
}

// === impl Query ===

impl Query {
    /// Reads a way to parts of a value.
    pub(super) fn read(member: (Pointer, &str), kind: QueryKind, mistakes: &mut Mistakes) -> Option<Self> {
        Self::new(member, kind, false, mistakes)
    }

    /// Reads what a criterion asserts.
    pub(super) fn condition(
        member: (Pointer, &str),
        kind: QueryKind,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        Self::new(member, kind, true, mistakes)
    }

    fn new(
        (at, text): (Pointer, &str),
        kind: QueryKind,
        is_condition: bool,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let parse = if matches!(kind, QueryKind::XPath(_)) { Template::parse_code } else { Template::parse };
        let template = parse(text).map_err(|error| mistakes.add(&at, error)).ok()?;
        let mut query = Self { kind, text: template, at, compiled: None, is_condition };
        if query.text.expressions().next().is_none() {
            match query.compile(text) {
                Ok(compiled) => query.compiled = Some(Arc::new(compiled)),
                Err(error) => {
                    mistakes.add(&query.at, error);
                    return None;
                }
            }
        }
        Some(query)
    }

    /// What it is, if it has no expressions in it.
    pub(crate) fn compiled(&self) -> Option<&Arc<Compiled>> {
        self.compiled.as_ref()
    }

    /// The same text in another language.
    pub(crate) fn of_kind(&self, kind: QueryKind) -> Self {
        Self { kind, compiled: None, ..self.clone() }
    }

    /// What it is with values in it.
    pub(crate) fn compile(&self, text: &str) -> Result<Compiled, QueryError> {
        if self.is_condition { Compiled::condition(self.kind, text) } else { Compiled::new(self.kind, text) }
    }
}

// === impl QueryKind ===

impl QueryKind {
    /// Reads the member that says the language: a word, or an object with its version. `or`: what it is if it is not
    /// said; without that it must be.
    pub(super) fn read(object: &mut Object<'_, '_>, name: &'static str, or: Option<Self>) -> Option<Self> {
        let Some((at, value)) = object.take(name) else {
            if or.is_none() {
                let at = object.at.clone();
                object.mistakes.add(&at, format_args!("`{name}` is missing"));
            }
            return or;
        };
        match value {
            Value::String(word) => {
                let kind = Self::of_word(word);
                if kind.is_none() {
                    let message = format!("`{name}` is `jsonpath`, `xpath` or `jsonpointer`, not `{word}`");
                    object.mistakes.add(&at, message);
                }
                kind
            }
            Value::Object(_) => Self::versioned((at, value), object.mistakes),
            _ => {
                let what = name_of(value);
                object.mistakes.add(&at, format_args!("`{name}` is text or an object, not {what}"));
                None
            }
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        match word {
            "jsonpath" => Some(Self::Path),
            "xpath" => Some(Self::XPath(31)),
            "jsonpointer" => Some(Self::Pointer),
            _ => None,
        }
    }

    /// An expression type object.
    pub(super) fn versioned(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "an expression type", mistakes)?;
        let kinds = [("jsonpath", Self::Path), ("xpath", Self::XPath(31)), ("jsonpointer", Self::Pointer)];
        object.required("type");
        let kind = object.one_of("type", &kinds);
        let version = object.required("version");
        let (at, known) = (object.at.join("version"), kind.map(Self::versions).unwrap_or_default());
        object.close();
        let found = known.iter().find(|(word, _)| *word == version).map(|(_, kind)| *kind);
        if found.is_none() && kind.is_some() && !version.is_empty() {
            let words: Vec<String> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
            mistakes.add(&at, format_args!("`version` is {}, not `{version}`", words.join(" or ")));
        }
        found
    }

    fn versions(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::Path | Self::OldPath => {
                &[("rfc9535", Self::Path), ("draft-goessner-dispatch-jsonpath-00", Self::OldPath)]
            }
            Self::XPath(_) => &[
                ("xpath-31", Self::XPath(31)),
                ("xpath-30", Self::XPath(30)),
                ("xpath-20", Self::XPath(20)),
                ("xpath-10", Self::XPath(10)),
            ],
            Self::Pointer => &[("rfc6901", Self::Pointer)],
        }
    }
}

/// An object with the members of a selector and no others is one.
fn is_selector(value: &Value) -> bool {
    let Value::Object(members) = value else { return false };
    let named = ["context", "selector", "type"].iter().all(|name| members.contains_key(*name));
    let context = members.get("context").and_then(Value::as_str);
    named && members.len() == 3 && context.is_some_and(Expression::is_meant)
}
