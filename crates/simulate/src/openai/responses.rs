//! OpenAI's responses, under `/openai/v1/responses`: made whole or as a stream, kept for a while, counted
//! and compacted.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use base::Nanos;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::desk::{self, Desk, Stream};
use super::error::ApiError;
use crate::fault::Faults;
use crate::world::{Ticket, World};
use crate::{seed, synth, when};

mod ask;
mod content;
mod fields;
mod items;
mod keep;
pub(super) mod list;
mod reply;
mod seal;
mod socket;
mod stream;
mod tools;

use ask::{Ask, Context};
use fields::Purpose;
use keep::Kept;
use reply::Reply;
use stream::Style;

pub(crate) use keep::Keep;

/// An event whose data is no JSON.
const GARBAGE: &[u8] = b"event: response.output_text.delta\ndata: {\"type\":\"response.output_te\n\n";

type Shared = State<Arc<World>>;

/// The routes under `/openai/v1`, or where another service has them.
pub(super) fn router(prefix: &str) -> Router<Arc<World>> {
    let at = |path: &str| format!("{prefix}/responses{path}");
    Router::new()
        .route(&at(""), post(create).get(socket::open))
        .route(&at("/compact"), post(compact))
        .route(&at("/input_tokens"), post(input_tokens))
        .route(&at("/{id}"), get(retrieve).delete(delete))
        .route(&at("/{id}/cancel"), post(cancel))
        .route(&at("/{id}/input_items"), get(input_items))
}

async fn create(
    State(world): Shared,
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

async fn input_tokens(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match read(&mut desk, &headers, body, Purpose::Count).await {
        Ok((ask, faults)) => {
            let counted = json!({"object": "response.input_tokens", "input_tokens": ask.prompt.tokens});
            desk.whole(&counted, faults)
        }
        Err(error) => desk.refuse(error),
    }
}

async fn compact(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match read(&mut desk, &headers, body, Purpose::Compact).await {
        Ok((ask, faults)) => desk.whole(&compacted(&desk, &ask), faults),
        Err(error) => desk.refuse(error),
    }
}

async fn retrieve(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match find(&mut desk, &headers, &id).await {
        Ok((kept, faults)) if query.get("stream").is_some_and(|text| text == "true") => {
            replay(&desk, &kept, &query, faults)
        }
        Ok((kept, faults)) => desk.whole(&as_of(&desk, &kept), faults),
        Err(error) => desk.refuse(error),
    }
}

async fn delete(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match find(&mut desk, &headers, &id).await {
        Ok((kept, faults)) => {
            desk.world.responses.delete(kept.owner, &id);
            desk.whole(&json!({"id": id, "object": "response", "deleted": true}), faults)
        }
        Err(error) => desk.refuse(error),
    }
}

async fn cancel(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    let found = find(&mut desk, &headers, &id).await.and_then(|(kept, faults)| {
        if kept.response.get("background") != Some(&Value::Bool(true)) {
            let message = "Cannot cancel a synchronous response.";
            return Err(ApiError::invalid(StatusCode::BAD_REQUEST, message));
        }
        if !kept.cancelled && kept.ready <= desk.world.clock.now() {
            let message = "Cannot cancel a completed response.";
            return Err(ApiError::invalid(StatusCode::BAD_REQUEST, message));
        }
        desk.world.responses.cancel(kept.owner, &id);
        Ok((Kept { cancelled: true, ..kept }, faults))
    });
    match found {
        Ok((kept, faults)) => desk.whole(&as_of(&desk, &kept), faults),
        Err(error) => desk.refuse(error),
    }
}

async fn input_items(
    State(world): Shared,
    Extension(ticket): Extension<Ticket>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    let found = find(&mut desk, &headers, &id).await;
    match found.and_then(|(kept, faults)| Ok((list::page(&kept.input, &query)?, faults))) {
        Ok((page, faults)) => desk.whole(&page, faults),
        Err(error) => desk.refuse(error),
    }
}

/// Makes a response.
pub(super) async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    answer_lasting(desk, headers, body, None).await.map(|(response, _)| response)
}

/// What a session asks for besides.
#[derive(Clone, Copy)]
struct Lasting {
    /// The model says nothing: the request is only put by.
    silent: bool,
}

/// The same; within a session it is kept also where it is not to be stored, for the next turn. Gives its id as well.
async fn answer_lasting(
    desk: &mut Desk,
    headers: &HeaderMap,
    body: Body,
    session: Option<Lasting>,
) -> Result<(Response, String), ApiError> {
    let (ask, faults) = read(desk, headers, body, Purpose::Answer).await?;
    desk.allow(headers, ask.prompt.tokens)?;
    let Reply { mut response, tokens } =
        reply::make(&desk.world, &desk.ticket, &ask, faults, desk::key(headers));
    if session.is_some_and(|session| session.silent) {
        reply::silence(&mut response);
    }
    let id = response.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (background, now) = (ask.background, desk.world.clock.now());
    let (stream, obfuscate) = (ask.stream, ask.obfuscate);
    let pace = desk.pace(tokens, faults);
    if ask.store || session.is_some() {
        let size = ask.items.iter().map(|item| item.to_string().len()).sum::<usize>();
        let ready = if background { Nanos(now.0.saturating_add(nanos(pace))) } else { now };
        let (owner, response) = (owner(headers), Value::Object(response.clone()));
        let size = size + response.to_string().len();
        desk.world.responses.put(Kept { owner, response, input: ask.items, ready, cancelled: false, size });
    }
    if stream {
        let obfuscation = obfuscate.then(|| desk.world.rng("obfuscation", &desk.ticket));
        let frames = stream::frames(response, Style { obfuscation, after: None });
        let error = stream::error_frame(faults.error_after.unwrap_or(0));
        return Ok((desk.stream(Stream { frames, error, garbage: GARBAGE }, faults), id));
    }
    if background {
        return Ok((desk.whole(&stream::snapshot(&response, "queued"), faults), id));
    }
    desk.world.pause(pace).await;
    Ok((desk.whole(&response, faults), id))
}

async fn read(
    desk: &mut Desk,
    headers: &HeaderMap,
    body: Body,
    purpose: Purpose,
) -> Result<(Ask, Faults), ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let world = &desk.world;
    let mut ids = world.rng("item id", &desk.ticket);
    let context =
        Context { keep: &world.responses, owner: owner(headers), seed: world.config.seed, ids: &mut ids };
    Ok((Ask::read(value, purpose, context)?, faults))
}

/// Lets the caller in and finds a response of its own.
async fn find(desk: &mut Desk, headers: &HeaderMap, id: &str) -> Result<(Kept, Faults), ApiError> {
    let faults = desk.enter(headers, Faults::default()).await?;
    let kept = desk.world.responses.get(owner(headers), id).ok_or_else(|| ApiError::no_response(id))?;
    Ok((kept, faults))
}

/// A response as it is by now.
fn as_of(desk: &Desk, kept: &Kept) -> Value {
    let Some(response) = kept.response.as_object() else { return Value::Null };
    if kept.cancelled {
        return Value::Object(stream::snapshot(response, "cancelled"));
    }
    if desk.world.clock.now() < kept.ready {
        return Value::Object(stream::snapshot(response, "in_progress"));
    }
    kept.response.clone()
}

/// The stream of a response that was made before.
fn replay(desk: &Desk, kept: &Kept, query: &HashMap<String, String>, faults: Faults) -> Response {
    let after = query.get("starting_after").and_then(|text| text.parse().ok());
    let plain = query.get("include_obfuscation").is_some_and(|text| text == "false");
    let obfuscation = (!plain).then(|| desk.world.rng("obfuscation", &desk.ticket));
    let response = kept.response.as_object().cloned().unwrap_or_default();
    let frames = stream::frames(response, Style { obfuscation, after });
    let error = stream::error_frame(faults.error_after.unwrap_or(0));
    desk.stream(Stream { frames, error, garbage: GARBAGE }, faults)
}

/// A conversation boiled down: what the user said, and the rest under a seal.
fn compacted(desk: &Desk, ask: &Ask) -> Value {
    let mut ids = desk.world.rng("compaction", &desk.ticket);
    let mut id = |start: &str| format!("{start}_{}", seed::letters(&mut ids, 48).to_ascii_lowercase());
    let (own, item) = (id("resp"), id("cmp"));
    let user = |item: &&Value| item.get("role").is_some_and(|role| role == "user");
    let mut output: Vec<Value> = ask.items.iter().filter(user).cloned().collect();
    let sealed = seal::seal(desk.world.config.seed, &item, synth::cut(&ask.prompt.text, 2_000));
    let written = synth::count(&sealed);
    output.push(json!({"id": item, "type": "compaction", "encrypted_content": sealed}));
    json!({
        "id": own,
        "object": "response.compaction",
        "created_at": when::seconds(desk.world.clock.wall()),
        "output": output,
        "usage": {
            "input_tokens": ask.prompt.tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": ask.prompt.tokens.saturating_add(written),
        },
    })
}

fn owner(headers: &HeaderMap) -> u64 {
    seed::hash(&[desk::key(headers)])
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
