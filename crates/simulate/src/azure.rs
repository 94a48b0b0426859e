//! Azure OpenAI, under `/azure`: OpenAI's models by the names of deployments, or by their own under `/openai/v1`,
//! with Azure's keys, versions, content filter and errors.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::desk::{Desk, Pace, Refusal as _, Stream, event, put};
use crate::fault::{Faults, Finish};
use crate::limit::Standing;
use crate::openai::lend::{self, Asked};
use crate::openai::realtime;
use crate::play::Frame;
use crate::world::{Ticket, World};

mod error;
mod filter;

use error::ApiError;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const PACE: Pace = Pace::of_ms((210, 700), (12, 40));

/// What a request can ask of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Chat,
    Embed,
}

/// A request as it came.
struct Call<'a> {
    /// The deployment, if the path names one.
    deployment: Option<&'a str>,
    version: Option<&'a str>,
    headers: &'a HeaderMap,
}

/// The routes under `/azure`.
pub(crate) fn router() -> Router<Arc<World>> {
    let dated = lend::responses("/openai").layer(from_fn(with_a_date));
    let responses = lend::responses("/openai/v1").merge(dated);
    let realtime = realtime::router("/openai/v1/realtime").merge(realtime::router("/openai/realtime"));
    let responses = responses.merge(realtime).layer(from_fn(key_as_bearer));
    Router::new()
        .route("/openai/deployments/{deployment}/chat/completions", to(Task::Chat))
        .route("/openai/deployments/{deployment}/embeddings", to(Task::Embed))
        .route("/openai/v1/chat/completions", to(Task::Chat))
        .route("/openai/v1/embeddings", to(Task::Embed))
        .route("/openai/v1/models", get(list))
        .merge(responses)
        .fallback(async || ApiError::no_resource().respond())
        .method_not_allowed_fallback(async || ApiError::no_resource().respond())
}

fn to(task: Task) -> MethodRouter<Arc<World>> {
    let handler = move |State(world): State<Arc<World>>,
                        Extension(ticket): Extension<Ticket>,
                        Path(path): Path<HashMap<String, String>>,
                        Query(query): Query<HashMap<String, String>>,
                        headers: HeaderMap,
                        body: Body| async move {
        let mut desk = Desk::open(world, ticket);
        let call = Call {
            deployment: path.get("deployment").map(String::as_str),
            version: query.get("api-version").map(String::as_str),
            headers: &headers,
        };
        let answered = answer(&mut desk, task, &call, body).await;
        signed(&desk, &call, answered)
    };
    post(handler)
}

async fn list(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
) -> Response {
    let desk = Desk::open(world, ticket);
    let call = Call { deployment: None, version: None, headers: &headers };
    let entered = enter(&desk, &call, Faults::default()).await;
    signed(&desk, &call, entered.map(|faults| desk.whole(&lend::models(), faults)))
}

/// The responses are OpenAI's own, but for the key.
async fn key_as_bearer(mut request: Request, next: Next) -> Response {
    if let Err(error) = error::authenticate(request.headers()) {
        return error.respond();
    }
    let key = request.headers().get("api-key").and_then(|key| key.to_str().ok());
    let bearer = key.and_then(|key| HeaderValue::from_str(&format!("Bearer {key}")).ok());
    if let Some(bearer) = bearer {
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
    }
    next.run(request).await
}

/// Outside of the first version, a path needs a date.
async fn with_a_date(Query(query): Query<HashMap<String, String>>, request: Request, next: Next) -> Response {
    match query.get("api-version") {
        Some(version) if dated(version) => next.run(request).await,
        _ => ApiError::no_resource().respond(),
    }
}

/// What precedes every endpoint: the fault that was asked for, the key, the version.
async fn enter(desk: &Desk, call: &Call<'_>, of_model: Faults) -> Result<Faults, ApiError> {
    let faults = desk.enter::<ApiError>(of_model).await?;
    error::authenticate(call.headers)?;
    match (call.deployment, call.version) {
        (Some(_), Some(version)) if dated(version) => {}
        (Some(_), _) => return Err(ApiError::no_resource()),
        (None, None | Some("preview" | "latest" | "v1")) => {}
        (None, Some(_)) => return Err(ApiError::no_version()),
    }
    match faults.finish {
        Some(Finish::Blocked) => Err(ApiError::blocked()),
        Some(Finish::Failed) => Err(ApiError::asked_for(StatusCode::INTERNAL_SERVER_ERROR, None)),
        _ => Ok(faults),
    }
}

async fn answer(desk: &mut Desk, task: Task, call: &Call<'_>, body: Body) -> Result<Response, ApiError> {
    let bytes = desk.body(body).await?;
    let parsed = serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object);
    let told = parsed.as_ref().and_then(|body| body.get("model")).and_then(Value::as_str);
    let name = call.deployment.or(told).unwrap_or_default().to_owned();
    let (bare, of_model) = Faults::of_model(&name)?;
    let faults = enter(desk, call, of_model).await?;
    let mut body = parsed.ok_or_else(ApiError::no_json)?;
    if let (Some(map), Some(_)) = (body.as_object_mut(), call.deployment) {
        // What the body names does not matter: the deployment has its model.
        map.insert("model".to_owned(), model_of(bare).ok_or_else(ApiError::no_deployment)?.into());
    } else if !bare.is_empty() && !lend::knows(bare) {
        return Err(ApiError::no_deployment());
    }
    let caller = error::caller(call.headers);
    if task == Task::Embed {
        let (made, tokens) = lend::embeddings(body)?;
        desk.allow::<ApiError>(caller, tokens)?;
        return Ok(desk.whole(&made, faults));
    }
    let asked = Asked::read(body)?;
    desk.allow::<ApiError>(caller, asked.tokens())?;
    let lent = asked.answer(desk, faults, caller);
    if !asked.streams() {
        desk.write(faults, PACE, lent.tokens).await;
        return Ok(desk.whole(&filter::whole(lent.whole), faults));
    }
    let chunks = lent.events.map(|(chunk, paced)| (filter::chunk(chunk), paced));
    let chunks = std::iter::once((filter::first(), false)).chain(chunks);
    let done = Frame { bytes: Bytes::from_static(b"data: [DONE]\n\n"), paced: false };
    let frames = chunks.map(|(chunk, paced)| Frame { bytes: event(None, &chunk), paced }).chain([done]);
    let stream = Stream {
        frames: Box::new(frames),
        content_type: "text/event-stream; charset=utf-8",
        error: lend::error_frame(),
        garbage: Bytes::from_static(b"data: {\"id\":\"chatcmpl-\n\n"),
    };
    Ok(desk.stream(stream, faults, PACE))
}

/// `2024-10-21`, `2025-04-01-preview`.
fn dated(version: &str) -> bool {
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let parts: Vec<_> = date.split('-').map(str::len).collect();
    parts == [4, 2, 2] && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// The model behind a deployment: the one of its name, or one that its name speaks of; names that begin with
/// `none` are no deployment's.
fn model_of(deployment: &str) -> Option<&str> {
    let plain = deployment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !plain || deployment.is_empty() || deployment.len() > 64 || deployment.starts_with("none") {
        return None;
    }
    if lend::knows(deployment) {
        return Some(deployment);
    }
    let spoken =
        [("embed", "text-embedding-3-small"), ("gpt-5", "gpt-5"), ("o3", "o3"), ("mini", "gpt-4o-mini")];
    let found = spoken.into_iter().find(|(part, _)| deployment.contains(part));
    Some(found.map_or("gpt-4o", |(_, model)| model))
}

/// The headers that every answer has.
fn signed(desk: &Desk, call: &Call<'_>, answered: Result<Response, ApiError>) -> Response {
    let mut response = answered.unwrap_or_else(|error| error.respond());
    let headers = response.headers_mut();
    put(headers, "apim-request-id", &desk.uuid("request id"));
    put(headers, "x-request-id", &desk.uuid("model's request id"));
    put(headers, "x-ms-region", "East US");
    if let Some(deployment) = call.deployment {
        put(headers, "x-ms-deployment-name", deployment);
    }
    if let Some(standings) = desk.standings {
        let mut told = |what: &str, standing: Standing| {
            put(headers, &format!("x-ratelimit-limit-{what}"), &standing.limit.to_string());
            put(headers, &format!("x-ratelimit-remaining-{what}"), &standing.remaining.to_string());
        };
        told("requests", standings.requests);
        told("tokens", standings.tokens);
    }
    response
}
