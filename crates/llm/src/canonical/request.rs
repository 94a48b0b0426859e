//! A request in the canonical form.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;
use json::Text;

use super::{Dropped, Opaque};

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
    pub(crate) seed: Option<&'a str>,
    pub(crate) presence_penalty: Option<&'a str>,
    pub(crate) frequency_penalty: Option<&'a str>,
    /// Log-probabilities are wanted, with so many alternatives for each token.
    pub(crate) logprobs: Option<u64>,
    /// How many answers are wanted; none means one.
    pub(crate) n: Option<u64>,
    pub(crate) stop: Vec<Text<'a>>,
    pub(crate) stream: bool,
    pub(crate) format: Option<Format<'a>>,
    pub(crate) effort: Option<Effort>,
    /// How much the model is to think in tokens, where the client counts it so; 0 is not at all. What a target
    /// counts otherwise goes by [`Request::effort_wanted`].
    pub(crate) thinking_budget: Option<u64>,
    /// Whether the client wants to see what the model thinks; none leaves it to the target.
    pub(crate) show_thinking: Option<bool>,
    /// What the client names its prompt's place in the vendor's cache.
    pub(crate) cache_key: Option<Text<'a>>,
    /// Who the request is made for, as the client names them.
    pub(crate) user: Option<Text<'a>>,
    pub(crate) service_tier: Option<Text<'a>>,
    /// Anthropic's features before their release that the client names in its body.
    pub(crate) betas: Vec<Text<'a>>,
    /// Parameters without a place above; a target takes what it knows and names the rest as dropped.
    pub(crate) rest: Vec<Rest<'a>>,
    /// What reading already had to leave behind, by path.
    pub(crate) dropped: Dropped,
    /// What the writer of the answer needs to know of the request.
    pub(crate) notes: Notes,
}

/// What a dialect's reader leaves for the same dialect's writer.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// Tools that take text as it is (OpenAI's custom tools), by the client's name, sorted. Elsewhere they are
    /// functions with one parameter, `input`.
    pub(crate) custom_tools: Vec<String>,
    /// Tools that stand in a group, and others whose name had to give way: the name that targets see, the group
    /// (empty if none), the name in it; sorted.
    pub(crate) grouped_tools: Vec<(String, String, String)>,
    /// Members of the request that the answer repeats, as JSON members without braces.
    pub(crate) echo: String,
    /// Whether state of vendors is to be told.
    pub(crate) wants_state: bool,
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
    /// An instruction amid the conversation; a target without it hears it from the user's side.
    System,
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
    /// State that its vendor put on this very part (Gemini's thought signatures).
    pub(crate) state: Option<Opaque<'a>>,
    /// How closely a picture is to be looked at, where the client says.
    pub(crate) detail: Option<Box<Detail<'a>>>,
    pub(crate) content: Content<'a>,
}

/// How closely a picture is to be looked at.
#[derive(Debug)]
pub(crate) struct Detail<'a> {
    /// OpenAI's word for it.
    pub(crate) word: Text<'a>,
    /// Where the client wrote it.
    pub(crate) path: String,
}

#[derive(Debug)]
pub(crate) enum Content<'a> {
    Text(Text<'a>),
    Image(Source<'a>),
    Audio(Source<'a>),
    Document {
        source: Source<'a>,
        title: Option<Text<'a>>,
    },
    ToolUse(ToolUse<'a>),
    ToolResult(ToolResult<'a>),
    /// Reasoning, and what its vendor wants to see of it again; both as they came.
    Thinking {
        text: Text<'a>,
        state: Option<Opaque<'a>>,
    },
    /// Reasoning that only its vendor can read.
    Redacted(Opaque<'a>),
}

/// Where the bytes of an image, a recording or a document are.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    Base64 {
        media_type: Text<'a>,
        data: Text<'a>,
    },
    /// An address, with the type where the client tells it.
    Url {
        url: Text<'a>,
        media_type: Option<Text<'a>>,
    },
    /// Plain text.
    Text(Text<'a>),
}

#[derive(Debug)]
pub(crate) struct ToolUse<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    /// The arguments as JSON; checked to be an object.
    pub(crate) arguments: Cow<'a, str>,
}

#[derive(Debug)]
pub(crate) struct ToolResult<'a> {
    pub(crate) id: Text<'a>,
    /// The tool's name, where the client tells it; [`Request::tool_names`] finds it otherwise.
    pub(crate) name: Option<Text<'a>>,
    /// Whether the tool failed.
    pub(crate) is_error: bool,
    pub(crate) parts: Vec<Part<'a>>,
}

/// Names of tools, by the ids of their calls.
pub(crate) type ToolNames<'r, 'a> = HashMap<Cow<'r, str>, &'r Text<'a>, RandomState>;

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
pub(crate) type Schema<'a> = json::Value<'a>;

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
        name: Option<Text<'a>>,
        description: Option<Text<'a>>,
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

// === impl Notes ===

impl fmt::Debug for Notes {
    /// Groups are told where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { custom_tools, grouped_tools, echo, wants_state } = self;
        let mut told = f.debug_struct("Notes");
        told.field("custom_tools", custom_tools);
        if !grouped_tools.is_empty() {
            told.field("grouped_tools", grouped_tools);
        }
        told.field("echo", echo).field("wants_state", wants_state).finish()
    }
}

// === impl Request ===

impl<'a> Request<'a> {
    /// Leaves out how closely pictures are to be looked at.
    pub(crate) fn drop_details(&mut self) {
        let Self { messages, dropped, .. } = self;
        for message in messages {
            drop_details(&mut message.parts, dropped);
        }
    }

    /// How hard the model is to think: as the client says, or as its number of tokens means.
    pub(crate) fn effort_wanted(&self) -> Option<Effort> {
        self.effort.or_else(|| self.thinking_budget.map(Effort::of_budget))
    }

    /// The names of the tools that were called, by the ids of their calls; of two calls with one id the later one's.
    pub(crate) fn tool_names(&self) -> ToolNames<'_, 'a> {
        let parts = self.messages.iter().flat_map(|message| &message.parts);
        let calls = parts.filter_map(|part| match &part.content {
            Content::ToolUse(call) => Some((call.id.decode(), &call.name)),
            _ => None,
        });
        calls.collect()
    }
}

fn drop_details(parts: &mut [Part<'_>], dropped: &mut Dropped) {
    for part in parts {
        if let Some(detail) = part.detail.take() {
            dropped.add(detail.path);
        }
        if let Content::ToolResult(result) = &mut part.content {
            drop_details(&mut result.parts, dropped);
        }
    }
}

// === impl Detail ===

impl<'a> Detail<'a> {
    /// What a picture's member says; the usual says nothing.
    pub(crate) fn of(word: Option<Text<'a>>, path: impl fmt::Display) -> Option<Box<Self>> {
        let word = word.filter(|word| !word.is("auto") && !word.is_blank())?;
        Some(Box::new(Self { word, path: path.to_string() }))
    }
}

// === impl Part ===

impl<'a> Part<'a> {
    /// A part without marker and state.
    pub(crate) fn new(content: Content<'a>) -> Self {
        Self { cache: None, state: None, detail: None, content }
    }
}

// === impl Effort ===

impl Effort {
    /// The effort that a number of tokens stands for: the least whose budget is not smaller.
    pub(crate) fn of_budget(tokens: u64) -> Self {
        match tokens {
            0 => Self::None,
            1..=1024 => Self::Low,
            1025..=2048 => Self::Medium,
            2049..=4096 => Self::High,
            4097..=8192 => Self::XHigh,
            _ => Self::Max,
        }
    }

    /// The word that OpenAI's dialects have for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// Reads that word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all = [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::XHigh, Self::Max];
        all.into_iter().find(|effort| effort.as_str() == word)
    }

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
