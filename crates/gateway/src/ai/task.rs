//! What is to be done for a call, and how each kind of it is read, sent and answered.

use llm::passing::Asked;
use llm::request::{self, Form, Peek};
use llm::{
    Carry, Context, Dialect, EmbedFormat, Embedding, Encoded, ProviderKind, Remote, RequestError, Target,
};
use message::{Known, RequestHead};

use super::endpoint::Place;
use super::fan::Wish;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// An answer of a model.
    Generate,
    /// How many tokens a prompt has.
    Count,
    /// A conversation made short.
    Compact,
    /// Embeddings.
    Embed(EmbedFormat),
    /// What an endpoint of OpenAI's does whose requests only pass; its path without `/v1`.
    Pass(&'static str),
    /// The same, with a form.
    PassForm(&'static str),
}

/// A request as far as the gateway must know it.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) model: String,
    /// Whether the answer is to be streamed event by event.
    pub(crate) streamed: bool,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Generate(Peek),
    Count(Peek),
    Compact(Peek),
    Embed(EmbedFormat, Peek),
    Pass(&'static str, Peek),
    Form { path: &'static str, form: Form, content_type: String },
}

/// How the answer becomes the client's.
#[derive(Debug)]
pub(crate) enum Answer {
    /// By the translation of answers.
    Generate(Context),
    /// As it is: it counts a prompt, which uses nothing.
    Count,
    /// By the translation of embeddings.
    Embed(Embedding, Context),
    /// As it is, with a look at what of the asked was used.
    Pass(Box<(Asked, Context)>),
}

/// What a request comes to for a target.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made; a box would cost every call"
)]
pub(crate) enum Made {
    /// A request, and what its answer needs.
    Request(Encoded, Answer),
    /// The answer, in JSON: the target is not needed for it.
    Answer(Vec<u8>),
}

/// What names an answer that its provider does not name.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) id: String,
    /// In seconds since 1970.
    pub(crate) created: i64,
}

// === impl Task ===

impl Task {
    /// Scans a request.
    pub(crate) fn scan(
        self,
        dialect: Dialect,
        head: &RequestHead,
        body: &[u8],
        place: &Place,
    ) -> Result<Scanned, RequestError> {
        let way = match self {
            Self::Generate => Way::Generate(peek(dialect, head, body, place)?),
            Self::Count => Way::Count(peek(dialect, head, body, place)?),
            Self::Compact => Way::Compact(peek(dialect, head, body, place)?),
            Self::Embed(format) => Way::Embed(format, format.peek(body, place.address())?),
            Self::Pass(path) => Way::Pass(path, request::peek_passing(body, place.address())?),
            Self::PassForm(path) => {
                let content_type = head.fields.get_str(Known::ContentType).unwrap_or_default();
                let form = request::peek_form(body, content_type)?;
                Way::Form { path, form, content_type: content_type.to_owned() }
            }
        };
        let streamed = matches!(&way, Way::Generate(peek) if peek.stream);
        Ok(Scanned { model: way.model().to_owned(), streamed, way })
    }
}

/// Scans a request of the dialect, and what its head says of it.
fn peek(dialect: Dialect, head: &RequestHead, body: &[u8], place: &Place) -> Result<Peek, RequestError> {
    let header = |name: &str| {
        let values: Vec<&str> =
            head.fields.find_named(name).filter_map(|value| std::str::from_utf8(value).ok()).collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    request::peek(dialect, body, place.address())?.with_headers(dialect, &header)
}

// === impl Way ===

impl Way {
    fn model(&self) -> &str {
        match self {
            Self::Generate(peek)
            | Self::Count(peek)
            | Self::Compact(peek)
            | Self::Embed(_, peek)
            | Self::Pass(_, peek) => &peek.model,
            Self::Form { form, .. } => &form.model,
        }
    }
}

// === impl Scanned ===

impl Scanned {
    /// The answer that the request goes on from.
    pub(crate) fn previous(&self) -> Option<&str> {
        match &self.way {
            Way::Generate(peek) | Way::Count(peek) | Way::Compact(peek) => peek.previous.as_deref(),
            _ => None,
        }
    }

    /// The wish for several answers, where there is one.
    pub(crate) fn several(&self) -> Option<Wish> {
        let Way::Generate(peek) = &self.way else { return None };
        let Peek { n, stream, include_usage, .. } = *peek;
        (n > 1).then_some(Wish { count: n, streamed: stream, include_usage })
    }

    /// The files that it has by their address and a target wants as bytes.
    pub(crate) fn remotes(
        &self,
        (dialect, body): (Dialect, &[u8]),
        kind: ProviderKind,
        target: &Target<'_>,
    ) -> Vec<Remote> {
        match &self.way {
            Way::Generate(_) => kind.remotes(dialect, body, target),
            _ => Vec::new(),
        }
    }

    /// Makes a target's request, and what its answer needs. `body` must be the one that was scanned.
    pub(crate) fn encode(
        &self,
        (dialect, body): (Dialect, &[u8]),
        kind: ProviderKind,
        target: &Target<'_>,
        stamp: Stamp,
    ) -> Result<Made, RequestError> {
        let context = |peek, carry| Context::new(dialect, peek, stamp.id.clone(), stamp.created, carry);
        match &self.way {
            Way::Generate(peek) => {
                let mut encoded = kind.encode_request(dialect, body, peek, target)?;
                let carry = std::mem::take(&mut encoded.carry);
                Ok(Made::Request(encoded, Answer::Generate(context(peek, carry))))
            }
            Way::Count(peek) => {
                let encoded = kind.encode_count(dialect, body, peek, target)?;
                let estimate = || dialect.encode_count(peek.estimated_tokens()).unwrap_or_default();
                Ok(encoded.map_or_else(
                    || Made::Answer(estimate()),
                    |encoded| Made::Request(encoded, Answer::Count),
                ))
            }
            Way::Compact(peek) => {
                let encoded = kind.encode_compact(dialect, body, peek, target)?;
                Ok(Made::Request(encoded, Answer::Generate(context(peek, Carry::default()))))
            }
            Way::Embed(format, peek) => {
                let (encoded, embedding) = kind.encode_embed(*format, body, peek, target)?;
                Ok(Made::Request(encoded, Answer::Embed(embedding, context(peek, Carry::default()))))
            }
            Way::Pass(path, peek) => {
                let encoded = kind.encode_pass(path, body, peek, target)?;
                let asked = Asked::of_json(path, body, peek);
                Ok(Made::Request(encoded, Answer::Pass(Box::new((asked, context(peek, Carry::default()))))))
            }
            Way::Form { path, form, content_type } => {
                let encoded = Encoded {
                    path: kind.pass_path(path, target)?,
                    headers: vec![("content-type".into(), content_type.clone())],
                    body: form.rewrite(body, target.model),
                    dropped: Vec::new(),
                    carry: Carry::default(),
                };
                let context = Context::of_form(dialect, form.model.clone(), stamp.id, stamp.created);
                Ok(Made::Request(
                    encoded,
                    Answer::Pass(Box::new((Asked::of_form(path, body, form), context))),
                ))
            }
        }
    }
}
