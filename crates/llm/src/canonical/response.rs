//! A whole answer in the canonical form.

use std::borrow::Cow;

use json::Text;

use super::Opaque;
use crate::{FinishReason, Usage};

/// A whole answer.
#[derive(Debug, Default)]
pub(crate) struct Response<'a> {
    pub(crate) id: Option<Text<'a>>,
    /// The model that answered, as its provider calls it.
    pub(crate) model: Option<Text<'a>>,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) stop: Option<Stop<'a>>,
    pub(crate) usage: Option<Usage>,
    pub(crate) service_tier: Option<Text<'a>>,
    /// Log-probabilities of the text's tokens, in the shape of OpenAI's `logprobs.content` array.
    pub(crate) logprobs: Option<Cow<'a, str>>,
}

/// A piece of an answer.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    Text {
        text: Text<'a>,
        citations: Vec<Citation<'a>>,
        /// State that its vendor put on this very part.
        state: Option<Opaque<'a>>,
    },
    Thinking {
        text: Text<'a>,
        state: Option<Opaque<'a>>,
    },
    /// Reasoning that only its vendor can read.
    Redacted(Opaque<'a>),
    ToolUse {
        id: Text<'a>,
        name: Text<'a>,
        /// The arguments as JSON.
        arguments: Cow<'a, str>,
        /// State that its vendor put on this very call.
        state: Option<Opaque<'a>>,
    },
    /// A picture that the model made, in base64.
    Image {
        media_type: Text<'a>,
        data: Text<'a>,
    },
}

/// Where a piece of text comes from. What a dialect cannot tell of it is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Citation<'a> {
    pub(crate) url: Option<Text<'a>>,
    pub(crate) title: Option<Text<'a>>,
    /// What the source says.
    pub(crate) quote: Option<Text<'a>>,
    /// The piece of the answer's text that it is for, in characters from the text block's start.
    pub(crate) start: Option<u64>,
    pub(crate) end: Option<u64>,
}

/// Why the model stopped.
#[derive(Clone, Debug)]
pub(crate) struct Stop<'a> {
    pub(crate) reason: FinishReason,
    /// The provider's own word, where the reason says less.
    pub(crate) native: Option<Text<'a>>,
    /// Why it refused, for a person.
    pub(crate) refusal: Option<Text<'a>>,
    /// The stop sequence that it met, where the provider tells.
    pub(crate) sequence: Option<Text<'a>>,
}

// === impl Block ===

impl<'a> Block<'a> {
    /// Text without citations and state.
    pub(crate) fn text(text: Text<'a>) -> Self {
        Self::Text { text, citations: Vec::new(), state: None }
    }
}

// === impl Stop ===

impl Stop<'_> {
    /// A reason of which no more is known.
    pub(crate) fn plain(reason: FinishReason) -> Self {
        Self { reason, native: None, refusal: None, sequence: None }
    }
}
