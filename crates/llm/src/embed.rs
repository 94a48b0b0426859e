//! Embeddings: the four wire formats that vendors have for them, each read and written in a file of its own, and a form
//! in the middle. Where client and provider have the same, bytes pass.

mod cohere;
mod gemini;
mod ollama;
mod openai;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Data, Text, Value, push_string};

use crate::canonical::{Dropped, Rest};
use crate::request::{Address, Member, Peek, Rewrite, peek_members, rewrite};
use crate::{Context, RequestError, ResponseError, Translated, Usage};

/// A wire format of embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmbedFormat {
    /// OpenAI's `/embeddings`.
    OpenAi,
    /// Cohere's `/v2/embed`.
    Cohere,
    /// Gemini's `embedContent`, for one text.
    Gemini,
    /// Gemini's `batchEmbedContents`.
    GeminiBatch,
    /// Ollama's `/api/embed`.
    Ollama,
}

/// A request for embeddings as a provider wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EmbedRequest {
    /// The body.
    pub(crate) body: Vec<u8>,
    /// Parameters of the client that are not carried.
    pub(crate) dropped: Vec<String>,
    /// What the answer's translation needs to know of the request.
    pub(crate) wish: Wish,
}

/// How a client wants its vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// As base64 of little-endian 32-bit floats.
    base64: bool,
}

/// What is asked for, in the form in the middle.
#[derive(Debug, Default)]
struct Asked<'a> {
    inputs: Vec<Input<'a>>,
    dimensions: Option<u64>,
    purpose: Option<Purpose>,
    title: Option<Text<'a>>,
    wish: Wish,
    rest: Vec<Rest<'a>>,
    dropped: Dropped,
}

/// One thing to embed.
#[derive(Debug)]
enum Input<'a> {
    Text(Text<'a>),
    /// Tokens of OpenAI's, as JSON.
    Tokens(&'a str),
}

/// What the vectors are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Document,
    Query,
    Classification,
    Clustering,
    Similarity,
}

/// What comes back.
#[derive(Debug, Default)]
struct Vectors<'a> {
    model: Option<Text<'a>>,
    list: Vec<Vector<'a>>,
    usage: Option<Usage>,
}

#[derive(Debug)]
enum Vector<'a> {
    /// A JSON array of numbers, as it is written.
    Floats(&'a str),
    /// Base64 of little-endian 32-bit floats.
    Base64(Text<'a>),
}

/// A format: a value is all that this module knows of one.
trait Format: Sync {
    fn members(&self) -> &'static [(&'static str, Member)];
    fn required(&self) -> &'static str;
    fn read<'a>(&self, body: &Value<'a>) -> Result<Asked<'a>, RequestError>;
    fn write(&self, asked: &Asked<'_>, model: &str, out: &mut Vec<u8>) -> Result<Dropped, RequestError>;
    fn read_answer<'a>(&self, body: &Value<'a>) -> Result<Vectors<'a>, ResponseError>;
    fn write_answer(&self, vectors: &Vectors<'_>, told: &Told<'_>, out: &mut Vec<u8>);
}

/// What an answer tells besides its vectors.
struct Told<'c> {
    ctx: &'c Context,
    usage: Usage,
    wish: Wish,
}

// === impl EmbedFormat ===

impl EmbedFormat {
    fn format(self) -> &'static dyn Format {
        match self {
            Self::OpenAi => &openai::OpenAi,
            Self::Cohere => &cohere::Cohere,
            Self::Gemini => &gemini::Single,
            Self::GeminiBatch => &gemini::Batch,
            Self::Ollama => &ollama::Ollama,
        }
    }

    /// Scans a request, as [`crate::request::peek`] does for answers of models.
    pub fn peek(self, body: &[u8], address: Address<'_>) -> Result<Peek, RequestError> {
        let format = self.format();
        peek_members((format.members(), format.required()), body, address)
    }

    /// Turns a request of this format into one of a provider's. `peek` must be of this very body.
    pub(crate) fn encode(
        self,
        to: Self,
        body: &[u8],
        peek: &Peek,
        model: &str,
    ) -> Result<EmbedRequest, RequestError> {
        let text = std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
        if self == to && to == Self::GeminiBatch {
            // Each request of a batch names the model again, which is the client's name for it.
            let body = gemini::renamed(&Value::parse(text).map_err(RequestError::json)?, model);
            return Ok(EmbedRequest { body, dropped: Vec::new(), wish: Wish::default() });
        }
        if self == to {
            let change = Rewrite { model: Some(model), ..Rewrite::default() };
            let body = rewrite(body, peek, change);
            return Ok(EmbedRequest { body, dropped: Vec::new(), wish: Wish::default() });
        }
        let asked = self.format().read(&Value::parse(text).map_err(RequestError::json)?)?;
        let mut out = Vec::with_capacity(body.len() + 64);
        let dropped = to.format().write(&asked, model, &mut out)?;
        Ok(EmbedRequest { body: out, dropped: dropped.into_names(), wish: asked.wish })
    }

    /// Turns a provider's answer of status 2xx into one of this format.
    pub(crate) fn decode(
        self,
        from: Self,
        body: &[u8],
        ctx: &Context,
        wish: Wish,
    ) -> Result<Translated, ResponseError> {
        let text = std::str::from_utf8(body).map_err(|_| ResponseError::NotJson)?;
        let value = Value::parse(text).map_err(|_| ResponseError::NotJson)?;
        let read = from.format().read_answer(&value);
        // What passes is its vendor's own affair, as long as it is an answer.
        let has_some = ["data", "embedding", "embeddings"]
            .into_iter()
            .any(|name| matches!(value.get(name).data, Data::Array(_) | Data::Object(_)));
        let vectors = if self == from && has_some { read.unwrap_or_default() } else { read? };
        let usage = vectors.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, 0));
        let mut out = Vec::new();
        if self != from {
            self.format().write_answer(&vectors, &Told { ctx, usage, wish }, &mut out);
        }
        Ok(Translated {
            unchanged: self == from,
            body: out,
            usage,
            finish_reason: None,
            model: vectors.model.map(|model| model.decode().into_owned()),
            kept: Vec::new(),
        })
    }
}

// === impl Vector ===

impl Vector<'_> {
    /// Writes it as a JSON array of numbers.
    fn write_floats(&self, out: &mut Vec<u8>) {
        match self {
            Self::Floats(raw) => out.extend_from_slice(raw.as_bytes()),
            Self::Base64(text) => {
                let bytes = STANDARD.decode(text.decode().as_bytes()).unwrap_or_default();
                let (floats, _) = bytes.as_chunks::<4>();
                let numbers: Vec<String> =
                    floats.iter().map(|four| f32::from_le_bytes(*four).to_string()).collect();
                out.push(b'[');
                out.extend_from_slice(numbers.join(",").as_bytes());
                out.push(b']');
            }
        }
    }

    /// Writes it as the client wants it.
    fn write(&self, wish: Wish, out: &mut Vec<u8>) {
        match self {
            Self::Floats(raw) if wish.base64 => {
                let numbers = raw.trim_matches(['[', ']']).split(',');
                let floats = numbers.filter_map(|number| number.trim().parse::<f32>().ok());
                let bytes: Vec<u8> = floats.flat_map(f32::to_le_bytes).collect();
                push_string(out, &STANDARD.encode(bytes));
            }
            Self::Base64(text) if wish.base64 => push_string(out, &text.decode()),
            _ => self.write_floats(out),
        }
    }
}

// === impl Asked ===

impl<'a> Asked<'a> {
    /// The texts, for a format that takes nothing else.
    fn texts(&self) -> Result<Vec<&Text<'a>>, RequestError> {
        let mut texts = Vec::with_capacity(self.inputs.len());
        for (at, input) in self.inputs.iter().enumerate() {
            let Input::Text(text) = input else {
                let path = format!("input[{at}]");
                let message =
                    format!("`{path}` is tokens, which the chosen model's provider cannot read; send text");
                return Err(RequestError::unsupported(path, message));
            };
            texts.push(text);
        }
        Ok(texts)
    }

    /// What a format drops that takes no parameter of its own besides those of the form in the middle.
    fn left(&self) -> Dropped {
        let mut dropped = self.dropped.clone();
        self.rest.iter().for_each(|rest| dropped.add(rest.name.decode()));
        dropped
    }
}

/// A text or a list of texts.
fn texts<'a>(path: &str, value: &Value<'a>) -> Result<Vec<Input<'a>>, RequestError> {
    match &value.data {
        Data::String(text) => Ok(vec![Input::Text(text.clone())]),
        Data::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let wrong =
                    || RequestError::wrong_type(format!("{path}[{at}]"), "a string", item.token().noun());
                item.as_text().map(Input::Text).ok_or_else(wrong)
            })
            .collect(),
        _ => Err(RequestError::wrong_type(path, "a string or an array of strings", value.token().noun())),
    }
}

fn not_empty<'a>(path: &str, inputs: Vec<Input<'a>>) -> Result<Vec<Input<'a>>, RequestError> {
    let empty = || RequestError::invalid(path, format!("`{path}` is empty"));
    if inputs.is_empty() { Err(empty()) } else { Ok(inputs) }
}

/// Vectors out of a list of lists of numbers.
fn floats<'a>(list: &Value<'a>, what: &'static str) -> Result<Vec<Vector<'a>>, ResponseError> {
    let Data::Array(items) = &list.data else { return Err(ResponseError::Unexpected { what }) };
    Ok(items.iter().map(|item| Vector::Floats(item.raw)).collect())
}

/// Usage of a prompt alone.
fn of_prompt(tokens: Option<u64>) -> Option<Usage> {
    tokens.map(|input| Usage { input, ..Usage::default() })
}

#[cfg(test)]
mod tests;
