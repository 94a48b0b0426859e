//! Requests and answers of providers that speak this dialect: their bytes pass, and are looked at on the way.

use std::ops::ControlFlow;

use json::{Object, Value};

use super::{request, stream};
use crate::canonical::{Dropped, Event};
use crate::dialect::{Facts, PassStream};
use crate::eventstream::{Fault, Frame, Parser};
use crate::provider::bedrock::{decode_response, decoder, frame_fault};
use crate::provider::{StreamDecoder, Wired};
use crate::sse::TooLarge;
use crate::{Carry, Context, ResponseError, Translated, Usage};

/// What a seal begins with, as it is and in base64.
const SEALS: [&str; 2] = ["\"weir.", "\"d2Vpci"];

/// A request for a provider, as it is but for state of other vendors, which we ourselves gave to the client.
pub(super) fn request(body: &[u8]) -> Wired {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let mut dropped = Dropped::default();
    let cut = SEALS.iter().any(|seal| text.contains(seal)).then(|| without_foreign_state(text)).flatten();
    if cut.is_some() {
        dropped.add("messages[].reasoning");
    }
    Wired { body: cut.unwrap_or_else(|| body.to_vec()), dropped, carry: Carry::default() }
}

/// The request without blocks of other vendors' reasoning, and without messages that are nothing else; none if it has
/// no such blocks.
fn without_foreign_state(text: &str) -> Option<Vec<u8>> {
    let body = Value::parse(text).ok()?;
    let messages = body.get("messages").items();
    let blocks = |message: &Value<'_>| message.get("content").items().iter().any(request::is_foreign);
    if !messages.iter().any(blocks) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut object = Object::begin(&mut out);
    for (name, value) in body.members() {
        if !name.is("messages") {
            object.text_key(name).extend_from_slice(value.raw.as_bytes());
            continue;
        }
        let mut list = object.array("messages");
        for message in messages {
            let kept: Vec<&str> = message
                .get("content")
                .items()
                .iter()
                .filter(|block| !request::is_foreign(block))
                .map(|block| block.raw)
                .collect();
            if kept.is_empty() && blocks(message) {
                continue;
            }
            let mut item = list.object();
            for (name, value) in message.members() {
                if name.is("content") && blocks(message) {
                    let content = format!("[{}]", kept.join(","));
                    item.raw("content", &content);
                } else {
                    item.text_key(name).extend_from_slice(value.raw.as_bytes());
                }
            }
            item.end();
        }
        list.end();
    }
    object.end();
    Some(out)
}

/// Looks at a whole answer.
pub(super) fn response(text: &str, ctx: &Context) -> Result<Translated, ResponseError> {
    let answer = decode_response(text, &ctx.carry)?;
    Ok(Translated {
        body: Vec::new(),
        unchanged: true,
        usage: answer.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, text.len())),
        finish_reason: answer.stop.map(|stop| stop.reason),
        model: answer.model.map(|model| model.decode().into_owned()),
        kept: Vec::new(),
    })
}

/// Passes one stream: every frame as it came, except exceptions, which are told in our words, and frames that cannot be
/// read.
#[derive(Debug)]
pub(super) struct Stream {
    body: Body,
    limit: usize,
    /// Reads the same frames, for what they tell.
    decoder: Box<dyn StreamDecoder>,
}

/// What the first byte tells of the body.
#[derive(Debug)]
enum Body {
    Unknown,
    Frames(Parser),
    /// An error, which its reader tells at the end.
    Json,
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let mut bytes = bytes;
        if matches!(self.body, Body::Unknown) {
            bytes = bytes.trim_ascii_start();
            self.body = match bytes.first() {
                None => return Ok(()),
                Some(b'{') => Body::Json,
                Some(_) => Body::Frames(Parser::new(self.limit)),
            };
        }
        let Self { body, decoder, .. } = self;
        let Body::Frames(parser) = body else { return look(decoder.as_mut(), Some(bytes), facts, out) };
        let mut read = Ok(());
        let pushed = parser.push(bytes, |frame: Frame<'_>| {
            let skipped = facts.skipped;
            read = look(decoder.as_mut(), Some(frame.raw), facts, out);
            if facts.error.is_none() && facts.skipped == skipped {
                out.extend_from_slice(frame.raw);
            }
            if facts.done || read.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match pushed {
            Ok(()) => read,
            Err(Fault::TooLarge { limit }) => Err(TooLarge { limit }),
            Err(fault) => {
                note(&Event::Error(frame_fault(fault)), facts, out);
                Ok(())
            }
        }
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        look(self.decoder.as_mut(), None, facts, out)
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { body: Body::Unknown, limit: ctx.max_event, decoder: decoder(ctx.max_event) }
    }
}

/// Lets the decoder read a piece, or the end, and notes what it tells.
fn look(
    decoder: &mut dyn StreamDecoder,
    piece: Option<&[u8]>,
    facts: &mut Facts,
    out: &mut Vec<u8>,
) -> Result<(), TooLarge> {
    let sink = &mut |event: Event<'_>| note(&event, facts, out);
    match piece {
        Some(bytes) => decoder.push(bytes, sink),
        None => decoder.finish(sink),
    }
}

fn note(event: &Event<'_>, facts: &mut Facts, out: &mut Vec<u8>) {
    facts.note(event);
    if let Event::Error(error) = event {
        stream::write_error(error, out);
    }
}
