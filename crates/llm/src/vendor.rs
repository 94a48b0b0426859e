//! Vendors that speak OpenAI's Chat Completions, each with a row of what it does its own way. The rows stand in
//! `data/vendors.json`: adding one edits nothing else.

mod apply;
mod cache;
pub(crate) mod edits;
mod messages;
mod read;

use std::borrow::Cow;
use std::sync::LazyLock;

use json::Value;

use crate::provider::openai_responses::rules::Rules;

pub(crate) use apply::apply;

/// A name in a row.
pub type Name = Cow<'static, str>;

/// A vendor: where it is, and how its chat completions differ from OpenAI's. The default differs in nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: each is a column")]
pub struct Vendor {
    /// Its name in documents, in lower case.
    pub name: Name,
    /// Other names that it is known by.
    pub aliases: Vec<Name>,
    /// Its name for people.
    pub title: Name,
    /// Its base address, to which `/chat/completions` is appended. What stands in braces is the account's own; empty
    /// where there is no address that all share.
    pub base: Name,
    /// Its name in the catalogue of models; empty if it has none there.
    pub catalogue: Name,
    /// The paths that it has, where chats are not among them; empty if it has OpenAI's.
    pub only: Vec<Name>,
    /// How the limit of the answer is called.
    pub max_tokens_field: MaxTokensField,
    /// Parameters of OpenAI's that it refuses or ignores.
    pub drop_params: Vec<Name>,
    /// Parameters beyond OpenAI's that it takes.
    pub extra_params: Vec<Name>,
    /// Members of messages that it refuses.
    pub drop_in_messages: Vec<Name>,
    /// Members of a tool's function that it refuses.
    pub drop_in_tools: Vec<Name>,
    /// Parameters that have another name there: OpenAI's, its own.
    pub rename: Vec<(Name, Name)>,
    /// Words that are others there: the parameter, OpenAI's word, its own.
    pub values: Vec<(Name, Name, Name)>,
    /// Choices of tools that are others there: `auto`, `none`, `required`, `function`, and its own word.
    pub tool_choice_map: Vec<(Name, Name)>,
    /// The types of tools that it takes; empty if it takes any.
    pub tool_types: Vec<Name>,
    /// What ids of tool calls must look like.
    pub tool_id_format: ToolIdFormat,
    /// Whether content must be a string where it is text alone.
    pub content_as_string: bool,
    /// Whether it refuses members of assistant messages that are null.
    pub strip_null: bool,
    /// The member of an assistant message that gives reasoning back. Answers are read by every name that is known.
    pub reasoning_field: Name,
    /// Whether reasoning is given back.
    pub roundtrip_reasoning: Roundtrip,
    /// How it is told how much to think.
    pub reasoning_control: ReasoningControl,
    /// The words for an effort that it knows; empty if it knows all. What it does not know is lowered.
    pub efforts: Vec<Name>,
    /// How it takes markers of its prompt cache.
    pub cache_markers: CacheMarkers,
    /// Whether it refuses a request with `cache_control`, which other vendors' clients put everywhere.
    pub no_cache_control: bool,
    /// Whether it puts Google's thought signatures on calls and wants them back.
    pub thought_signatures: bool,
    /// Whether it refuses `stream_options`.
    pub no_stream_options: bool,
    /// Whether usage stands on the last chunk of every stream, asked for or not.
    pub usage_on_last_chunk: bool,
    /// Whether the `cost` in its usage is in dollars and what it charges.
    pub reports_cost: bool,
    /// Where messages of its errors stand besides the usual places, members parted by dots.
    pub error_paths: Vec<Name>,
    /// Headers that every request needs.
    pub extra_headers: Vec<(Name, Name)>,
}

/// How the limit of an answer is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaxTokensField {
    /// As the client calls it; `max_completion_tokens` where Weir writes the request.
    #[default]
    Any,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
    /// As the client calls it, but for models that reason: they refuse OpenAI's older `max_tokens`.
    ByModel,
}

/// What ids of tool calls must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolIdFormat {
    /// Anything.
    #[default]
    Any,
    /// Nine letters and digits (Mistral).
    Nine,
}

/// Whether reasoning is given back to the vendor that it came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roundtrip {
    /// It refuses or ignores it.
    #[default]
    Never,
    /// It takes what the client has.
    Given,
    /// It refuses an assistant's turn with tool calls that lacks it.
    WithTools,
    /// As parts of the content (Mistral).
    Parts,
}

/// How a vendor is told how much to think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReasoningControl {
    /// `reasoning_effort`.
    #[default]
    Effort,
    /// Not at all.
    Never,
    /// `thinking: {type: enabled | disabled}`.
    Thinking,
    /// The same, and `reasoning_effort` beside it (`DeepSeek`).
    ThinkingAndEffort,
    /// `enable_thinking` and `thinking_budget` (Alibaba).
    EnableThinking,
    /// `reasoning: {effort}` (`OpenRouter`).
    Object,
    /// `reasoning: {enabled}`, and `reasoning_effort` beside it (Together).
    Enabled,
    /// `chat_template_kwargs: {enable_thinking, thinking}` (servers of open models).
    Template,
}

/// How a vendor takes markers of its prompt cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMarkers {
    /// Not at all: its cache needs none.
    #[default]
    Never,
    /// `cache_control` on parts of content.
    CacheControl,
    /// `prompt_cache_breakpoint` on parts of content (`OpenAI`, since GPT-5.6).
    Breakpoint,
}

/// The rows, sorted by name.
static ALL: LazyLock<Vec<Vendor>> = LazyLock::new(|| {
    let rows = Value::parse(include_str!("../data/vendors.json")).unwrap_or(Value::NULL);
    let rows = rows.members().iter();
    let mut all: Vec<Vendor> = rows.filter_map(|(name, row)| read::row(&name.decode(), row).ok()).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
});

/// All vendors, by name.
pub fn all() -> &'static [Vendor] {
    &ALL
}

/// A vendor by its name, or by another that it is known by.
pub fn find(name: &str) -> Option<&'static Vendor> {
    let known = ALL.binary_search_by(|vendor| vendor.name.as_ref().cmp(name)).ok();
    let alias = || ALL.iter().find(|vendor| vendor.aliases.iter().any(|alias| alias == name));
    known.and_then(|at| ALL.get(at)).or_else(alias)
}

// === impl Vendor ===

impl Vendor {
    /// Whether a stream must be asked for usage.
    pub(crate) fn asks_for_usage(&self) -> bool {
        !self.no_stream_options && !self.usage_on_last_chunk
    }

    /// Whether it takes a parameter that OpenAI does not have.
    pub(crate) fn takes(&self, parameter: &str) -> bool {
        self.extra_params.iter().any(|extra| extra == parameter)
    }

    /// Whether a chat request to a model may have to be changed. Few have, where the row differs from OpenAI's in nothing
    /// but what models that reason and other vendors' clients bring. `limited` is whether it has a limit.
    pub(crate) fn may_change(&self, body: &[u8], model: &str, limited: bool) -> bool {
        self.max_tokens_field != MaxTokensField::ByModel
            || (limited && Rules::of(model).is_known_to_reason() && has_key(body, "\"max_tokens"))
            || has_key(body, "\"cache_control")
            || has_key(body, "\"reasoning")
    }

    /// The member of an assistant message that gives reasoning back.
    pub(crate) fn reasoning_member(&self) -> &str {
        if self.reasoning_field.is_empty() { "reasoning_content" } else { &self.reasoning_field }
    }

    /// The message of an error, where it stands in one of the vendor's own places.
    pub(crate) fn error_message(&self, body: &[u8]) -> Option<String> {
        let body = Value::parse(std::str::from_utf8(body).ok()?).ok()?;
        let text = |path: &Name| {
            let found = path.split('.').fold(&body, |value, member| match member.parse() {
                Ok(index) => value.items().get::<usize>(index).unwrap_or(value.get(member)),
                Err(_) => value.get(member),
            });
            found.as_text().map(|text| text.decode().into_owned())
        };
        self.error_paths.iter().find_map(text).filter(|message| !message.trim().is_empty())
    }
}

/// Whether a JSON text has a name that begins like this, without escapes. What a string says is no name.
fn has_key(body: &[u8], start: &str) -> bool {
    let is_key = |at: usize| {
        let (before, from) = body.split_at_checked(at).unwrap_or_default();
        let rest = from.get(start.len()..).unwrap_or_default();
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let behind = rest.get(word..).and_then(|rest| rest.strip_prefix(b"\""));
        !before.ends_with(b"\\") && behind.is_some_and(|behind| behind.trim_ascii_start().starts_with(b":"))
    };
    memchr::memmem::find_iter(body, start).any(is_key)
}

// === impl CacheMarkers ===

impl CacheMarkers {
    /// How they are taken for a model. Models of before GPT-5.6 refuse a request with breakpoints, and so does one of its
    /// sisters.
    pub(crate) fn of_model(self, model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or_default();
        let version = name.strip_prefix("gpt-").unwrap_or_default();
        let version = version.split(['-', ':']).next().unwrap_or_default();
        let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
        let number = |digits: &str| digits.parse::<u32>().unwrap_or_default();
        let knows = (number(major), number(minor)) >= (5, 6) && !name.starts_with("gpt-5.6-terra");
        if self == Self::Breakpoint && !knows { Self::Never } else { self }
    }
}

#[cfg(test)]
mod tests;
