//! What belongs to one exchange: what the answer's translation needs to know, and what it gives.

use std::fmt;

use json::Text;

use crate::canonical::{Notes, Response};
use crate::custody::{Gather, Kept};
use crate::request::Peek;
use crate::{AnswerIds, ApiError, Dialect, FinishReason, Usage};

/// What the translation of a request leaves for the translation of its answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Carry {
    /// Tools whose names had to be changed: what was sent, sorted, and what the client knows.
    pub(crate) tool_names: Vec<(String, String)>,
    /// The name of the tool that stands in for a JSON schema.
    pub(crate) answer_tool: Option<String>,
    /// What the client's side noted of its request.
    pub(crate) notes: Notes,
    /// Names the answer where the provider does not. No two requests share it; known once there is a [`Context`].
    pub(crate) answer: String,
}

/// What the translation of an answer must know.
#[derive(Clone, Debug)]
pub struct Context {
    /// What the client speaks.
    pub dialect: Dialect,
    /// The model's name as the client wrote it.
    pub model: String,
    /// Names the answer if the provider does not.
    pub request_id: String,
    /// When the answer was made, in seconds since 1970, for providers that do not say.
    pub created: i64,
    /// Whether the client asked for usage at the end of a stream.
    pub include_usage: bool,
    /// Whether a streamed answer is one JSON array, not events.
    pub array: bool,
    /// How much text the client's request has, for an estimate of usage.
    pub prompt_bytes: usize,
    /// What the request's translation left.
    pub carry: Carry,
    /// What the client knows answers by.
    pub ids: AnswerIds,
    /// The largest event of a stream that is read, in bytes.
    pub max_event: usize,
}

/// A whole answer for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The body; empty if `unchanged`.
    pub body: Vec<u8>,
    /// Whether the provider's own bytes are the answer.
    pub unchanged: bool,
    /// What was used; an estimate, so marked, if the provider did not say.
    pub usage: Usage,
    /// Why the model stopped; of several answers, why the first one did.
    pub finish_reason: Option<FinishReason>,
    /// The model that answered, as its provider calls it.
    pub model: Option<String>,
    /// State of its vendor that is to be kept for the next turn.
    pub kept: Kept,
}

/// An error for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    /// The HTTP status.
    pub status: u16,
    /// Headers that the dialect has for it, besides the content type.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON in the client's dialect.
    pub body: Vec<u8>,
    /// What it says.
    pub error: ApiError,
}

/// The largest event of a stream that is read unless a context says otherwise: pictures arrive as one event.
const MAX_EVENT: usize = 8 << 20;

// === impl Carry ===

impl fmt::Debug for Carry {
    /// The answer's name is told where it is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool_names, answer_tool, notes, answer } = self;
        let mut told = f.debug_struct("Carry");
        told.field("tool_names", tool_names).field("answer_tool", answer_tool).field("notes", notes);
        if !answer.is_empty() {
            told.field("answer", answer);
        }
        told.finish()
    }
}

impl Carry {
    /// Whether this tool stands in for a JSON schema.
    pub(crate) fn is_answer(&self, name: &Text<'_>) -> bool {
        self.answer_tool.as_deref().is_some_and(|answer| name.is(answer))
    }

    /// The client's name of a tool.
    pub(crate) fn client_name<'a>(&self, name: Text<'a>) -> Text<'a> {
        let plain = name.decode();
        let known = self.tool_names.binary_search_by(|(sent, _)| sent.as_str().cmp(&plain)).ok();
        let own = known.and_then(|at| self.tool_names.get(at)).map(|(_, own)| Text::from_plain(own));
        drop(plain);
        own.unwrap_or(name)
    }
}

// === impl Context ===

impl Context {
    /// The context of a request that was scanned and translated.
    pub fn new(
        dialect: Dialect,
        peek: &Peek,
        request_id: impl Into<String>,
        created: i64,
        carry: Carry,
    ) -> Self {
        Self {
            include_usage: peek.include_usage,
            array: peek.array,
            prompt_bytes: peek.prompt_bytes,
            carry,
            ..Self::of_form(dialect, peek.model.clone(), request_id, created)
        }
    }

    /// The context of a request that is a form.
    pub fn of_form(dialect: Dialect, model: String, request_id: impl Into<String>, created: i64) -> Self {
        Self {
            dialect,
            model,
            request_id: request_id.into(),
            created,
            include_usage: false,
            array: false,
            prompt_bytes: 0,
            carry: Carry::default(),
            ids: AnswerIds::default(),
            max_event: MAX_EVENT,
        }
    }

    /// What the request's translation left, with the answer's name.
    pub(crate) fn carried(&self) -> Carry {
        Carry { answer: self.request_id.clone(), ..self.carry.clone() }
    }

    /// The media type of the streamed answer.
    pub fn stream_media_type(&self) -> &'static str {
        if self.array { "application/json; charset=UTF-8" } else { self.dialect.stream_media_type() }
    }

    /// What keeps the client patient between two events of its answer.
    pub(crate) fn keep_alive(&self) -> &'static [u8] {
        let client = self.dialect.client();
        if self.array { client.array_keep_alive() } else { client.keep_alive() }
    }
}

// === impl Translated ===

impl Translated {
    pub(crate) fn of(response: &Response<'_>, ctx: &Context) -> Self {
        let mut body = Vec::with_capacity(1024);
        let usage = ctx.dialect.client().encode_response(response, ctx, &mut body);
        Self {
            body,
            unchanged: false,
            usage,
            finish_reason: response.stop.as_ref().map(|stop| stop.reason),
            model: response.model.as_ref().map(|model| model.decode().into_owned()),
            kept: Gather::of(response),
        }
    }
}

// === impl ClientError ===

impl ClientError {
    /// An error in the words of a dialect.
    pub fn new(dialect: Dialect, error: ApiError) -> Self {
        let (status, headers) = (dialect.error_status(&error), dialect.error_headers(&error));
        Self { status, headers, body: dialect.encode_error(&error), error }
    }
}
