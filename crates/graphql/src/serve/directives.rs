//! Where a field comes from, as its directives say: `@rest` and `@flow` make it a call, `@value` a member of another name.

use async_graphql_parser::types::ConstDirective;
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::ConstValue;
use serde_json::Value;

use super::Mistake;
use super::template::Template;

/// Where a field comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// A member of the object that it is a field of, and of objects within.
    Member(Vec<String>),
    /// A call.
    Call(Box<CallOf>),
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// An operation of a source.
    Operation {
        /// The source; empty where there is only one.
        source: String,
        /// The operation's id, or a method and a path: `GET /users/{id}`.
        operation: String,
    },
    /// A flow.
    Flow(String),
}

/// The call of a field.
#[derive(Debug)]
pub(super) struct CallOf {
    pub(super) target: Target,
    /// `None`: the field's arguments as they are.
    pub(super) arguments: Option<Template>,
    /// What of the answer is meant.
    pub(super) select: Vec<String>,
    pub(super) batch: Option<Batch>,
}

/// How calls by keys are joined into one.
#[derive(Debug)]
pub(super) struct Batch {
    /// The argument that takes a list of keys.
    pub(super) argument: String,
    /// The member of each of the answer's items that is its key.
    pub(super) by: String,
    /// So many keys are asked for at once.
    pub(super) most: usize,
}

/// So many keys are asked for at once where nothing else is said.
const KEYS: usize = 100;

// === impl Source ===

impl Source {
    pub(super) fn member(name: &str) -> Self {
        Self::Member(vec![name.to_owned()])
    }
}

// === impl CallOf ===

impl CallOf {
    /// The arguments of the field that the call takes.
    pub(super) fn asks(&self) -> Vec<&str> {
        self.arguments.as_ref().map(Template::asks).unwrap_or_default()
    }
}

/// Where a field comes from.
pub(super) fn source(directives: &[Positioned<ConstDirective>], name: &str) -> Result<Source, Mistake> {
    let mut found = None;
    for directive in directives {
        let here = match directive.node.name.node.as_str() {
            "rest" | "flow" => call(&directive.node, directive.pos)?,
            "value" => {
                let known = ["path"];
                check_names(&directive.node, &known)?;
                let path = needed(&directive.node, "path", directive.pos)?;
                Source::Member(pointer(&path, directive.pos)?)
            }
            _ => continue,
        };
        if found.replace(here).is_some() {
            return Err(Mistake::at(directive.pos, format!("the field `{name}` comes from two places")));
        }
    }
    Ok(found.unwrap_or_else(|| Source::member(name)))
}

fn call(directive: &ConstDirective, place: Pos) -> Result<Source, Mistake> {
    let flow = directive.name.node == "flow";
    let known: &[&str] =
        if flow { &["name", "args", "select"] } else { &["source", "operation", "args", "select", "batch"] };
    check_names(directive, known)?;
    let target = if flow {
        Target::Flow(needed(directive, "name", place)?)
    } else {
        let source =
            directive.get_argument("source").and_then(|value| text(value.node.clone())).unwrap_or_default();
        Target::Operation { source, operation: needed(directive, "operation", place)? }
    };
    let select = directive.get_argument("select").map(|value| match text(value.node.clone()) {
        Some(path) => pointer(&path, value.pos),
        None => Err(Mistake::at(value.pos, "`select` is not a string")),
    });
    let arguments = directive.get_argument("args").map(|value| template(&value.node, value.pos));
    let batch = directive.get_argument("batch").map(|value| batch(&value.node, value.pos));
    let call = CallOf {
        target,
        arguments: arguments.transpose()?,
        select: select.transpose()?.unwrap_or_default(),
        batch: batch.transpose()?,
    };
    if let Some(batch) = &call.batch
        && !call.arguments.as_ref().is_some_and(|arguments| arguments.has(&batch.argument))
    {
        let message = format!("`batch` joins `{}`, which is not among `args`", batch.argument);
        return Err(Mistake::at(place, message));
    }
    Ok(Source::Call(Box::new(call)))
}

fn check_names(directive: &ConstDirective, known: &[&str]) -> Result<(), Mistake> {
    for (name, _) in &directive.arguments {
        if !known.contains(&name.node.as_str()) {
            let message = format!(
                "`@{}` has no argument `{}`; it has {}",
                directive.name.node,
                name.node,
                known.join(", ")
            );
            return Err(Mistake::at(name.pos, message));
        }
    }
    Ok(())
}

fn needed(directive: &ConstDirective, name: &str, place: Pos) -> Result<String, Mistake> {
    let value = directive.get_argument(name).and_then(|value| text(value.node.clone()));
    value.ok_or_else(|| Mistake::at(place, format!("`@{}` needs `{name}`, a string", directive.name.node)))
}

fn template(value: &ConstValue, place: Pos) -> Result<Template, Mistake> {
    match value.clone().into_json() {
        Ok(Value::Object(members)) => {
            Template::read(&Value::Object(members)).map_err(|message| Mistake::at(place, message))
        }
        // Parameters whose names are no names of GraphQL's.
        Ok(Value::Array(items)) => {
            let pair =
                |item: Value| Some((item.get("name")?.as_str()?.to_owned(), item.get("value")?.clone()));
            let members = items.into_iter().map(pair).collect::<Option<_>>();
            let members =
                members.ok_or_else(|| Mistake::at(place, "each of `args` needs `name` and `value`"))?;
            Template::read(&Value::Object(members)).map_err(|message| Mistake::at(place, message))
        }
        _ => Err(Mistake::at(place, "`args` is not an object of parameters, nor a list of them")),
    }
}

fn batch(value: &ConstValue, place: Pos) -> Result<Batch, Mistake> {
    let value = value.clone().into_json().unwrap_or_default();
    let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let most = value.get("most").map_or(Some(KEYS as u64), Value::as_u64).filter(|most| *most > 0);
    match (word("argument"), word("by"), most.and_then(|most| usize::try_from(most).ok())) {
        (Some(argument), Some(by), Some(most)) => Ok(Batch { argument, by, most }),
        _ => Err(Mistake::at(
            place,
            "`batch` needs `argument` and `by`, both strings, and may have `most`, a number",
        )),
    }
}

/// The parts of a JSON Pointer (RFC 6901).
pub(super) fn pointer(text: &str, place: Pos) -> Result<Vec<String>, Mistake> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = text.strip_prefix('/') else {
        return Err(Mistake::at(place, format!("`{text}` is no JSON Pointer: it begins with a slash")));
    };
    Ok(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

/// What lies at the end of a pointer.
pub(super) fn follow<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(members) => members.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Why something should no longer be used, if it should not.
pub(super) fn deprecated(directives: &[Positioned<ConstDirective>]) -> Option<String> {
    directives.iter().find(|one| one.node.name.node == "deprecated").map(|one| {
        let reason = one.node.get_argument("reason").and_then(|value| text(value.node.clone()));
        reason.unwrap_or_else(|| "No longer supported".to_owned())
    })
}

/// An argument of a directive.
pub(super) fn argument(
    directives: &[Positioned<ConstDirective>],
    name: &str,
    argument: &str,
) -> Option<ConstValue> {
    let directive = directives.iter().find(|one| one.node.name.node == name)?;
    directive.node.get_argument(argument).map(|value| value.node.clone())
}

/// The text of a value.
pub(super) fn text(value: ConstValue) -> Option<String> {
    match value {
        ConstValue::String(text) => Some(text),
        _ => None,
    }
}
