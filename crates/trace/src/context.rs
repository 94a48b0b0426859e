//! W3C Trace Context, levels 1 and 2: `traceparent` and `tracestate` read and written.

use std::fmt;

use base::Rng;
use serde::{Deserialize, Serialize};

mod parent;
mod state;
#[cfg(test)]
mod tests;

pub use parent::TraceParent;
pub use state::TraceState;

/// `trace-flags` bit 0: the caller may have recorded the trace.
pub const FLAG_SAMPLED: u8 = 0x01;
/// `trace-flags` bit 1 (level 2): at least the last seven bytes of the trace id are random.
pub const FLAG_RANDOM: u8 = 0x02;

/// The id of a trace; never all zero when parsed or made here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TraceId(pub [u8; 16]);

/// The id of a span; never all zero when parsed or made here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpanId(pub [u8; 8]);

/// Why a `traceparent` or `tracestate` was not taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextError {
    /// A field is shorter or longer than its version allows, or a separator is missing.
    Format,
    /// A character is not a lower-case hexadecimal digit.
    Digit,
    /// Version `ff` is forbidden.
    Version,
    /// A trace or parent id is all zero.
    ZeroId,
    /// More than one `traceparent`.
    Repeated,
    /// A `tracestate` key breaks the grammar.
    Key,
    /// A `tracestate` value breaks the grammar.
    Value,
    /// A `tracestate` key stands twice.
    DuplicateKey,
    /// More than 32 members in `tracestate`.
    TooMany,
}

/// Where a call stands in its trace: what to record and what to send on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// This call's span.
    pub span_id: SpanId,
    /// The caller's span; `None` if the trace begins here.
    pub parent: Option<SpanId>,
    /// `trace-flags` to send on.
    pub flags: u8,
    /// `tracestate` to send on.
    pub state: TraceState,
}

// === impl TraceId ===

impl TraceId {
    /// Sixteen random bytes.
    pub fn random(rng: &mut Rng) -> Self {
        let (high, low) = (rng.next_u64(), rng.next_u64().max(1));
        Self(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
    }

    /// From 32 hexadecimal digits in lower case, not all zero.
    pub fn parse(text: &str) -> Option<Self> {
        parent::hex::<16>(text.as_bytes()).filter(nonzero).map(Self)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

// === impl SpanId ===

impl SpanId {
    /// Eight random bytes.
    pub fn random(rng: &mut Rng) -> Self {
        Self(rng.next_u64().max(1).to_be_bytes())
    }

    /// From 16 hexadecimal digits in lower case, not all zero.
    pub fn parse(text: &str) -> Option<Self> {
        parent::hex::<8>(text.as_bytes()).filter(nonzero).map(Self)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

// === impl ContextError ===

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "the field has the wrong form",
            Self::Digit => "a character is not a lower-case hexadecimal digit",
            Self::Version => "version ff is forbidden",
            Self::ZeroId => "an id is all zero",
            Self::Repeated => "traceparent stands more than once",
            Self::Key => "a tracestate key is invalid",
            Self::Value => "a tracestate value is invalid",
            Self::DuplicateKey => "a tracestate key stands twice",
            Self::TooMany => "tracestate has more than 32 members",
        })
    }
}

impl std::error::Error for ContextError {}

// === impl TraceContext ===

impl TraceContext {
    /// Begins a trace.
    pub fn start(rng: &mut Rng, sampled: Sampling) -> Self {
        let sampled = if sampled == Sampling::On { FLAG_SAMPLED } else { 0 };
        Self {
            trace_id: TraceId::random(rng),
            span_id: SpanId::random(rng),
            parent: None,
            flags: FLAG_RANDOM | sampled,
            state: TraceState::default(),
        }
    }

    /// Continues the trace of the request, or begins one when it has none that is valid. A faulty
    /// `tracestate` is dropped alone; a faulty or repeated `traceparent` takes `tracestate` with it
    /// (§3.3.1.2 and §4.3 of the specification).
    pub fn accept<'a>(
        parents: impl IntoIterator<Item = &'a [u8]>,
        states: impl IntoIterator<Item = &'a [u8]>,
        rng: &mut Rng,
        sampled: Sampling,
    ) -> Self {
        let mut parents = parents.into_iter();
        let parent = match (parents.next(), parents.next()) {
            (Some(only), None) => TraceParent::parse(only).ok(),
            _ => None,
        };
        let Some(parent) = parent else {
            return Self::start(rng, sampled);
        };
        Self {
            trace_id: parent.trace_id,
            span_id: SpanId::random(rng),
            parent: Some(parent.parent_id),
            flags: parent.flags,
            state: TraceState::parse(states).unwrap_or_default(),
        }
    }

    /// Whether the trace is sampled.
    pub const fn sampled(&self) -> bool {
        self.flags & FLAG_SAMPLED != 0
    }

    /// The `traceparent` to send on with the span `span` as the parent.
    pub fn parent_of(&self, span: SpanId) -> TraceParent {
        TraceParent { trace_id: self.trace_id, parent_id: span, flags: self.flags }
    }
}

/// Whether a trace that begins here is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// It is.
    On,
    /// It is not.
    Off,
}

fn nonzero<const N: usize>(bytes: &[u8; N]) -> bool {
    bytes.iter().any(|byte| *byte != 0)
}
