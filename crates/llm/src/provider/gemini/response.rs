//! A whole answer, read into the canonical form.

use std::borrow::Cow;

use json::{Text, Value, compact};

use super::{citations, error, logprobs, usage};
use crate::canonical::{Block, Opaque, Origin, Response, Stop};
use crate::provider::names::hash;
use crate::ruler::Ruler;
use crate::{Carry, FinishReason, ResponseError, Usage};

/// Reads an answer; of several candidates the first. Parts of kinds that the canonical form has no place for are
/// left out.
pub(super) fn decode<'a>(body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    let first = body.items().first().unwrap_or(&body);
    if !first.get("error").is_null() {
        return Err(ResponseError::Failed(Box::new(error::of_body(0, first))));
    }
    let candidate = candidate(&body);
    let blocked = blocked(&body);
    let Some(stop) = candidate.map(told).or(blocked) else {
        return Err(ResponseError::Unexpected { what: "it has no `candidates`" });
    };
    let id = body.get("responseId").as_text();
    let mut reading = Reading { id: id.clone().unwrap_or_default(), ..Reading::default() };
    let parts = candidate.map_or(&[][..], parts);
    for part in parts {
        reading.part(part, carry);
    }
    let Reading { mut blocks, calls, ruler, .. } = reading;
    if let (Some(candidate), Some(text)) = (candidate, last_text(&mut blocks)) {
        text.extend(citations::read(candidate, &ruler));
    }
    let images = pictures(parts);
    Ok(Response {
        id,
        model: body.get("modelVersion").as_text(),
        blocks,
        stop: Some(derived(stop, calls > 0)),
        usage: usage::read(body.get("usageMetadata")).map(|usage| Usage { images, ..usage }),
        service_tier: None,
        logprobs: candidate.and_then(|it| logprobs::read(it.get("logprobsResult"))).map(Cow::Owned),
    })
}

/// An answer being read.
#[derive(Default)]
struct Reading<'a> {
    id: Text<'a>,
    blocks: Vec<Block<'a>>,
    calls: u64,
    /// Measures the latest text.
    ruler: Ruler,
}

/// A part of an answer.
pub(super) enum Piece<'a> {
    /// Text or a thought, and the state that stands on it; one of them may be empty.
    Text {
        text: Text<'a>,
        thought: bool,
        state: Option<Opaque<'a>>,
    },
    Call(Block<'a>),
    Image {
        media_type: Text<'a>,
        data: Text<'a>,
    },
}

impl<'a> Reading<'a> {
    fn part(&mut self, part: &Value<'a>, carry: &Carry) {
        match piece(part, &self.id, self.calls, carry) {
            None => {}
            Some(Piece::Text { text, thought: true, state }) => {
                self.blocks.push(Block::Thinking { text, state });
            }
            Some(Piece::Text { text, thought: false, state }) => self.text(text, state),
            Some(Piece::Call(call)) => {
                self.calls += 1;
                self.blocks.push(call);
            }
            Some(Piece::Image { media_type, data }) => self.blocks.push(Block::Image { media_type, data }),
        }
    }

    /// Takes in a text. State on no text at all is for the text before it.
    fn text(&mut self, text: Text<'a>, state: Option<Opaque<'a>>) {
        if let (true, Some(Block::Text { state: place @ None, .. })) =
            (text.is_empty(), self.blocks.last_mut())
        {
            *place = state;
            return;
        }
        self.ruler = Ruler::default();
        self.ruler.add(&text.decode());
        self.blocks.push(Block::Text { text, citations: Vec::new(), state });
    }
}

/// The candidate that counts.
pub(super) fn candidate<'v, 'a>(body: &'v Value<'a>) -> Option<&'v Value<'a>> {
    let candidates = body.get("candidates").items();
    candidates.iter().find(|candidate| candidate.get("index").as_u64().unwrap_or(0) == 0)
}

/// The parts of a candidate.
pub(super) fn parts<'v, 'a>(candidate: &'v Value<'a>) -> &'v [Value<'a>] {
    candidate.get("content").get("parts").items()
}

/// How many pictures parts have, but for those of thoughts, which are not paid.
pub(super) fn pictures(parts: &[Value<'_>]) -> u64 {
    let is_picture = |part: &&Value<'_>| {
        let kind = part.get("inlineData").get("mimeType").as_text();
        part.get("thought").as_bool() != Some(true)
            && kind.is_some_and(|kind| kind.literal().starts_with("image/"))
    };
    u64::try_from(parts.iter().filter(is_picture).count()).unwrap_or(u64::MAX)
}

/// Reads a part; none if it says nothing that can be carried. A call without an id gets one, by the answer's id (where
/// it has none, the one that it gets) and its own number, so that no two of any conversation are the same.
pub(super) fn piece<'a>(part: &Value<'a>, id: &Text<'_>, calls: u64, carry: &Carry) -> Option<Piece<'a>> {
    let state = part.get("thoughtSignature").as_text().filter(|state| !state.is_empty());
    let state = state.map(|state| Opaque::new(Origin::Gemini, state));
    let call = part.get("functionCall");
    if !call.is_null() {
        let name = call.get("name").as_text().filter(|name| !name.is_empty())?;
        let arguments = call.get("args");
        let arguments = if arguments.is_null() { Cow::Borrowed("{}") } else { compact(arguments.raw) };
        let own = call.get("id").as_text().filter(|id| !id.is_empty());
        let id = own.unwrap_or_else(|| call_id(id, calls, &name, carry));
        return Some(Piece::Call(Block::ToolUse { id, name: carry.client_name(name), arguments, state }));
    }
    if let Some(text) = part.get("text").as_text() {
        let says = !text.is_empty() || state.is_some();
        return says.then(|| Piece::Text {
            text,
            thought: part.get("thought").as_bool() == Some(true),
            state,
        });
    }
    let data = part.get("inlineData");
    let media_type = data.get("mimeType").as_text().filter(|kind| kind.literal().starts_with("image/"))?;
    Some(Piece::Image { media_type, data: data.get("data").as_text()? })
}

fn call_id(answer: &Text<'_>, calls: u64, name: &Text<'_>, carry: &Carry) -> Text<'static> {
    let answer = if answer.is_empty() { &carry.answer } else { answer.literal() };
    let all = format!("{answer}\n{calls}\n{}\n", name.literal());
    Text::from_plain(&format!("call_{:016x}", hash(&all)))
}

fn last_text<'b, 'a>(blocks: &'b mut [Block<'a>]) -> Option<&'b mut Vec<crate::canonical::Citation<'a>>> {
    blocks.iter_mut().rev().find_map(|block| match block {
        Block::Text { citations, .. } => Some(citations),
        _ => None,
    })
}

/// Why nothing was answered, where the prompt was refused.
pub(super) fn blocked<'a>(body: &Value<'a>) -> Option<Stop<'a>> {
    let feedback = body.get("promptFeedback");
    let native = feedback.get("blockReason").as_text()?;
    let refusal = feedback.get("blockReasonMessage").as_text();
    let stop = Stop::plain(FinishReason::ContentFilter);
    Some(Stop { native: Some(native), refusal, ..stop })
}

/// Why the model stopped, as it says itself.
pub(super) fn told<'a>(candidate: &Value<'a>) -> Stop<'a> {
    let native = candidate.get("finishReason").as_text();
    let word = native.as_ref().map(Text::decode).unwrap_or_default();
    let (reason, exact) = match &*word {
        "STOP" | "" | "FINISH_REASON_UNSPECIFIED" => (FinishReason::Stop, true),
        "MAX_TOKENS" => (FinishReason::Length, true),
        "CONTINUATION" => (FinishReason::Length, false),
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII"
        | "MODEL_ARMOR" | "ESCALATION" => (FinishReason::ContentFilter, false),
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE"
        | "OTHER"
        | "NO_IMAGE" => (FinishReason::Error, false),
        word if word.starts_with("IMAGE_") => (FinishReason::ContentFilter, false),
        _ => (FinishReason::Stop, false),
    };
    drop(word);
    let filtered = reason == FinishReason::ContentFilter;
    let refusal = candidate.get("finishMessage").as_text().filter(|_| filtered);
    Stop { native: native.filter(|_| !exact), refusal, ..Stop::plain(reason) }
}

/// What the model did counts more than what it says: Gemini never says that it calls tools.
pub(super) fn derived(stop: Stop<'_>, called: bool) -> Stop<'_> {
    let calls = called && stop.reason == FinishReason::Stop;
    Stop { reason: if calls { FinishReason::ToolCalls } else { stop.reason }, ..stop }
}
