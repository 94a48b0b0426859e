//! A whole answer, written as a chat completion.

use json::{Object, Text, push_string, push_text};

use super::usage;
use crate::canonical::{Block, Citation, Opaque, Origin, Response, Stop};
use crate::{Context, Usage};

/// Writes the answer; gives the usage that it tells.
///
/// Its id is the provider's behind `chatcmpl-`, or the request's; ids of tool calls are the provider's own.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let mut body = Object::begin(out);
    body.string("id", &id(response.id.as_ref(), ctx)).string("object", "chat.completion");
    body.number("created", u64::try_from(ctx.created).unwrap_or_default());
    model(response.model.as_ref(), ctx, body.key("model"));
    let mut choices = body.array("choices");
    let mut choice = choices.object();
    choice.number("index", 0);
    let written = message(response, &mut choice);
    logprobs(response.logprobs.as_deref(), &mut choice);
    finish(response.stop.as_ref(), &mut choice);
    choice.end();
    choices.end();
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, written));
    usage::write(&used, body.key("usage"));
    if let Some(tier) = &response.service_tier {
        body.string("service_tier", service_tier(&tier.decode()));
    }
    body.raw("system_fingerprint", "null");
    body.end();
    used
}

/// An answer's id: the provider's behind `chatcmpl-`, or the request's.
pub(super) fn id(id: Option<&Text<'_>>, ctx: &Context) -> String {
    match id {
        Some(id) => format!("chatcmpl-{}", id.decode()),
        None => format!("chatcmpl-{}", ctx.request_id),
    }
}

/// Writes the model that answered; where its provider does not tell, the one that was asked for.
pub(super) fn model(model: Option<&Text<'_>>, ctx: &Context, out: &mut Vec<u8>) {
    match model {
        Some(model) => push_text(out, model),
        None => push_string(out, &ctx.model),
    }
}

fn service_tier(tier: &str) -> &str {
    if tier == "standard" { "default" } else { tier }
}

/// Writes why the model stopped, and the provider's own word where ours says less.
pub(super) fn finish(stop: Option<&Stop<'_>>, choice: &mut Object<'_>) {
    choice.string("finish_reason", stop.map_or("stop", |stop| stop.reason.as_str()));
    if let Some(native) = stop.and_then(|stop| stop.native.as_ref()) {
        choice.text("native_finish_reason", native);
    }
}

/// Writes `logprobs`, given the array of its `content`.
pub(super) fn logprobs(content: Option<&str>, choice: &mut Object<'_>) {
    let Some(content) = content else {
        choice.raw("logprobs", "null");
        return;
    };
    let mut logprobs = choice.object("logprobs");
    logprobs.raw("content", content).raw("refusal", "null");
    logprobs.end();
}

/// Writes sources of the text; those without an address have no place here.
pub(super) fn annotations<'c>(citations: impl Iterator<Item = &'c Citation<'c>>, message: &mut Object<'_>) {
    let mut list = message.array("annotations");
    for (citation, url) in citations.filter_map(|citation| Some((citation, citation.url.as_ref()?))) {
        let mut object = list.object();
        object.string("type", "url_citation");
        let mut inner = object.object("url_citation");
        inner
            .number("start_index", citation.start.unwrap_or(0))
            .number("end_index", citation.end.unwrap_or(0));
        inner.text("url", url).text("title", citation.title.as_ref().unwrap_or(&Text::default()));
        inner.end();
        object.end();
    }
    list.end();
}

/// Writes the state of a call where Google's own endpoint for this dialect puts it.
pub(super) fn call_state(state: Option<&Opaque<'_>>, call: &mut Object<'_>) {
    let Some(state) = state else { return };
    let mut extra = call.object("extra_content");
    let mut google = extra.object("google");
    google.text("thought_signature", &state.sealed_in(Origin::Gemini));
    google.end();
    extra.end();
}

fn message(response: &Response<'_>, choice: &mut Object<'_>) -> usize {
    let mut message = choice.object("message");
    message.string("role", "assistant");
    let texts = || {
        response
            .blocks
            .iter()
            .filter_map(|block| if let Block::Text { text, .. } = block { Some(text) } else { None })
    };
    let mut written = 0;
    if texts().next().is_some() {
        written += joined(message.key("content"), texts());
    } else {
        message.raw("content", "null");
    }
    match response.stop.as_ref().and_then(|stop| stop.refusal.as_ref()) {
        Some(refusal) => message.text("refusal", refusal),
        None => message.raw("refusal", "null"),
    };
    let citations = || response.blocks.iter().flat_map(cited);
    if citations().next().is_some() {
        annotations(citations(), &mut message);
    }
    written += thinking(response, &mut message);
    written += tool_calls(response, &mut message);
    message.end();
    written
}

/// The sources of a block of text.
fn cited<'b>(block: &'b Block<'b>) -> &'b [Citation<'b>] {
    if let Block::Text { citations, .. } = block { citations } else { &[] }
}

/// Writes texts as one string.
fn joined<'t>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'t Text<'t>>) -> usize {
    let start = out.len();
    out.push(b'"');
    for text in texts {
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
    out.len() - start - 2
}

/// Writes reasoning twice: for people as `reasoning_content`, and as `thinking_blocks`, which the client
/// sends back so that the provider gets its signatures again.
fn thinking(response: &Response<'_>, message: &mut Object<'_>) -> usize {
    let is_thinking = |block: &&Block<'_>| matches!(block, Block::Thinking { .. } | Block::Redacted(_));
    if !response.blocks.iter().any(|block| is_thinking(&block)) {
        return 0;
    }
    let texts = response.blocks.iter().filter_map(|block| match block {
        Block::Thinking { text, .. } => Some(text),
        _ => None,
    });
    let written = joined(message.key("reasoning_content"), texts);
    // What has no state to give back is no block.
    let with_state =
        |block: &&Block<'_>| matches!(block, Block::Thinking { state: Some(_), .. } | Block::Redacted(_));
    if !response.blocks.iter().any(|block| with_state(&block)) {
        return written;
    }
    let mut blocks = message.array("thinking_blocks");
    for block in response.blocks.iter().filter(with_state) {
        let mut object = blocks.object();
        match block {
            Block::Thinking { text, state: Some(state) } => {
                object.string("type", "thinking").text("thinking", text);
                object.text("signature", &state.sealed_in(Origin::Anthropic));
            }
            Block::Redacted(state) => {
                object.string("type", "redacted_thinking").text("data", &state.sealed_in(Origin::Anthropic));
            }
            _ => {}
        }
        object.end();
    }
    blocks.end();
    written
}

fn tool_calls(response: &Response<'_>, message: &mut Object<'_>) -> usize {
    let mut calls = response.blocks.iter().filter_map(|block| match block {
        Block::ToolUse { id, name, arguments, state } => Some((id, name, &**arguments, state.as_ref())),
        _ => None,
    });
    let Some(first) = calls.next() else { return 0 };
    let mut written = 0;
    let mut array = message.array("tool_calls");
    for (id, name, arguments, state) in std::iter::once(first).chain(calls) {
        let mut call = array.object();
        call.text("id", id).string("type", "function");
        let mut function = call.object("function");
        function.text("name", name);
        push_string(function.key("arguments"), arguments);
        written += arguments.len();
        function.end();
        call_state(state, &mut call);
        call.end();
    }
    array.end();
    written
}
