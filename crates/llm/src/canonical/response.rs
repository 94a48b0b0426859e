//! A whole answer in the canonical form.

use crate::json::Text;
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
}

/// A piece of an answer.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    Text(Text<'a>),
    Thinking {
        text: Text<'a>,
        signature: Text<'a>,
    },
    Redacted {
        data: Text<'a>,
    },
    ToolUse {
        id: Text<'a>,
        name: Text<'a>,
        /// The arguments as JSON.
        arguments: &'a str,
    },
}

/// Why the model stopped.
#[derive(Clone, Debug)]
pub(crate) struct Stop<'a> {
    pub(crate) reason: FinishReason,
    /// The provider's own word, where the reason says less.
    pub(crate) native: Option<Text<'a>>,
    /// Why it refused, for a person.
    pub(crate) refusal: Option<Text<'a>>,
}
