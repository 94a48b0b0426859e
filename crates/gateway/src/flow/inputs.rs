//! The inputs of a run, from the call's path, query, header and body.

use std::collections::HashMap;

use expr::Expression;
use expr::runtime::Source;
use flow::Mistake;
use flow::document::Given;
use flow::inputs::Lists;
use flow::values::{Exchange as Asked, Fields, Memory, Scope, Values};
use message::percent::{self, Plus};
use message::{Fields as Head, Known, Reason};
use serde_json::{Map, Value};
use snapshot::RouteFlow;

use crate::exchange::Exchange;
use crate::stage::route::Conditions;
use crate::{Fault, Refusal};

/// The media type of what a form sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// What is wrong with a body whose members would be inputs.
const NO_MEMBERS: &str =
    "the body is JSON, but no object: inputs are the members of one, such as `{\"id\": 7}`";

/// The inputs: what the route says, and by their names what stands in the path, the query and the body, in this order.
pub(crate) async fn of(x: &mut Exchange<'_>, used: &RouteFlow) -> Result<Values, Refusal> {
    let (known, has_body) = read(x).await?;
    let Some(compiled) = used.flow.program.workflows.get(used.flow.workflow) else {
        return Ok(Values::new());
    };
    let typed = |name: &str, value: &Value, lists| compiled.inputs.read(name, value.clone(), lists);
    let mut inputs = match &known.body {
        Value::Object(members) if is_form(&known) => {
            let read = |(name, value): (&String, &Value)| (name.clone(), typed(name, value, Lists::Repeated));
            members.iter().map(read).collect()
        }
        Value::Object(members) => members.clone(),
        Value::Null if !has_body => Values::new(),
        _ if is_json(known.headers.get("content-type").map(String::as_str)) && !reads_body(&used.inputs) => {
            return Err(Refusal::new(Reason::InvalidFlowInput, NO_MEMBERS));
        }
        _ => Values::new(),
    };
    inputs.extend(
        known.query.iter().map(|(name, value)| (name.to_string(), typed(name, value, Lists::Repeated))),
    );
    inputs
        .extend(known.path.iter().map(|(name, value)| (name.to_string(), typed(name, value, Lists::Commas))));
    let memory = Memory::default();
    let scope = Scope { exchange: Some(&known), ..Scope::of(&memory) };
    for (name, given) in &used.inputs {
        let lists = match given {
            Given::Expression(Expression::Request(Source::Header(_) | Source::Path(_))) => Lists::Commas,
            _ => Lists::Repeated,
        };
        // What the request lacks is not given; whether it may lack is the schema's to say.
        match scope.give(given) {
            Ok(value) => drop(inputs.insert(name.to_string(), typed(name, &value, lists))),
            Err(_) => drop(inputs.shift_remove(&**name)),
        }
    }
    compiled.inputs.check(Value::Object(inputs)).map_err(|mistakes| refused(&mistakes))
}

/// The request as expressions see it, its body read.
pub(crate) async fn request_of(x: &mut Exchange<'_>) -> Result<Asked, Refusal> {
    read(x).await.map(|(known, _)| known)
}

/// The same, and whether there is a body: one of JSON may be `null`.
async fn read(x: &mut Exchange<'_>) -> Result<(Asked, bool), Refusal> {
    let cap = x.shared().config.ai_body_limit;
    let body = x.read_body(cap).await.map_err(|error| Refusal::new(error.reason, error.detail))?;
    if !body.is_empty() {
        uncoded(&x.head.fields, Reason::InvalidFlowInput)?;
    }
    Ok((known(x, &body)?, !body.is_empty()))
}

/// Refuses a body that is compressed (RFC 9110 §15.5.16): it is read as it comes.
pub(crate) fn uncoded(fields: &Head, reason: Reason) -> Result<(), Refusal> {
    let coding = fields.get_str(Known::ContentEncoding).unwrap_or("identity");
    if coding.trim().eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let detail = "a compressed body is not read here: send it without `Content-Encoding`";
    Err(Refusal { status: Some(415), ..Refusal::new(reason, detail) })
}

/// Whether the body is a form, whose values are text.
pub(crate) fn is_form(known: &Asked) -> bool {
    known.headers.get("content-type").is_some_and(|kind| media_type(kind) == FORM)
}

/// Whether a body of this media type is JSON; so is one of which nothing is said.
fn is_json(kind: Option<&str>) -> bool {
    kind.map(media_type).is_none_or(|kind| kind == "application/json" || kind.ends_with("+json"))
}

/// Whether inputs are taken from the body by expressions, whatever it is.
fn reads_body(inputs: &[(Box<str>, Given)]) -> bool {
    let mut expressions = inputs.iter().flat_map(|(_, given)| given.expressions());
    expressions.any(|expression| matches!(expression, Expression::Request(Source::Body(_))))
}

/// The header fields that inputs are taken from.
pub(crate) fn fields(inputs: &[(Box<str>, Given)]) -> impl Iterator<Item = &str> {
    let expressions = inputs.iter().flat_map(|(_, given)| given.expressions());
    expressions.filter_map(|expression| match expression {
        Expression::Request(Source::Header(name)) => Some(&**name),
        _ => None,
    })
}

/// What is wrong with the inputs: every mistake with its pointer.
fn refused(mistakes: &[Mistake]) -> Refusal {
    let words: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let fault = |one: &Mistake| Fault { pointer: one.at.to_string(), detail: one.message.clone() };
    let faults = mistakes.iter().map(fault).collect();
    Refusal { faults, ..Refusal::new(Reason::InvalidFlowInput, words.join("; ")) }
}

fn known(x: &Exchange<'_>, body: &[u8]) -> Result<Asked, Refusal> {
    let mut headers = HashMap::new();
    for (name, value, _) in &x.head.fields {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase().into_boxed_str();
        headers.entry(name).or_insert_with(|| String::from_utf8_lossy(value).into_owned());
    }
    let body = read_body(headers.get("content-type").map(String::as_str), body)?;
    Ok(Asked {
        url: x.head.path().to_owned(),
        method: x.head.method.as_str().into(),
        query: query(x.head.query().unwrap_or_default())?
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
        path: path(x)?,
        headers: headers.into_iter().collect(),
        body,
        answer: None,
    })
}

fn read_body(kind: Option<&str>, body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    if is_json(kind) {
        return serde_json::from_slice(body).map_err(|error| {
            Refusal::new(Reason::InvalidFlowInput, format!("the body is not JSON: {error}"))
        });
    }
    let text = String::from_utf8_lossy(body);
    if kind.is_some_and(|kind| media_type(kind) == FORM) {
        return query(&text).map(Value::Object);
    }
    Ok(Value::String(text.into_owned()))
}

/// A media type without its parameters.
fn media_type(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Parameters by their names, in the order of the text; one that repeats is a list.
fn query(text: &str) -> Result<Map<String, Value>, Refusal> {
    let mut found = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name, Plus::Space)?, Value::String(decoded(value, Plus::Space)?));
        match found.get_mut(&name) {
            None => drop(found.insert(name, value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(found)
}

/// The parameters of the route's path.
fn path(x: &Exchange<'_>) -> Result<Fields<Value>, Refusal> {
    let facts = Conditions(&x.head.fields, x.head.query());
    let (host, path, method) = (x.head.authority(), x.head.path(), x.head.method.as_str());
    let Ok(found) = x.snapshot.find(host, path, method, &facts) else { return Ok(Fields::default()) };
    let names = found.pattern.names().enumerate();
    names
        .filter_map(|(at, name)| Some((name, found.params.get(at, path)?)))
        .map(|(name, text)| Ok((name.into(), decoded(text, Plus::Itself)?.into())))
        .collect()
}

/// Text with its percent escapes undone. Bytes that are no text are refused: two addresses would be the same.
fn decoded(text: &str, plus: Plus) -> Result<String, Refusal> {
    let refusal = || Refusal::new(Reason::InvalidFlowInput, "what the address or the form has is not UTF-8");
    percent::as_text(text, plus).ok_or_else(refusal)
}
