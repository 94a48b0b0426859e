//! What every endpoint of OpenAI's does: it lets a caller in or not, keeps the time and the limits, and
//! signs the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use base::Nanos;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::error::{self, ApiError};
use super::form::Form;
use crate::dist::Distribution;
use crate::fault::{Faults, Finish};
use crate::limit::{Standing, Standings};
use crate::play::{self, Frame, Script};
use crate::world::{Ticket, World};
use crate::{body, seed, when};

/// What a model takes to its first token and between tokens, unless something else is asked for.
const TTFT: Distribution = Distribution::log_normal_ms(180, 600);
const GAP: Distribution = Distribution::log_normal_ms(12, 40);

/// The head of every answer: who asked, when, and how much is left.
pub(super) struct Desk {
    pub(super) world: Arc<World>,
    pub(super) ticket: Ticket,
    started: Nanos,
    standings: Option<Standings>,
}

/// A stream that is to be sent.
pub(super) struct Stream {
    pub(super) frames: Box<dyn Iterator<Item = Frame> + Send>,
    /// The event that says that the model failed.
    pub(super) error: Bytes,
    /// An event whose data is no JSON.
    pub(super) garbage: &'static [u8],
}

// === impl Desk ===

impl Desk {
    pub(super) fn open(world: Arc<World>, ticket: Ticket) -> Self {
        let started = world.clock.now();
        Self { world, ticket, started, standings: None }
    }

    /// Reads a body of JSON and lets the caller in; faults may stand in the model's name.
    pub(super) async fn read(
        &mut self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Value, Faults), ApiError> {
        let bytes = body::read(body, self.world.config.body_limit).await?;
        let parsed: Result<Value, _> = serde_json::from_slice(&bytes);
        let name = parsed.as_ref().ok().and_then(|value| value.get("model")).and_then(Value::as_str);
        let (_, of_model) = Faults::of_model(name.unwrap_or_default())?;
        let faults = self.enter(headers, of_model).await?;
        Ok((parsed.map_err(|_| ApiError::no_json())?, faults))
    }

    /// Reads a form with files and lets the caller in; faults may stand in the model's name.
    pub(super) async fn form(&mut self, headers: &HeaderMap, body: Body) -> Result<(Form, Faults), ApiError> {
        let bytes = body::read(body, self.world.config.body_limit).await?;
        let form = Form::read(headers, &bytes);
        let name = form.as_ref().ok().and_then(|form| form.text("model")).unwrap_or_default();
        let (_, of_model) = Faults::of_model(&name)?;
        let faults = self.enter(headers, of_model).await?;
        Ok((form?, faults))
    }

    /// How long a model takes to write so many tokens.
    pub(super) fn pace(&self, tokens: u32, faults: Faults) -> Duration {
        let (ttft, gap) = self.pauses(faults);
        let mut rng = self.world.rng("pace", &self.ticket);
        let pieces = tokens.saturating_sub(1);
        (0..pieces).fold(ttft.sample(&mut rng), |time, _| time + gap.sample(&mut rng))
    }

    /// An answer that is sent event by event.
    pub(super) fn stream(&self, stream: Stream, faults: Faults) -> Response {
        let (ttft, gap) = self.pauses(faults);
        let script = Script {
            frames: stream.frames,
            faults,
            ttft,
            gap,
            error: stream.error,
            garbage: Bytes::from_static(stream.garbage),
            rng: self.world.rng("pace", &self.ticket),
            world: Arc::clone(&self.world),
        };
        let mut response = Response::new(script.into_body());
        let head = response.headers_mut();
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        self.sign(response.headers_mut());
        response
    }

    /// What precedes every endpoint: latency, the failure that was asked for, the key.
    pub(super) async fn enter(&mut self, headers: &HeaderMap, of_model: Faults) -> Result<Faults, ApiError> {
        let faults = self.ticket.faults(of_model)?;
        let natural = self.world.latency(Distribution::log_normal_ms(15, 40));
        let latency = faults.draw_latency(natural, &mut self.world.rng("latency", &self.ticket));
        self.world.pause(latency).await;
        if let Some(status) = faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            return Err(ApiError::asked_for(status, faults.retry_after));
        }
        error::authenticate(headers)?;
        if faults.finish == Some(Finish::Blocked) {
            return Err(ApiError::blocked());
        }
        Ok(faults)
    }

    pub(super) fn allow(&mut self, headers: &HeaderMap, tokens: u32) -> Result<(), ApiError> {
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

    pub(super) fn whole<T: Serialize>(&self, value: &T, faults: Faults) -> Response {
        let bytes: Bytes = serde_json::to_vec(value).unwrap_or_default().into();
        let mut response = http::Response::new(bytes);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.sign(response.headers_mut());
        play::whole(&self.world, response, faults)
    }

    /// An answer that is no JSON.
    pub(super) fn bytes(&self, kind: &'static str, bytes: Bytes, faults: Faults) -> Response {
        let mut response = http::Response::new(bytes);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        self.sign(response.headers_mut());
        play::whole(&self.world, response, faults)
    }

    pub(super) fn refuse(&self, error: ApiError) -> Response {
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

/// Who asks.
pub(super) fn key(headers: &HeaderMap) -> &[u8] {
    headers.get(header::AUTHORIZATION).map_or(&[], HeaderValue::as_bytes)
}
