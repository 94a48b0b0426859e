//! Calls that are answered by a query which is written down: a part of a GraphQL schema, published as an API of another kind.

use std::sync::Arc;

use flow::values::{Memory, Scope};
use graphql::http::Request;
use graphql::serve::{Found, Stored, Wrong};
use message::{Body, Known, Method, Reason, ResponseHead};
use net::Reply;
use serde_json::{Map, Value};
use snapshot::{Backend, Graphql, Route, RouteGraphql, Upstream};

use super::note;
use super::serve::execute;
use crate::exchange::Exchange;
use crate::{Fault, Refusal, completed, flow as flows, proxy};

/// What a client says of the answer that it wants, and of the body that it sends: neither is the server's.
const NOT_SENT: [&str; 9] = [
    "accept-encoding",
    "content-encoding",
    "content-language",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "range",
];
/// What a server says of its answer and does not hold for a part of it.
const NOT_TOLD: [&str; 9] = [
    "accept-ranges",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-range",
    "digest",
    "etag",
    "last-modified",
    "repr-digest",
];

/// Answers a call by the query of its route.
pub(crate) async fn stored(
    x: &mut Exchange<'_>,
    route: &Arc<Route>,
    used: &RouteGraphql,
) -> Result<Reply, Refusal> {
    note(x, used.stored.admitted());
    if used.stored.changes() && matches!(x.head.method, Method::Get | Method::Head) {
        let refusal = Refusal::new(Reason::MethodNotAllowed, "a mutation is not asked for by GET");
        return Err(Refusal { allow: Some("POST".into()), ..refusal });
    }
    let request = request(x, route, used).await?;
    x.mark("inputs");
    let (head, answer) = match &route.service.backend {
        Backend::Upstream { upstream, .. } => ask(x, (route, upstream), used, request).await?,
        Backend::Graphql(served) => serve(x, served, &used.stored, &request).await?,
        Backend::Ai { .. } => return Err(Refusal::new(Reason::NoRoute, "models are not asked by GraphQL")),
    };
    let mut reply = told(head, used.stored.found(&answer))?;
    let taken: Vec<&str> = flows::fields_of(&used.variables).collect();
    if !taken.is_empty() {
        reply.head.fields.push(Known::Vary, taken.join(", ").as_bytes());
    }
    Ok(reply)
}

/// What is asked, with the variables that the call gives.
async fn request(x: &mut Exchange<'_>, route: &Route, used: &RouteGraphql) -> Result<Request, Refusal> {
    let known = flows::request_of(x).await?;
    let mut given = match &known.body {
        Value::Object(members) => members.clone(),
        _ => Map::new(),
    };
    let mut texts = if flows::is_form(&known) { std::mem::take(&mut given) } else { Map::new() };
    let of_address = known.query.iter().chain(&known.path);
    texts.extend(of_address.map(|(name, value)| (name.to_string(), value.clone())));
    let memory = Memory::default();
    let scope = Scope { exchange: Some(&known), ..Scope::of(&memory) };
    for (name, from) in &used.variables {
        // What the request lacks is not given; whether it may lack is the query's to say.
        given.shift_remove(&**name);
        texts.shift_remove(&**name);
        match scope.give(from) {
            Ok(Value::String(text)) => drop(texts.insert(name.to_string(), Value::String(text))),
            Ok(value) => drop(given.insert(name.to_string(), value)),
            Err(_) => {}
        }
    }
    let request = used.stored.request(&given, &texts, used.schema(&route.service));
    let request = request.map_err(|wrong| refused(&wrong, &texts))?;
    Ok(if used.by_hash { used.stored.by_hash(request) } else { request })
}

/// What is wrong with the variables: each with its pointer, and where it stands.
fn refused(wrong: &[Wrong], texts: &Map<String, Value>) -> Refusal {
    let fault = |one: &Wrong| {
        let place =
            if texts.contains_key(&one.name) { "in the address or a header field" } else { "in the body" };
        let place = if one.message.ends_with("is not given") { "" } else { place };
        let detail = [place, &one.message].join(if place.is_empty() { "" } else { ": " });
        Fault { pointer: format!("/{}", one.name), detail }
    };
    let faults: Vec<Fault> = wrong.iter().map(fault).collect();
    let words: Vec<String> = wrong.iter().map(|one| format!("`{}`: {}", one.name, one.message)).collect();
    Refusal { faults, ..Refusal::new(Reason::InvalidQueryInput, words.join("; ")) }
}

/// Asks the server behind the service.
async fn ask(
    x: &mut Exchange<'_>,
    (route, upstream): (&Arc<Route>, &Arc<Upstream>),
    used: &RouteGraphql,
    request: Request,
) -> Result<(ResponseHead, Vec<u8>), Refusal> {
    let method = std::mem::replace(&mut x.head.method, Method::Post);
    // Behind what the route takes off.
    let path = format!("{}{}", route.strip_prefix.as_deref().unwrap_or_default(), used.path);
    x.head.set_target(&path);
    for name in NOT_SENT {
        x.head.fields.remove_named(name.as_bytes());
    }
    x.head.fields.remove(Known::ContentLength);
    x.head.fields.set(Known::ContentType, b"application/json");
    x.head.fields.set(Known::Accept, b"application/graphql-response+json, application/json;q=0.9");
    x.body = Body::full(request.to_body());
    let reply = proxy::serve(x, route, upstream).await;
    x.head.method = method;
    let Reply { head, mut body, .. } = reply?;
    let cap = x.shared().config.ai_body_limit;
    let answer = body.collect(cap).await.map_err(|error| Refusal::new(error.reason, error.detail))?;
    if !(200..300).contains(&head.status) && matches!(used.stored.found(&answer), Found::Unreadable) {
        let detail = format!("the server answered with status {} and not as GraphQL has it", head.status);
        return Err(Refusal::new(Reason::QueryFailed, detail));
    }
    x.mark("answer");
    Ok((head, answer.to_vec()))
}

/// Asks the schema that the service serves itself.
async fn serve(
    x: &mut Exchange<'_>,
    served: &Arc<Graphql>,
    stored: &Stored,
    request: &Request,
) -> Result<(ResponseHead, Vec<u8>), Refusal> {
    let (Ok(response) | Err(response)) = execute(x, served, (request, stored.admitted())).await?;
    Ok((ResponseHead::new(200), response.to_json()))
}

/// The answer, by what the query has found.
fn told(mut head: ResponseHead, found: Found) -> Result<Reply, Refusal> {
    let (value, missing) = match found {
        Found::Value(value, missing) => (value, missing),
        Found::Nothing => {
            return Err(Refusal::new(Reason::QueryNothing, "what was asked for is not there"));
        }
        Found::Failed(errors) => return Err(failed(&errors)),
        Found::Unreadable => {
            return Err(Refusal::new(Reason::QueryFailed, "the server's answer is not GraphQL's"));
        }
    };
    head.status = 200;
    for name in NOT_TOLD {
        head.fields.remove_named(name.as_bytes());
    }
    head.fields.remove(Known::ContentLength);
    head.fields.set(Known::ContentType, b"application/json");
    let missing: Vec<String> = missing.iter().map(|error| path(error).join(".")).collect();
    completed::tell(&mut head, &missing);
    Ok(Reply::new(head, Body::full(serde_json::to_vec(&value).unwrap_or_default())))
}

/// Errors in place of what was asked for.
fn failed(errors: &[Value]) -> Refusal {
    let message = |error: &Value| {
        error.get("message").and_then(Value::as_str).unwrap_or("an error without a message").to_owned()
    };
    let token = |part: &String| part.replace('~', "~0").replace('/', "~1");
    let fault = |error: &Value| {
        let pointer = path(error).iter().flat_map(|part| ["/".to_owned(), token(part)]).collect();
        Fault { pointer, detail: message(error) }
    };
    let words: Vec<String> = errors.iter().map(message).collect();
    let faults = errors.iter().map(fault).collect();
    Refusal { faults, ..Refusal::new(Reason::QueryFailed, words.join("; ")) }
}

/// The path of an error, part by part.
fn path(error: &Value) -> Vec<String> {
    let parts = error.get("path").and_then(Value::as_array);
    let text = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    parts.into_iter().flatten().map(text).collect()
}
