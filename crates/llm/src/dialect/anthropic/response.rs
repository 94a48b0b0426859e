//! A whole answer, written as a message.

use json::{Object, Text};

use super::usage;
use crate::canonical::{Block, Citation, Opaque, Origin, Response, Stop};
use crate::{Context, FinishReason, Usage};

/// Writes the answer; gives the usage that it tells.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let mut body = Object::begin(out);
    head(response.id.as_ref(), response.model.as_ref(), ctx, &mut body);
    let mut written = 0;
    let mut content = body.array("content");
    for block in &response.blocks {
        written += write_block(block, &mut |write| {
            let mut object = content.object();
            write(&mut object);
            object.end();
        });
    }
    content.end();
    let calls = response.blocks.iter().any(|block| matches!(block, Block::ToolUse { .. }));
    stop(response.stop.as_ref(), calls, &mut body);
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, written));
    usage::write(&used, response.service_tier.as_ref(), body.key("usage"));
    body.raw("container", "null");
    body.end();
    used
}

/// Writes what a message begins with. Its id is the provider's, or the request's.
pub(super) fn head(id: Option<&Text<'_>>, model: Option<&Text<'_>>, ctx: &Context, body: &mut Object<'_>) {
    let id = id.map_or_else(|| ctx.request_id.clone(), |id| id.decode().into_owned());
    let prefix = if id.starts_with("msg_") { "" } else { "msg_" };
    body.string("id", &format!("{prefix}{id}")).string("type", "message").string("role", "assistant");
    match model {
        Some(model) => body.text("model", model),
        None => body.string("model", &ctx.model),
    };
}

/// Writes why the model stopped. What it did counts more than what it says: with calls of tools it waits for their
/// results, unless something cut it short.
pub(super) fn stop(stop: Option<&Stop<'_>>, calls: bool, body: &mut Object<'_>) {
    let refusal = stop.and_then(|stop| stop.refusal.as_ref());
    let native = stop.and_then(|stop| stop.native.as_ref());
    let sequence = stop.and_then(|stop| stop.sequence.as_ref());
    let reason = match stop.map_or(FinishReason::Stop, |stop| stop.reason) {
        _ if refusal.is_some() => "refusal",
        FinishReason::ContentFilter => "refusal",
        FinishReason::Length => match native {
            Some(native) if native.is("model_context_window_exceeded") => "model_context_window_exceeded",
            _ => "max_tokens",
        },
        FinishReason::Pause => "pause_turn",
        FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Error if calls => "tool_use",
        _ if sequence.is_some() => "stop_sequence",
        FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Error => "end_turn",
    };
    body.string("stop_reason", reason);
    match sequence.filter(|_| reason == "stop_sequence") {
        Some(sequence) => body.text("stop_sequence", sequence),
        None => body.raw("stop_sequence", "null"),
    };
    if reason != "refusal" {
        body.raw("stop_details", "null");
        return;
    }
    let mut details = body.object("stop_details");
    details.string("type", "refusal").raw("category", "null");
    match refusal {
        Some(refusal) => details.text("explanation", refusal),
        None => details.raw("explanation", "null"),
    };
    details.end();
}

/// What writes one block.
type Put<'p> = &'p mut dyn FnMut(&mut dyn FnMut(&mut Object<'_>));

/// Writes a block, and the blocks around it that carry its state. Empty ones are left out, since Anthropic's own API
/// refuses to take them back. Gives the bytes of what the model said.
fn write_block(block: &Block<'_>, put: Put<'_>) -> usize {
    match block {
        Block::Text { text, citations, state } => {
            if !text.is_empty() {
                put(&mut |object| {
                    object.string("type", "text").text("text", text);
                    citation_list(citations, object);
                });
            }
            if let Some(state) = state {
                put(&mut |object| redacted(state, object));
            }
            text.literal().len()
        }
        Block::Thinking { text, state } => {
            if !text.is_empty() || state.is_some() {
                put(&mut |object| {
                    object.string("type", "thinking").text("thinking", text);
                    object.text("signature", &signature(state.as_ref()));
                });
            }
            text.literal().len()
        }
        Block::Redacted(state) => {
            put(&mut |object| redacted(state, object));
            0
        }
        Block::ToolUse { id, name, arguments, state } => {
            if let Some(state) = state {
                put(&mut |object| {
                    object.string("type", "thinking").string("thinking", "");
                    object.text("signature", &state.sealed_in(Origin::Anthropic));
                });
            }
            put(&mut |object| {
                object.string("type", "tool_use").text("id", id).text("name", name);
                object.raw("input", if arguments.trim().is_empty() { "{}" } else { arguments });
            });
            arguments.len()
        }
        // The dialect has no place for a picture.
        Block::Image { .. } => 0,
    }
}

/// State as a thinking block's signature; one without state has an empty one.
pub(super) fn signature<'s>(state: Option<&'s Opaque<'_>>) -> Text<'s> {
    state.map(|state| state.sealed_in(Origin::Anthropic)).unwrap_or_default()
}

/// Writes sealed reasoning.
pub(super) fn redacted(state: &Opaque<'_>, object: &mut Object<'_>) {
    object.string("type", "redacted_thinking").text("data", &state.sealed_in(Origin::Anthropic));
}

fn citation_list(citations: &[Citation<'_>], object: &mut Object<'_>) {
    if citations.is_empty() {
        object.raw("citations", "null");
        return;
    }
    let mut list = object.array("citations");
    for citation in citations {
        let mut item = list.object();
        write_citation(citation, &mut item);
        item.end();
    }
    list.end();
}

/// Writes a source: one with an address is a result of a search, any other a document. Where in its source the quote
/// stands is not known here.
pub(super) fn write_citation(citation: &Citation<'_>, object: &mut Object<'_>) {
    let nothing = Text::default();
    let quote = citation.quote.as_ref().unwrap_or(&nothing);
    let title = |name, object: &mut Object<'_>| match &citation.title {
        Some(title) => {
            object.text(name, title);
        }
        None => {
            object.raw(name, "null");
        }
    };
    let Some(url) = &citation.url else {
        object.string("type", "char_location").text("cited_text", quote).number("document_index", 0);
        title("document_title", object);
        let len = u64::try_from(quote.decode().chars().count()).unwrap_or(u64::MAX);
        object.number("start_char_index", 0).number("end_char_index", len).raw("file_id", "null");
        return;
    };
    object.string("type", "web_search_result_location").text("cited_text", quote).text("url", url);
    title("title", object);
    object.string("encrypted_index", "");
}
