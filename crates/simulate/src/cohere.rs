//! Cohere's second version, under `/cohere`: chat, embeddings, reranking and models.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::Value;

use crate::desk::{Desk, Pace, Stream, put};
use crate::fault::Faults;
use crate::world::{Ticket, World};

mod ask;
mod embed;
mod error;
mod messages;
mod models;
mod reply;
mod rerank;
mod shapes;

use ask::Ask;
use embed::Embed;
use error::ApiError;
use reply::Reply;
use rerank::Rerank;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const PACE: Pace = Pace::of_ms((200, 650), (13, 42));

/// What a request can ask of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Chat,
    Embed,
    Rerank,
}

/// The routes under `/cohere`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v2/chat", to(Task::Chat))
        .route("/v2/embed", to(Task::Embed))
        .route("/v2/rerank", to(Task::Rerank))
        .route("/v1/models", get(list))
        .route("/v1/models/{model}", get(one))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
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
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let desk = Desk::open(world, ticket);
    let answered = enter(&desk, &headers, Faults::default()).await;
    let endpoint = query.get("endpoint").map(String::as_str);
    signed(&desk, answered.map(|faults| desk.whole(&models::list(endpoint), faults)))
}

async fn one(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let desk = Desk::open(world, ticket);
    let answered = enter(&desk, &headers, Faults::default()).await;
    signed(&desk, answered.and_then(|faults| Ok(desk.whole(&models::one(&name)?, faults))))
}

async fn no_such_path(State(world): State<Arc<World>>, Extension(ticket): Extension<Ticket>) -> Response {
    signed(&Desk::open(world, ticket), Err(ApiError::new(404, "route not found")))
}

async fn no_such_method(State(world): State<Arc<World>>, Extension(ticket): Extension<Ticket>) -> Response {
    signed(&Desk::open(world, ticket), Err(ApiError::new(405, "method not allowed")))
}

/// What precedes every endpoint.
async fn enter(desk: &Desk, headers: &HeaderMap, of_model: Faults) -> Result<Faults, ApiError> {
    let faults = desk.enter::<ApiError>(of_model).await?;
    error::authenticate(headers)?;
    Ok(faults)
}

async fn answer(desk: &mut Desk, task: Task, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let bytes = desk.body(body).await?;
    let body = serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object);
    let name = body.as_ref().and_then(|body| body.get("model")).and_then(Value::as_str);
    let (_, of_model) = Faults::of_model(name.unwrap_or_default())?;
    let faults = enter(desk, headers, of_model).await?;
    let body = body.ok_or_else(ApiError::no_json)?;
    let caller = headers.get(header::AUTHORIZATION).map_or(&[][..], http::HeaderValue::as_bytes);
    match task {
        Task::Chat => chat(desk, &body, faults, caller).await,
        Task::Embed => {
            let embed = Embed::read(&body)?;
            desk.allow::<ApiError>(caller, embed.tokens)?;
            desk.write(faults, PACE, 1).await;
            Ok(desk.whole(&embed.answer(&desk.uuid("answer id")), faults))
        }
        Task::Rerank => {
            let rerank = Rerank::read(&body)?;
            desk.allow::<ApiError>(caller, rerank.tokens)?;
            desk.write(faults, PACE, 1).await;
            Ok(desk.whole(&rerank.answer(&desk.uuid("answer id")), faults))
        }
    }
}

async fn chat(desk: &mut Desk, body: &Value, faults: Faults, caller: &[u8]) -> Result<Response, ApiError> {
    let ask = Ask::read(body)?;
    desk.allow::<ApiError>(caller, ask.question.heard.tokens)?;
    let answer = ask.question.answer(&desk.world, faults, 0);
    let reply = Reply::new(desk, &ask, answer, caller);
    if !ask.stream {
        desk.write(faults, PACE, reply.tokens).await;
        return Ok(desk.whole(&reply.whole(), faults));
    }
    let stream = Stream {
        frames: reply.frames(),
        content_type: "text/event-stream",
        error: reply::error_frame(),
        garbage: Bytes::from_static(b"event: content-delta\ndata: {\"type\":\"content-de\n\n"),
    };
    Ok(desk.stream(stream, faults, PACE))
}

/// The headers that every answer has.
fn signed(desk: &Desk, answered: Result<Response, ApiError>) -> Response {
    let mut response = answered.unwrap_or_else(|error| error.respond(&desk.uuid("error id")));
    put(response.headers_mut(), "x-debug-trace-id", &desk.id("trace id", 32).to_ascii_lowercase());
    put(response.headers_mut(), "x-envoy-upstream-service-time", &desk.took().as_millis().to_string());
    response
}
