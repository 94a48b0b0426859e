//! Chats and embeddings for another service that offers the same models in a wrapping of its own.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::ask::Ask;
use super::error::ApiError;
use super::{embeddings, models, reply, responses, stream, wire};
use crate::desk::Desk;
use crate::fault::Faults;
use crate::world::World;

/// Why a request was refused, in the vendor's words.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// A chat that was found to be right.
#[derive(Debug)]
pub(crate) struct Asked(Ask);

/// An answer, both whole and in events; one of the two is used.
pub(crate) struct Lent {
    pub(crate) whole: Value,
    /// Each event's data (the last is no JSON and left out), and whether the model takes time to write it.
    pub(crate) events: Box<dyn Iterator<Item = (Value, bool)> + Send>,
    pub(crate) tokens: u32,
}

// === impl Asked ===

impl Asked {
    pub(crate) fn read(body: Value) -> Result<Self, Refused> {
        Ok(Self(Ask::read(body)?))
    }

    /// How many tokens the prompt has.
    pub(crate) fn tokens(&self) -> u32 {
        self.0.prompt.tokens
    }

    pub(crate) fn streams(&self) -> bool {
        self.0.stream
    }

    pub(crate) fn answer(&self, desk: &Desk, faults: Faults, caller: &[u8]) -> Lent {
        let (world, ticket, ask) = (&desk.world, &desk.ticket, &self.0);
        let replies = reply::make(world, ticket, ask, faults);
        let usage = reply::usage(world, ask, &replies, caller);
        let completion = wire::Completion::new(world, ticket, ask);
        let again = reply::make(world, ticket, ask, faults);
        let frames = stream::frames(completion.clone(), again, usage, ask, world.rng("obfuscation", ticket));
        let events = frames.filter_map(|frame| {
            let data = frame.bytes.strip_prefix(b"data: ")?;
            Some((serde_json::from_slice(data).ok()?, frame.paced))
        });
        Lent {
            whole: serde_json::to_value(completion.whole(replies, usage, ask)).unwrap_or_default(),
            events: Box::new(events),
            tokens: usage.completion_tokens,
        }
    }
}

/// Embeddings, and how many tokens they took.
pub(crate) fn embeddings(body: Value) -> Result<(Value, u32), Refused> {
    Ok(embeddings::made(body)?)
}

/// Whether a model of this name is there.
pub(crate) fn knows(name: &str) -> bool {
    models::resolve(name).is_some()
}

/// The models that are there.
pub(crate) fn models() -> Value {
    serde_json::to_value(models::list()).unwrap_or_default()
}

/// The routes of responses.
pub(crate) fn responses(prefix: &str) -> Router<Arc<World>> {
    responses::router(prefix)
}

/// The error that a stream sends in its middle.
pub(crate) fn error_frame() -> Bytes {
    stream::error_frame()
}

// === impl Refused ===

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self { status: error.status, body: serde_json::to_value(error.wire()).unwrap_or_default() }
    }
}
