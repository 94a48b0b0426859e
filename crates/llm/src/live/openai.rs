//! OpenAI's Realtime: events with a `type`, turns called responses. The interface of before its general availability, which
//! some still speak, differs in a few names.

use std::fmt::Write as _;

use json::{Object, Value, push_string};

use super::look::{members, name, only, value};
use super::{Asks, Heard, Said};
use crate::{ApiError, ErrorKind, ProviderKind, RequestError, Target, Usage};

pub(super) fn said(text: &str) -> Result<Said, RequestError> {
    let members = members(text)?;
    let member = |key: &str| {
        members.iter().find(|(name, _)| name.is(key)).map(|(_, span)| value(text, span)).transpose()
    };
    let kind =
        member("type")?.and_then(|kind| kind.as_text()).ok_or_else(|| RequestError::missing("type"))?;
    let id = member("event_id")?.and_then(|id| id.as_text()).map(|id| id.decode().into_owned());
    let mut models = Vec::new();
    if kind.is("input_audio_buffer.append") {
        return Ok(Said { asks: Asks::Media, models, id });
    }
    for place in ["session", "response"] {
        if let Some(object) = member(place)? {
            named(&mut models, text, &object, place)?;
        }
    }
    models.sort_by_key(|model| model.span.start);
    let asks = if kind.is("response.create") {
        Asks::Turn
    } else if kind.is("session.update") {
        Asks::Setup
    } else {
        Asks::Other
    };
    Ok(Said { asks, models, id })
}

/// The models that a session or a response names.
fn named(
    models: &mut Vec<super::Named>,
    text: &str,
    object: &Value<'_>,
    place: &str,
) -> Result<(), RequestError> {
    let at = |rest: &str| format!("{place}.{rest}");
    name(models, text, only(object, &["model"], &at("model"))?, (at("model"), false))?;
    let mut within = Some(object);
    for key in ["audio", "input", "transcription"] {
        within =
            within.map(|value| only(value, &[key], &at("audio.input.transcription"))).transpose()?.flatten();
    }
    let before = only(object, &["input_audio_transcription"], &at("input_audio_transcription"))?;
    for (writes, path) in [(within, "audio.input.transcription"), (before, "input_audio_transcription")] {
        let Some(writes) = writes else { continue };
        let path = at(&format!("{path}.model"));
        name(models, text, only(writes, &["model"], &path)?, (path, true))?;
    }
    Ok(())
}

pub(super) fn heard(text: &str) -> Option<Heard> {
    let members = members(text).ok()?;
    let member = |key: &str| {
        let span = members.iter().find(|(name, _)| name.is(key)).map(|(_, span)| span)?;
        value(text, span).ok()
    };
    let kind = member("type")?.as_text()?.decode().into_owned();
    let string = |key: &str| Some(member(key)?.as_text()?.decode().into_owned());
    match kind.as_str() {
        "response.created" => {
            let turn = member("response")?.get("id").as_text().map(|id| id.decode().into_owned());
            Some(Heard { turn, speaks: true, ..Heard::default() })
        }
        "response.done" => Some(done(&member("response")?)),
        "error" => {
            let error = member("error")?;
            let of = error.get("event_id").as_text().map(|id| id.decode().into_owned());
            Some(Heard { refused: Some(of.unwrap_or_default()), ..Heard::default() })
        }
        "conversation.item.input_audio_transcription.completed" => {
            let usage = member("usage")?;
            let usage = if usage.get("type").is("duration") {
                thousandths(usage.get("seconds")).map(|millis| Usage { millis, ..Usage::default() })
            } else {
                read(&usage)
            };
            Some(Heard { transcribed: true, usage, ..Heard::default() })
        }
        kind if kind.starts_with("response.") && kind.rsplit('.').next() == Some("delta") => {
            let sound = kind.ends_with("audio.delta");
            let text =
                if sound { 0 } else { member("delta")?.as_text().map_or(0, |text| text.literal().len()) };
            Some(Heard { turn: string("response_id"), content: true, text, ..Heard::default() })
        }
        _ => Some(Heard::default()),
    }
}

fn done(response: &Value<'_>) -> Heard {
    let status = response.get("status");
    let (ended, failed) = if status.is("completed") {
        ("stop", false)
    } else if status.is("cancelled") {
        ("cancelled", false)
    } else if status.is("incomplete") {
        let reason = response.get("status_details").get("reason");
        (if reason.is("content_filter") { "content_filter" } else { "length" }, false)
    } else {
        ("error", status.is("failed"))
    };
    let calls = response.get("output").items().iter().any(|item| item.get("type").is("function_call"));
    let ended = if calls && ended == "stop" { "tool_calls" } else { ended };
    Heard {
        turn: response.get("id").as_text().map(|id| id.decode().into_owned()),
        usage: read(response.get("usage")),
        ended: Some(ended),
        failed,
        ..Heard::default()
    }
}

/// Reads `usage`; sound that came from the cache counts as cached.
fn read(usage: &Value<'_>) -> Option<Usage> {
    let (input, output) = (usage.get("input_tokens").as_u64(), usage.get("output_tokens").as_u64());
    if input.is_none() && output.is_none() {
        return None;
    }
    let (into, out) = (usage.get("input_token_details"), usage.get("output_token_details"));
    let count = |value: &Value<'_>, key: &str| value.get(key).as_u64().unwrap_or(0);
    let cached = into.get("cached_tokens_details");
    let usage = Usage {
        input: input.unwrap_or(0),
        output: output.unwrap_or(0),
        cache_read: count(into, "cached_tokens"),
        audio_in: count(into, "audio_tokens").saturating_sub(count(cached, "audio_tokens")),
        audio_out: count(out, "audio_tokens"),
        reasoning: count(out, "reasoning_tokens"),
        ..Usage::default()
    };
    Some(usage.consistent())
}

/// A number of seconds, which may have a fraction.
fn thousandths(seconds: &Value<'_>) -> Option<u64> {
    let seconds: f64 = seconds.raw.parse().ok()?;
    let millis = (seconds * 1e3).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (0.0..1e12).contains(&millis).then_some(millis as u64)
}

pub(super) fn error(error: &ApiError, of: Option<&str>, id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let mut object = Object::begin(&mut out);
    object.string("type", "error").string("event_id", id);
    let inner = object.key("error");
    let mut body = Object::begin(inner);
    let kind = match error.kind {
        ErrorKind::Server | ErrorKind::Overloaded | ErrorKind::Timeout => "server_error",
        _ => "invalid_request_error",
    };
    body.string("type", kind);
    let mut member = |key, value: Option<&str>| {
        let out = body.key(key);
        match value {
            Some(value) => push_string(out, value),
            None => out.extend_from_slice(b"null"),
        }
    };
    member("code", error.code.as_deref());
    member("message", Some(&error.message));
    member("param", error.param.as_deref());
    member("event_id", of);
    body.end();
    object.end();
    out
}

pub(super) fn cancel(turn: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    let mut object = Object::begin(&mut out);
    object.string("type", "response.cancel");
    if let Some(turn) = turn {
        object.string("response_id", turn);
    }
    object.end();
    out
}

pub(super) fn path(kind: ProviderKind, target: &Target<'_>) -> Option<String> {
    let base = target.base.trim_end_matches('/');
    let before = match kind {
        ProviderKind::OpenAiCompatible | ProviderKind::OpenAiResponses => base.to_owned(),
        // The newer interface, of which the resource's address is enough.
        ProviderKind::Azure if base.ends_with("/openai/v1") => base.to_owned(),
        ProviderKind::Azure if base.contains("/openai/deployments/") => return None,
        ProviderKind::Azure => format!("{}/openai/v1", base.trim_end_matches("/openai")),
        _ => return None,
    };
    let mut path = format!("{before}/realtime?model=");
    for byte in target.model.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").ok()?;
        }
    }
    Some(path)
}
