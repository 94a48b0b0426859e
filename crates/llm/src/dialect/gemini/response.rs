//! A whole answer, written as Gemini's.

use json::{Array, Data, Object, Text, Value, push_string, push_text};

use super::{state, usage};
use crate::canonical::{Block, Citation, Opaque, Response, Stop};
use crate::ruler::Ruler;
use crate::{Context, FinishReason, Usage};

/// Writes the answer; gives the usage that it tells. Thoughts are written for clients that asked for them; what else
/// must come back of them travels in a seal.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let shown = ctx.carry.notes.wants_state;
    let mut body = Object::begin(out);
    let mut candidates = body.array("candidates");
    let mut candidate = candidates.object();
    let mut content = candidate.object("content");
    let mut parts = content.array("parts");
    let mut sources = Sources::default();
    let (mut written, mut some) = (0, false);
    for block in &response.blocks {
        some |= write(block, shown, &mut parts);
        written += size(block);
        if let Block::Text { text, citations, .. } = block {
            sources.text(&text.decode());
            for citation in citations {
                sources.add(citation);
            }
            sources.text_end();
        }
    }
    if !some {
        blank(&mut parts);
    }
    parts.end();
    content.string("role", "model");
    content.end();
    finish(response.stop.as_ref(), &mut candidate);
    candidate.number("index", 0);
    sources.write(&mut candidate);
    if let Some(logprobs) = &response.logprobs {
        write_logprobs(logprobs, &mut candidate);
    }
    candidate.end();
    candidates.end();
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, written));
    usage::write(&used, body.key("usageMetadata"));
    match &response.model {
        Some(model) => body.text("modelVersion", model),
        None => body.string("modelVersion", &ctx.model),
    };
    match &response.id {
        Some(id) => body.text("responseId", id),
        None => body.string("responseId", &ctx.request_id),
    };
    body.end();
    used
}

/// A part that says nothing, for Google's libraries keep no turn without parts.
pub(super) fn blank(parts: &mut Array<'_>) {
    let mut part = parts.object();
    part.string("text", "");
    part.end();
}

/// How many bytes of text a block has.
fn size(block: &Block<'_>) -> usize {
    match block {
        Block::Text { text, .. } | Block::Thinking { text, .. } => text.literal().len(),
        Block::ToolUse { arguments, .. } => arguments.len(),
        Block::Redacted(_) | Block::Image { .. } => 0,
    }
}

/// Writes a block's part; whether there is one.
fn write(block: &Block<'_>, shown: bool, parts: &mut Array<'_>) -> bool {
    match block {
        Block::Text { text, state: None, .. } if text.is_empty() => return false,
        Block::Text { text, state, .. } => {
            let mut part = parts.object();
            part.text("text", text);
            signature(state.as_ref(), &mut part);
            part.end();
        }
        Block::Thinking { text, state } if shown => {
            let mut part = parts.object();
            part.text("text", text).raw("thought", "true");
            signature(state.as_ref(), &mut part);
            part.end();
        }
        Block::Thinking { state: None, .. } => return false,
        Block::Thinking { text, state: Some(state) } => {
            hidden(&state::with_thinking(state, &text.decode()), parts);
        }
        Block::Redacted(state) => hidden(&state::redacted(state), parts),
        Block::ToolUse { id, name, arguments, state } => call(id, name, arguments, state.as_ref(), parts),
        Block::Image { media_type, data } => image(media_type, data, parts),
    }
    true
}

/// Writes a thought that says nothing and carries what must come back.
pub(super) fn hidden(seal: &Text<'_>, parts: &mut Array<'_>) {
    let mut part = parts.object();
    part.string("text", "").raw("thought", "true").text("thoughtSignature", seal);
    part.end();
}

pub(super) fn image(media_type: &Text<'_>, data: &Text<'_>, parts: &mut Array<'_>) {
    let mut part = parts.object();
    let mut inner = part.object("inlineData");
    inner.text("mimeType", media_type).text("data", data);
    inner.end();
    part.end();
}

/// Writes a call. Arguments that are no object, as a model may write them, become one.
pub(super) fn call(
    id: &Text<'_>,
    name: &Text<'_>,
    arguments: &str,
    state: Option<&Opaque<'_>>,
    parts: &mut Array<'_>,
) {
    let mut part = parts.object();
    let mut inner = part.object("functionCall");
    inner.text("id", id).text("name", name);
    if matches!(Value::parse(arguments), Ok(Value { data: Data::Object(_), .. })) {
        inner.raw("args", arguments.trim());
    } else {
        let mut args = inner.object("args");
        if !arguments.trim().is_empty() {
            args.string("arguments", arguments);
        }
        args.end();
    }
    inner.end();
    signature(state, &mut part);
    part.end();
}

pub(super) fn signature(state: Option<&Opaque<'_>>, part: &mut Object<'_>) {
    if let Some(state) = state {
        part.text("thoughtSignature", &state::sealed(state));
    }
}

/// Writes why the model stopped. Gemini has no word for calls.
pub(super) fn finish(stop: Option<&Stop<'_>>, candidate: &mut Object<'_>) {
    let word = match stop.map(|stop| stop.reason) {
        None | Some(FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Pause) => "STOP",
        Some(FinishReason::Length) => "MAX_TOKENS",
        Some(FinishReason::ContentFilter) => "SAFETY",
        Some(FinishReason::Error) => "OTHER",
    };
    candidate.string("finishReason", word);
    if let Some(refusal) = stop.and_then(|stop| stop.refusal.as_ref()) {
        candidate.text("finishMessage", refusal);
    }
}

/// A source as JSON, and the piece of the text that it is for.
type Source<N> = (Vec<u8>, Option<(N, N)>);

/// Sources of an answer, and its text measured, since Google counts in bytes.
#[derive(Debug, Default)]
pub(super) struct Sources {
    ruler: Ruler,
    /// Where the text that is being read began, in characters.
    start: u64,
    /// Sources with pieces in bytes.
    found: Vec<Source<usize>>,
    /// Sources of the text that is being read, with pieces in its characters.
    waiting: Vec<Source<u64>>,
}

// === impl Sources ===

impl Sources {
    /// Takes in a piece of text.
    pub(super) fn text(&mut self, text: &str) {
        self.ruler.add(text);
    }

    /// Takes in a source of the text that is being read.
    pub(super) fn add(&mut self, citation: &Citation<'_>) {
        let mut out = Vec::with_capacity(64);
        let mut chunk = Object::begin(&mut out);
        let mut inner = chunk.object(if citation.url.is_some() { "web" } else { "retrievedContext" });
        if let Some(url) = &citation.url {
            inner.text("uri", url);
        }
        if let Some(title) = &citation.title {
            inner.text("title", title);
        }
        if let (None, Some(quote)) = (&citation.url, &citation.quote) {
            inner.text("text", quote);
        }
        inner.end();
        chunk.end();
        self.waiting.push((out, citation.start.zip(citation.end)));
    }

    /// The text has ended: where its pieces stand is known.
    pub(super) fn text_end(&mut self) {
        for (source, piece) in self.waiting.drain(..) {
            let byte = |character: u64| self.ruler.byte(self.start.saturating_add(character));
            self.found.push((source, piece.map(|(start, end)| (byte(start), byte(end)))));
        }
        self.start = self.ruler.characters();
    }

    /// Writes `groundingMetadata`, if there is a source.
    pub(super) fn write(&self, candidate: &mut Object<'_>) {
        if self.found.is_empty() {
            return;
        }
        let mut metadata = candidate.object("groundingMetadata");
        let mut chunks = metadata.array("groundingChunks");
        for (source, _) in &self.found {
            chunks.item().extend_from_slice(source);
        }
        chunks.end();
        let mut supports = metadata.array("groundingSupports");
        for (at, piece) in self.found.iter().enumerate().filter_map(|(at, (_, piece))| Some((at, (*piece)?)))
        {
            let mut support = supports.object();
            let mut segment = support.object("segment");
            segment.number("startIndex", number(piece.0)).number("endIndex", number(piece.1));
            segment.end();
            support.raw("groundingChunkIndices", &format!("[{at}]"));
            support.end();
        }
        supports.end();
        metadata.end();
    }
}

fn number(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Writes `logprobsResult`, given OpenAI's array.
pub(super) fn write_logprobs(content: &str, candidate: &mut Object<'_>) {
    let Ok(content) = Value::parse(content) else { return };
    let mut result = candidate.object("logprobsResult");
    let mut chosen = result.array("chosenCandidates");
    for token in content.items() {
        write_token(token, &mut chosen);
    }
    chosen.end();
    let mut top = result.array("topCandidates");
    for token in content.items() {
        let mut entry = top.object();
        let mut list = entry.array("candidates");
        for other in token.get("top_logprobs").items() {
            write_token(other, &mut list);
        }
        list.end();
        entry.end();
    }
    top.end();
    result.end();
}

fn write_token(token: &Value<'_>, list: &mut Array<'_>) {
    let mut object = list.object();
    match token.get("token").as_text() {
        Some(text) => push_text(object.key("token"), &text),
        None => push_string(object.key("token"), ""),
    }
    if let Data::Number(probability) = token.get("logprob").data {
        object.raw("logProbability", probability);
    }
    object.end();
}
