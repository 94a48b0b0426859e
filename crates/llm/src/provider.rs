//! What stands behind the gateway: how each provider is spoken to. One file a provider, one line in
//! [`ProviderKind::provider`] each.

pub(crate) mod anthropic;
mod arguments;
mod auth;
mod azure;
pub(crate) mod bedrock;
pub(crate) mod cohere;
pub(crate) mod gemini;
mod mistral;
mod names;
pub(crate) mod nine;
pub(crate) mod ollama;
mod openai_chat;
mod openai_compatible;
pub(crate) mod openai_responses;
mod pairs;

use std::borrow::Cow;

pub use self::auth::{KeyError, Unsigned};
use crate::canonical::{Dropped, Event, Request, Response};
use crate::catalogue::{Capability, Model};
use crate::dialect::{Client, in_own_words};
use crate::embed::{EmbedFormat, EmbedRequest, Wish};
use crate::marks::{self, Takes};
use crate::passing::Asked;
use crate::remote::{self, Fetched, Medium};
use crate::request::{Peek, Rewrite, rewrite};
use crate::sse::TooLarge;
use crate::{
    ApiError, Carry, ClientError, Context, Dialect, Held, RequestError, ResponseError, StreamTranslator,
    Translated, Vendor,
};

/// A provider's wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderKind {
    /// OpenAI's Chat Completions, and the many that speak it.
    OpenAiCompatible,
    /// OpenAI's Responses, and Chat Completions for clients that speak them.
    OpenAiResponses,
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's models at Azure.
    Azure,
    /// Converse of Amazon Bedrock.
    Bedrock,
    /// Cohere's chat, the second version.
    Cohere,
    /// Mistral's own API.
    Mistral,
    /// Ollama's own chat.
    Ollama,
    /// Google's Gemini API.
    Gemini,
    /// The same models on Vertex AI.
    Vertex,
}

/// The model that a request goes to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its name with its provider.
    pub model: &'a str,
    /// The longest answer it gives, in tokens, where known.
    pub max_output: Option<u64>,
    /// Whether it follows a JSON schema by itself.
    pub native_json_schema: bool,
    /// State of vendors that the client may not have sent back.
    pub held: Option<&'a Held>,
    /// What it calls the answer that the request goes on from, where that is not what the client calls it.
    pub previous: Option<&'a str>,
    /// Files of the request that were fetched, for a provider that does not fetch them.
    pub fetched: Option<&'a Fetched>,
    /// Whether markers of the prompt's cache are placed for a client that places none.
    pub mark_cache: bool,
    /// What its vendor does its own way, where the provider is one of the many that speak OpenAI's chat.
    pub vendor: Option<&'a Vendor>,
    /// The base address that paths are appended to, or its path; empty where it does not matter.
    pub base: &'a str,
}

/// A request for a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The path, and a query where there is one, to be appended to the provider's base address.
    pub path: Cow<'static, str>,
    /// Headers besides authentication.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Parameters of the client that are not carried, by name or path: the first 32, and a last entry that
    /// counts the others.
    pub dropped: Vec<String>,
    /// What the answer's translation needs to know of the request.
    pub carry: Carry,
}

/// What the translation of an answer with embeddings needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedding {
    asked: EmbedFormat,
    own: EmbedFormat,
    wish: Wish,
}

/// A response header by its lower-case name.
pub type Headers<'h> = &'h dyn Fn(&str) -> Option<String>;

/// A provider: a value of this is all that the rest of the crate knows of one.
pub(crate) trait Provider: Sync {
    /// The header that carries a key.
    fn auth_header(&self, key: &str) -> (&'static str, String);
    /// The headers by which a request proves whose it is, at a time in seconds since 1970: the one that carries the key,
    /// unless the provider wants a signature.
    fn authenticate(
        &self,
        key: &str,
        _: &Unsigned<'_>,
        _now: i64,
    ) -> Result<Vec<(&'static str, String)>, KeyError> {
        Ok(vec![self.auth_header(key)])
    }
    /// How requests of this dialect are sent: as they are, where the provider speaks it, or in its own words.
    fn way(&self, dialect: Dialect) -> Way;
    /// Where requests go, after the base address. `spoken` is the dialect of one that passes as it is.
    fn path(&self, spoken: Option<Dialect>, target: &Target<'_>, stream: bool) -> Cow<'static, str>;
    /// Where the tokens of a prompt in this dialect are counted, after the base address; none if the provider counts
    /// none, or not in this dialect.
    fn count_path(&self, _: Dialect, _: &Target<'_>) -> Option<Cow<'static, str>> {
        None
    }
    /// Headers besides authentication and content type.
    fn headers(&self) -> &'static [(&'static str, &'static str)];
    /// Whether it hands out state with its reasoning that it wants to see again.
    fn hands_out_state(&self) -> bool {
        false
    }
    /// How it makes embeddings, and where, after the base address; none if it does not.
    fn embeddings(&self, _: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        None
    }
    /// Where a request goes that only passes, such as one for an image, given OpenAI's path for it without `/v1`; none if
    /// the provider has no such thing.
    fn passes(&self, _: &'static str, _: &Target<'_>) -> Option<Cow<'static, str>> {
        None
    }
    /// Whether it fetches a file by its address itself, or has a mistake of its own for one.
    fn fetches(&self, _: Medium, _url: &str, _: &Target<'_>) -> bool {
        true
    }
    /// Where it takes markers of the prompt's cache, if it does.
    fn marks(&self, _: &Target<'_>) -> Option<Takes> {
        None
    }
    /// Whether it has a place for how closely a picture is to be looked at.
    fn takes_detail(&self) -> bool {
        false
    }
    /// The header that names features before their release; none if it has no such.
    fn beta_header(&self) -> Option<&'static str> {
        None
    }
    /// The row of the vendor whose chat it speaks, where its kind alone tells that.
    fn row(&self) -> Option<&'static Vendor> {
        None
    }
    /// A body that passes as it is, without what this very provider refuses.
    fn amend(&self, body: Vec<u8>) -> Vec<u8> {
        body
    }
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

// === impl Embedding ===

impl Embedding {
    /// Turns the provider's answer of status 2xx into the client's.
    pub fn decode(&self, body: &[u8], ctx: &Context) -> Result<Translated, ResponseError> {
        self.asked.decode(self.own, body, ctx, self.wish)
    }
}

// === impl Target ===

impl<'a> Target<'a> {
    /// A model and what the catalogue says of it.
    pub fn new(model: &'a str, entry: Option<&Model>) -> Self {
        Self {
            model,
            max_output: entry.and_then(|entry| entry.max_output),
            held: None,
            previous: None,
            fetched: None,
            mark_cache: false,
            native_json_schema: entry.is_some_and(|entry| entry.capabilities.has(Capability::JsonSchema)),
            vendor: None,
            base: "",
        }
    }

    /// Of a vendor that has its own ways.
    #[must_use]
    pub fn of(self, vendor: Option<&'a Vendor>) -> Self {
        Self { vendor, ..self }
    }

    /// At a base address.
    #[must_use]
    pub fn at(self, base: &'a str) -> Self {
        Self { base, ..self }
    }

    /// Turns a provider's answer of status 4xx or 5xx into the client's error, as
    /// [`ProviderKind::decode_error`] does, with what the vendor says in its own places.
    pub fn decode_error(
        &self,
        kind: ProviderKind,
        dialect: Dialect,
        (status, headers): (u16, Headers<'_>),
        body: &[u8],
    ) -> ClientError {
        let mut error = kind.provider().decode_error(status, headers, body);
        if let Some(message) = self.vendor.and_then(|vendor| vendor.error_message(body)) {
            error.message = crate::dialect::without_account(error.kind, &message);
        }
        ClientError::new(dialect, error)
    }
}

// === impl ProviderKind ===

impl ProviderKind {
    /// The table of providers.
    pub(crate) fn provider(self) -> &'static dyn Provider {
        match self {
            Self::OpenAiCompatible => &openai_compatible::OpenAiCompatible,
            Self::OpenAiResponses => &openai_responses::OpenAiResponses,
            Self::Anthropic => &anthropic::Anthropic,
            Self::Azure => &azure::Azure,
            Self::Bedrock => &bedrock::Bedrock,
            Self::Cohere => &cohere::Cohere,
            Self::Mistral => &mistral::Mistral,
            Self::Ollama => &ollama::Ollama,
            Self::Gemini => &gemini::Gemini,
            Self::Vertex => &gemini::Vertex,
        }
    }

    /// The headers by which a request proves whose it is, at a time in seconds since 1970.
    pub fn authenticate(
        self,
        key: &str,
        request: &Unsigned<'_>,
        now: i64,
    ) -> Result<Vec<(&'static str, String)>, KeyError> {
        self.provider().authenticate(key, request, now)
    }

    /// The header that carries a key of this provider; one that signs has it for keys that do not.
    pub fn auth_header(self, key: &str) -> (&'static str, String) {
        self.provider().auth_header(key)
    }

    /// Whether this provider hands out state that a client of this dialect may lose.
    pub fn hands_out_state(self, dialect: Dialect) -> bool {
        let provider = self.provider();
        provider.hands_out_state() && matches!(provider.way(dialect), Way::Convert(_))
    }

    /// Whether this provider itself keeps answers that clients of this dialect go on from.
    pub fn keeps_answers(self, dialect: Dialect) -> bool {
        dialect.client().vendor_keeps() && matches!(self.provider().way(dialect), Way::Pass)
    }

    /// Whether it gives several answers to one request of this dialect.
    pub fn answers_several(self, dialect: Dialect, vendor: Option<&Vendor>) -> bool {
        let provider = self.provider();
        let vendor = vendor.or_else(|| provider.row());
        let drops = vendor.is_some_and(|vendor| vendor.drop_params.iter().any(|param| param == "n"));
        matches!(provider.way(dialect), Way::Pass) && !drops
    }

    /// Turns a client's request into one for this provider. `peek` must be of this very body.
    pub fn encode_request(
        self,
        dialect: Dialect,
        body: &[u8],
        peek: &Peek,
        target: &Target<'_>,
    ) -> Result<Encoded, RequestError> {
        let (provider, client) = (self.provider(), dialect.client());
        let target = &target.of(target.vendor.or_else(|| provider.row()));
        let takes = if target.mark_cache { provider.marks(target) } else { None };
        let mut betas = None;
        let way = provider.way(dialect);
        let spoken = matches!(way, Way::Pass).then_some(dialect);
        let wired = match way {
            Way::Pass => {
                let wired = client.pass_request(body, peek, target)?;
                let body = provider.amend(wired.body);
                let body = match takes {
                    Some(takes) => marks::mark_passing(dialect, body, takes),
                    None => body,
                };
                Wired { body, ..wired }
            }
            Way::Convert(wire) => {
                let text =
                    std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
                let text = client.prepare(text)?;
                let mut request = client.decode_request(&text)?;
                request.stream = peek.stream;
                if let Some(held) = target.held {
                    held.restore(&mut request);
                }
                if let Some(fetched) = target.fetched {
                    fetched.fill(&mut request);
                }
                if let Some(takes) = takes {
                    marks::mark(&mut request, takes);
                }
                remote::check(&request, (provider, client), target)?;
                if !provider.takes_detail() {
                    request.drop_details();
                }
                betas = named_betas(&mut request, provider);
                let wired = wire.encode_request(&request, target);
                let mut wired = wired.map_err(|error| in_own_words(client, error))?;
                wired.carry.notes = request.notes;
                wired
            }
        };
        let mut headers = headers(provider, spoken.map_or(&[], |_| peek.headers()), target);
        headers.extend(betas);
        let Wired { body, dropped, carry } = wired;
        let path = provider.path(spoken, target, peek.stream);
        Ok(Encoded { path, headers, body, dropped: own_names(dropped, client), carry })
    }

    /// Turns a client's question how many tokens its prompt has into one for this provider; none if the provider
    /// cannot be asked in this dialect. Its answer is the client's as it is.
    pub fn encode_count(
        self,
        dialect: Dialect,
        body: &[u8],
        peek: &Peek,
        target: &Target<'_>,
    ) -> Result<Option<Encoded>, RequestError> {
        let provider = self.provider();
        let Some(path) = provider.count_path(dialect, target) else { return Ok(None) };
        let Wired { body, dropped, carry } = dialect.client().pass_request(body, peek, target)?;
        let headers = headers(provider, peek.headers(), target);
        Ok(Some(Encoded { path, headers, body, dropped: dropped.into_names(), carry }))
    }

    /// Sends a client's request to make a conversation short on to a provider that does so itself.
    pub fn encode_compact(
        self,
        dialect: Dialect,
        body: &[u8],
        peek: &Peek,
        target: &Target<'_>,
    ) -> Result<Encoded, RequestError> {
        let path = self.pass_path("/responses/compact", target)?;
        let Wired { body, dropped, carry } = dialect.client().pass_request(body, peek, target)?;
        let headers = headers(self.provider(), peek.headers(), target);
        Ok(Encoded { path, headers, body, dropped: dropped.into_names(), carry })
    }

    /// Turns a client's request for embeddings into one for this provider. `peek` must be of this very body.
    pub fn encode_embed(
        self,
        format: EmbedFormat,
        body: &[u8],
        peek: &Peek,
        target: &Target<'_>,
    ) -> Result<(Encoded, Embedding), RequestError> {
        let provider = self.provider();
        let Some((own, path)) = provider.embeddings(target) else {
            let message = "the chosen model's provider makes no embeddings";
            return Err(RequestError::unsupported("model", message));
        };
        let EmbedRequest { body, dropped, wish } = format.encode(own, body, peek, target.model)?;
        let encoded =
            Encoded { path, headers: headers(provider, &[], target), body, dropped, carry: Carry::default() };
        Ok((encoded, Embedding { asked: format, own, wish }))
    }

    /// Sends a client's JSON request on as it is, but for its model, to an endpoint of OpenAI's.
    pub fn encode_pass(
        self,
        path: &'static str,
        body: &[u8],
        peek: &Peek,
        target: &Target<'_>,
    ) -> Result<Encoded, RequestError> {
        // Of those endpoints, only this has usage in its streams for those who ask.
        let asks = path == "/completions";
        let path = self.pass_path(path, target)?;
        let include_usage = asks && peek.stream && target.vendor.is_none_or(Vendor::asks_for_usage);
        let body =
            rewrite(body, peek, Rewrite { model: Some(target.model), include_usage, ..Rewrite::default() });
        let headers = headers(self.provider(), &[], target);
        Ok(Encoded { path, headers, body, dropped: Vec::new(), carry: Carry::default() })
    }

    /// Where this provider has an endpoint of OpenAI's whose requests only pass.
    pub fn pass_path(
        self,
        path: &'static str,
        target: &Target<'_>,
    ) -> Result<Cow<'static, str>, RequestError> {
        self.provider().passes(path, target).ok_or_else(|| {
            let message = format!("the chosen model's provider has no `{path}`");
            RequestError::unsupported("model", message)
        })
    }

    /// Turns a provider's whole answer of status 2xx into the client's.
    pub fn decode_response(self, body: &[u8], ctx: &Context) -> Result<Translated, ResponseError> {
        let provider = self.provider();
        let text = std::str::from_utf8(body).map_err(|_| ResponseError::NotJson)?;
        match provider.way(ctx.dialect) {
            Way::Pass => ctx.dialect.client().pass_response(text, ctx, provider),
            Way::Convert(wire) => {
                let response = wire.decode_response(text, &ctx.carried())?;
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

    /// Passes one streamed answer of status 2xx to a request that only passes.
    pub fn pass_stream(self, asked: Asked, ctx: Context) -> StreamTranslator {
        StreamTranslator::passing(self.provider(), ctx, asked)
    }

    /// A translator of one streamed answer of status 2xx.
    pub fn stream(self, ctx: Context) -> StreamTranslator {
        StreamTranslator::new(self.provider(), ctx)
    }
}

/// The header for features before their release that a body names. Where there is none they are left out.
fn named_betas(request: &mut Request<'_>, provider: &dyn Provider) -> Option<(Cow<'static, str>, String)> {
    let betas = std::mem::take(&mut request.betas);
    if betas.is_empty() {
        return None;
    }
    let Some(header) = provider.beta_header() else {
        request.dropped.add("additionalModelRequestFields.anthropic_beta");
        return None;
    };
    let betas: Vec<_> = betas.iter().map(|beta| beta.decode()).collect();
    Some((header.into(), betas.join(",")))
}

/// What is dropped, in the client's words, each once: two of the provider's may be one of the client's.
fn own_names(dropped: Dropped, client: &dyn Client) -> Vec<String> {
    let mut named = Vec::new();
    for name in dropped.into_names() {
        let name = client.own_name(name);
        if !named.contains(&name) {
            named.push(name);
        }
    }
    named
}

/// The headers of a request: the client's that are brought along, and of the provider's own and its vendor's those that
/// the client does not bring.
fn headers(
    provider: &dyn Provider,
    brought: &[(&'static str, String)],
    target: &Target<'_>,
) -> Vec<(Cow<'static, str>, String)> {
    let mut headers = vec![(Cow::Borrowed("content-type"), "application/json".to_owned())];
    let brings = |name: &str| brought.iter().any(|(own, _)| *own == name);
    let defaults = provider.headers().iter().filter(|(name, _)| !brings(name));
    headers.extend(defaults.map(|(name, value)| (Cow::Borrowed(*name), (*value).to_owned())));
    let extra = target.vendor.into_iter().flat_map(|vendor| &vendor.extra_headers);
    headers.extend(extra.map(|(name, value)| (name.clone(), value.clone().into_owned())));
    headers.extend(brought.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())));
    headers
}
