//! What one call leaves behind: a plain record of it, its trace context, its waterfall and the
//! minute aggregates made of many. No I/O, no clock, no threads; times are given, never read.
#![warn(missing_docs)]

mod aggregate;
mod attempt;
mod bodies;
pub mod codec;
mod context;
mod flow;
mod record;
mod redact;
mod sketch;
mod waterfall;

pub use aggregate::{AggregateKey, Aggregates, Cell};
pub use attempt::{Attempt, Phase, Phases};
pub use bodies::{ARRIVALS, BodyPart, KeptBody};
pub use codec::DecodeError;
pub use context::{
    ContextError, FLAG_RANDOM, FLAG_SAMPLED, Sampling, SpanId, TraceContext, TraceId, TraceParent, TraceState,
};
pub use flow::{FlowRecord, FlowStep, StepEnd};
pub use record::{
    AiRecord, CallRecord, CallerLabels, GraphqlRecord, Label, Pieces, Protocol, RouteLabels, StageTime,
    TokenUsage,
};
pub use redact::{EVENT_FRAMES, MASK, body, header, is_secret_header, path, query};
pub use sketch::Sketch;
pub use waterfall::{Node, Span, SpanKind, slacks, waterfall};
