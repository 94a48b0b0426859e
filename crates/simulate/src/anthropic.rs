//! Anthropic's messages, under `/anthropic/v1`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::dist::Distribution;
use crate::fault::{Faults, Finish};
use crate::limit::{Standing, Standings};
use crate::play::{self, Script};
use crate::world::{Ticket, World};
use crate::{body, seed, when};

mod ask;
mod blocks;
mod check;
mod error;
mod fields;
mod generation;
pub(crate) mod lend;
mod messages;
mod models;
mod reply;
mod stream;
mod tools;
mod wire;

use ask::{Ask, Purpose};
use error::{ApiError, Kind};
use fields::Version;

/// What a model takes to its first token and between tokens, unless something else is asked for.
const TTFT: Distribution = Distribution::log_normal_ms(220, 700);
const GAP: Distribution = Distribution::log_normal_ms(14, 45);

/// The largest body, as at the vendor.
const BODY_LIMIT: usize = 32 << 20;

/// The head of every answer: who asked, and how much is left.
struct Desk {
    world: Arc<World>,
    ticket: Ticket,
    standings: Option<Standings>,
}

/// The routes under `/anthropic`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/models", get(list))
        .route("/v1/models/{model}", get(one))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
}

async fn messages(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk { world, ticket, standings: None };
    match desk.messages(&headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(&error),
    }
}

async fn count_tokens(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk { world, ticket, standings: None };
    match desk.ask(&headers, body, Purpose::Count).await {
        Ok((ask, faults)) => desk.whole(&json!({"input_tokens": ask.tokens()}), faults),
        Err(error) => desk.refuse(&error),
    }
}

async fn list(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk { world, ticket, standings: None };
    let entered = desk.enter(&headers, Faults::default()).await;
    match entered.and_then(|(faults, _)| Ok((models::list(&query)?, faults))) {
        Ok((list, faults)) => desk.whole(&list, faults),
        Err(error) => desk.refuse(&error),
    }
}

async fn one(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut desk = Desk { world, ticket, standings: None };
    let entered = desk.enter(&headers, Faults::default()).await;
    let found = entered.and_then(|(faults, _)| {
        let model = models::resolve(&name).ok_or_else(|| ApiError::no_model(&name))?;
        Ok((models::describe(&model), faults))
    });
    match found {
        Ok((model, faults)) => desk.whole(&model, faults),
        Err(error) => desk.refuse(&error),
    }
}

async fn no_such_path(State(world): State<Arc<World>>, Extension(ticket): Extension<Ticket>) -> Response {
    Desk { world, ticket, standings: None }.refuse(&ApiError::new(Kind::NotFound, "Not found"))
}

async fn no_such_method(State(world): State<Arc<World>>, Extension(ticket): Extension<Ticket>) -> Response {
    let error = ApiError::with_status(StatusCode::METHOD_NOT_ALLOWED, Kind::Invalid, "Method Not Allowed");
    Desk { world, ticket, standings: None }.refuse(&error)
}

// === impl Desk ===

impl Desk {
    async fn messages(&mut self, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
        let (ask, faults) = self.ask(headers, body, Purpose::Answer).await?;
        self.allow(headers, ask.tokens())?;
        if faults.finish == Some(Finish::Failed) {
            return Err(ApiError::asked_for(StatusCode::INTERNAL_SERVER_ERROR, None));
        }
        let cached = ask.prompt.caching(&self.world.cache, seed::hash(&[key(headers)]), &ask.model);
        let reply = reply::make(&self.world, &self.ticket, &ask, faults);
        let message = wire::Message::new(&self.world, &self.ticket, &ask, &reply, cached);
        let natural = |asked: Option<Distribution>, usual| asked.unwrap_or(self.world.pause_between(usual));
        let (ttft, gap) = (natural(faults.ttft, TTFT), natural(faults.gap, GAP));
        if !ask.stream {
            let mut rng = self.world.rng("pace", &self.ticket);
            let pieces = reply.tokens.saturating_sub(1);
            let time = (0..pieces).fold(ttft.sample(&mut rng), |time, _| time + gap.sample(&mut rng));
            self.world.pause(time).await;
            return Ok(self.whole(&message.whole(reply), faults));
        }
        let script = Script {
            frames: stream::frames(&message, reply),
            faults,
            ttft,
            gap,
            error: stream::error_frame(),
            garbage: Bytes::from_static(b"event: content_block_delta\ndata: {\"type\":\"content_bl\n\n"),
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

    /// Reads and checks a request.
    async fn ask(
        &mut self,
        headers: &HeaderMap,
        body: Body,
        purpose: Purpose,
    ) -> Result<(Ask, Faults), ApiError> {
        let bytes = body::read(body, self.world.config.body_limit.min(BODY_LIMIT)).await?;
        let parsed: Result<Value, _> = serde_json::from_slice(&bytes);
        let name = parsed.as_ref().ok().and_then(|value| value.get("model")).and_then(Value::as_str);
        let (_, of_model) = Faults::of_model(name.unwrap_or_default())?;
        let (faults, version) = self.enter(headers, of_model).await?;
        let value = parsed
            .map_err(|error| ApiError::invalid(format!("The request body is not valid JSON: {error}")))?;
        let betas = headers.contains_key("anthropic-beta");
        let ask = Ask::read(value, purpose, version, betas, self.world.config.seed)?;
        Ok((ask, faults))
    }

    /// What precedes every endpoint: latency, the failure that was asked for, the key, the version.
    async fn enter(&mut self, headers: &HeaderMap, of_model: Faults) -> Result<(Faults, Version), ApiError> {
        let faults = self.ticket.faults(of_model)?;
        let natural = self.world.latency(Distribution::log_normal_ms(15, 40));
        let latency = faults.draw_latency(natural, &mut self.world.rng("latency", &self.ticket));
        self.world.pause(latency).await;
        if let Some(status) = faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            return Err(ApiError::asked_for(status, faults.retry_after));
        }
        error::authenticate(headers)?;
        let version = Version::of(headers)?;
        Ok((faults, version))
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

    fn whole<T: Serialize>(&self, value: &T, faults: Faults) -> Response {
        let bytes: Bytes = serde_json::to_vec(value).unwrap_or_default().into();
        let mut response = http::Response::new(bytes);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.sign(response.headers_mut());
        play::whole(&self.world, response, faults)
    }

    fn request_id(&self) -> String {
        format!("req_011{}", seed::letters(&mut self.world.rng("request id", &self.ticket), 21))
    }

    fn refuse(&self, error: &ApiError) -> Response {
        let mut response = error.respond(&self.request_id());
        self.sign(response.headers_mut());
        response
    }

    /// The headers that every answer has.
    fn sign(&self, headers: &mut HeaderMap) {
        put(headers, "request-id", &self.request_id());
        put(headers, "anthropic-organization-id", "00000000-0000-4000-8000-000000000001");
        let Some(standings) = self.standings else { return };
        let now = when::seconds(self.world.clock.wall());
        for (what, standing) in [
            ("requests", standings.requests),
            ("tokens", standings.tokens),
            ("input-tokens", standings.tokens),
            ("output-tokens", standings.tokens),
        ] {
            rate_limit(headers, what, standing, now);
        }
    }
}

fn rate_limit(headers: &mut HeaderMap, what: &str, standing: Standing, now: i64) {
    let until = i64::try_from(standing.reset.as_millis().div_ceil(1_000)).unwrap_or(0);
    put(headers, &format!("anthropic-ratelimit-{what}-limit"), &standing.limit.to_string());
    put(headers, &format!("anthropic-ratelimit-{what}-remaining"), &standing.remaining.to_string());
    put(headers, &format!("anthropic-ratelimit-{what}-reset"), &when::rfc3339(now + until));
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn key(headers: &HeaderMap) -> &[u8] {
    let given = headers.get("x-api-key").or_else(|| headers.get(header::AUTHORIZATION));
    given.map_or(&[], HeaderValue::as_bytes)
}
