//! Answers of providers that speak this dialect: their bytes pass, and are looked at on the way.

use json::{Data, Object, Value};

use crate::dialect::{Facts, PassStream};
use crate::lines::Lines;
use crate::provider::{Provider, ollama};
use crate::sse::TooLarge;
use crate::{Context, ResponseError, Translated, Usage};

/// Looks at a whole answer.
pub(super) fn response(
    text: &str,
    ctx: &Context,
    provider: &dyn Provider,
) -> Result<Translated, ResponseError> {
    let body = Value::parse(text).map_err(|_| ResponseError::NotJson)?;
    if !body.get("error").is_null() {
        let error = provider.decode_error(200, &|_| None, text.as_bytes());
        return Err(ResponseError::Failed(Box::new(error)));
    }
    let answers =
        matches!(body.get("message").data, Data::Object(_)) || body.get("response").as_text().is_some();
    if !answers {
        return Err(ResponseError::Unexpected { what: "it has no `message`" });
    }
    let seen = Seen::of(&body);
    Ok(Translated {
        body: Vec::new(),
        unchanged: true,
        usage: ollama::usage(&body).unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, seen.bytes)),
        finish_reason: Some(ollama::stop(&body, seen.calls).reason),
        model: body.get("model").as_text().map(|model| model.decode().into_owned()),
        kept: Vec::new(),
    })
}

/// What an object of an answer says.
#[derive(Clone, Copy, Debug)]
struct Seen {
    bytes: usize,
    calls: bool,
}

// === impl Seen ===

impl Seen {
    fn of(body: &Value<'_>) -> Self {
        let message = body.get("message");
        let texts =
            [message.get("content"), message.get("thinking"), body.get("response"), body.get("thinking")];
        let texts = texts.into_iter().filter_map(Value::as_text).map(|text| text.literal().len());
        let calls = [message, body].into_iter().flat_map(|holder| holder.get("tool_calls").items());
        let told = calls.clone().map(|call| call.get("function").get("arguments").raw.len());
        Self { bytes: texts.chain(told).sum(), calls: calls.count() > 0 }
    }
}

/// Passes one stream: every line as it came, but for those that are no objects, and errors, which lose what they
/// tell of the gateway's account.
#[derive(Debug)]
pub(super) struct Stream {
    lines: Lines,
    calls: bool,
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { lines, calls } = self;
        lines.push(bytes, |line| pass(line, calls, facts, out))
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { lines, calls } = self;
        lines.finish(|line| pass(line, calls, facts, out))
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { lines: Lines::new(ctx.max_event), calls: false }
    }
}

fn pass(line: &[u8], calls: &mut bool, facts: &mut Facts, out: &mut Vec<u8>) {
    let line = line.trim_ascii();
    if facts.done || line.is_empty() {
        return;
    }
    let value = std::str::from_utf8(line).ok().and_then(|text| Value::parse(text).ok());
    let Some(value) = value.filter(|value| matches!(value.data, Data::Object(_))) else {
        // The client's library would give up on it, and the lines after it may be fine.
        facts.skipped += 1;
        return;
    };
    if !value.get("error").is_null() {
        let error = ollama::error(&value).for_client();
        let mut object = Object::begin(out);
        object.string("error", &error.message);
        object.end();
        out.push(b'\n');
        facts.error = Some(error);
        facts.done = true;
        return;
    }
    note(&value, calls, facts);
    out.extend_from_slice(line);
    out.push(b'\n');
}

fn note(value: &Value<'_>, calls: &mut bool, facts: &mut Facts) {
    let seen = Seen::of(value);
    *calls |= seen.calls;
    facts.output_bytes = facts.output_bytes.saturating_add(seen.bytes);
    facts.content |= seen.bytes > 0;
    if facts.model.is_none() {
        facts.model = value.get("model").as_text().map(|model| model.decode().into_owned());
    }
    if value.get("done").as_bool() == Some(true) {
        facts.usage = ollama::usage(value);
        facts.finish_reason = Some(ollama::stop(value, *calls).reason);
        facts.content = true;
        facts.done = true;
    }
}
