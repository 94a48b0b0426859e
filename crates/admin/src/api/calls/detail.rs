//! One call with its spans.

use std::collections::BTreeMap;

use calllog::Call;
use schemars::JsonSchema;
use serde::Serialize;
use trace::{AiRecord, Attempt, Pieces, Span, SpanKind};

use crate::api::flows::run::{RunStep, steps};

use super::view::{CallFacts, PhasesView, known};

/// One call with all that was recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CallDetail {
    /// What lists and details share.
    #[serde(flatten)]
    facts: CallFacts,
    /// The waterfall: every span on one time axis.
    spans: Vec<SpanView>,
    /// The attempts, in order.
    attempts: Vec<AttemptView>,
    /// Set on AI calls.
    ai: Option<AiView>,
    /// The attempts of a flow's steps, in the order in which they began, where one answered the call.
    steps: Vec<RunStep>,
    /// Headers of the request that were recorded.
    request_headers: Vec<(String, String)>,
    /// Headers of the answer that were recorded.
    response_headers: Vec<(String, String)>,
    /// The call's place in its trace (W3C Trace Context).
    traceparent: String,
    /// To the first byte of the answer.
    first_byte_us: Option<u32>,
    /// With which credential.
    credential: Option<String>,
    /// Under which plan.
    plan: Option<String>,
}

/// A bar of the waterfall.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Span")]
struct SpanView {
    /// Its place in the list.
    id: u32,
    /// The span that it is a part of.
    parent: Option<u32>,
    /// The stage's or phase's name, `attempt 2`, or the call's method.
    name: String,
    /// `call`, `stage`, `attempt` or `phase`.
    kind: &'static str,
    /// Start, in microseconds after the start of the call.
    start_us: u64,
    /// Duration in microseconds.
    duration_us: u64,
    /// The call would have been shorter if this had been.
    critical: bool,
    /// By how much it could have taken longer without the call taking longer.
    slack_us: u64,
    /// Details by name.
    attributes: BTreeMap<&'static str, String>,
}

/// An attempt at a target.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Attempt")]
struct AttemptView {
    /// 1 for the first.
    number: u8,
    /// The target, `host:port`.
    target: String,
    /// The attempt whose failure caused this one.
    retry_of: Option<u8>,
    /// Why it was made.
    reason: Option<String>,
    /// The reason code of its failure.
    error: Option<String>,
    /// Start, in microseconds after the start of the call.
    started_us: u32,
    /// Where its time went.
    phases: PhasesView,
    /// Whether the connection was taken from the pool.
    reused: bool,
    /// The protocol spoken.
    protocol: Option<String>,
    /// The address connected to.
    peer: Option<String>,
    /// The status answered.
    status: Option<u16>,
    /// Bytes of request body sent.
    bytes_up: u64,
    /// Bytes of response body received.
    bytes_down: u64,
}

/// What an AI call adds.
#[derive(Debug, Serialize, JsonSchema)]
struct AiView {
    /// The client's dialect.
    dialect: String,
    /// The model alias asked for.
    alias: Option<String>,
    /// The provider asked last.
    provider: Option<String>,
    /// The model that answered.
    model: Option<String>,
    /// Tokens.
    usage: UsageView,
    /// What was used that is counted by the piece.
    pieces: PiecesView,
    /// Cost in millionths of a US dollar; null: not known.
    cost_micros: Option<i64>,
    /// Where the cost is from: `reported` by the provider, `computed` from prices, or `unknown`.
    cost_source: &'static str,
    /// Why the model stopped.
    finish_reason: Option<String>,
    /// To the first token.
    ttft_us: Option<u32>,
    /// Half of the pauses between tokens were at most so long.
    inter_token_p50_us: Option<u32>,
    /// Parameters that the provider does not know.
    dropped: Vec<String>,
}

/// Tokens of an AI call.
#[derive(Debug, Serialize, JsonSchema)]
struct UsageView {
    /// The prompt, with what the cache gave and took.
    input: u64,
    /// The answer, with reasoning.
    output: u64,
    /// Of the prompt, read from the provider's cache.
    cache_read: u64,
    /// Of the prompt, written to the provider's cache.
    cache_write: u64,
    /// Of the answer, reasoning.
    reasoning: u64,
    /// Whether the provider told no usage and this is estimated.
    estimated: bool,
}

/// What an AI call used that is counted by the piece.
#[derive(Debug, Serialize, JsonSchema)]
struct PiecesView {
    /// Images that were made.
    images: u64,
    /// Milliseconds of speech that were heard or spoken.
    millis: u64,
    /// Characters that were spoken.
    characters: u64,
    /// Queries of a reranking, and searches that the provider made to answer.
    queries: u64,
}

impl From<&Call> for CallDetail {
    fn from(call: &Call) -> Self {
        Self {
            facts: CallFacts::from(call),
            spans: call.waterfall().into_iter().map(SpanView::from).collect(),
            attempts: call.attempts.iter().map(AttemptView::from).collect(),
            ai: call.ai.as_ref().map(AiView::from),
            steps: call.flow.as_ref().map(|flow| steps(flow, call.duration_us)).unwrap_or_default(),
            request_headers: call.request_headers.clone(),
            response_headers: call.response_headers.clone(),
            traceparent: format!("00-{}-{}-01", call.trace_id, call.span_id),
            first_byte_us: call.first_byte_us,
            credential: known(&call.credential),
            plan: known(&call.plan),
        }
    }
}

impl From<Span> for SpanView {
    fn from(span: Span) -> Self {
        let kind = match span.kind {
            SpanKind::Call => "call",
            SpanKind::Stage => "stage",
            SpanKind::Attempt => "attempt",
            SpanKind::Phase => "phase",
        };
        Self {
            id: span.id,
            parent: span.parent,
            name: span.name.to_string(),
            kind,
            start_us: span.start_us,
            duration_us: span.duration_us,
            critical: span.critical,
            slack_us: span.slack_us,
            attributes: span.attrs.into_iter().collect(),
        }
    }
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            target: attempt.target.to_string(),
            retry_of: attempt.retry_of,
            reason: attempt.reason.as_ref().map(ToString::to_string),
            error: attempt.error.as_ref().map(ToString::to_string),
            started_us: attempt.started_us,
            phases: PhasesView::from(&attempt.phases),
            reused: attempt.reused,
            protocol: attempt.protocol.map(|protocol| protocol.as_str().to_owned()),
            peer: attempt.peer.map(|peer| peer.to_string()),
            status: (attempt.status != 0).then_some(attempt.status),
            bytes_up: attempt.bytes_up,
            bytes_down: attempt.bytes_down,
        }
    }
}

impl From<&Pieces> for PiecesView {
    fn from(pieces: &Pieces) -> Self {
        let Pieces { images, millis, characters, queries } = *pieces;
        Self { images, millis, characters, queries }
    }
}

impl From<&AiRecord> for AiView {
    fn from(ai: &AiRecord) -> Self {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_ref().map(ToString::to_string);
        Self {
            dialect: ai.dialect.to_string(),
            alias: text(&ai.alias),
            provider: text(&ai.provider),
            model: text(&ai.model),
            usage: UsageView {
                input: ai.usage.input,
                output: ai.usage.output,
                cache_read: ai.usage.cache_read,
                cache_write: ai.usage.cache_write,
                reasoning: ai.usage.reasoning,
                estimated: ai.estimated,
            },
            pieces: PiecesView::from(&ai.pieces),
            cost_micros: ai.cost_micros,
            cost_source: ai.cost_source(),
            finish_reason: ai.finish_reason.as_ref().map(ToString::to_string),
            ttft_us: ai.ttft_us,
            inter_token_p50_us: ai.inter_token_p50_us,
            dropped: ai.dropped_params.iter().map(ToString::to_string).collect(),
        }
    }
}
