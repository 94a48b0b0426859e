//! OpenAI's endpoints, under `/openai/v1`: chat completions and models here, the others in their files.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};

use crate::fault::{Faults, Finish};
use crate::world::{Ticket, World};

mod ask;
mod audio;
mod batches;
mod check;
mod completions;
mod desk;
mod embeddings;
mod error;
mod fields;
mod files;
mod form;
mod images;
pub(crate) mod lend;
mod messages;
mod models;
mod moderations;
pub(crate) mod realtime;
mod reply;
mod responses;
mod shelf;
mod stream;
mod tools;
mod wire;

use ask::Ask;
use desk::{Desk, Stream};
use error::ApiError;

pub(crate) use batches::Batch;
pub(crate) use files::File;
pub(crate) use responses::Keep;
pub(crate) use shelf::Shelf;

/// The routes under `/openai`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(list))
        .route("/v1/models/{model}", get(one))
        .merge(responses::router("/v1"))
        .merge(embeddings::router())
        .merge(moderations::router())
        .merge(images::router())
        .merge(audio::router())
        .merge(completions::router())
        .merge(files::router())
        .merge(batches::router())
        .merge(realtime::router("/v1/realtime"))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
}

async fn chat(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match answer(&mut desk, &headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

/// Makes the answer to a chat.
async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let ask = Ask::read(value)?;
    desk.allow(headers, ask.prompt.tokens)?;
    let replies = reply::make(&desk.world, &desk.ticket, &ask, faults);
    let usage = reply::usage(&desk.world, &ask, &replies, desk::key(headers));
    if faults.finish == Some(Finish::Failed) {
        return Err(ApiError::asked_for(StatusCode::INTERNAL_SERVER_ERROR, None));
    }
    let completion = wire::Completion::new(&desk.world, &desk.ticket, &ask);
    if !ask.stream {
        desk.world.pause(desk.pace(usage.completion_tokens, faults)).await;
        return Ok(desk.whole(&completion.whole(replies, usage, &ask), faults));
    }
    let rng = desk.world.rng("obfuscation", &desk.ticket);
    let stream = Stream {
        frames: stream::frames(completion, replies, usage, &ask, rng),
        error: stream::error_frame(),
        garbage: b"data: {\"id\":\"chatcmpl-\n\n",
    };
    Ok(desk.stream(stream, faults))
}

async fn list(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match desk.enter(&headers, Faults::default()).await {
        Ok(faults) => desk.whole(&models::list(), faults),
        Err(error) => desk.refuse(error),
    }
}

async fn one(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    let found = desk.enter(&headers, Faults::default()).await.and_then(|faults| {
        let model = models::resolve(&name).ok_or_else(|| ApiError::no_model(&name))?;
        Ok((models::describe(&model.name), faults))
    });
    match found {
        Ok((model, faults)) => desk.whole(&model, faults),
        Err(error) => desk.refuse(error),
    }
}

async fn no_such_path(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    request: Request,
) -> Response {
    let message = format!("Invalid URL ({} {})", request.method(), request.uri().path());
    Desk::open(world, ticket).refuse(ApiError::invalid(StatusCode::NOT_FOUND, message))
}

async fn no_such_method(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    request: Request,
) -> Response {
    let message = format!("Not allowed to {} on {}.", request.method(), request.uri().path());
    let error = ApiError::invalid(StatusCode::METHOD_NOT_ALLOWED, message).code("method_not_supported");
    Desk::open(world, ticket).refuse(error)
}
