//! Google's Gemini, under `/gemini/v1beta` and `/gemini/v1` with a key, and as Vertex AI under `/vertex`
//! with a token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, Path, Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::fault::Faults;
use crate::world::{Ticket, World};

mod ask;
mod config;
mod contents;
mod desk;
mod embed;
mod error;
mod interactions;
mod live;
mod models;
mod proto;
mod reply;
mod schema;
mod shapes;
mod sign;
mod stream;
mod token;
mod tools;

use ask::Ask;
use desk::{Desk, Params};
use error::ApiError;
use models::Model;
use stream::Style;

pub(crate) use token::router as tokens;

/// On which of Google's two surfaces a model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Surface {
    /// The Gemini API, at this version.
    Gemini(&'static str),
    Vertex,
}

/// A call on a model: which, and what to do.
struct Call<'a> {
    name: &'a str,
    verb: &'a str,
    of_model: Faults,
}

/// The routes under `/gemini`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1beta/models", get(list))
        .route("/v1/models", get(list))
        .route("/v1beta/models/{model}", get(one).post(call))
        .route("/v1/models/{model}", get(one).post(call))
        .route("/v1beta/interactions", post(interactions::create))
        .route("/v1/interactions", post(interactions::create))
        .route("/v1beta/interactions/{id}", get(interactions::kept).delete(interactions::kept))
        .route("/v1/interactions/{id}", get(interactions::kept).delete(interactions::kept))
        .merge(live::router())
        .fallback(no_such_path)
}

/// The routes under `/vertex`.
pub(crate) fn vertex() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/v1/projects/{project}/locations/{location}/publishers/google/models/{model}",
            post(vertex_call),
        )
        .route(
            "/v1beta1/projects/{project}/locations/{location}/publishers/google/models/{model}",
            post(vertex_call),
        )
        .fallback(no_such_path)
}

// === impl Surface ===

impl Surface {
    /// The surface that an address of the Gemini API belongs to.
    fn of(path: &str) -> Self {
        if path.contains("/vertex/") {
            return Self::Vertex;
        }
        Self::Gemini(if path.contains("/v1beta/") { "v1beta" } else { "v1" })
    }

    fn knows(self, on: proto::On) -> bool {
        match on {
            proto::On::Both => true,
            proto::On::Gemini => self != Self::Vertex,
            proto::On::Vertex => self == Self::Vertex,
        }
    }

    /// Where messages have their names.
    fn package(self) -> String {
        match self {
            Self::Gemini(version) => format!("google.ai.generativelanguage.{version}"),
            Self::Vertex => "google.cloud.aiplatform.v1".to_owned(),
        }
    }
}

type Shared = State<Arc<World>>;

async fn call(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    OriginalUri(uri): OriginalUri,
    Path(model): Path<String>,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    let desk = Desk::open(world, ticket, Surface::of(uri.path()));
    respond(desk, &model, &params, request).await
}

async fn vertex_call(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    Path((_, _, model)): Path<(String, String, String)>,
    Query(params): Query<Params>,
    request: Request,
) -> Response {
    let desk = Desk::open(world, ticket, Surface::Vertex);
    respond(desk, &model, &params, request).await
}

async fn list(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket, Surface::of(uri.path()));
    let number = |name: &str, usual| params.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    match desk.enter(&headers, &params, Faults::default()).await {
        Ok(faults) => desk.whole(&models::list(number("pageSize", 50), number("pageToken", 0)), faults),
        Err(error) => desk.refuse(&error),
    }
}

async fn one(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    OriginalUri(uri): OriginalUri,
    Path(name): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket, Surface::of(uri.path()));
    let entered = desk.enter(&headers, &params, Faults::default()).await;
    let found = entered.and_then(|faults| {
        let model = models::resolve(&name);
        let model = model.ok_or_else(|| ApiError::no_model(&name, "getModel", desk.surface))?;
        Ok((models::describe(&model), faults))
    });
    match found {
        Ok((model, faults)) => desk.whole(&model, faults),
        Err(error) => desk.refuse(&error),
    }
}

async fn no_such_path(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let error = ApiError::asked_for(StatusCode::NOT_FOUND, None);
    Desk::open(world, ticket, Surface::of(uri.path())).refuse(&error)
}

/// Answers `{model}:{verb}`.
async fn respond(mut desk: Desk, path: &str, params: &Params, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let (name, verb) = path.rsplit_once(':').unwrap_or((path, ""));
    let style = if params.get("alt").is_some_and(|alt| alt == "sse") { Style::Events } else { Style::Array };
    if verb == "streamGenerateContent" && style == Style::Array {
        desk.list();
    }
    let made = match Faults::of_model(name) {
        Ok((name, of_model)) => {
            answer(&mut desk, &Call { name, verb, of_model }, params, &head.headers, body).await
        }
        Err(error) => Err(error.into()),
    };
    match made {
        Ok((Made::Whole(value), faults)) => desk.whole(&value, faults),
        Ok((Made::Stream(reply), faults)) => desk.stream(*reply, style, faults),
        Err(error) => desk.refuse(&error),
    }
}

/// What was made.
enum Made {
    Whole(Value),
    Stream(Box<reply::Reply>),
}

async fn answer(
    desk: &mut Desk,
    call: &Call<'_>,
    params: &Params,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Made, Faults), ApiError> {
    let faults = desk.enter(headers, params, call.of_model).await?;
    let value = desk.read(body).await?;
    let (surface, seed) = (desk.surface, desk.world.config.seed);
    let model = models::resolve(call.name);
    let model = model.filter(|model| takes(model, call.verb, surface));
    let model = model.ok_or_else(|| ApiError::no_model(call.name, call.verb, surface))?;
    let (made, tokens) = match call.verb {
        "countTokens" => (counted(&Ask::count(&value, model, surface, seed)?), 0),
        "embedContent" => embed::one(&ask::other(&value, &shapes::EMBED, surface)?, &model)?,
        "batchEmbedContents" => embed::batch(&ask::other(&value, &shapes::EMBED_BATCH, surface)?, &model)?,
        "predict" => embed::predict(&ask::other(&value, &shapes::PREDICT, surface)?, &model)?,
        verb => {
            let ask = Ask::read(&value, model, surface, seed)?;
            desk.allow(ask.prompt.tokens())?;
            let reply = reply::make(&desk.world, &desk.ticket, &ask, faults, &desk.key);
            if verb == "streamGenerateContent" {
                return Ok((Made::Stream(Box::new(reply)), faults));
            }
            desk.write(reply.tokens(), faults).await;
            return Ok((Made::Whole(reply.whole()), faults));
        }
    };
    desk.allow(tokens)?;
    Ok((Made::Whole(made), faults))
}

/// Whether a model can do it.
fn takes(model: &Model, verb: &str, surface: Surface) -> bool {
    match verb {
        "generateContent" | "streamGenerateContent" => !model.embeds,
        "countTokens" => true,
        "embedContent" => model.embeds,
        "batchEmbedContents" => model.embeds && surface != Surface::Vertex,
        "predict" => model.embeds && surface == Surface::Vertex,
        _ => false,
    }
}

fn counted(ask: &Ask) -> Value {
    let prompt = &ask.prompt;
    let mut details = vec![json!({"modality": "TEXT", "tokenCount": prompt.text_tokens})];
    if prompt.media_tokens > 0 {
        details.push(json!({"modality": "IMAGE", "tokenCount": prompt.media_tokens}));
    }
    let mut counted = json!({"totalTokens": prompt.tokens(), "promptTokensDetails": details});
    if ask.surface == Surface::Vertex {
        counted["totalBillableCharacters"] =
            Value::from(prompt.text.chars().filter(|c| !c.is_whitespace()).count());
    }
    counted
}
