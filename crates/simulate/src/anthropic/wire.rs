//! Answers as they go over the wire.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ask::Ask;
use super::messages::Cached;
use super::reply::{self, Reply};
use crate::seed;
use crate::world::{Ticket, World};

/// What the whole answer and the start of its stream have in common.
#[derive(Clone, Debug)]
pub(super) struct Message {
    id: String,
    model: String,
    cached: Cached,
    thinking_tokens: u32,
    tokens: u32,
}

#[derive(Serialize)]
pub(super) struct Whole<'a> {
    id: &'a str,
    r#type: &'static str,
    role: &'static str,
    model: &'a str,
    content: Vec<Block>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<String>,
    /// Why the model refused; told at the end, and `null` where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_details: Option<Value>,
    usage: Usage,
}

/// A block, whole or at its start.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Thinking {
        thinking: String,
        signature: String,
    },
    Text {
        text: String,
        /// `null`; told of a whole block alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        citations: Option<Value>,
    },
    ToolUse {
        id: String,
        name: String,
        input: Map<String, Value>,
    },
}

#[derive(Serialize)]
pub(super) struct Usage {
    input_tokens: u32,
    cache_creation_input_tokens: u32,
    cache_read_input_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation: Option<CacheCreation>,
    output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'static str>,
}

#[derive(Serialize)]
struct CacheCreation {
    ephemeral_5m_input_tokens: u32,
    ephemeral_1h_input_tokens: u32,
}

#[derive(Serialize)]
struct OutputDetails {
    thinking_tokens: u32,
}

// === impl Message ===

impl Message {
    pub(super) fn new(world: &World, ticket: &Ticket, ask: &Ask, reply: &Reply, cached: Cached) -> Self {
        Self {
            id: format!("msg_01{}", seed::letters(&mut world.rng("message id", ticket), 22)),
            model: ask.model.clone(),
            thinking_tokens: reply.thinking_tokens,
            tokens: reply.tokens,
            cached,
        }
    }

    pub(super) fn whole(&self, reply: Reply) -> Whole<'_> {
        let details = OutputDetails { thinking_tokens: self.thinking_tokens };
        Whole {
            content: reply.blocks.into_iter().map(Block::from).collect(),
            stop_reason: Some(reply.stop_reason),
            stop_sequence: reply.stop_sequence,
            stop_details: Some(reply.stop_details.unwrap_or_default()),
            usage: Usage { output_tokens_details: Some(details), ..self.usage(self.tokens) },
            ..self.start()
        }
    }

    /// As it begins a stream: without content, and with the first token counted.
    pub(super) fn start(&self) -> Whole<'_> {
        Whole {
            id: &self.id,
            r#type: "message",
            role: "assistant",
            model: &self.model,
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            stop_details: None,
            usage: self.usage(self.tokens.min(1)),
        }
    }

    /// As it ends a stream: counts from the start, not since then.
    pub(super) fn final_usage(&self) -> Usage {
        let details = OutputDetails { thinking_tokens: self.thinking_tokens };
        let details = (self.thinking_tokens > 0).then_some(details);
        let usage = self.usage(self.tokens);
        Usage { cache_creation: None, service_tier: None, output_tokens_details: details, ..usage }
    }

    fn usage(&self, output_tokens: u32) -> Usage {
        let cached = self.cached;
        Usage {
            input_tokens: cached.fresh,
            cache_creation_input_tokens: cached.written_5m + cached.written_1h,
            cache_read_input_tokens: cached.read,
            cache_creation: Some(CacheCreation {
                ephemeral_5m_input_tokens: cached.written_5m,
                ephemeral_1h_input_tokens: cached.written_1h,
            }),
            output_tokens,
            output_tokens_details: None,
            service_tier: Some("standard"),
        }
    }
}

impl From<reply::Block> for Block {
    fn from(block: reply::Block) -> Self {
        match block {
            reply::Block::Thinking { thought, signature } => Self::Thinking { thinking: thought, signature },
            reply::Block::Text(text) => Self::Text { text, citations: Some(Value::Null) },
            reply::Block::Cited(text) => {
                let citations = Some(Value::from(vec![reply::citation(&text)]));
                Self::Text { text, citations }
            }
            reply::Block::ToolUse { id, name, input } => Self::ToolUse { id, name, input },
        }
    }
}
