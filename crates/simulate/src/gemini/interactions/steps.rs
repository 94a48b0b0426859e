//! The steps of an input as turns of `generateContent`. A thought's signature is that of the call or text behind it.

use serde_json::{Map, Value, json};

use super::read::{closed, missing, object, text, unknown_value, wrong};
use crate::gemini::error::ApiError;

const CONTENT: [&str; 5] = ["audio", "document", "image", "text", "video"];

/// Turns being put together.
#[derive(Default)]
struct Turns {
    contents: Vec<Value>,
    /// Calls by their ids, with the names of functions, in order.
    calls: Vec<(String, String)>,
    /// Results of the calls made last, by id.
    results: Vec<(String, Value)>,
    /// How many of the calls have had their results before.
    settled: usize,
    signature: Option<String>,
}

/// The contents of a request.
pub(super) fn contents(input: &Value) -> Result<Value, ApiError> {
    let is_content =
        |item: &Value| item.get("type").and_then(Value::as_str).is_some_and(|kind| CONTENT.contains(&kind));
    let mut turns = Turns::default();
    match input {
        Value::String(text) => turns.say("user", vec![json!({"text": text})]),
        Value::Object(_) => turns.say("user", vec![part(input, "input")?]),
        Value::Array(list) if list.first().is_some_and(is_content) => {
            turns.say("user", parts(list, "input")?);
        }
        Value::Array(list) => {
            for (at, step) in list.iter().enumerate() {
                turns.step(step, &format!("input[{at}]"))?;
            }
        }
        _ => return Err(wrong("input", "a string, an object or an array")),
    }
    turns.settle()?;
    Ok(Value::Array(turns.contents))
}

// === impl Turns ===

impl Turns {
    fn step(&mut self, step: &Value, at: &str) -> Result<(), ApiError> {
        let step = object(step, at)?;
        let kind = text(step, "type", at)?.ok_or_else(|| missing(&format!("{at}.type")))?;
        if kind != "function_result" {
            self.settle()?;
        }
        match kind.as_str() {
            "user_input" | "model_output" => {
                closed(step, &["type", "content", "error"], at)?;
                let list = step.get("content").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let mut said = parts(list, &format!("{at}.content"))?;
                let role = if kind == "user_input" { "user" } else { "model" };
                self.sign(&mut said, role);
                self.say(role, said);
            }
            "thought" => {
                closed(step, &["type", "signature", "summary"], at)?;
                let list = step.get("summary").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let mut thoughts = parts(list, &format!("{at}.summary"))?;
                for thought in &mut thoughts {
                    thought["thought"] = json!(true);
                }
                self.say("model", thoughts);
                self.signature = text(step, "signature", at)?;
            }
            "function_call" => self.call(step, at)?,
            "function_result" => self.result(step, at)?,
            // What Google did by itself is not looked at.
            other if other.ends_with("_call") || other.ends_with("_result") => {}
            other => return Err(unknown_value(&format!("{at}.type"), other)),
        }
        Ok(())
    }

    fn call(&mut self, step: &Map<String, Value>, at: &str) -> Result<(), ApiError> {
        closed(step, &["type", "id", "name", "arguments"], at)?;
        let need = |name: &str| text(step, name, at)?.ok_or_else(|| missing(&format!("{at}.{name}")));
        let (id, name) = (need("id")?, need("name")?);
        if self.calls.iter().any(|(known, _)| *known == id) {
            return Err(ApiError::invalid(format!("Duplicate function call id '{id}' at '{at}'.")));
        }
        let arguments = step.get("arguments").filter(|given| given.is_object());
        let arguments = arguments.ok_or_else(|| wrong(&format!("{at}.arguments"), "an object"))?;
        let mut call = vec![json!({"functionCall": {"id": id, "name": name, "args": arguments}})];
        self.calls.push((id, name));
        self.sign(&mut call, "model");
        self.say("model", call);
        Ok(())
    }

    fn result(&mut self, step: &Map<String, Value>, at: &str) -> Result<(), ApiError> {
        closed(step, &["type", "call_id", "name", "result", "is_error"], at)?;
        let id = text(step, "call_id", at)?.ok_or_else(|| missing(&format!("{at}.call_id")))?;
        let result = step.get("result").ok_or_else(|| missing(&format!("{at}.result")))?;
        let name = if step.get("is_error") == Some(&json!(true)) { "error" } else { "output" };
        let response = match result {
            Value::String(said) => json!({name: said}),
            Value::Array(list) => {
                let said: Vec<&str> = list.iter().filter_map(|item| item.get("text")?.as_str()).collect();
                json!({name: said.join("\n")})
            }
            other if other.is_object() => other.clone(),
            other => json!({name: other}),
        };
        self.results.push((id, response));
        Ok(())
    }

    /// Gives the results to the calls made last, in the order of those.
    fn settle(&mut self) -> Result<(), ApiError> {
        if self.results.is_empty() {
            return Ok(());
        }
        let mut results = std::mem::take(&mut self.results);
        let mut responses = Vec::new();
        for (id, name) in self.calls.iter().skip(self.settled) {
            if let Some(at) = results.iter().position(|(of, _)| of == id) {
                let (_, response) = results.swap_remove(at);
                responses.push(json!({"functionResponse": {"id": id, "name": name, "response": response}}));
            }
        }
        if let Some((id, _)) = results.first() {
            return Err(ApiError::invalid(format!("No function call is waiting for the result of '{id}'.")));
        }
        self.settled = self.calls.len();
        self.contents.push(json!({"role": "user", "parts": responses}));
        Ok(())
    }

    /// Puts the signature of the thought before on what comes next.
    fn sign(&mut self, parts: &mut [Value], role: &str) {
        let signature = self.signature.take();
        if let (Some(signature), Some(first), "model") = (signature, parts.first_mut(), role) {
            first["thoughtSignature"] = Value::from(signature);
        }
    }

    /// Adds to the turn that is under way, or begins one.
    fn say(&mut self, role: &str, parts: Vec<Value>) {
        if parts.is_empty() {
            return;
        }
        let last = self.contents.last_mut().filter(|last| last["role"] == role && role == "model");
        match last.and_then(|last| last["parts"].as_array_mut()) {
            Some(said) => said.extend(parts),
            None => self.contents.push(json!({"role": role, "parts": parts})),
        }
    }
}

fn parts(list: &[Value], at: &str) -> Result<Vec<Value>, ApiError> {
    list.iter().enumerate().map(|(number, item)| part(item, &format!("{at}[{number}]"))).collect()
}

fn part(item: &Value, at: &str) -> Result<Value, ApiError> {
    let map = object(item, at)?;
    let kind = text(map, "type", at)?.ok_or_else(|| missing(&format!("{at}.type")))?;
    if kind == "text" {
        closed(map, &["type", "text", "annotations"], at)?;
        let said = text(map, "text", at)?.ok_or_else(|| missing(&format!("{at}.text")))?;
        return Ok(json!({"text": said}));
    }
    if !CONTENT.contains(&kind.as_str()) {
        return Err(unknown_value(&format!("{at}.type"), &kind));
    }
    let known =
        ["type", "data", "uri", "mime_type", "resolution", "processing", "channels", "sample_rate", "name"];
    closed(map, &known, at)?;
    match (map.get("data"), map.get("uri")) {
        (Some(data), None) => Ok(json!({"inlineData": {"mimeType": map.get("mime_type"), "data": data}})),
        (None, Some(uri)) => Ok(json!({"fileData": {"mimeType": map.get("mime_type"), "fileUri": uri}})),
        _ => Err(ApiError::invalid(format!("Exactly one of 'data' and 'uri' is needed at '{at}'."))),
    }
}
