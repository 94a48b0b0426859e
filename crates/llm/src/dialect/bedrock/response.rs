//! A whole answer in Converse's words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Array, Object, Text};

use super::usage;
use crate::canonical::{Block, Citation, Opaque, Origin, Response, Stop};
use crate::{Context, FinishReason, Usage};

/// Writes an answer. Gives the usage that it tells.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let mut body = Object::begin(out);
    let mut output = body.object("output");
    let mut message = output.object("message");
    message.string("role", "assistant");
    let mut content = message.array("content");
    let written: usize = response.blocks.iter().map(|block| write_block(block, &mut content)).sum();
    content.end();
    message.end();
    output.end();
    let calls = response.blocks.iter().any(|block| matches!(block, Block::ToolUse { .. }));
    stop(response.stop.as_ref(), calls, &mut body);
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, written));
    usage::write(&used, body.key("usage"));
    // How long it took is not known here, and client libraries want a number.
    body.raw("metrics", r#"{"latencyMs":0}"#);
    service_tier(response.service_tier.as_ref(), &mut body);
    body.end();
    used
}

/// Writes the tier, where it is one of Amazon's.
fn service_tier(tier: Option<&Text<'_>>, body: &mut Object<'_>) {
    let Some(tier) = tier else { return };
    let own = match &*tier.decode() {
        "standard" | "default" => "default",
        "priority" => "priority",
        "flex" => "flex",
        "reserved" => "reserved",
        _ => return,
    };
    let mut object = body.object("serviceTier");
    object.string("type", own);
    object.end();
}

/// Writes why the model stopped, and which sequence it met or why it refused where Converse leaves room for it.
pub(super) fn stop(stop: Option<&Stop<'_>>, calls: bool, body: &mut Object<'_>) {
    let native = stop.and_then(|stop| stop.native.as_ref());
    let sequence = stop.and_then(|stop| stop.sequence.as_ref());
    let refusal = stop.and_then(|stop| stop.refusal.as_ref());
    let is = |word: &str| native.is_some_and(|native| native.is(word));
    let reason = match stop.map_or(FinishReason::Stop, |stop| stop.reason) {
        FinishReason::ContentFilter if is("guardrail_intervened") => "guardrail_intervened",
        FinishReason::ContentFilter => "content_filtered",
        _ if refusal.is_some() => "content_filtered",
        FinishReason::Length if is("model_context_window_exceeded") => "model_context_window_exceeded",
        FinishReason::Length => "max_tokens",
        FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Pause if calls => "tool_use",
        FinishReason::Error if is("malformed_tool_use") => "malformed_tool_use",
        FinishReason::Error => "malformed_model_output",
        _ if sequence.is_some() => "stop_sequence",
        FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Pause => "end_turn",
    };
    body.string("stopReason", reason);
    if sequence.is_none() && refusal.is_none() {
        return;
    }
    let mut fields = body.object("additionalModelResponseFields");
    for (name, text) in [("stop_sequence", sequence), ("refusal", refusal)] {
        if let Some(text) = text {
            fields.text(name, text);
        }
    }
    fields.end();
}

/// Writes a block, and the block beside it that carries its state. Gives the bytes of what the model said.
fn write_block(block: &Block<'_>, content: &mut Array<'_>) -> usize {
    match block {
        Block::Text { text, citations, state } => {
            if !text.is_empty() {
                let mut object = content.object();
                cited(text, citations, &mut object);
                object.end();
            }
            if let Some(state) = state {
                redacted(state, content);
            }
            text.literal().len()
        }
        Block::Thinking { text, state } => {
            if !text.is_empty() || state.is_some() {
                thinking(text, state.as_ref(), content);
            }
            text.literal().len()
        }
        Block::Redacted(state) => {
            redacted(state, content);
            0
        }
        Block::ToolUse { id, name, arguments, state } => {
            if let Some(state) = state {
                thinking(&Text::default(), Some(state), content);
            }
            let mut object = content.object();
            let mut call = object.object("toolUse");
            call.text("toolUseId", id).text("name", name);
            call.raw("input", if arguments.trim().is_empty() { "{}" } else { arguments });
            call.end();
            object.end();
            arguments.len()
        }
        Block::Image { media_type, data } => {
            if let Some(format) = image_format(media_type) {
                let mut object = content.object();
                let mut image = object.object("image");
                image.string("format", format);
                bytes(data, &mut image);
                image.end();
                object.end();
            }
            0
        }
    }
}

/// Writes the bytes of a medium.
pub(super) fn bytes(data: &Text<'_>, object: &mut Object<'_>) {
    let mut source = object.object("source");
    source.text("bytes", data);
    source.end();
}

/// Converse's word for a picture's type; none if it has none.
pub(super) fn image_format(media_type: &Text<'_>) -> Option<&'static str> {
    let known = [("image/png", "png"), ("image/jpeg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")];
    known.into_iter().find(|(name, _)| media_type.is(name)).map(|(_, format)| format)
}

fn cited(text: &Text<'_>, citations: &[Citation<'_>], object: &mut Object<'_>) {
    if citations.is_empty() {
        object.text("text", text);
        return;
    }
    let mut block = object.object("citationsContent");
    let mut content = block.array("content");
    let mut piece = content.object();
    piece.text("text", text);
    piece.end();
    content.end();
    let mut list = block.array("citations");
    for citation in citations {
        let mut item = list.object();
        write_citation(citation, &mut item);
        item.end();
    }
    list.end();
    block.end();
}

/// Writes a source.
pub(super) fn write_citation(citation: &Citation<'_>, object: &mut Object<'_>) {
    if let Some(title) = &citation.title {
        object.text("title", title);
    }
    if let Some(quote) = &citation.quote {
        let mut quotes = object.array("sourceContent");
        let mut piece = quotes.object();
        piece.text("text", quote);
        piece.end();
        quotes.end();
    }
    if let Some(url) = &citation.url {
        let mut location = object.object("location");
        let mut web = location.object("web");
        web.text("url", url);
        web.end();
        location.end();
    }
}

fn thinking(text: &Text<'_>, state: Option<&Opaque<'_>>, content: &mut Array<'_>) {
    let mut object = content.object();
    let mut reasoning = object.object("reasoningContent");
    let mut told = reasoning.object("reasoningText");
    told.text("text", text);
    if let Some(state) = state {
        told.text("signature", &state.sealed_in(Origin::Bedrock));
    }
    told.end();
    reasoning.end();
    object.end();
}

fn redacted(state: &Opaque<'_>, content: &mut Array<'_>) {
    let mut object = content.object();
    let mut reasoning = object.object("reasoningContent");
    reasoning.text("redactedContent", &blob(state));
    reasoning.end();
    object.end();
}

/// Sealed reasoning as the bytes that Converse has for it: its own as they came, another vendor's seal in base64.
pub(super) fn blob<'s>(state: &'s Opaque<'_>) -> Text<'s> {
    match state.of(Origin::Bedrock) {
        Some(data) => data.clone(),
        None => Text::from_plain(&STANDARD.encode(state.sealed_in(Origin::Bedrock).decode().as_bytes())),
    }
}
