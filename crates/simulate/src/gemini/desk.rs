//! What every endpoint of Google's does: it lets a caller in or not, keeps the time and the limits, and
//! signs the answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use base::Nanos;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::Surface;
use super::error::ApiError;
use super::reply::Reply;
use super::stream::{self, Style};
use super::token;
use crate::dist::Distribution;
use crate::fault::Faults;
use crate::play::{self, Frame, Script};
use crate::world::{Ticket, World};
use crate::{body, seed};

/// What a model takes to its first token and between tokens, unless something else is asked for.
const TTFT: Distribution = Distribution::log_normal_ms(200, 650);
const GAP: Distribution = Distribution::log_normal_ms(10, 35);

/// The largest body, as at the vendor.
const BODY_LIMIT: usize = 20 << 20;

/// The query of a request.
pub(super) type Params = HashMap<String, String>;

/// The head of every answer: who asked what, and when.
pub(super) struct Desk {
    pub(super) world: Arc<World>,
    pub(super) ticket: Ticket,
    pub(super) surface: Surface,
    pub(super) key: Vec<u8>,
    started: Nanos,
    /// Errors come in an array, as the answer would.
    listed: bool,
}

// === impl Desk ===

impl Desk {
    pub(super) fn open(world: Arc<World>, ticket: Ticket, surface: Surface) -> Self {
        let started = world.clock.now();
        Self { world, ticket, surface, key: Vec::new(), started, listed: false }
    }

    /// From now on errors come in an array.
    pub(super) fn list(&mut self) {
        self.listed = true;
    }

    /// What precedes every endpoint: latency, the failure that was asked for, the key or token.
    pub(super) async fn enter(
        &mut self,
        headers: &HeaderMap,
        params: &Params,
        of_model: Faults,
    ) -> Result<Faults, ApiError> {
        let faults = self.ticket.faults(of_model)?;
        let natural = self.world.latency(Distribution::log_normal_ms(15, 40));
        let latency = faults.draw_latency(natural, &mut self.world.rng("latency", &self.ticket));
        self.world.pause(latency).await;
        if let Some(status) = faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            return Err(ApiError::asked_for(status, faults.retry_after));
        }
        self.key = match self.surface {
            Surface::Gemini(_) => key(headers, params)?,
            Surface::Vertex => token::authenticate(&self.world, headers)?,
        };
        Ok(faults)
    }

    pub(super) async fn read(&self, body: Body) -> Result<Value, ApiError> {
        let bytes = body::read(body, self.world.config.body_limit.min(BODY_LIMIT)).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::invalid(format!("Invalid JSON payload received. {error}")))
    }

    pub(super) fn allow(&self, tokens: u32) -> Result<(), ApiError> {
        let caller = seed::hash(&[&self.key]);
        let taken = self.world.limits.take(caller, tokens, self.world.clock.now());
        taken.map(drop).map_err(|reached| ApiError::limited(&reached))
    }

    /// Waits as long as a model takes to write so many tokens.
    pub(super) async fn write(&self, tokens: u32, faults: Faults) {
        let (ttft, gap) = self.pauses(faults);
        let mut rng = self.world.rng("pace", &self.ticket);
        let pieces = tokens.saturating_sub(1);
        let time: Duration = (0..pieces).fold(ttft.sample(&mut rng), |time, _| time + gap.sample(&mut rng));
        self.world.pause(time).await;
    }

    /// An answer that is sent response by response.
    pub(super) fn stream(&self, reply: Reply, style: Style, faults: Faults) -> Response {
        let error = stream::error_frame(style, faults.error_after == Some(0));
        self.play(stream::frames(reply, style), (error, style.garbage()), style.content_type(), faults)
    }

    /// The same of these events, with an error and with garbage for whoever asks for them.
    pub(super) fn play(
        &self,
        frames: Box<dyn Iterator<Item = Frame> + Send>,
        (error, garbage): (Bytes, &'static [u8]),
        content_type: &'static str,
        faults: Faults,
    ) -> Response {
        let (ttft, gap) = self.pauses(faults);
        let script = Script {
            frames,
            faults,
            ttft,
            gap,
            error,
            garbage: Bytes::from_static(garbage),
            rng: self.world.rng("pace", &self.ticket),
            world: Arc::clone(&self.world),
        };
        let mut response = Response::new(script.into_body());
        let kind = HeaderValue::from_static(content_type);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        self.sign(response.headers_mut());
        response
    }

    pub(super) fn whole(&self, value: &Value, faults: Faults) -> Response {
        let mut response = http::Response::new(Bytes::from(format!("{value:#}\n")));
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        self.sign(response.headers_mut());
        play::whole(&self.world, response, faults)
    }

    pub(super) fn refuse(&self, error: &ApiError) -> Response {
        let mut response = error.respond(self.listed);
        self.sign(response.headers_mut());
        response
    }

    /// The same in the words of interactions.
    pub(super) fn refuse_in_words(&self, error: &ApiError) -> Response {
        let mut response = error.respond_with(&error.in_words());
        self.sign(response.headers_mut());
        response
    }

    fn pauses(&self, faults: Faults) -> (Distribution, Distribution) {
        let natural = |asked: Option<Distribution>, usual| asked.unwrap_or(self.world.pause_between(usual));
        (natural(faults.ttft, TTFT), natural(faults.gap, GAP))
    }

    /// The headers that every answer has.
    fn sign(&self, headers: &mut HeaderMap) {
        let took = self.world.clock.now().since(self.started).as_millis();
        if let Ok(timing) = HeaderValue::from_str(&format!("gfet4t7; dur={took}")) {
            headers.insert("server-timing", timing);
        }
        for (name, value) in [
            ("vary", "Origin, X-Origin, Referer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "SAMEORIGIN"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Any key will do but one that begins with `bad` or `sk-bad`.
fn key(headers: &HeaderMap, params: &Params) -> Result<Vec<u8>, ApiError> {
    let header = headers.get("x-goog-api-key").map(|value| value.as_bytes().to_vec());
    let key = header.or_else(|| params.get("key").map(|key| key.as_bytes().to_vec()));
    match key.filter(|key| !key.is_empty()) {
        None => Err(ApiError::no_key()),
        Some(key) if key.starts_with(b"bad") || key.starts_with(b"sk-bad") => Err(ApiError::bad_key()),
        Some(key) => Ok(key),
    }
}
