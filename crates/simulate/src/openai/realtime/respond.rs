//! Responses: what the model says to the conversation, event by event, and what that used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Session;
use super::event::content;
use super::session::Refused;
use crate::fault::Finish;
use crate::synth;
use crate::talk::{Answer, Choice, End, Heard, Question, Tool};

/// Tokens that a message takes besides its text.
const EACH: u32 = 3;

/// Sound of one event: a tenth of a second of silence.
const PIECE: usize = super::SECOND / 10;

/// A response under way.
pub(super) struct Open {
    id: String,
    /// The items that it adds to the conversation when it is done.
    items: Vec<Value>,
    usage: Value,
}

/// What a prompt has of tokens.
#[derive(Default)]
struct Prompt {
    text: u32,
    sound: u32,
}

// === impl Session ===

impl Session {
    /// Begins a response, with what the request for it changes.
    pub(super) fn respond(&mut self, change: &Value) -> Result<(), Refused> {
        if let Some(open) = &self.response {
            let message = format!(
                "Conversation already has an active response in progress: {}. Wait until the response is finished before creating a new one.",
                open.id
            );
            return Err(("conversation_already_has_active_response", message, String::new()));
        }
        let modality = change.get("output_modalities").unwrap_or(&self.config["output_modalities"]);
        let speaks = *modality != json!(["text"]);
        let (question, prompt) = self.question(change);
        let answer = question.answer(&self.world, self.faults, self.responses);
        self.responses += 1;
        let id = self.id("resp");
        let head = |status: &str| {
            json!({"object": "realtime.response", "id": id, "status": status, "status_details": null, "output": [],
                "conversation_id": self.conversation, "output_modalities": if speaks { ["audio"] } else { ["text"] },
                "max_output_tokens": "inf", "metadata": null, "usage": null,
                "audio": {"output": self.config["audio"]["output"]}})
        };
        let (created, mut done) = (head("in_progress"), head("completed"));
        self.push(json!({"type": "response.created", "response": created}));
        let items = self.say(&id, &answer, speaks);
        done["output"] = Value::from(items.clone());
        let usage = self.usage(&prompt, &answer, speaks);
        done["usage"] = usage.clone();
        match answer.end {
            End::Length => {
                done["status"] = json!("incomplete");
                done["status_details"] = json!({"type": "incomplete", "reason": "max_output_tokens"});
            }
            End::Filtered => {
                done["status"] = json!("incomplete");
                done["status_details"] = json!({"type": "incomplete", "reason": "content_filter"});
            }
            _ if self.faults.finish == Some(Finish::Failed) => {
                done["status"] = json!("failed");
                done["status_details"] =
                    json!({"type": "failed", "error": {"type": "server_error", "code": null}});
            }
            _ => {}
        }
        self.push(json!({"type": "response.done", "response": done}));
        self.push(json!({"type": "rate_limits.updated", "rate_limits": [
            {"name": "requests", "limit": 5_000, "remaining": 4_999, "reset_seconds": 0.012},
            {"name": "tokens", "limit": 400_000, "remaining": 399_000, "reset_seconds": 0.15},
        ]}));
        self.response = Some(Open { id, items, usage });
        Ok(())
    }

    /// Ends the response under way where it is.
    pub(super) fn cancel(&mut self) -> Result<(), Refused> {
        let Some(open) = self.response.take() else {
            let message = "Cancellation failed: no active response found";
            return Err(("response_cancel_not_active", message.into(), String::new()));
        };
        self.queue.retain(|event| {
            event["type"] == "error" || event["type"].as_str().is_none_or(|t| !t.starts_with("response."))
        });
        self.push(json!({"type": "response.done", "response": {
            "object": "realtime.response", "id": open.id, "status": "cancelled",
            "status_details": {"type": "cancelled", "reason": "client_cancelled"}, "output": [],
            "conversation_id": self.conversation, "usage": open.usage,
        }}));
        Ok(())
    }

    /// The response was told whole.
    pub(super) fn done(&mut self) {
        if let Some(open) = self.response.take() {
            self.items.extend(open.items);
        }
    }

    /// What the conversation asks.
    fn question(&self, change: &Value) -> (Question, Prompt) {
        let own = |name: &str| change.get(name).unwrap_or(&self.config[name]).clone();
        let (mut heard, mut prompt) = (Heard::default(), Prompt::default());
        let instructions = own("instructions");
        heard.add(instructions.as_str().unwrap_or_default());
        for item in &self.items {
            let (text, tokens, sound) = content(item);
            prompt.text += tokens + EACH;
            prompt.sound += sound;
            heard.add(&text);
            match (item["type"].as_str(), item["role"].as_str()) {
                (Some("message"), Some("user")) => {
                    let said = if text.is_empty() { format!("{sound} tokens of sound") } else { text };
                    heard.said(&said);
                }
                (Some("function_call_output"), _) => {
                    let output = item["output"].as_str().unwrap_or_default();
                    prompt.text += synth::count(output);
                    let of =
                        |call: &&Value| call["call_id"] == item["call_id"] && call["type"] == "function_call";
                    let name = self.items.iter().find(of).and_then(|call| call["name"].as_str());
                    heard.gave(name.unwrap_or_default().to_owned(), output.to_owned());
                }
                _ => {}
            }
        }
        prompt.text += heard.tokens.min(synth::count(instructions.as_str().unwrap_or_default()));
        let tools = own("tools");
        let tools = tools.as_array().into_iter().flatten().filter_map(|tool| {
            let name = tool["name"].as_str()?.to_owned();
            Some(Tool { name, schema: tool["parameters"].clone() })
        });
        let choice = match own("tool_choice") {
            Value::String(word) if word == "none" => Choice::Never,
            Value::String(word) if word == "required" => Choice::Required,
            Value::Object(named) => Choice::Named(named["name"].as_str().unwrap_or_default().to_owned()),
            _ => Choice::Auto,
        };
        let most_tokens = own("max_output_tokens").as_u64().and_then(|most| u32::try_from(most).ok());
        let question = Question {
            model: self.model.clone(),
            heard,
            tools: tools.collect(),
            choice,
            most_tokens,
            ..Question::default()
        };
        (question, prompt)
    }

    /// Queues the events of an answer; gives its items.
    fn say(&mut self, response: &str, answer: &Answer, speaks: bool) -> Vec<Value> {
        let mut items = Vec::new();
        if let Some(text) = &answer.text {
            items.push(self.say_text(response, text, speaks));
        }
        for call in &answer.calls {
            let (id, call_id) = (self.id("item"), self.id("call"));
            let item = |status: &str, arguments: &str| {
                json!({"id": id, "object": "realtime.item", "type": "function_call", "status": status, "name": call.name,
                    "call_id": call_id, "arguments": arguments})
            };
            let at = items.len();
            let with = |kind: &str, members: Value| with(kind, response, at, &id, members);
            self.push(
                json!({"type": "response.output_item.added", "response_id": response, "output_index": at,
                "item": item("in_progress", "")}),
            );
            let text = call.text();
            self.push(with(
                "response.function_call_arguments.delta",
                json!({"call_id": call_id, "delta": text}),
            ));
            self.push(with(
                "response.function_call_arguments.done",
                json!({"call_id": call_id, "name": call.name, "arguments": text}),
            ));
            let done = item("completed", &text);
            self.push(json!({"type": "response.output_item.done", "response_id": response, "output_index": at, "item": done}));
            items.push(done);
        }
        items
    }

    fn say_text(&mut self, response: &str, text: &str, speaks: bool) -> Value {
        let id = self.id("item");
        let item = |status: &str, content: Value| json!({"id": id, "object": "realtime.item", "type": "message", "status": status, "role": "assistant", "content": content});
        let part = |text: &str| {
            if speaks {
                json!({"type": "output_audio", "transcript": text})
            } else {
                json!({"type": "output_text", "text": text})
            }
        };
        let with = |kind: &str, mut members: Value| {
            members["content_index"] = json!(0);
            with(kind, response, 0, &id, members)
        };
        self.push(json!({"type": "response.output_item.added", "response_id": response, "output_index": 0,
            "item": item("in_progress", json!([]))}));
        self.push(with("response.content_part.added", json!({"part": part("")})));
        let (delta, done, member) = if speaks {
            ("response.output_audio_transcript.delta", "response.output_audio_transcript.done", "transcript")
        } else {
            ("response.output_text.delta", "response.output_text.done", "text")
        };
        let silence = STANDARD.encode([0; PIECE]);
        for piece in synth::tokens(text) {
            self.push(with(delta, json!({"delta": piece})));
            if speaks {
                self.push(with("response.output_audio.delta", json!({"delta": silence})));
            }
        }
        if speaks {
            self.push(with("response.output_audio.done", json!({})));
        }
        self.push(with(done, json!({member: text})));
        self.push(with("response.content_part.done", json!({"part": part(text)})));
        let whole = item("completed", json!([part(text)]));
        self.push(json!({"type": "response.output_item.done", "response_id": response, "output_index": 0, "item": whole}));
        whole
    }

    /// What was used. The prompt of the response before is in the cache.
    fn usage(&mut self, prompt: &Prompt, answer: &Answer, speaks: bool) -> Value {
        let input = prompt.text + prompt.sound;
        let cached = self.seen.min(input) / 64 * 64;
        self.seen = input;
        let cached_sound = cached.min(prompt.sound);
        // A tenth of a second of sound comes with each token of text.
        let pieces = answer.text.as_deref().map_or(0, synth::count);
        let sound = if speaks { pieces } else { 0 };
        let output = answer.tokens + sound;
        json!({
            "total_tokens": input + output, "input_tokens": input, "output_tokens": output,
            "input_token_details": {"text_tokens": prompt.text, "audio_tokens": prompt.sound, "image_tokens": 0,
                "cached_tokens": cached, "cached_tokens_details":
                    {"text_tokens": cached - cached_sound, "audio_tokens": cached_sound, "image_tokens": 0}},
            "output_token_details": {"text_tokens": answer.tokens, "audio_tokens": sound},
        })
    }
}

fn with(kind: &str, response: &str, at: usize, item: &str, mut members: Value) -> Value {
    members["type"] = Value::from(kind);
    members["response_id"] = Value::from(response);
    members["item_id"] = Value::from(item);
    members["output_index"] = Value::from(at);
    members
}
