//! Ollama's own dialect, under `/ollama`: chats, generations, embeddings and models.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::desk::{Desk, Pace, Refusal as _, Stream};
use crate::fault::{Faults, Finish};
use crate::world::{Ticket, World};

mod ask;
mod embed;
mod error;
mod models;
mod reply;
mod shapes;

use ask::{Ask, Dialect};
use embed::Embed;
use error::ApiError;
use reply::Reply;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const PACE: Pace = Pace::of_ms((120, 500), (18, 60));

const VERSION: &str = "0.13.5";

/// What a request can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Chat,
    Generate,
    Embed,
    /// The older form of embedding.
    EmbedOne,
    Show,
}

/// What can be known without a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Tags,
    Running,
    Version,
}

/// The routes under `/ollama`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/api/chat", to(Task::Chat))
        .route("/api/generate", to(Task::Generate))
        .route("/api/embed", to(Task::Embed))
        .route("/api/embeddings", to(Task::EmbedOne))
        .route("/api/show", to(Task::Show))
        .route("/api/tags", about(About::Tags))
        .route("/api/ps", about(About::Running))
        .route("/api/version", about(About::Version))
        .fallback(async || ApiError::new(404, "404 page not found").respond())
        .method_not_allowed_fallback(async || ApiError::new(405, "method not allowed").respond())
}

fn to(task: Task) -> MethodRouter<Arc<World>> {
    let handler = move |State(world): State<Arc<World>>,
                        Extension(ticket): Extension<Ticket>,
                        headers: HeaderMap,
                        body: Body| async move {
        let mut desk = Desk::open(world, ticket);
        answer(&mut desk, task, &headers, body).await.unwrap_or_else(|error| error.respond())
    };
    post(handler)
}

fn about(about: About) -> MethodRouter<Arc<World>> {
    let handler = move |State(world): State<Arc<World>>,
                        Extension(ticket): Extension<Ticket>,
                        headers: HeaderMap| async move {
        let desk = Desk::open(world, ticket);
        let told = match about {
            About::Tags => models::list(),
            About::Running => models::running(),
            About::Version => json!({"version": VERSION}),
        };
        let entered = enter(&desk, &headers, Faults::default()).await;
        entered.map_or_else(|error| error.respond(), |faults| whole(&desk, &told, faults))
    };
    get(handler)
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
    if bytes.is_empty() {
        return Err(ApiError::new(400, "missing request body"));
    }
    let body = parsed.map_err(|error| ApiError::new(400, format!("invalid character in JSON: {error}")))?;
    if !body.is_object() {
        return Err(ApiError::new(400, "json: cannot unmarshal into Go value of type api.ChatRequest"));
    }
    let caller = headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
    match task {
        Task::Chat => say(desk, Ask::read(&body, Dialect::Chat)?, faults, caller).await,
        Task::Generate => say(desk, Ask::read(&body, Dialect::Generate)?, faults, caller).await,
        Task::Embed | Task::EmbedOne => {
            let embed = Embed::read(&body)?;
            desk.allow::<ApiError>(caller, embed.tokens)?;
            desk.write(faults, PACE, 1).await;
            let told = if task == Task::Embed { embed.answer(desk) } else { embed.first() };
            Ok(whole(desk, &told, faults))
        }
        Task::Show => {
            let name = body.get("model").or_else(|| body.get("name")).and_then(Value::as_str);
            Ok(whole(desk, &models::show(&models::resolve(name.unwrap_or_default())?), faults))
        }
    }
}

async fn say(desk: &mut Desk, ask: Ask, mut faults: Faults, caller: &[u8]) -> Result<Response, ApiError> {
    desk.allow::<ApiError>(caller, ask.seen)?;
    if faults.finish == Some(Finish::Failed) {
        // There is no word for it at the end of an answer: it fails in its middle, or whole.
        if !ask.stream {
            return Err(ApiError::asked_for(StatusCode::INTERNAL_SERVER_ERROR, None));
        }
        faults.error_after = Some(faults.error_after.unwrap_or(2));
    }
    let answer = ask.question.answer(&desk.world, faults, 0);
    let reply = Reply::new(desk, &ask, answer);
    if !ask.stream || ask.only_loads.is_some() {
        desk.write(faults, PACE, if ask.only_loads.is_some() { 1 } else { reply.tokens }).await;
        return Ok(whole(desk, &reply.whole(), faults));
    }
    let stream = Stream {
        frames: reply.frames(),
        content_type: "application/x-ndjson",
        error: reply::error_frame(),
        garbage: Bytes::from_static(b"{\"model\":\"lla\n"),
    };
    Ok(desk.stream(stream, faults, PACE))
}

fn whole(desk: &Desk, value: &Value, faults: Faults) -> Response {
    let mut response = desk.whole(value, faults);
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
