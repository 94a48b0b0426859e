//! The head of every answer of a model: latency, the failure that was asked for, limits, pauses, and
//! sending it whole or as a stream. What differs between vendors is given to it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use base::Nanos;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::body::{self, BodyError};
use crate::dist::Distribution;
use crate::fault::{FaultError, Faults};
use crate::limit::{Reached, Standings};
use crate::play::{self, Frame, Script};
use crate::seed;
use crate::world::{Ticket, World};

/// A vendor's errors, as far as all vendors have them.
pub(crate) trait Refusal: From<FaultError> + From<BodyError> {
    /// The error that a fault asks for, in the shape that belongs to its status.
    fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self;

    /// A limit that was reached.
    fn limited(reached: &Reached) -> Self;
}

/// What a model takes to its first token and between tokens, unless something else is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) ttft: Distribution,
    pub(crate) gap: Distribution,
}

/// An answer in events.
pub(crate) struct Stream {
    pub(crate) frames: Box<dyn Iterator<Item = Frame> + Send>,
    pub(crate) content_type: &'static str,
    /// The dialect's error event.
    pub(crate) error: Bytes,
    /// An event whose data is no JSON.
    pub(crate) garbage: Bytes,
}

/// Who asked, when, and how much is left.
pub(crate) struct Desk {
    pub(crate) world: Arc<World>,
    pub(crate) ticket: Ticket,
    pub(crate) started: Nanos,
    pub(crate) standings: Option<Standings>,
}

// === impl Pace ===

impl Pace {
    /// Log-normal, from the medians and 99th percentiles in milliseconds.
    pub(crate) const fn of_ms(ttft: (u64, u64), gap: (u64, u64)) -> Self {
        Self {
            ttft: Distribution::log_normal_ms(ttft.0, ttft.1),
            gap: Distribution::log_normal_ms(gap.0, gap.1),
        }
    }
}

// === impl Desk ===

impl Desk {
    pub(crate) fn open(world: Arc<World>, ticket: Ticket) -> Self {
        let started = world.clock.now();
        Self { world, ticket, started, standings: None }
    }

    /// The body of a request, read whole.
    pub(crate) async fn body(&self, body: Body) -> Result<Bytes, BodyError> {
        body::read(body, self.world.config.body_limit).await
    }

    /// What precedes every endpoint: latency, then the failure that was asked for.
    pub(crate) async fn enter<E: Refusal>(&self, of_model: Faults) -> Result<Faults, E> {
        let faults = self.ticket.faults(of_model)?;
        let natural = self.world.latency(Distribution::log_normal_ms(15, 40));
        let latency = faults.draw_latency(natural, &mut self.world.rng("latency", &self.ticket));
        self.world.pause(latency).await;
        match faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            Some(status) => Err(E::asked_for(status, faults.retry_after)),
            None => Ok(faults),
        }
    }

    /// Takes one request and its tokens from the caller's allowance.
    pub(crate) fn allow<E: Refusal>(&mut self, caller: &[u8], tokens: u32) -> Result<(), E> {
        let taken = self.world.limits.take(seed::hash(&[caller]), tokens, self.world.clock.now());
        match taken {
            Ok(standings) => {
                self.standings = Some(standings);
                Ok(())
            }
            Err(reached) => {
                self.standings = Some(reached.standings);
                Err(E::limited(&reached))
            }
        }
    }

    /// Waits as long as the model takes to write a whole answer.
    pub(crate) async fn write(&self, faults: Faults, pace: Pace, tokens: u32) {
        let (ttft, gap) = self.pauses(faults, pace);
        let mut rng = self.world.rng("pace", &self.ticket);
        let first = ttft.sample(&mut rng);
        let time = (1..tokens).fold(first, |time, _| time + gap.sample(&mut rng));
        self.world.pause(time).await;
    }

    /// A whole answer in JSON.
    pub(crate) fn whole<T: Serialize>(&self, value: &T, faults: Faults) -> Response {
        let bytes: Bytes = serde_json::to_vec(value).unwrap_or_default().into();
        let mut response = http::Response::new(bytes);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        play::whole(&self.world, response, faults)
    }

    /// An answer event by event.
    pub(crate) fn stream(&self, stream: Stream, faults: Faults, pace: Pace) -> Response {
        let (ttft, gap) = self.pauses(faults, pace);
        let script = Script {
            frames: stream.frames,
            faults,
            ttft,
            gap,
            error: stream.error,
            garbage: stream.garbage,
            rng: self.world.rng("pace", &self.ticket),
            world: Arc::clone(&self.world),
        };
        let mut response = Response::new(script.into_body());
        let head = response.headers_mut();
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static(stream.content_type));
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    /// Letters and digits for an id of this request; `label` tells apart what they are for.
    pub(crate) fn id(&self, label: &str, length: usize) -> String {
        seed::letters(&mut self.world.rng(label, &self.ticket), length)
    }

    /// A UUID of version 4 for this request.
    pub(crate) fn uuid(&self, label: &str) -> String {
        let bits = seed::hash(&[self.id(label, 32).as_bytes()]);
        let more = seed::hash(&[b"lower half", &bits.to_le_bytes()]);
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            bits >> 32,
            bits >> 16 & 0xffff,
            bits & 0xfff,
            more >> 52,
            more & 0xffff_ffff_ffff
        )
    }

    /// How long it has taken so far.
    pub(crate) fn took(&self) -> Duration {
        self.world.clock.now().since(self.started)
    }

    fn pauses(&self, faults: Faults, pace: Pace) -> (Distribution, Distribution) {
        let natural = |asked: Option<Distribution>, usual| asked.unwrap_or(self.world.pause_between(usual));
        (natural(faults.ttft, pace.ttft), natural(faults.gap, pace.gap))
    }
}

/// A server-sent event: its name, if it has one, and its data.
pub(crate) fn event<T: Serialize>(name: Option<&str>, value: &T) -> Bytes {
    let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
    let data = serde_json::to_string(value).unwrap_or_default();
    format!("{name}data: {data}\n\n").into()
}

/// Sets a header, if name and value can be one.
pub(crate) fn put(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

/// The key of `Authorization: Bearer KEY`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
