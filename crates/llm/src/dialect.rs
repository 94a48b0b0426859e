//! What clients speak. One file a dialect, one line in [`Dialect::client`] each.

pub(crate) mod anthropic;
mod bedrock;
mod cohere;
pub(crate) mod gemini;
mod gemini_interactions;
mod ollama;
pub(crate) mod openai_chat;
pub(crate) mod openai_responses;
mod quota;
mod read;

pub use self::gemini_interactions::{NoSuchEvent, replay_interaction};

use std::borrow::Cow;
use std::time::Duration;

pub use quota::{Quota, Window};

use crate::canonical::{Delta, Event, Request, Response};
use crate::passing::Picture;
use crate::provider::{Framing, Headers, Provider, Wired};
use crate::request::{Member, Peek};
use crate::sse::TooLarge;
use crate::{
    ApiError, Context, ErrorKind, FinishReason, RequestError, ResponseError, Target, Translated, Usage,
};

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Anthropic's Messages.
    Anthropic,
    /// Converse of Amazon Bedrock.
    Bedrock,
    /// Cohere's chat, the second version.
    Cohere,
    /// Google's Gemini.
    Gemini,
    /// Google's Interactions of the Gemini API.
    GeminiInteractions,
    /// Ollama's chat.
    Ollama,
    /// Ollama's completion of a prompt.
    OllamaGenerate,
    /// OpenAI's Chat Completions.
    OpenAiChat,
    /// OpenAI's Responses.
    OpenAiResponses,
}

/// A model in a list of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelEntry<'a> {
    /// Its name for clients.
    pub id: &'a str,
    /// Since when it is there, in seconds since 1970.
    pub created: i64,
    /// Who offers it.
    pub owned_by: &'a str,
}

/// A dialect: a value of this is all that the rest of the crate knows of one.
pub(crate) trait Client: Sync {
    /// What a scan looks at, by the names of members at the top of the body.
    fn members(&self) -> &'static [(&'static str, Member)];
    /// The member that every request must have, besides the model; empty if there is none.
    fn required(&self) -> &'static str;
    /// Whether a request that does not say is for a streamed answer.
    fn streams_by_default(&self) -> bool {
        false
    }
    /// The client's own headers that go to providers of the same dialect as they came.
    fn own_headers(&self) -> &'static [&'static str] {
        &[]
    }
    /// Refuses a request that the version of the API in its headers does not take.
    fn check_headers(&self, _: &Peek, _: Headers<'_>) -> Result<(), RequestError> {
        Ok(())
    }
    /// Whether a vendor of this dialect keeps the conversations that a request goes on from by an id.
    fn vendor_keeps(&self) -> bool {
        true
    }
    /// What this dialect calls a parameter, by its name or path, that providers' writers name in the words of OpenAI's chat.
    fn own_name(&self, name: String) -> String {
        name
    }
    /// The request as [`Client::decode_request`] wants it, where it cannot be read as it is written.
    fn prepare<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, RequestError> {
        Ok(Cow::Borrowed(text))
    }
    /// Reads a request that was scanned and prepared.
    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError>;
    /// Writes a whole answer. Gives the usage that it tells: the provider's, or an estimate.
    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage;
    /// Writes an error's body.
    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>);
    /// The HTTP status that clients of this dialect know for an error.
    fn error_status(&self, error: &ApiError) -> u16 {
        error.status
    }
    /// Headers that an error has in this dialect.
    fn error_headers(&self, _: &ApiError) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// The header of an answer that names the request.
    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }
    /// Writes how many tokens a prompt has; nothing where the dialect has no such answer.
    fn encode_count(&self, _tokens: u64, _out: &mut Vec<u8>) {}
    /// Writes one model of the list.
    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>);
    /// Writes a list of models.
    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>);
    /// A writer of one streamed answer.
    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder>;
    /// Writes an error that ends a stream.
    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>);
    /// The media type of streamed answers.
    fn stream_media_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }
    /// What keeps a client patient that waits for the next event; nothing where the dialect has no such thing.
    fn keep_alive(&self) -> &'static [u8] {
        b": ping\n\n"
    }
    /// The same where the answer is one array.
    fn array_keep_alive(&self) -> &'static [u8] {
        b""
    }

    /// A request for a provider of the same dialect.
    fn pass_request(&self, body: &[u8], peek: &Peek, target: &Target<'_>) -> Result<Wired, RequestError>;
    /// Looks at an answer of a provider of the same dialect.
    fn pass_response(
        &self,
        text: &str,
        ctx: &Context,
        provider: &dyn Provider,
    ) -> Result<Translated, ResponseError>;
    /// How providers of the same dialect frame streamed answers.
    fn pass_framing(&self) -> Framing {
        Framing::Sse
    }
    /// Passes one streamed answer of a provider of the same dialect.
    fn pass_stream(&self, ctx: &Context) -> Box<dyn PassStream>;
}

/// Writes one streamed answer. Never within an event of the client's, so that anything may be sent between
/// two calls.
pub(crate) trait StreamEncoder: Send + std::fmt::Debug {
    /// Writes an event. `usage` is what is known by now, an estimate included.
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>);
    /// The whole answer as an object, once it is complete, where the dialect tells it.
    fn object(&self) -> Option<&[u8]> {
        None
    }
}

/// Passes one streamed answer on as it is, and looks at it.
pub(crate) trait PassStream: Send + std::fmt::Debug {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge>;
    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge>;
    /// Writes an error that ends the stream, where it takes what was passed to write it. Answers whether it did.
    fn fail(&mut self, _error: &ApiError, _out: &mut Vec<u8>) -> bool {
        false
    }
    /// The whole answer as an object, once it is complete, where Weir is to keep it.
    fn object(&self) -> Option<&[u8]> {
        None
    }
}

/// What is known of a streamed answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// What the provider says at the end.
    pub(crate) usage: Option<Usage>,
    /// What it says before, the answer not being complete.
    pub(crate) usage_so_far: Option<Usage>,
    pub(crate) finish_reason: Option<FinishReason>,
    pub(crate) model: Option<String>,
    /// Whether the model said or did anything.
    pub(crate) content: bool,
    /// Events that could not be read and were passed over.
    pub(crate) skipped: u64,
    /// Bytes of text in the answer, for an estimate.
    pub(crate) output_bytes: usize,
    /// What the model did without saying anything: blocks that began, hosted tools that were used.
    pub(crate) signs: usize,
    /// Whether the answer is complete, or an error has ended it.
    pub(crate) done: bool,
    pub(crate) error: Option<ApiError>,
    /// The kind of image that the answer is, where it is one.
    pub(crate) picture: Picture,
}

// === impl Facts ===

impl Facts {
    /// Takes in what an event tells.
    pub(crate) fn note(&mut self, event: &Event<'_>) {
        match event {
            Event::Start { model, .. } => {
                self.model = model.as_ref().map(|model| model.decode().into_owned());
            }
            Event::Block(start) => {
                self.content |= start.is_content();
                self.signs += 1;
            }
            Event::Delta(delta) => {
                self.content = true;
                if let Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) = delta {
                    self.output_bytes = self.output_bytes.saturating_add(text.literal().len());
                }
            }
            Event::BlockEnd | Event::Pause => {}
            Event::Usage { usage, last } if *last => self.usage = Some(*usage),
            Event::Usage { usage, .. } => self.usage_so_far = Some(*usage),
            Event::Skipped => self.skipped += 1,
            Event::Stop(stop) => {
                self.content = true;
                self.finish_reason = Some(stop.reason);
            }
            Event::End => self.done = true,
            Event::Error(error) => {
                self.error = Some(error.clone());
                self.done = true;
            }
        }
    }

    /// What was used, as far as it is known; else an estimate.
    pub(crate) fn usage(&self, prompt_bytes: usize) -> Usage {
        let estimate = || Usage::estimate(prompt_bytes, self.output_bytes);
        let so_far = || {
            let usage = self.usage_so_far?;
            Some(Usage { output: usage.output.max(estimate().output), estimated: true, ..usage })
        };
        self.usage.or_else(so_far).unwrap_or_else(estimate)
    }
}

// === impl Dialect ===

impl Dialect {
    /// The table of dialects.
    pub(crate) fn client(self) -> &'static dyn Client {
        match self {
            Self::Anthropic => &anthropic::Anthropic,
            Self::Bedrock => &bedrock::Bedrock,
            Self::Cohere => &cohere::Cohere,
            Self::Gemini => &gemini::Gemini,
            Self::GeminiInteractions => &gemini_interactions::GeminiInteractions,
            Self::Ollama => &ollama::CHAT,
            Self::OllamaGenerate => &ollama::GENERATE,
            Self::OpenAiChat => &openai_chat::OpenAiChat,
            Self::OpenAiResponses => &openai_responses::OpenAiResponses,
        }
    }

    /// The media type of streamed answers.
    pub fn stream_media_type(self) -> &'static str {
        self.client().stream_media_type()
    }

    /// An error's body.
    pub fn encode_error(self, error: &ApiError) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.client().encode_error(error, &mut out);
        out
    }

    /// The HTTP status of an error.
    pub fn error_status(self, error: &ApiError) -> u16 {
        self.client().error_status(error)
    }

    /// The header of an answer that names the request.
    pub fn request_id_header(self) -> &'static str {
        self.client().request_id_header()
    }

    /// The body that says how many tokens a prompt has; none where the dialect has no such answer.
    pub fn encode_count(self, tokens: u64) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.client().encode_count(tokens, &mut out);
        Some(out).filter(|out| !out.is_empty())
    }

    /// Headers that an error has in this dialect, besides its content type.
    pub fn error_headers(self, error: &ApiError) -> Vec<(&'static str, String)> {
        let mut headers = self.client().error_headers(error);
        // The vendors' SDKs look at it first.
        let exact = error.retry_after.filter(|wait| wait.subsec_nanos() > 0);
        if matches!(self, Self::Anthropic | Self::OpenAiChat | Self::OpenAiResponses)
            && let Some(wait) = exact
        {
            headers.push(("retry-after-ms", wait.as_micros().div_ceil(1000).to_string()));
        }
        headers
    }

    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Bedrock => "bedrock",
            Self::Cohere => "cohere",
            Self::Gemini => "gemini",
            Self::GeminiInteractions => "gemini_interactions",
            Self::Ollama => "ollama",
            Self::OllamaGenerate => "ollama_generate",
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
        }
    }

    /// The body of one model.
    pub fn encode_model(self, model: &ModelEntry<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.client().encode_model(model, &mut out);
        out
    }

    /// The body of a list of models.
    pub fn encode_models<'m>(self, models: impl IntoIterator<Item = ModelEntry<'m>>) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        self.client().encode_models(&mut models.into_iter(), &mut out);
        out
    }
}

/// An error of a provider's writer, which names the parameter in the words of OpenAI's chat, in the client's.
pub(crate) fn in_own_words(client: &dyn Client, mut error: RequestError) -> RequestError {
    let Some(chat) = error.param.take() else { return error };
    let own = client.own_name(chat.clone());
    error.message = error.message.replace(&format!("`{chat}`"), &format!("`{own}`"));
    error.param = Some(own);
    error
}

/// The message for an error whose body says nothing that a person can read. Markup is left out, and a text
/// is cut: it comes from who knows where.
pub(crate) fn unreadable(status: u16, body: &str) -> String {
    let body = body.trim();
    if body.is_empty() || body.starts_with(['<', '{', '[']) {
        return match status {
            0 => "the model's provider reported an error without saying which".to_owned(),
            status => format!("the model's provider answered {status} without saying why"),
        };
    }
    body.chars().filter(|character| !character.is_control()).take(300).collect()
}

/// A provider's message without what names the account there: the gateway's, which is no affair of its
/// callers. What concerns the request is told as it is, since it may quote from it.
pub(crate) fn without_account(kind: ErrorKind, message: &str) -> String {
    if matches!(kind, ErrorKind::InvalidRequest | ErrorKind::TooLarge) {
        return message.to_owned();
    }
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut told = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(fits) {
        let (between, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|character| !fits(character)).unwrap_or(word.len()));
        told.push_str(between);
        told.push_str(if names_account(word) { "***" } else { word });
        rest = after;
    }
    told.push_str(rest);
    told
}

/// Whether a word is the id of an organisation or project: OpenAI's, or a UUID as Anthropic's are.
fn names_account(word: &str) -> bool {
    let prefixed =
        ["org-", "proj_"].iter().any(|prefix| word.len() > prefix.len() && word.starts_with(prefix));
    let parts = word.split('-').map(str::len);
    prefixed || (parts.eq([8, 4, 4, 4, 12]) && word.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()))
}

/// How long a provider asks to wait, by `retry-after-ms` or `retry-after` in seconds. A date is not read,
/// since it takes a clock.
pub(crate) fn retry_after(headers: Headers<'_>) -> Option<Duration> {
    let number = |name: &str| headers(name).and_then(|value| value.trim().parse::<f64>().ok());
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}
