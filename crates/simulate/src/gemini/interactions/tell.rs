//! An answer told as an interaction: whole, or event by event.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::gemini::error::ApiError;
use crate::gemini::reply::Reply;
use crate::play::Frame;
use crate::world::{Ticket, World};
use crate::{seed, synth, when};

/// How many tokens come in one event.
const TOKENS: usize = 2;

/// An event whose data is no JSON.
pub(super) const GARBAGE: &[u8] = b"event: step.delta\ndata: {\"index\": 0, \"del\n\n";

/// What was answered.
pub(super) struct Interaction {
    id: String,
    model: String,
    created: String,
    status: &'static str,
    steps: Vec<Value>,
    usage: Value,
    pub(super) tokens: u32,
}

// === impl Interaction ===

impl Interaction {
    pub(super) fn of(reply: Reply, world: &World, ticket: &Ticket, model: &str) -> Self {
        let tokens = reply.tokens();
        let whole = reply.whole();
        let candidate = whole.get("candidates").and_then(|list| list.get(0)).unwrap_or(&Value::Null);
        let mut steps = steps(candidate);
        let called = steps.iter().any(|step| step["type"] == "function_call");
        let status = match candidate["finishReason"].as_str() {
            Some("STOP") if called => "requires_action",
            Some("STOP") => "completed",
            Some("MAX_TOKENS") => "incomplete",
            finish => {
                let why = format!("The answer was blocked: {}.", finish.unwrap_or("PROHIBITED_CONTENT"));
                steps.push(json!({"type": "model_output", "error": {"code": 9, "message": why}}));
                "incomplete"
            }
        };
        Self {
            id: format!("v1_{}", seed::letters(&mut world.rng("interaction id", ticket), 40)),
            model: model.to_owned(),
            created: when::rfc3339(when::seconds(world.clock.wall())),
            status,
            steps,
            usage: usage(&whole["usageMetadata"]),
            tokens,
        }
    }

    /// The interaction at its end, without its steps.
    fn ended(&self) -> Value {
        json!({
            "id": self.id, "status": self.status, "usage": self.usage, "created": self.created,
            "updated": self.created, "service_tier": "standard", "object": "interaction", "model": self.model,
        })
    }
}

/// The steps of a candidate. What was signed has a thought before it.
fn steps(candidate: &Value) -> Vec<Value> {
    let parts = candidate["content"]["parts"].as_array().map_or(&[][..], Vec::as_slice);
    let (mut steps, mut summary) = (Vec::new(), Vec::new());
    for part in parts {
        if part["thought"] == true {
            summary.push(json!({"type": "text", "text": part["text"]}));
            continue;
        }
        let signature = part["thoughtSignature"].as_str();
        if signature.is_some() || !summary.is_empty() {
            let mut thought = json!({"type": "thought"});
            if !summary.is_empty() {
                thought["summary"] = Value::from(std::mem::take(&mut summary));
            }
            if let Some(signature) = signature {
                thought["signature"] = Value::from(signature);
            }
            steps.push(thought);
        }
        let call = &part["functionCall"];
        if call.is_object() {
            let step = json!({"type": "function_call", "id": call["id"], "name": call["name"], "arguments": call["args"]});
            steps.push(step);
            continue;
        }
        let mut said = json!({"type": "text", "text": part["text"]});
        let chunks = candidate["groundingMetadata"]["groundingChunks"].as_array();
        if let Some(web) = chunks.and_then(|list| list.first()).map(|chunk| &chunk["web"]) {
            let length = part["text"].as_str().map_or(0, str::len);
            said["annotations"] = json!([{
                "type": "url_citation", "url": web["uri"], "title": web["title"], "start_index": 0, "end_index": length,
            }]);
        }
        steps.push(json!({"type": "model_output", "content": [said]}));
    }
    if !summary.is_empty() {
        steps.push(json!({"type": "thought", "summary": summary}));
    }
    steps
}

fn usage(counted: &Value) -> Value {
    let count = |name: &str| counted[name].as_u64().unwrap_or(0);
    let by: Vec<Value> = counted["promptTokensDetails"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|each| {
            let modality = each["modality"].as_str().unwrap_or_default().to_ascii_lowercase();
            json!({"modality": modality, "tokens": each["tokenCount"]})
        })
        .collect();
    json!({
        "total_tokens": count("totalTokenCount"), "total_input_tokens": count("promptTokenCount"),
        "input_tokens_by_modality": by, "total_cached_tokens": count("cachedContentTokenCount"),
        "total_output_tokens": count("candidatesTokenCount"), "total_tool_use_tokens": 0,
        "total_thought_tokens": count("thoughtsTokenCount"),
    })
}

pub(super) fn whole(made: Interaction) -> Value {
    let mut whole = made.ended();
    whole["steps"] = Value::from(made.steps);
    whole
}

fn event(kind: &str, mut data: Value) -> Bytes {
    data["event_type"] = Value::from(kind);
    format!("event: {kind}\ndata: {data}\n\n").into()
}

/// The event of an error.
pub(super) fn error(error: &ApiError) -> Bytes {
    event("error", error.in_words())
}

/// All events of an answer.
pub(super) fn frames(made: &Interaction) -> Box<dyn Iterator<Item = Frame> + Send> {
    let now = |bytes: Bytes| Frame { bytes, paced: false };
    let begun = json!({"id": made.id, "status": "in_progress", "object": "interaction", "model": made.model});
    let mut frames = vec![
        now(event("interaction.created", json!({"interaction": begun}))),
        now(event("interaction.status_update", json!({"interaction_id": made.id, "status": "in_progress"}))),
    ];
    for (index, step) in made.steps.iter().enumerate() {
        let mut start = step.clone();
        let deltas = take_deltas(&mut start);
        frames.push(now(event("step.start", json!({"index": index, "step": start}))));
        frames.extend(deltas.into_iter().map(|delta| Frame {
            bytes: event("step.delta", json!({"index": index, "delta": delta})),
            paced: true,
        }));
        frames.push(now(event("step.stop", json!({"index": index}))));
    }
    frames.push(now(event("interaction.completed", json!({"interaction": made.ended()}))));
    frames.push(now(Bytes::from_static(b"event: done\ndata: [DONE]\n\n")));
    Box::new(frames.into_iter())
}

/// Takes out of a step what its deltas tell.
fn take_deltas(step: &mut Value) -> Vec<Value> {
    let mut deltas = Vec::new();
    let Some(map) = step.as_object_mut() else { return deltas };
    for content in map.shift_remove("content").as_ref().and_then(Value::as_array).into_iter().flatten() {
        let tokens = synth::tokens(content["text"].as_str().unwrap_or_default());
        deltas.extend(tokens.chunks(TOKENS).map(|some| json!({"type": "text", "text": some.concat()})));
        if content["annotations"].is_array() {
            deltas.push(json!({"type": "text_annotation_delta", "annotations": content["annotations"]}));
        }
    }
    for content in map.shift_remove("summary").as_ref().and_then(Value::as_array).into_iter().flatten() {
        let tokens = synth::tokens(content["text"].as_str().unwrap_or_default());
        let told = |some: &[String]| json!({"type": "thought_summary", "content": {"type": "text", "text": some.concat()}});
        deltas.extend(tokens.chunks(TOKENS).map(told));
    }
    if let Some(signature) = map.shift_remove("signature") {
        deltas.push(json!({"type": "thought_signature", "signature": signature}));
    }
    if let Some(arguments) = map.get_mut("arguments") {
        let all = std::mem::replace(arguments, json!({})).to_string();
        let tokens = synth::tokens(&all);
        let told = |some: &[String]| json!({"type": "arguments_delta", "arguments": some.concat()});
        deltas.extend(tokens.chunks(TOKENS).map(told));
    }
    deltas
}
