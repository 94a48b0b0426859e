//! Amazon Bedrock's runtime, under `/bedrock`: Converse and, for Claude models, `InvokeModel`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, Uri, header};
use serde_json::{Value, json};

use crate::desk::{Desk, Pace, Stream, put};
use crate::fault::Faults;
use crate::world::{Ticket, World};
use crate::{seed, shape, when};

mod auth;
mod blocks;
mod cache;
mod converse;
mod embed;
mod error;
mod fields;
mod frame;
mod invoke;
mod messages;
mod models;
mod reply;
mod shapes;
mod sigv4;
mod thought;

use converse::Ask;
use error::{ApiError, Kind};
use models::Model;
use reply::Reply;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const PACE: Pace = Pace::of_ms((240, 800), (14, 45));

/// The type of an event stream.
const EVENTS: &str = "application/vnd.amazon.eventstream";

/// What a request can ask of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Converse,
    ConverseStream,
    Invoke,
    InvokeStream,
    CountTokens,
}

/// A request as it came.
struct Call<'a> {
    id: &'a str,
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

/// The routes under `/bedrock`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/model/{id}/converse", to(Task::Converse))
        .route("/model/{id}/converse-stream", to(Task::ConverseStream))
        .route("/model/{id}/invoke", to(Task::Invoke))
        .route("/model/{id}/invoke-with-response-stream", to(Task::InvokeStream))
        .route("/model/{id}/count-tokens", to(Task::CountTokens))
        .fallback(no_such_operation)
        .method_not_allowed_fallback(no_such_operation)
}

fn to(task: Task) -> axum::routing::MethodRouter<Arc<World>> {
    let handler = move |State(world): State<Arc<World>>,
                        Extension(ticket): Extension<Ticket>,
                        Path(id): Path<String>,
                        OriginalUri(uri): OriginalUri,
                        method: Method,
                        headers: HeaderMap,
                        body: Body| async move {
        let mut desk = Desk::open(world, ticket);
        let call = Call { id: &id, method: &method, uri: &uri, headers: &headers };
        let answered = answer(&mut desk, task, &call, body).await;
        let mut response = answered.unwrap_or_else(|error| error.respond());
        put(response.headers_mut(), "x-amzn-requestid", &desk.uuid("request id"));
        response
    };
    post(handler)
}

async fn no_such_operation(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
) -> Response {
    let mut response = ApiError::new(Kind::UnknownOperation, "The operation does not exist.").respond();
    put(response.headers_mut(), "x-amzn-requestid", &Desk::open(world, ticket).uuid("request id"));
    response
}

async fn answer(desk: &mut Desk, task: Task, call: &Call<'_>, body: Body) -> Result<Response, ApiError> {
    let bytes = desk.body(body).await?;
    let (_, of_model) = Faults::of_model(call.id)?;
    let faults: Faults = desk.enter::<ApiError>(of_model).await?;
    auth::authenticate(&sigv4::Signed {
        method: call.method,
        path: call.uri.path(),
        query: call.uri.query().unwrap_or_default(),
        headers: call.headers,
        body: &bytes,
        now: when::seconds(desk.world.clock.wall()),
    })?;
    let model = Model::resolve(call.id)?;
    let body = object(task, call.headers, &bytes)?;
    let caller = auth::caller(call.headers);
    match task {
        Task::Converse | Task::ConverseStream => converse(desk, &model, &body, faults, (caller, task)).await,
        Task::Invoke if embed::embeds(&model) => embed::whole(desk, &model, &body, faults, caller).await,
        Task::Invoke => invoke::whole(desk, &model, body, faults, caller).await,
        Task::InvokeStream => invoke::stream(desk, &model, body, faults, caller),
        Task::CountTokens => count_tokens(desk, &model, &body, faults),
    }
}

/// The body; what is invoked needs no type, all else must be marked as JSON.
fn object(task: Task, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&[][..], http::HeaderValue::as_bytes);
    let marked = matches!(task, Task::Invoke | Task::InvokeStream) || kind.starts_with(b"application/json");
    let body = serde_json::from_slice::<Value>(bytes).ok().filter(|body| marked && body.is_object());
    body.ok_or_else(|| ApiError::new(Kind::Serialization, "The request's body is not a JSON object"))
}

async fn converse(
    desk: &mut Desk,
    model: &Model,
    body: &Value,
    faults: Faults,
    (caller, task): (&[u8], Task),
) -> Result<Response, ApiError> {
    let ask = Ask::read(body, model, desk.world.config.seed)?;
    let tokens = ask.question.heard.tokens;
    desk.allow::<ApiError>(caller, tokens)?;
    let cached = ask.marks.used(&desk.world.cache, seed::hash(&[caller]), &model.name, tokens);
    let answer = ask.question.answer(&desk.world, faults, 0);
    let reply = Reply::new(desk, &ask, answer, cached);
    if task == Task::Converse {
        desk.write(faults, PACE, reply.tokens).await;
        return Ok(desk.whole(&reply.whole(took(desk)), faults));
    }
    let stream = Stream {
        frames: reply.frames(took(desk)),
        content_type: EVENTS,
        error: reply::error_frame(),
        garbage: reply::garbage(),
    };
    Ok(desk.stream(stream, faults, PACE))
}

fn count_tokens(desk: &mut Desk, model: &Model, body: &Value, faults: Faults) -> Result<Response, ApiError> {
    shapes::COUNT.check(body)?;
    let input = shape::given(body, "input").unwrap_or(&Value::Null);
    let tokens = match (shape::given(input, "converse"), shape::given(input, "invokeModel")) {
        (Some(converse), _) => Ask::read(converse, model, desk.world.config.seed)?.question.heard.tokens,
        (None, Some(wrapped)) => {
            let bytes = STANDARD.decode(shape::text(wrapped, "body")).unwrap_or_default();
            let body = serde_json::from_slice(&bytes)
                .map_err(|_| ApiError::invalid("The value at input.invokeModel.body is not valid JSON."))?;
            invoke::count(desk, model, body)?
        }
        (None, None) => 0,
    };
    Ok(desk.whole(&json!({"inputTokens": tokens}), faults))
}

/// How long the answer took, in milliseconds and at least one.
fn took(desk: &Desk) -> u64 {
    u64::try_from(desk.took().as_millis()).unwrap_or(u64::MAX).max(1)
}
