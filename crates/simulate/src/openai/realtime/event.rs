//! What a client says in a session, and what the session says to that besides responses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::session::{self, Refused};
use super::{SECOND, Session};
use crate::synth;

/// The events and their members besides `type` and `event_id`.
const EVENTS: [(&str, &[&str]); 11] = [
    ("session.update", &["session"]),
    ("input_audio_buffer.append", &["audio"]),
    ("input_audio_buffer.commit", &[]),
    ("input_audio_buffer.clear", &[]),
    ("output_audio_buffer.clear", &[]),
    ("conversation.item.create", &["item", "previous_item_id"]),
    ("conversation.item.retrieve", &["item_id"]),
    ("conversation.item.delete", &["item_id"]),
    ("conversation.item.truncate", &["item_id", "content_index", "audio_end_ms"]),
    ("response.create", &["response"]),
    ("response.cancel", &["response_id"]),
];

/// So much silence ends what somebody says, in bytes of sound.
const SILENCE: usize = SECOND / 5;

fn missing(name: &str) -> Refused {
    ("missing_required_parameter", format!("Missing required parameter: '{name}'."), name.to_owned())
}

fn refused(code: &'static str, message: impl Into<String>, param: &str) -> Refused {
    (code, message.into(), param.to_owned())
}

// === impl Session ===

impl Session {
    /// Takes a client's event in.
    pub(super) fn take(&mut self, message: &[u8]) {
        let Ok(event) = serde_json::from_slice::<Value>(message) else {
            self.error("invalid_json", "Invalid JSON: the event could not be parsed.", None, None);
            return;
        };
        let id = event.get("event_id").cloned();
        if let Err((code, message, param)) = self.on(&event) {
            self.error(code, &message, Some(&param), id.as_ref());
        }
    }

    fn on(&mut self, event: &Value) -> Result<(), Refused> {
        let kind = event.get("type").and_then(Value::as_str).ok_or_else(|| missing("type"))?;
        let found = EVENTS.iter().find(|(name, _)| *name == kind);
        let Some((_, members)) = found else {
            let names: Vec<String> = EVENTS.iter().map(|(name, _)| format!("'{name}'")).collect();
            let message = format!("Invalid value: '{kind}'. Supported values are: {}.", names.join(", "));
            return Err(refused("invalid_value", message, "type"));
        };
        let known = |name: &str| ["type", "event_id"].contains(&name) || members.contains(&name);
        if let Some(name) = event.as_object().and_then(|object| object.keys().find(|name| !known(name))) {
            return Err(refused("unknown_parameter", format!("Unknown parameter: '{name}'."), name));
        }
        match kind {
            "session.update" => {
                session::update(&mut self.config, &event["session"])?;
                let updated = json!({"type": "session.updated", "session": self.config});
                self.push(updated);
                Ok(())
            }
            "input_audio_buffer.append" => self.append(&event["audio"]),
            "input_audio_buffer.commit" => self.commit(),
            "input_audio_buffer.clear" => {
                self.sound = (0, 0);
                self.push(json!({"type": "input_audio_buffer.cleared"}));
                Ok(())
            }
            "conversation.item.create" => self.create(&event["item"]),
            "response.create" => self.respond(event.get("response").unwrap_or(&Value::Null)),
            "response.cancel" => self.cancel(),
            "output_audio_buffer.clear" => Ok(()),
            _ => self.of_item(kind, event),
        }
    }

    /// Takes sound in. Silence after something else ends what was said, where turns are detected.
    fn append(&mut self, audio: &Value) -> Result<(), Refused> {
        let audio = audio.as_str().ok_or_else(|| missing("audio"))?;
        let bytes = STANDARD.decode(audio).map_err(|_| {
            let message = "Invalid 'audio'. Expected a base64-encoded value, but got an invalid one.";
            refused("invalid_value", message, "audio")
        })?;
        let silent = bytes.iter().rev().take_while(|byte| **byte == 0).count();
        self.sound.0 += bytes.len();
        self.sound.1 = if silent == bytes.len() { self.sound.1 + silent } else { silent };
        let detection = &self.config["audio"]["input"]["turn_detection"];
        if detection.is_null() {
            return Ok(());
        }
        let creates = detection["create_response"] != json!(false);
        if !self.speaking && silent < bytes.len() {
            self.speaking = true;
            let item = self.id("item");
            self.push(
                json!({"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, "item_id": item}),
            );
        }
        if self.speaking && self.sound.1 >= SILENCE {
            self.speaking = false;
            let end = self.sound.0 * 1_000 / SECOND;
            self.push(
                json!({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": end, "item_id": null}),
            );
            self.commit()?;
            if creates && self.response.is_none() {
                return self.respond(&Value::Null);
            }
        }
        Ok(())
    }

    /// Makes an item of the sound that came.
    fn commit(&mut self) -> Result<(), Refused> {
        let (length, _) = std::mem::take(&mut self.sound);
        if length < SECOND / 10 {
            let ms = length * 1_000 / SECOND;
            let message = format!(
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only \
                 has {ms}.00ms of audio."
            );
            return Err(refused("input_audio_buffer_commit_empty", message, ""));
        }
        let id = self.id("item");
        let previous = self.items.last().map(|item| item["id"].clone());
        self.push(
            json!({"type": "input_audio_buffer.committed", "previous_item_id": previous, "item_id": id}),
        );
        self.add(json!({
            "id": id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
            "content": [{"type": "input_audio", "transcript": null, "audio_bytes": length}],
        }));
        let writer = self.config["audio"]["input"]["transcription"]["model"].as_str().map(str::to_owned);
        if let Some(writer) = writer {
            let transcript = format!("{} milliseconds of sound", length * 1_000 / SECOND);
            let tokens = u64::try_from(length * 10 / SECOND).unwrap_or(0);
            let usage = if writer.contains("whisper") {
                json!({"type": "duration", "seconds": tokens / 10})
            } else {
                json!({"type": "tokens", "total_tokens": tokens + 4, "input_tokens": tokens, "output_tokens": 4,
                    "input_token_details": {"text_tokens": 0, "audio_tokens": tokens}})
            };
            self.push(json!({
                "type": "conversation.item.input_audio_transcription.completed", "item_id": id, "content_index": 0,
                "transcript": transcript, "usage": usage,
            }));
        }
        Ok(())
    }

    fn create(&mut self, item: &Value) -> Result<(), Refused> {
        let mut item = item.clone();
        let kind = item.get("type").and_then(Value::as_str).ok_or_else(|| missing("item.type"))?.to_owned();
        match kind.as_str() {
            "message" => check_message(&item)?,
            "function_call_output" => {
                let of = item["call_id"].as_str().ok_or_else(|| missing("item.call_id"))?;
                if !self.items.iter().any(|item| item["type"] == "function_call" && item["call_id"] == *of) {
                    let message = format!("Tool call ID '{of}' not found in conversation.");
                    return Err(refused("invalid_tool_call_id", message, "item.call_id"));
                }
                item["output"].as_str().ok_or_else(|| missing("item.output"))?;
            }
            "function_call" => {}
            other => {
                let message = format!(
                    "Invalid value: '{other}'. Supported values are: 'message', 'function_call', 'function_call_output'."
                );
                return Err(refused("invalid_value", message, "item.type"));
            }
        }
        if item.get("id").is_none_or(Value::is_null) {
            item["id"] = Value::from(self.id("item"));
        }
        item["object"] = Value::from("realtime.item");
        item["status"] = Value::from("completed");
        self.add(item);
        Ok(())
    }

    /// Adds an item to the conversation and tells of it.
    pub(super) fn add(&mut self, item: Value) {
        let previous = self.items.last().map(|item| item["id"].clone());
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.push(json!({"type": kind, "previous_item_id": previous, "item": shown(&item)}));
        }
        self.items.push(item);
    }

    fn of_item(&mut self, kind: &str, event: &Value) -> Result<(), Refused> {
        let id = event["item_id"].as_str().ok_or_else(|| missing("item_id"))?;
        let at = self.items.iter().position(|item| item["id"] == *id).ok_or_else(|| {
            let message = format!("Error: the item with id '{id}' does not exist.");
            refused("invalid_request_error", message, "item_id")
        })?;
        let told = match kind {
            "conversation.item.retrieve" => {
                json!({"type": "conversation.item.retrieved", "item": self.items.get(at).map(shown)})
            }
            "conversation.item.delete" => {
                self.items.remove(at);
                json!({"type": "conversation.item.deleted", "item_id": id})
            }
            _ => json!({"type": "conversation.item.truncated", "item_id": id,
                "content_index": event["content_index"], "audio_end_ms": event["audio_end_ms"]}),
        };
        self.push(told);
        Ok(())
    }
}

/// An item as events show it.
fn shown(item: &Value) -> Value {
    let mut item = item.clone();
    for part in item.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(part) = part.as_object_mut() {
            part.shift_remove("audio_bytes");
        }
    }
    item
}

fn check_message(item: &Value) -> Result<(), Refused> {
    let role = item["role"].as_str().ok_or_else(|| missing("item.role"))?;
    let takes: &[&str] = match role {
        "user" => &["input_text", "input_audio", "input_image"],
        "assistant" => &["output_text", "output_audio"],
        "system" => &["input_text"],
        other => {
            let message =
                format!("Invalid value: '{other}'. Supported values are: 'user', 'assistant' and 'system'.");
            return Err(refused("invalid_value", message, "item.role"));
        }
    };
    let content = item["content"].as_array().ok_or_else(|| missing("item.content"))?;
    for (at, part) in content.iter().enumerate() {
        let param = format!("item.content[{at}].type");
        let kind = part["type"].as_str().ok_or_else(|| missing(&param))?;
        if !takes.contains(&kind) {
            let names: Vec<String> = takes.iter().map(|name| format!("'{name}'")).collect();
            let message = format!("Invalid value: '{kind}'. Supported values are: {}.", names.join(", "));
            return Err(refused("invalid_value", message, &param));
        }
        if kind == "input_text" && !part["text"].is_string() {
            return Err(missing(&format!("item.content[{at}].text")));
        }
    }
    Ok(())
}

/// The text of an item's content, and the tokens of its text and of its sound.
pub(super) fn content(item: &Value) -> (String, u32, u32) {
    let (mut text, mut sound) = (String::new(), 0);
    for part in item["content"].as_array().into_iter().flatten() {
        for member in ["text", "transcript"] {
            text.push_str(part[member].as_str().unwrap_or_default());
        }
        let sent = part["audio"].as_str().map_or(0, |audio| audio.len() / 4 * 3);
        let bytes =
            part["audio_bytes"].as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(sent);
        sound += u32::try_from(bytes * 10 / SECOND).unwrap_or(0);
    }
    let tokens = synth::count(&text);
    (text, tokens, sound)
}
