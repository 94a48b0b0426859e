//! Mistral's chat completions, embeddings and models, under `/mistral/v1`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::Value;

use crate::desk::{Desk, Pace, Stream, put};
use crate::fault::Faults;
use crate::limit::Standing;
use crate::world::{Ticket, World};

mod ask;
mod embed;
mod error;
mod messages;
mod models;
mod reply;
mod shapes;
mod thought;

use ask::Ask;
use embed::Embed;
use error::ApiError;
use reply::Reply;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const PACE: Pace = Pace::of_ms((160, 550), (9, 32));

/// What a request can ask of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Chat,
    Embed,
}

/// The routes under `/mistral`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/chat/completions", to(Task::Chat))
        .route("/v1/embeddings", to(Task::Embed))
        .route("/v1/models", get(list))
        .route("/v1/models/{model}", get(one))
        .fallback(async || ApiError::not_found(404, "Not Found").respond())
        .method_not_allowed_fallback(async || ApiError::not_found(405, "Method Not Allowed").respond())
}

fn to(task: Task) -> MethodRouter<Arc<World>> {
    let handler = move |State(world): State<Arc<World>>,
                        Extension(ticket): Extension<Ticket>,
                        headers: HeaderMap,
                        body: Body| async move {
        let mut desk = Desk::open(world, ticket);
        let answered = answer(&mut desk, task, &headers, body).await;
        signed(&desk, answered)
    };
    post(handler)
}

async fn list(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
) -> Response {
    let desk = Desk::open(world, ticket);
    let entered = enter(&desk, &headers, Faults::default()).await;
    signed(&desk, entered.map(|faults| desk.whole(&models::list(), faults)))
}

async fn one(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let desk = Desk::open(world, ticket);
    let entered = enter(&desk, &headers, Faults::default()).await;
    let found = entered.and_then(|faults| Ok((models::resolve(&name)?, faults)));
    signed(&desk, found.map(|(model, faults)| desk.whole(&models::describe(&model), faults)))
}

/// What precedes every endpoint.
async fn enter(desk: &Desk, headers: &HeaderMap, of_model: Faults) -> Result<Faults, ApiError> {
    let faults = desk.enter::<ApiError>(of_model).await?;
    error::authenticate(headers)?;
    Ok(faults)
}

async fn answer(desk: &mut Desk, task: Task, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let bytes = desk.body(body).await?;
    let parsed: Result<Value, _> = serde_json::from_slice(&bytes);
    let name = parsed.as_ref().ok().and_then(|body| body.get("model")).and_then(Value::as_str);
    let (_, of_model) = Faults::of_model(name.unwrap_or_default())?;
    let faults = enter(desk, headers, of_model).await?;
    let body = parsed.map_err(|_| ApiError::no_json())?;
    let caller = headers.get(header::AUTHORIZATION).map_or(&[][..], http::HeaderValue::as_bytes);
    if task == Task::Embed {
        let embed = Embed::read(&body)?;
        desk.allow::<ApiError>(caller, embed.tokens)?;
        desk.write(faults, PACE, 1).await;
        return Ok(desk.whole(&embed.answer(desk), faults));
    }
    let ask = Ask::read(&body, desk.world.config.seed)?;
    desk.allow::<ApiError>(caller, ask.question.heard.tokens)?;
    let answers = (0..ask.n).map(|index| ask.question.answer(&desk.world, faults, index.into()));
    let reply = Reply::new(desk, &ask, answers.collect(), caller);
    if !ask.stream {
        desk.write(faults, PACE, reply.tokens).await;
        return Ok(desk.whole(&reply.whole(), faults));
    }
    let stream = Stream {
        frames: reply.frames(),
        content_type: "text/event-stream; charset=utf-8",
        error: reply::error_frame(),
        garbage: Bytes::from_static(b"data: {\"id\":\"cmpl\n\n"),
    };
    Ok(desk.stream(stream, faults, PACE))
}

/// The headers that every answer has.
fn signed(desk: &Desk, answered: Result<Response, ApiError>) -> Response {
    let mut response = answered.unwrap_or_else(|error| error.respond());
    let headers = response.headers_mut();
    put(headers, "mistral-correlation-id", &desk.uuid("request id"));
    put(headers, "x-envoy-upstream-service-time", &desk.took().as_millis().to_string());
    if let Some(standings) = desk.standings {
        let mut told = |what: &str, standing: Standing| {
            put(headers, &format!("x-ratelimit-limit-{what}"), &standing.limit.to_string());
            put(headers, &format!("x-ratelimit-remaining-{what}"), &standing.remaining.to_string());
        };
        told("req-minute", standings.requests);
        told("tokens-minute", standings.tokens);
    }
    response
}
