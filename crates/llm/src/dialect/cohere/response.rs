//! A whole answer.

use json::{Array, Data, Object, Text, Value, push_string};

use super::usage;
use crate::canonical::{Block, Citation, Response, Stop};
use crate::{Context, FinishReason, Usage};

/// Writes the answer; gives the usage that it tells. What a model said of a refusal is its text, where it said
/// nothing else. Sealed reasoning and pictures have no place here.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let mut body = Object::begin(out);
    body.string("id", &id(response.id.as_ref(), ctx));
    let mut message = body.object("message");
    message.string("role", "assistant");
    let refusal = response.stop.as_ref().and_then(|stop| stop.refusal.as_ref());
    let written =
        content(&response.blocks, refusal, &mut message) + tool_calls(&response.blocks, &mut message);
    citations(&response.blocks, &mut message);
    message.end();
    body.string("finish_reason", reason(response.stop.as_ref()));
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, written));
    usage::write(&used, body.key("usage"));
    if let Some(content) = response.logprobs.as_deref().and_then(|content| Value::parse(content).ok()) {
        let mut list = body.array("logprobs");
        for token in content.items() {
            logprob(std::slice::from_ref(token), list.item());
        }
        list.end();
    }
    body.end();
    used
}

/// An answer's id: the provider's, or the request's.
pub(super) fn id(id: Option<&Text<'_>>, ctx: &Context) -> String {
    id.map_or_else(|| ctx.request_id.clone(), |id| id.decode().into_owned())
}

/// Cohere's word for why the model stopped; it has none for a filter.
pub(super) fn reason(stop: Option<&Stop<'_>>) -> &'static str {
    match stop.map(|stop| (stop.reason, &stop.sequence)) {
        Some((FinishReason::Length, _)) => "MAX_TOKENS",
        Some((FinishReason::ToolCalls, _)) => "TOOL_CALL",
        Some((FinishReason::Error, _)) => "ERROR",
        Some((FinishReason::Stop, Some(_))) => "STOP_SEQUENCE",
        Some(_) | None => "COMPLETE",
    }
}

/// What a block is as a part of the content: its kind, and what it says.
fn part<'b>(block: &'b Block<'_>) -> Option<(&'static str, &'b Text<'b>)> {
    match block {
        Block::Text { text, .. } if !text.is_empty() => Some(("text", text)),
        Block::Thinking { text, .. } if !text.is_empty() => Some(("thinking", text)),
        _ => None,
    }
}

fn content(blocks: &[Block<'_>], refusal: Option<&Text<'_>>, message: &mut Object<'_>) -> usize {
    let mut content = message.array("content");
    let mut written = 0;
    let mut write = |kind: &'static str, text: &Text<'_>, content: &mut Array<'_>| {
        let mut object = content.object();
        object.string("type", kind).text(kind, text);
        object.end();
        written += text.literal().len();
    };
    let mut spoke = false;
    for (kind, text) in blocks.iter().filter_map(part) {
        spoke |= kind == "text";
        write(kind, text, &mut content);
    }
    if let Some(refusal) = refusal.filter(|_| !spoke) {
        write("text", refusal, &mut content);
    }
    content.end();
    written
}

fn tool_calls(blocks: &[Block<'_>], message: &mut Object<'_>) -> usize {
    let mut calls = blocks.iter().filter_map(|block| match block {
        Block::ToolUse { id, name, arguments, .. } => Some((id, name, &**arguments)),
        _ => None,
    });
    let Some(first) = calls.next() else { return 0 };
    let mut written = 0;
    let mut list = message.array("tool_calls");
    for (id, name, arguments) in std::iter::once(first).chain(calls) {
        let mut call = list.object();
        call.text("id", id).string("type", "function");
        let mut function = call.object("function");
        function.text("name", name);
        push_string(function.key("arguments"), arguments);
        function.end();
        call.end();
        written += arguments.len();
    }
    list.end();
    written
}

fn citations(blocks: &[Block<'_>], message: &mut Object<'_>) {
    let parts = || blocks.iter().filter(|block| part(block).is_some()).enumerate();
    let told = |block: &Block<'_>| matches!(block, Block::Text { citations, .. } if !citations.is_empty());
    if !parts().any(|(_, block)| told(block)) {
        return;
    }
    let mut list = message.array("citations");
    for (index, block) in parts() {
        let Block::Text { text, citations, .. } = block else { continue };
        for source in citations {
            citation(source, index, &text.decode(), list.item());
        }
    }
    list.end();
}

/// Writes one source of the text of part `index`.
pub(super) fn citation(citation: &Citation<'_>, index: usize, text: &str, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    if let (Some(start), Some(end)) = (citation.start, citation.end) {
        object.number("start", start).number("end", end);
        object.string("text", &piece(text, start, end));
    }
    let mut sources = object.array("sources");
    let mut source = sources.object();
    source.string("type", "document");
    let mut document = source.object("document");
    for (name, value) in [("title", &citation.title), ("url", &citation.url), ("snippet", &citation.quote)] {
        if let Some(value) = value {
            document.text(name, value);
        }
    }
    document.end();
    source.end();
    sources.end();
    object.number("content_index", u64::try_from(index).unwrap_or_default());
    object.string("type", "TEXT_CONTENT");
    object.end();
}

/// A piece of a text, by its characters.
fn piece(text: &str, start: u64, end: u64) -> String {
    let place = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    text.chars().skip(place(start)).take(place(end.saturating_sub(start))).collect()
}

/// Writes the log-probabilities of some tokens in OpenAI's shape. Their numbers are not known here.
pub(super) fn logprob(tokens: &[Value<'_>], out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    let texts = tokens.iter().filter_map(|token| token.get("token").as_text());
    let text: String = texts.map(|text| text.decode().into_owned()).collect();
    object.string("text", &text).raw("token_ids", "[]");
    let mut numbers = object.array("logprobs");
    for token in tokens {
        if let Data::Number(number) = token.get("logprob").data {
            numbers.item().extend_from_slice(number.as_bytes());
        }
    }
    numbers.end();
    object.end();
}
