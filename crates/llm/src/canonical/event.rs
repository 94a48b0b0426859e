//! A streamed answer in the canonical form: blocks one after the other, none within another. Which block
//! a delta belongs to is therefore never said.

use json::Text;

use super::{Citation, Opaque, Stop};
use crate::{ApiError, Usage};

/// A step of a streamed answer.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// The first event, unless it is an error.
    Start { id: Option<Text<'a>>, model: Option<Text<'a>> },
    /// A block begins; the one before has ended.
    Block(BlockStart<'a>),
    /// A piece of the block that is open.
    Delta(Delta<'a>),
    /// The block that was open has ended.
    BlockEnd,
    /// What was used so far, and whether the numbers are final.
    Usage { usage: Usage, last: bool },
    /// A part of the stream could not be read and was passed over.
    Skipped,
    /// The provider lives and has nothing to say.
    Pause,
    /// The model stopped. All blocks have ended.
    Stop(Stop<'a>),
    /// The answer is complete; the last event. What was used is all that the last word on it said.
    End,
    /// The provider failed; the last event.
    Error(ApiError),
}

/// What kind of block begins.
#[derive(Debug)]
pub(crate) enum BlockStart<'a> {
    Text,
    Thinking,
    Redacted(Opaque<'a>),
    ToolUse {
        id: Text<'a>,
        name: Text<'a>,
        /// State that its vendor put on this very call.
        state: Option<Opaque<'a>>,
    },
    /// A picture that the model made, in base64; it has no deltas.
    Image {
        media_type: Text<'a>,
        data: Text<'a>,
    },
}

/// A piece of a block. Never empty.
#[derive(Debug)]
pub(crate) enum Delta<'a> {
    Text(Text<'a>),
    Thinking(Text<'a>),
    /// State of the block that is open: a thinking block's signature, or what a vendor puts on text.
    State(Opaque<'a>),
    /// A source of the text block that is open.
    Citation(Citation<'a>),
    /// Log-probabilities of the text's latest tokens, in the shape of OpenAI's `logprobs.content` array.
    Logprobs(&'a str),
    /// A piece of the arguments' JSON.
    Arguments(Text<'a>),
}

// === impl BlockStart ===

impl BlockStart<'_> {
    /// Whether the beginning of the block is content by itself.
    pub(crate) fn is_content(&self) -> bool {
        matches!(self, Self::Redacted(_) | Self::ToolUse { .. } | Self::Image { .. })
    }
}
