//! A request in the canonical form.

use super::Dropped;
use crate::json::Text;

/// A request. Everything that is optional in a dialect is optional here; defaults are the target's affair.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    /// Instructions from before the conversation.
    pub(crate) system: Vec<Part<'a>>,
    pub(crate) messages: Vec<Message<'a>>,
    pub(crate) tools: Vec<Tool<'a>>,
    pub(crate) tool_choice: Option<ToolChoice<'a>>,
    /// Whether several tools may be called in one turn.
    pub(crate) parallel_tools: Option<bool>,
    pub(crate) max_tokens: Option<u64>,
    /// Sampling, as numbers are written.
    pub(crate) temperature: Option<&'a str>,
    pub(crate) top_p: Option<&'a str>,
    pub(crate) top_k: Option<&'a str>,
    pub(crate) stop: Vec<Text<'a>>,
    pub(crate) stream: bool,
    pub(crate) format: Option<Format<'a>>,
    pub(crate) effort: Option<Effort>,
    /// Who the request is made for, as the client names them.
    pub(crate) user: Option<Text<'a>>,
    pub(crate) service_tier: Option<Text<'a>>,
    /// Parameters without a place above; a target takes what it knows and names the rest as dropped.
    pub(crate) rest: Vec<Rest<'a>>,
    /// What reading already had to leave behind, by path.
    pub(crate) dropped: Dropped,
}

/// A parameter that only some dialects know.
#[derive(Debug)]
pub(crate) struct Rest<'a> {
    pub(crate) name: Text<'a>,
    /// Its value as JSON.
    pub(crate) raw: &'a str,
}

/// A turn of the conversation.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) role: Role,
    /// Where it stood in the client's request.
    pub(crate) index: usize,
    pub(crate) parts: Vec<Part<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
    /// Results of tools, for the assistant.
    Tool,
}

/// A piece of a turn.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// A marker of the vendors' prompt caches, as JSON (`{"type":"ephemeral"}`).
    pub(crate) cache: Option<&'a str>,
    pub(crate) content: Content<'a>,
}

#[derive(Debug)]
pub(crate) enum Content<'a> {
    Text(Text<'a>),
    Image(Source<'a>),
    Document {
        source: Source<'a>,
        title: Option<Text<'a>>,
    },
    ToolUse(ToolUse<'a>),
    ToolResult(ToolResult<'a>),
    /// Reasoning with the signature that its vendor wants to see again; both as they came.
    Thinking {
        text: Text<'a>,
        signature: Text<'a>,
    },
    /// Reasoning that only its vendor can read.
    Redacted {
        data: Text<'a>,
    },
}

/// Where the bytes of an image or document are.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    Base64 {
        media_type: Text<'a>,
        data: Text<'a>,
    },
    Url(Text<'a>),
    /// Plain text.
    Text(Text<'a>),
}

#[derive(Debug)]
pub(crate) struct ToolUse<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    /// The arguments as JSON; checked to be an object.
    pub(crate) arguments: std::borrow::Cow<'a, str>,
}

#[derive(Debug)]
pub(crate) struct ToolResult<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) parts: Vec<Part<'a>>,
}

#[derive(Debug)]
pub(crate) struct Tool<'a> {
    /// Where it stood in the client's list.
    pub(crate) index: usize,
    pub(crate) name: Text<'a>,
    pub(crate) description: Option<Text<'a>>,
    /// The schema of its arguments; none if it takes none.
    pub(crate) schema: Option<Schema<'a>>,
    /// Whether arguments must follow the schema to the letter.
    pub(crate) strict: bool,
    pub(crate) cache: Option<&'a str>,
}

/// A JSON schema, read and as it is written.
pub(crate) type Schema<'a> = crate::json::Value<'a>;

#[derive(Debug)]
pub(crate) enum ToolChoice<'a> {
    Auto,
    None,
    Required,
    Tool(Text<'a>),
}

/// The shape that the answer must have.
#[derive(Debug)]
pub(crate) enum Format<'a> {
    /// Some JSON object.
    JsonObject,
    JsonSchema {
        schema: Schema<'a>,
        /// Whether the answer must follow it to the letter.
        strict: bool,
    },
}

/// How much the model is to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    XHigh,
    Max,
}

// === impl Effort ===

impl Effort {
    /// Tokens of thinking for models that want a number. None of them means no thinking.
    pub(crate) fn budget(self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Minimal | Self::Low => Some(1024),
            Self::Medium => Some(2048),
            Self::High => Some(4096),
            Self::XHigh => Some(8192),
            Self::Max => Some(16_384),
        }
    }
}
