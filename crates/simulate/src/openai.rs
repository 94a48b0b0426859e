//! OpenAI's chat completions and models, under `/openai/v1`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base::Nanos;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::dist::Distribution;
use crate::fault::Faults;
use crate::limit::{Standing, Standings};
use crate::play::{self, Script};
use crate::world::{Ticket, World};
use crate::{body, seed, when};

mod ask;
mod check;
mod error;
mod fields;
mod messages;
mod models;
mod reply;
mod stream;
mod tools;
mod wire;

use ask::Ask;
use error::ApiError;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const TTFT: Distribution = Distribution::log_normal_ms(180, 600);
const GAP: Distribution = Distribution::log_normal_ms(12, 40);

/// The head of every answer: who asked, when, and how much is left.
struct Desk {
    world: Arc<World>,
    ticket: Ticket,
    started: Nanos,
    standings: Option<Standings>,
}

/// The routes under `/openai`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(list))
        .route("/v1/models/{model}", get(one))
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
    match desk.chat(&headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
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

// === impl Desk ===

impl Desk {
    fn open(world: Arc<World>, ticket: Ticket) -> Self {
        let started = world.clock.now();
        Self { world, ticket, started, standings: None }
    }

    async fn chat(&mut self, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
        let bytes = body::read(body, self.world.config.body_limit).await?;
        let parsed: Result<Value, _> = serde_json::from_slice(&bytes);
        let name = parsed.as_ref().ok().and_then(|value| value.get("model")).and_then(Value::as_str);
        let (_, of_model) = Faults::of_model(name.unwrap_or_default())?;
        let faults = self.enter(headers, of_model).await?;
        let value = parsed.map_err(|_| ApiError::no_json())?;
        let ask = Ask::read(value)?;
        self.allow(headers, ask.prompt.tokens)?;
        let replies = reply::make(&self.world, &self.ticket, &ask, faults);
        let usage = reply::usage(&self.world, &ask, &replies, key(headers));
        let completion = wire::Completion::new(&self.world, &self.ticket, &ask);
        let (ttft, gap) = self.pauses(faults);
        if !ask.stream {
            let mut rng = self.world.rng("pace", &self.ticket);
            let pieces = usage.completion_tokens.saturating_sub(1);
            let time = (0..pieces).fold(ttft.sample(&mut rng), |time, _| time + gap.sample(&mut rng));
            self.world.pause(time).await;
            return Ok(self.whole(&completion.whole(replies, usage, &ask), faults));
        }
        let script = Script {
            frames: stream::frames(
                completion,
                replies,
                usage,
                &ask,
                self.world.rng("obfuscation", &self.ticket),
            ),
            faults,
            ttft,
            gap,
            error: stream::error_frame(),
            garbage: Bytes::from_static(b"data: {\"id\":\"chatcmpl-\n\n"),
            rng: self.world.rng("pace", &self.ticket),
            world: Arc::clone(&self.world),
        };
        let mut response = Response::new(script.into_body());
        let head = response.headers_mut();
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        self.sign(response.headers_mut());
        Ok(response)
    }

    /// What precedes every endpoint: latency, the failure that was asked for, the key.
    async fn enter(&mut self, headers: &HeaderMap, of_model: Faults) -> Result<Faults, ApiError> {
        let faults = self.ticket.faults(of_model)?;
        let natural = self.world.latency(Distribution::log_normal_ms(15, 40));
        let latency = faults.draw_latency(natural, &mut self.world.rng("latency", &self.ticket));
        self.world.pause(latency).await;
        if let Some(status) = faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            return Err(ApiError::asked_for(status, faults.retry_after));
        }
        error::authenticate(headers)?;
        Ok(faults)
    }

    fn allow(&mut self, headers: &HeaderMap, tokens: u32) -> Result<(), ApiError> {
        let caller = seed::hash(&[key(headers)]);
        match self.world.limits.take(caller, tokens, self.world.clock.now()) {
            Ok(standings) => {
                self.standings = Some(standings);
                Ok(())
            }
            Err(reached) => {
                self.standings = Some(reached.standings);
                Err(ApiError::limited(&reached))
            }
        }
    }

    fn pauses(&self, faults: Faults) -> (Distribution, Distribution) {
        let natural = |asked: Option<Distribution>, usual| asked.unwrap_or(self.world.pause_between(usual));
        (natural(faults.ttft, TTFT), natural(faults.gap, GAP))
    }

    fn whole<T: Serialize>(&self, value: &T, faults: Faults) -> Response {
        let bytes: Bytes = serde_json::to_vec(value).unwrap_or_default().into();
        let mut response = http::Response::new(bytes);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.sign(response.headers_mut());
        play::whole(&self.world, response, faults)
    }

    fn refuse(&self, error: ApiError) -> Response {
        let mut response = error.into_response();
        self.sign(response.headers_mut());
        response
    }

    /// The headers that every answer has.
    fn sign(&self, headers: &mut HeaderMap) {
        let id = seed::letters(&mut self.world.rng("request id", &self.ticket), 32).to_ascii_lowercase();
        put(headers, "x-request-id", &format!("req_{id}"));
        let took = self.world.clock.now().since(self.started).as_millis();
        put(headers, "openai-processing-ms", &took.to_string());
        put(headers, "openai-version", "2020-10-01");
        put(headers, "openai-organization", "org-simulated");
        let Some(standings) = self.standings else { return };
        rate_limit(headers, "requests", standings.requests);
        rate_limit(headers, "tokens", standings.tokens);
    }
}

fn rate_limit(headers: &mut HeaderMap, what: &str, standing: Standing) {
    put(headers, &format!("x-ratelimit-limit-{what}"), &standing.limit.to_string());
    put(headers, &format!("x-ratelimit-remaining-{what}"), &standing.remaining.to_string());
    put(headers, &format!("x-ratelimit-reset-{what}"), &when::go_duration(standing.reset));
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn key(headers: &HeaderMap) -> &[u8] {
    headers.get(header::AUTHORIZATION).map_or(&[], HeaderValue::as_bytes)
}
