//! The translator of one streamed answer.

use std::sync::LazyLock;

use crate::canonical::Event;
use crate::custody::{Gather, Kept};
use crate::dialect::{Facts, PassStream, StreamEncoder};
use crate::passing::{self, Asked, Picture};
use crate::provider::{Framing, Provider, StreamDecoder, Way as ProviderWay};
use crate::sse::TooLarge;
use crate::{ApiError, Context, Dialect, ErrorKind, FinishReason, Usage};

/// Translates one streamed answer. Gives only whole events of the client's, each as soon as the provider's
/// is complete, and the same bytes however the input is cut.
pub struct StreamTranslator {
    provider: &'static dyn Provider,
    ctx: Context,
    facts: Facts,
    start: Start,
    way: Way,
    /// What is paid of a request that only passes.
    asked: Option<Box<Asked>>,
}

/// What the first byte of the stream told.
#[derive(Debug)]
enum Start {
    /// Nothing but white space came.
    Unknown,
    /// It is a stream.
    Stream,
    /// It is one JSON object, whatever its content type says.
    Whole(Vec<u8>),
}

#[derive(Debug)]
enum Way {
    Pass(Box<dyn PassStream>),
    Convert { decoder: Box<dyn StreamDecoder>, encoder: Box<dyn StreamEncoder>, gather: Gather },
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// With all that belongs to it.
    Complete,
    /// With an error of the provider, or of the gateway by [`StreamTranslator::fail`].
    Failed,
    /// Before its end, or in a shape that cannot be read.
    Truncated,
}

// === impl StreamTranslator ===

impl StreamTranslator {
    pub(crate) fn new(provider: &'static dyn Provider, ctx: Context) -> Self {
        let client = ctx.dialect.client();
        let (start, way) = match provider.way(ctx.dialect) {
            ProviderWay::Pass => (client.pass_framing(), Way::Pass(client.pass_stream(&ctx))),
            ProviderWay::Convert(wire) => {
                let decoder = wire.stream(ctx.carried(), ctx.max_event);
                (
                    wire.framing(),
                    Way::Convert { decoder, encoder: client.stream(&ctx), gather: Gather::default() },
                )
            }
        };
        let start = if start == Framing::Sse { Start::Unknown } else { Start::Stream };
        Self { provider, ctx, facts: Facts::default(), start, way, asked: None }
    }

    /// Passes a streamed answer to a request that only passes.
    pub(crate) fn passing(provider: &'static dyn Provider, ctx: Context, asked: Asked) -> Self {
        let pass: Box<dyn PassStream> = match asked.path() {
            "/completions" => Dialect::OpenAiChat.client().pass_stream(&ctx),
            path => Box::new(passing::Stream::new(path, ctx.max_event)),
        };
        let (way, asked) = (Way::Pass(pass), Some(Box::new(asked)));
        Self { provider, ctx, facts: Facts::default(), start: Start::Unknown, way, asked }
    }

    /// Reads a piece of the provider's body and appends what it makes for the client.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.facts.done {
            return;
        }
        let mut bytes = bytes;
        if matches!(self.start, Start::Unknown) {
            // Some servers keep a connection alive with blank lines before they know what to say.
            bytes = bytes.trim_ascii_start();
            self.start = match bytes.first() {
                None => return,
                Some(b'{') => Start::Whole(Vec::new()),
                Some(_) => Start::Stream,
            };
        }
        if let Start::Whole(body) = &mut self.start {
            if body.len().saturating_add(bytes.len()) > self.ctx.max_event {
                self.too_large(out);
            } else {
                body.extend_from_slice(bytes);
            }
            return;
        }
        let read = match &mut self.way {
            Way::Pass(pass) => pass.push(bytes, &mut self.facts, out),
            Way::Convert { decoder, encoder, gather } => {
                let (facts, ctx) = (&mut self.facts, &self.ctx);
                decoder.push(bytes, &mut |event| {
                    gather.event(&event);
                    convert(&event, encoder.as_mut(), facts, ctx, out);
                })
            }
        };
        if read.is_err() {
            self.too_large(out);
        }
    }

    /// The provider's body has ended. If it was not whole, the client gets an error.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> StreamEnd {
        if !self.facts.done
            && let Err(TooLarge { .. }) = self.finish_way(out)
        {
            self.too_large(out);
        }
        match (&self.facts.error, self.facts.done) {
            (Some(error), _) if error.code.as_deref().is_some_and(is_ours) => return StreamEnd::Truncated,
            (Some(_), _) => return StreamEnd::Failed,
            (None, true) => return StreamEnd::Complete,
            (None, false) => {}
        }
        let error = match std::mem::replace(&mut self.start, Start::Stream) {
            Start::Whole(body) => {
                let told = self.provider.decode_error(200, &|_| None, &body);
                let is_error = has_error(&body);
                if is_error { told } else { NOT_A_STREAM.clone() }
            }
            _ => TRUNCATED.clone(),
        };
        let ours = error.code.as_deref().is_some_and(is_ours);
        self.fail(&error, out);
        if ours { StreamEnd::Truncated } else { StreamEnd::Failed }
    }

    fn finish_way(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        if matches!(self.start, Start::Whole(_)) {
            return Ok(());
        }
        match &mut self.way {
            Way::Pass(pass) => pass.finish(&mut self.facts, out),
            Way::Convert { decoder, encoder, gather } => {
                let (facts, ctx) = (&mut self.facts, &self.ctx);
                decoder.finish(&mut |event| {
                    gather.event(&event);
                    convert(&event, encoder.as_mut(), facts, ctx, out);
                })
            }
        }
    }

    fn too_large(&mut self, out: &mut Vec<u8>) {
        let message = format!("the model's provider sent an event of more than {} bytes", self.ctx.max_event);
        let error = ApiError::new(502, ErrorKind::Server, message).with_code(EVENT_TOO_LARGE);
        self.fail(&error, out);
    }

    /// Ends the stream with an error, such as a time limit of the gateway; nothing follows it.
    pub fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.facts.done, true) {
            return;
        }
        let usage = self.usage();
        match &mut self.way {
            Way::Convert { encoder, .. } => encoder.write(&Event::Error(error.clone()), &usage, out),
            Way::Pass(pass) => {
                if !pass.fail(error, out) {
                    self.ctx.dialect.client().encode_stream_error(error, out);
                }
            }
        }
        self.facts.error = Some(error.clone());
    }

    /// Grows whenever the model says or does something.
    pub fn said(&self) -> usize {
        self.facts.output_bytes.saturating_add(self.facts.signs)
    }

    /// State of the vendor that is to be kept for the next turn, as far as the answer has come.
    pub fn kept(&self) -> &Kept {
        static NONE: Kept = Kept::new();
        match &self.way {
            Way::Convert { gather, .. } => gather.kept(),
            Way::Pass(_) => &NONE,
        }
    }

    /// The whole answer as the client's dialect has it for an object, once it is complete; none in dialects without.
    pub fn object(&self) -> Option<&[u8]> {
        match &self.way {
            Way::Convert { encoder, .. } => encoder.object(),
            Way::Pass(pass) => pass.object(),
        }
    }

    /// The media type of what it gives.
    pub fn media_type(&self) -> &'static str {
        self.ctx.stream_media_type()
    }

    /// Appends what keeps a client patient, if its dialect has such a thing and there is more to come.
    pub fn keep_alive(&self, out: &mut Vec<u8>) {
        if !self.facts.done {
            out.extend_from_slice(self.ctx.keep_alive());
        }
    }

    /// Whether the client has got all: what else the provider sends means nothing.
    pub fn is_done(&self) -> bool {
        self.facts.done
    }

    /// Whether the model has said or done anything, or told why it stopped.
    pub fn first_content_seen(&self) -> bool {
        self.facts.content
    }

    /// The error that ended the stream.
    pub fn error(&self) -> Option<&ApiError> {
        self.facts.error.as_ref()
    }

    /// What was used so far; an estimate, so marked, until the provider tells.
    pub fn usage(&self) -> Usage {
        match &self.asked {
            Some(asked) => asked.used(self.facts.usage, self.facts.output_bytes),
            None => self.facts.usage(self.ctx.prompt_bytes),
        }
    }

    /// The kind of image that the answer is; none if it is none.
    pub fn picture(&self) -> Option<Picture> {
        self.asked.as_ref()?.picture(self.facts.picture.clone())
    }

    /// Events that could not be read and were passed over.
    pub fn skipped(&self) -> u64 {
        self.facts.skipped
    }

    /// Why the model stopped; of several answers, why the first to stop did.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.facts.finish_reason
    }

    /// The model that answers, as its provider calls it.
    pub fn model(&self) -> Option<&str> {
        self.facts.model.as_deref()
    }
}

impl std::fmt::Debug for StreamTranslator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamTranslator")
            .field("facts", &self.facts)
            .field("way", &self.way)
            .finish_non_exhaustive()
    }
}

const CUT: &str = "upstream_truncated";
const OTHER_SHAPE: &str = "upstream_not_a_stream";
const EVENT_TOO_LARGE: &str = "upstream_event_too_large";

static TRUNCATED: LazyLock<ApiError> = LazyLock::new(|| {
    ApiError::new(
        502,
        ErrorKind::Server,
        "the model's provider ended the stream before the answer was complete",
    )
    .with_code(CUT)
});

static NOT_A_STREAM: LazyLock<ApiError> = LazyLock::new(|| {
    ApiError::new(502, ErrorKind::Server, "the model's provider did not answer with a stream")
        .with_code(OTHER_SHAPE)
});

/// Whether a code is one that this module gives to what it cannot read.
fn is_ours(code: &str) -> bool {
    matches!(code, CUT | OTHER_SHAPE | EVENT_TOO_LARGE)
}

/// Whether a body that should be a stream is an error.
fn has_error(body: &[u8]) -> bool {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let answer = ["choices", "content", "candidates", "output"];
    json::Value::parse(text).is_ok_and(|value| answer.iter().all(|name| value.get(name).is_null()))
}

/// Hands an event to the client's side and notes what it tells.
fn convert(
    event: &Event<'_>,
    encoder: &mut dyn StreamEncoder,
    facts: &mut Facts,
    ctx: &Context,
    out: &mut Vec<u8>,
) {
    // A provider may end twice: by its reason to stop, and by a last event that the end of its body completes.
    if facts.done {
        return;
    }
    if let Event::Pause = event {
        // Before there is content, the client's answer has not begun.
        if facts.content {
            out.extend_from_slice(ctx.keep_alive());
        }
        return;
    }
    let told = match event {
        Event::Error(error) => Some(Event::Error(error.clone().for_client())),
        _ => None,
    };
    let event = told.as_ref().unwrap_or(event);
    facts.note(event);
    encoder.write(event, &facts.usage(ctx.prompt_bytes), out);
}
