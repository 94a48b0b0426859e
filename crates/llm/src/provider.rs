//! What stands behind the gateway: how each provider is spoken to. One file a provider, one line in
//! [`ProviderKind::provider`] each.

mod anthropic;
mod names;
mod ollama;
mod openai_compatible;
mod pairs;

use std::borrow::Cow;

use crate::canonical::{Dropped, Event, Request, Response};
use crate::catalogue::{Capability, Model};
use crate::request::Peek;
use crate::sse::TooLarge;
use crate::{
    ApiError, Carry, ClientError, Context, Dialect, RequestError, ResponseError, StreamTranslator, Translated,
};

/// A provider's wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderKind {
    /// OpenAI's Chat Completions, and the many that speak it.
    OpenAiCompatible,
    /// Anthropic's Messages.
    Anthropic,
    /// Ollama's own chat.
    Ollama,
}

/// The model that a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Its name with its provider.
    pub model: &'a str,
    /// The longest answer it gives, in tokens, where known.
    pub max_output: Option<u64>,
    /// Whether it follows a JSON schema by itself.
    pub native_json_schema: bool,
}

/// A request for a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The path, and a query where there is one, to be appended to the provider's base address.
    pub path: Cow<'static, str>,
    /// Headers besides authentication.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Parameters of the client that are not carried, by name or path: the first 32, and a last entry that
    /// counts the others.
    pub dropped: Vec<String>,
    /// What the answer's translation needs to know of the request.
    pub carry: Carry,
}

/// A response header by its lower-case name.
pub type Headers<'h> = &'h dyn Fn(&str) -> Option<String>;

/// A provider: a value of this is all that the rest of the crate knows of one.
pub(crate) trait Provider: Sync {
    /// The header that carries a key.
    fn auth_header(&self, key: &str) -> (&'static str, String);
    /// How requests of this dialect are sent: as they are, where the provider speaks it, or in its own words.
    fn way(&self, dialect: Dialect) -> Way;
    /// Where requests go, after the base address. `spoken` is the dialect of one that passes as it is.
    fn path(&self, spoken: Option<Dialect>, target: &Target<'_>, stream: bool) -> Cow<'static, str>;
    /// Headers besides authentication and content type.
    fn headers(&self) -> &'static [(&'static str, &'static str)];
    /// Reads the body of an answer that is an error. `status` is below 400 where the error came with a
    /// success, or within a stream.
    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError;
}

/// How a client's bodies become a provider's.
pub(crate) enum Way {
    /// They pass, but for what [`crate::dialect::Client::pass_request`] changes.
    Pass,
    /// By the canonical form.
    Convert(&'static dyn Wire),
}

/// How a provider frames a streamed answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events. A body that begins with a brace is one JSON object instead.
    Sse,
    /// Anything else; its reader tells an error object by itself.
    Own,
}

/// A provider's bodies.
pub(crate) trait Wire: Sync {
    /// Writes a request. What is dropped begins with what the request says already.
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError>;
    /// Reads a whole answer.
    fn decode_response<'a>(&self, body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError>;
    /// How streamed answers are framed.
    fn framing(&self) -> Framing {
        Framing::Sse
    }
    /// A reader of one streamed answer.
    fn stream(&self, carry: Carry, limit: usize) -> Box<dyn StreamDecoder>;
}

/// A request as a provider wants it.
#[derive(Debug)]
pub(crate) struct Wired {
    pub(crate) body: Vec<u8>,
    pub(crate) dropped: Dropped,
    pub(crate) carry: Carry,
}

/// Where a stream's events go.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(Event<'_>);

/// Reads one streamed answer. After [`Event::End`] or [`Event::Error`] it gives nothing more.
pub(crate) trait StreamDecoder: Send + std::fmt::Debug {
    /// Reads a piece.
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge>;
    /// The body has ended: gives what was held back.
    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge>;
}

// === impl Target ===

impl<'a> Target<'a> {
    /// A model and what the catalogue says of it.
    pub fn new(model: &'a str, entry: Option<&Model>) -> Self {
        Self {
            model,
            max_output: entry.and_then(|entry| entry.max_output),
            native_json_schema: entry.is_some_and(|entry| entry.capabilities.has(Capability::JsonSchema)),
        }
    }
}

// === impl ProviderKind ===

impl ProviderKind {
    /// The table of providers.
    pub(crate) fn provider(self) -> &'static dyn Provider {
        match self {
            Self::OpenAiCompatible => &openai_compatible::OpenAiCompatible,
            Self::Anthropic => &anthropic::Anthropic,
            Self::Ollama => &ollama::Ollama,
        }
    }

    /// The header that carries a key of this provider.
    pub fn auth_header(self, key: &str) -> (&'static str, String) {
        self.provider().auth_header(key)
    }

    /// Turns a client's request into one for this provider. `peek` must be of this very body.
    pub fn encode_request(
        self,
        dialect: Dialect,
        body: &[u8],
        peek: &Peek,
        target: &Target<'_>,
    ) -> Result<Encoded, RequestError> {
        let provider = self.provider();
        let way = provider.way(dialect);
        let spoken = matches!(way, Way::Pass).then_some(dialect);
        let wired = match way {
            Way::Pass => dialect.client().pass_request(body, peek, target)?,
            Way::Convert(wire) => {
                let text =
                    std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
                let mut request = dialect.client().decode_request(text)?;
                request.stream = peek.stream;
                let mut wired = wire.encode_request(&request, target)?;
                wired.carry.notes = request.notes;
                wired
            }
        };
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(provider.headers().iter().map(|(name, value)| (*name, (*value).to_owned())));
        let Wired { body, dropped, carry } = wired;
        let path = provider.path(spoken, target, peek.stream);
        Ok(Encoded { path, headers, body, dropped: dropped.into_names(), carry })
    }

    /// Turns a provider's whole answer of status 2xx into the client's.
    pub fn decode_response(self, body: &[u8], ctx: &Context) -> Result<Translated, ResponseError> {
        let provider = self.provider();
        let text = std::str::from_utf8(body).map_err(|_| ResponseError::NotJson)?;
        match provider.way(ctx.dialect) {
            Way::Pass => ctx.dialect.client().pass_response(text, ctx, provider),
            Way::Convert(wire) => {
                let response = wire.decode_response(text, &ctx.carry)?;
                Ok(Translated::of(&response, ctx))
            }
        }
    }

    /// Turns a provider's answer of status 4xx or 5xx into the client's error.
    pub fn decode_error(
        self,
        dialect: Dialect,
        status: u16,
        headers: Headers<'_>,
        body: &[u8],
    ) -> ClientError {
        ClientError::new(dialect, self.provider().decode_error(status, headers, body))
    }

    /// A translator of one streamed answer of status 2xx.
    pub fn stream(self, ctx: Context) -> StreamTranslator {
        StreamTranslator::new(self.provider(), ctx)
    }
}
