//! Answers as they go over the wire.

use serde::Serialize;
use serde_json::Value;

use super::ask::Ask;
use super::reply::Reply;
use crate::synth;
use crate::world::{Ticket, World};
use crate::{seed, when};

/// What all parts of one answer carry.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    id: String,
    created: i64,
    model: String,
    service_tier: String,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Usage {
    pub(super) prompt_tokens: u32,
    pub(super) completion_tokens: u32,
    pub(super) total_tokens: u32,
    pub(super) prompt_tokens_details: PromptDetails,
    pub(super) completion_tokens_details: CompletionDetails,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct PromptDetails {
    pub(super) cached_tokens: u32,
    pub(super) audio_tokens: u32,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
pub(super) struct CompletionDetails {
    pub(super) reasoning_tokens: u32,
    pub(super) audio_tokens: u32,
    pub(super) accepted_prediction_tokens: u32,
    pub(super) rejected_prediction_tokens: u32,
}

#[derive(Serialize)]
pub(super) struct Whole {
    id: String,
    object: &'static str,
    created: i64,
    model: String,
    choices: Vec<WholeChoice>,
    usage: Usage,
    service_tier: String,
    system_fingerprint: Option<&'static str>,
}

#[derive(Serialize)]
struct WholeChoice {
    index: u32,
    message: Message,
    logprobs: Option<Logprobs>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: Option<String>,
    refusal: Option<String>,
    annotations: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall>,
}

/// A call, whole or in pieces (then with its index, and without what was told before).
#[derive(Clone, Debug, Serialize)]
pub(super) struct ToolCall {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<Function>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Custom>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Function {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) arguments: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Custom {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) input: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Logprobs {
    pub(super) content: Vec<Logprob>,
    refusal: Option<()>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
pub(super) struct Logprob {
    token: String,
    logprob: f64,
    bytes: Vec<u8>,
    top_logprobs: Vec<Chance>,
}

/// A token that could have stood there.
#[derive(Debug, Serialize)]
struct Chance {
    token: String,
    logprob: f64,
    bytes: Vec<u8>,
}

#[derive(Serialize)]
pub(super) struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    service_tier: &'a str,
    system_fingerprint: Option<&'static str>,
    choices: &'a [ChunkChoice],
    /// Left out unless usage was asked for; then `null` in all chunks but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Given<Usage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obfuscation: Option<String>,
}

/// What is there, even if it is `null`; what is not there is left out of the object.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Given<T> {
    Null,
    Value(T),
}

#[derive(Debug, Serialize)]
pub(super) struct ChunkChoice {
    pub(super) index: u32,
    pub(super) delta: Delta,
    pub(super) logprobs: Option<Logprobs>,
    pub(super) finish_reason: Option<&'static str>,
}

/// What a chunk adds; the first tells the role.
#[derive(Debug, Default, Serialize)]
pub(super) struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Given<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Given<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_calls: Option<[ToolCall; 1]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) annotations: Vec<Value>,
}

// === impl Completion ===

impl Completion {
    pub(super) fn new(world: &World, ticket: &Ticket, ask: &Ask) -> Self {
        let id = seed::letters(&mut world.rng("completion id", ticket), 28);
        Self {
            id: format!("chatcmpl-{id}"),
            created: when::seconds(world.clock.wall()),
            model: ask.model.dated.clone(),
            service_tier: ask.service_tier.clone(),
        }
    }

    pub(super) fn whole(self, replies: Vec<Reply>, usage: Usage, ask: &Ask) -> Whole {
        let choices = (0..).zip(replies).map(|(index, reply)| WholeChoice {
            index,
            logprobs: ask.logprobs.map(|others| logprobs(reply.text.as_deref().unwrap_or_default(), others)),
            finish_reason: reply.finish,
            message: Message {
                role: "assistant",
                content: reply.text,
                refusal: reply.refusal,
                annotations: reply.annotations,
                tool_calls: reply.calls,
            },
        });
        Whole {
            choices: choices.collect(),
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            usage,
            service_tier: self.service_tier,
            system_fingerprint: None,
        }
    }

    pub(super) fn chunk<'a>(
        &'a self,
        choices: &'a [ChunkChoice],
        usage: Option<Given<Usage>>,
        obfuscation: Option<String>,
    ) -> Chunk<'a> {
        Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.model,
            service_tier: &self.service_tier,
            system_fingerprint: None,
            choices,
            usage,
            obfuscation,
        }
    }
}

/// One entry a token; the chance follows from its length, so that it is the same each time. `others` is how
/// many tokens are told beside each, the one that was taken first, then such as are ever less likely.
pub(super) fn logprobs(text: &str, others: usize) -> Logprobs {
    let entry = |token: String| {
        let taken = chance(token, 0);
        let others = (0..others).map(|rank| chance(format!("{}{}", taken.token, "'".repeat(rank)), rank));
        Logprob {
            top_logprobs: others.collect(),
            token: taken.token.clone(),
            logprob: taken.logprob,
            bytes: taken.bytes,
        }
    };
    Logprobs { content: synth::tokens(text).into_iter().map(entry).collect(), refusal: None }
}

fn chance(token: String, rank: usize) -> Chance {
    let size = u32::try_from(token.len().saturating_sub(rank) + 100 * rank).unwrap_or(0);
    Chance { logprob: -0.01 * f64::from(size), bytes: token.clone().into_bytes(), token }
}
