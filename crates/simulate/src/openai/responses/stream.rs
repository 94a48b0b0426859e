//! A response as a stream of named events, numbered from 0: that it was made and is in progress, each item
//! from its start over its deltas to its end, and how it all ended.

use base::Rng;
use bytes::Bytes;
use serde_json::{Value, json};

use super::super::check::Object;
use crate::play::Frame;
use crate::{seed, synth};

/// How much of what is sealed is told before an item is complete.
const EARLY: usize = 16;

/// How a stream is written.
pub(super) struct Style {
    /// Pads deltas, so that their lengths tell nothing.
    pub(super) obfuscation: Option<Rng>,
    /// Events up to this number are left out.
    pub(super) after: Option<u64>,
}

/// An event, and whether the model takes time to write it.
type Step = (Value, bool);

/// The events of a response, made when they are due.
pub(super) fn frames(response: Object, style: Style) -> Box<dyn Iterator<Item = Frame> + Send> {
    let background = response.get("background") == Some(&Value::Bool(true));
    let outputs = response.get("output").and_then(Value::as_array).cloned().unwrap_or_default();
    let queued = Value::Object(snapshot(&response, "queued"));
    let in_progress = Value::Object(snapshot(&response, "in_progress"));
    let first = if background { queued.clone() } else { in_progress.clone() };
    let mut start = vec![event("response.created", "response", first)];
    if background {
        start.push(event("response.queued", "response", queued));
    }
    start.push(event("response.in_progress", "response", in_progress));
    let status = response.get("status").and_then(Value::as_str).unwrap_or_default();
    let end = event(&format!("response.{status}"), "response", Value::Object(response));
    let steps = start
        .into_iter()
        .chain((0_u64..).zip(outputs).flat_map(|(index, item)| item_steps(index, item)))
        .chain(std::iter::once(end));
    let Style { mut obfuscation, after } = style;
    let frames = (0_u64..).zip(steps).map(move |(number, (mut event, paced))| {
        event["sequence_number"] = Value::from(number);
        if let (true, Some(rng)) = (paced, &mut obfuscation) {
            let length = usize::try_from(4 + rng.below(12)).unwrap_or(4);
            event["obfuscation"] = Value::from(seed::letters(rng, length));
        }
        (number, Frame { bytes: bytes(&event), paced })
    });
    let left_out = move |number: u64| after.is_some_and(|after| number <= after);
    Box::new(frames.filter(move |(number, _)| !left_out(*number)).map(|(_, frame)| frame))
}

/// The error that a stream sends in its middle, as the event of this number.
pub(super) fn error_frame(number: u32) -> Bytes {
    bytes(&json!({
        "type": "error",
        "sequence_number": number,
        "code": "server_error",
        "message": "The server had an error while processing your request.",
        "param": null,
    }))
}

/// An event as a session tells it: errors have an object of their own there.
pub(super) fn as_message(mut event: Value) -> Value {
    if event.get("type").is_some_and(|kind| kind == "error") {
        let told = |name: &str| event.get(name).cloned().unwrap_or_default();
        let error = json!({"type": "server_error", "code": told("code"), "message": told("message"), "param": told("param")});
        event = json!({"type": "error", "error": error, "sequence_number": told("sequence_number")});
    }
    event
}

/// The response before it is ready.
pub(super) fn snapshot(response: &Object, status: &str) -> Object {
    let mut early = response.clone();
    early.insert("status".to_owned(), Value::from(status));
    early.insert("output".to_owned(), json!([]));
    for name in ["completed_at", "error", "incomplete_details", "usage"] {
        early.insert(name.to_owned(), Value::Null);
    }
    early
}

fn event(kind: &str, field: &str, value: Value) -> Step {
    let mut event = Object::new();
    event.insert("type".to_owned(), Value::from(kind));
    event.insert(field.to_owned(), value);
    (Value::Object(event), false)
}

/// All events of one item.
fn item_steps(index: u64, item: Value) -> Vec<Step> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = text("id").to_owned();
    let mut early = item.clone();
    let inner = match text("type") {
        "message" => {
            early["content"] = json!([]);
            early["status"] = json!("in_progress");
            parts(&item)
        }
        "reasoning" => {
            early["summary"] = json!([]);
            if let Some(sealed) = item.get("encrypted_content").and_then(Value::as_str) {
                early["encrypted_content"] = Value::from(sealed.get(..EARLY).unwrap_or_default());
            }
            summary(&item)
        }
        "web_search_call" => {
            early["status"] = json!("in_progress");
            if let Some(early) = early.as_object_mut() {
                early.shift_remove("action");
            }
            search()
        }
        kind => {
            let (field, name) = match kind {
                "function_call" => ("arguments", "function_call_arguments"),
                _ => ("input", "custom_tool_call_input"),
            };
            early[field] = json!("");
            early["status"] = json!("in_progress");
            input(text("name"), field, name, text(field))
        }
    };
    let added = event("response.output_item.added", "item", early);
    let inner = inner.into_iter().map(|(mut step, paced)| {
        step["item_id"] = Value::from(id.as_str());
        (step, paced)
    });
    let mut steps: Vec<_> = std::iter::once(added).chain(inner).collect();
    steps.push(event("response.output_item.done", "item", item));
    for (step, _) in &mut steps {
        step["output_index"] = Value::from(index);
    }
    steps
}

/// A message's parts: text or refusal.
fn parts(item: &Value) -> Vec<Step> {
    let parts = item.get("content").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |(index, part): (u64, &Value)| {
        let refuses = part.get("type").is_some_and(|kind| kind == "refusal");
        let (field, name) = if refuses { ("refusal", "refusal") } else { ("text", "output_text") };
        let whole = part.get(field).and_then(Value::as_str).unwrap_or_default();
        let chances = part.get("logprobs").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut early = part.clone();
        early[field] = json!("");
        let annotations = part.get("annotations").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut done = event(&format!("response.{name}.done"), field, Value::from(whole));
        if !refuses {
            early["logprobs"] = json!([]);
            early["annotations"] = json!([]);
            done.0["logprobs"] = Value::from(chances.clone());
        }
        let mut steps = vec![event("response.content_part.added", "part", early)];
        for (at, token) in synth::tokens(whole).into_iter().enumerate() {
            let (mut delta, _) = event(&format!("response.{name}.delta"), "delta", Value::from(token));
            if !refuses {
                delta["logprobs"] = Value::from_iter(chances.get(at).cloned());
            }
            steps.push((delta, true));
        }
        for (at, annotation) in annotations.into_iter().enumerate() {
            let (mut added, _) = event("response.output_text.annotation.added", "annotation", annotation);
            added["annotation_index"] = Value::from(at);
            steps.push((added, false));
        }
        steps.extend([done, event("response.content_part.done", "part", part.clone())]);
        for (step, _) in &mut steps {
            step["content_index"] = Value::from(index);
        }
        steps
    };
    (0..).zip(parts).flat_map(one).collect()
}

/// The vendor's own search.
fn search() -> Vec<Step> {
    ["in_progress", "searching", "completed"]
        .map(|stage| (json!({"type": format!("response.web_search_call.{stage}")}), false))
        .into()
}

/// What is told of a thought.
fn summary(item: &Value) -> Vec<Step> {
    let parts = item.get("summary").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |(index, part): (u64, &Value)| {
        let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
        let mut steps = vec![event(
            "response.reasoning_summary_part.added",
            "part",
            json!({"type": "summary_text", "text": ""}),
        )];
        for token in synth::tokens(text) {
            let (delta, _) = event("response.reasoning_summary_text.delta", "delta", Value::from(token));
            steps.push((delta, true));
        }
        steps.push(event("response.reasoning_summary_text.done", "text", Value::from(text)));
        steps.push(event("response.reasoning_summary_part.done", "part", part.clone()));
        for (step, _) in &mut steps {
            step["summary_index"] = Value::from(index);
        }
        steps
    };
    (0..).zip(parts).flat_map(one).collect()
}

/// With what a tool is called.
fn input(tool: &str, field: &str, name: &str, input: &str) -> Vec<Step> {
    let delta = |token| (event(&format!("response.{name}.delta"), "delta", Value::from(token)).0, true);
    let mut steps: Vec<_> = synth::tokens(input).into_iter().map(delta).collect();
    let (mut done, _) = event(&format!("response.{name}.done"), field, Value::from(input));
    if field == "arguments" {
        done["name"] = Value::from(tool);
    }
    steps.push((done, false));
    steps
}

fn bytes(event: &Value) -> Bytes {
    let name = event.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {name}\ndata: {event}\n\n").into()
}
