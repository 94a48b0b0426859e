//! An answer as a stream of responses, each with what is new and with counts from the start: as events, or
//! as the elements of one array.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::reply::Reply;
use crate::play::Frame;
use crate::synth;

/// How many tokens come in one response.
const TOKENS: usize = 2;

/// How responses are put into a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Server-sent events without names.
    Events,
    /// One JSON array.
    Array,
}

/// The responses, made when they are due.
pub(super) fn frames(reply: Reply, style: Style) -> Box<dyn Iterator<Item = Frame> + Send> {
    let Reply { common, candidates, usage, partial_calls, blocked } = reply;
    let mut so_far = usage.start();
    let first = blocked.map(|blocked| (json!({"promptFeedback": blocked}), 0));
    let chunks = first
        .into_iter()
        .chain(candidates.into_iter().flat_map(move |candidate| chunks(candidate, partial_calls)));
    let responses = chunks.enumerate().map(move |(number, (chunk, tokens))| {
        so_far.candidates += tokens;
        let mut response: Map<String, Value> = common.clone();
        if let Value::Object(chunk) = chunk {
            response.extend(chunk);
        }
        response.insert("usageMetadata".to_owned(), so_far.wire());
        Frame { bytes: style.put(&Value::Object(response), number == 0), paced: true }
    });
    let end = (style == Style::Array).then(|| Frame { bytes: Bytes::from_static(b"\r\n]"), paced: false });
    Box::new(responses.chain(end))
}

/// The error that a stream sends in its middle, or at its start.
pub(super) fn error_frame(style: Style, first: bool) -> Bytes {
    let error = ApiError::asked_for(http::StatusCode::SERVICE_UNAVAILABLE, None).wire();
    let mut bytes = style.put(&error, first).to_vec();
    if style == Style::Array {
        bytes.extend_from_slice(b"\r\n]");
    }
    bytes.into()
}

// === impl Style ===

impl Style {
    fn put(self, value: &Value, first: bool) -> Bytes {
        match self {
            Self::Events => format!("data: {value}\r\n\r\n"),
            Self::Array if first => format!("[{value}"),
            Self::Array => format!(",\r\n{value}"),
        }
        .into()
    }

    pub(super) fn garbage(self) -> &'static [u8] {
        match self {
            Self::Events => b"data: {\"candidates\": [{\"conte\r\n\r\n",
            Self::Array => b",\r\n{\"candidates\": [{\"conte",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Array => "application/json; charset=UTF-8",
        }
    }
}

/// One candidate in pieces, with how many tokens each has. Texts come bit by bit, calls whole; the last
/// piece tells why it ended, and a text's signature comes with it on an empty text.
fn chunks(mut candidate: Value, partial_calls: bool) -> Vec<(Value, u32)> {
    let parts =
        candidate.get_mut("content").and_then(Value::as_object_mut).and_then(|it| it.shift_remove("parts"));
    let parts = match parts {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    };
    let mut pieces: Vec<(Value, u32)> = Vec::new();
    for mut part in parts {
        let signature = part.as_object_mut().and_then(|part| part.shift_remove("thoughtSignature"));
        let Some(text) = part.get("text").and_then(Value::as_str).map(str::to_owned) else {
            if let Some(signature) = signature {
                part["thoughtSignature"] = signature;
            }
            if partial_calls {
                pieces.extend(bit_by_bit(part));
                continue;
            }
            let arguments = part.get("functionCall").and_then(|call| call.get("args"));
            let tokens = 4 + arguments.map_or(0, |arguments| synth::count(&arguments.to_string()));
            pieces.push((part, tokens));
            continue;
        };
        let thought = part.get("thought").is_some();
        for tokens in synth::tokens(&text).chunks(TOKENS) {
            part["text"] = Value::from(tokens.concat());
            let count = if thought { 0 } else { u32::try_from(tokens.len()).unwrap_or(0) };
            pieces.push((part.clone(), count));
        }
        if let Some(signature) = signature {
            pieces.push((json!({"text": "", "thoughtSignature": signature}), 0));
        }
    }
    let last = pieces.len().saturating_sub(1);
    let index = candidate.get("index").cloned();
    let put = |(number, (part, tokens))| {
        let mut chunk = if number == last { candidate.clone() } else { json!({"index": index}) };
        chunk["content"] = json!({"role": "model", "parts": [part]});
        (json!({"candidates": [chunk]}), tokens)
    };
    if pieces.is_empty() {
        return vec![(json!({"candidates": [candidate]}), 0)];
    }
    pieces.into_iter().enumerate().map(put).collect()
}

/// A call in pieces: its name, each value under its path (longer texts in two), and its end.
fn bit_by_bit(part: Value) -> Vec<(Value, u32)> {
    let Some(call) = part.get("functionCall") else { return vec![(part, 0)] };
    let mut values = Vec::new();
    leaves(call.get("args").unwrap_or(&Value::Null), "$", &mut values);
    let mut first = json!({"functionCall": {"name": call.get("name"), "willContinue": true}});
    if let Some(signature) = part.get("thoughtSignature") {
        first["thoughtSignature"] = signature.clone();
    }
    let arguments = call.get("args").map_or(0, |arguments| synth::count(&arguments.to_string()));
    let piece = |value| (json!({"functionCall": {"partialArgs": [value], "willContinue": true}}), 0);
    let values = values.into_iter().map(piece);
    std::iter::once((first, 4 + arguments)).chain(values).chain([(json!({"functionCall": {}}), 0)]).collect()
}

/// All values that hold no others, with their paths.
fn leaves(value: &Value, path: &str, into: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                leaves(value, &format!("{path}.{name}"), into);
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                leaves(value, &format!("{path}[{at}]"), into);
            }
        }
        Value::String(text) => {
            let tokens = synth::tokens(text);
            let (start, end) = tokens.split_at(tokens.len() / 2);
            if !start.is_empty() {
                into.push(json!({"jsonPath": path, "stringValue": start.concat(), "willContinue": true}));
            }
            into.push(json!({"jsonPath": path, "stringValue": end.concat()}));
        }
        Value::Bool(value) => into.push(json!({"jsonPath": path, "boolValue": value})),
        Value::Number(value) => into.push(json!({"jsonPath": path, "numberValue": value})),
        Value::Null => into.push(json!({"jsonPath": path, "nullValue": "NULL_VALUE"})),
    }
}
