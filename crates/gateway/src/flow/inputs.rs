//! The inputs of a run, from the call's path, query, header and body.

use std::collections::HashMap;

use expr::Expression;
use expr::runtime::Source;
use flow::Mistake;
use flow::document::Given;
use flow::values::{Exchange as Known, Fields, Memory, Scope, Values};
use message::Reason;
use message::percent::{Plus, decoded};
use serde_json::Value;
use snapshot::RouteFlow;

use crate::exchange::Exchange;
use crate::stage::route::Conditions;
use crate::{Fault, Refusal};

/// The inputs: what the route says, and by their names what stands in the path, the query and the body, in this order.
pub(crate) async fn of(x: &mut Exchange<'_>, used: &RouteFlow) -> Result<Values, Refusal> {
    let known = request_of(x).await?;
    let compiled = used.flow.program.workflows.get(used.flow.workflow);
    let typed = |name: &str, value: &Value| {
        compiled.map_or_else(|| value.clone(), |compiled| compiled.inputs.typed(name, value))
    };
    let is_form = known.headers.get("content-type").is_some_and(|kind| is_form(&media_type(kind)));
    let mut inputs = match &known.body {
        Value::Object(members) if is_form => {
            members.iter().map(|(name, value)| (name.clone(), typed(name, value))).collect()
        }
        Value::Object(members) => members.clone(),
        _ => Values::new(),
    };
    for (name, value) in known.query.iter().chain(&known.path) {
        inputs.insert(name.to_string(), typed(name, value));
    }
    let memory = Memory::default();
    let scope = Scope { exchange: Some(&known), ..Scope::of(&memory) };
    for (name, given) in &used.inputs {
        // What the request lacks is not given; whether it may lack is the schema's to say.
        match scope.give(given) {
            Ok(value) => drop(inputs.insert(name.to_string(), typed(name, &value))),
            Err(_) => drop(inputs.shift_remove(&**name)),
        }
    }
    let Some(compiled) = compiled else { return Ok(inputs) };
    compiled.inputs.check(Value::Object(inputs)).map_err(|mistakes| refused(&mistakes))
}

/// The request as expressions see it, its body read.
pub(crate) async fn request_of(x: &mut Exchange<'_>) -> Result<Known, Refusal> {
    let cap = x.shared().config.ai_body_limit;
    let body = x.body.collect(cap).await.map_err(|error| Refusal::new(error.reason, error.detail))?;
    known(x, &body)
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

fn known(x: &Exchange<'_>, body: &[u8]) -> Result<Known, Refusal> {
    let mut headers = HashMap::new();
    for (name, value, _) in &x.head.fields {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase().into_boxed_str();
        headers.entry(name).or_insert_with(|| String::from_utf8_lossy(value).into_owned());
    }
    let body = read_body(headers.get("content-type").map(String::as_str), body)?;
    Ok(Known {
        url: x.head.path().to_owned(),
        method: x.head.method.as_str().into(),
        query: query(x.head.query().unwrap_or_default()).into_iter().collect(),
        path: path(x),
        headers: headers.into_iter().collect(),
        body,
        answer: None,
    })
}

fn read_body(kind: Option<&str>, body: &[u8]) -> Result<Value, Refusal> {
    let kind = kind.map(media_type);
    match kind.as_deref() {
        _ if body.is_empty() => Ok(Value::Null),
        Some(kind) if is_form(kind) => {
            let text = String::from_utf8_lossy(body);
            Ok(Value::Object(query(&text).into_iter().map(|(name, value)| (name.into(), value)).collect()))
        }
        Some(kind) if kind != "application/json" && !kind.ends_with("+json") => {
            Ok(Value::String(String::from_utf8_lossy(body).into_owned()))
        }
        _ => serde_json::from_slice(body).map_err(|error| {
            Refusal::new(Reason::InvalidFlowInput, format!("the body is not JSON: {error}"))
        }),
    }
}

fn media_type(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_form(kind: &str) -> bool {
    kind == "application/x-www-form-urlencoded"
}

/// Parameters by their names; one that repeats is a list.
fn query(text: &str) -> HashMap<Box<str>, Value> {
    let mut found: HashMap<Box<str>, Value> = HashMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) =
            (decoded(name, Plus::Space).into_boxed_str(), Value::String(decoded(value, Plus::Space)));
        match found.get_mut(&name) {
            None => drop(found.insert(name, value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    found
}

/// The parameters of the route's path.
fn path(x: &Exchange<'_>) -> Fields<Value> {
    let facts = Conditions(&x.head.fields, x.head.query());
    let (host, path, method) = (x.head.authority(), x.head.path(), x.head.method.as_str());
    let Ok(found) = x.snapshot.find(host, path, method, &facts) else { return Fields::default() };
    let names = found.pattern.names().enumerate();
    names
        .filter_map(|(at, name)| {
            Some((name.into(), decoded(found.params.get(at, path)?, Plus::Itself).into()))
        })
        .collect()
}

}
