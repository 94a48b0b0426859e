//! Facts of messages. A stream must keep Anthropic's grammar to the letter: every event named, blocks numbered without
//! gaps, each stopped before the next begins.

use serde_json::Value;

use super::{Facts, arguments, events};

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    read(&serde_json::from_slice(body).unwrap())
}

fn read(body: &Value) -> Facts {
    let mut facts = Facts { model: string(&body["model"]), ..Facts::default() };
    if body["type"] == "error" {
        facts.error = Some((string(&body["error"]["type"]), string(&body["error"]["message"])));
        return facts;
    }
    assert_eq!((&body["type"], &body["role"]), (&"message".into(), &"assistant".into()), "{body}");
    assert!(body["id"].as_str().unwrap().starts_with("msg_"), "{body}");
    for block in body["content"].as_array().unwrap() {
        said(block, &mut facts);
    }
    facts.finish = string(&body["stop_reason"]);
    facts.refusal = string(&body["stop_details"]["explanation"]);
    let count = |name: &str| body["usage"][name].as_u64();
    facts.cached = count("cache_read_input_tokens").unwrap_or(0);
    let beside = facts.cached + count("cache_creation_input_tokens").unwrap_or(0);
    (facts.input, facts.output) = (count("input_tokens").map(|fresh| fresh + beside), count("output_tokens"));
    facts
}

fn said(block: &Value, facts: &mut Facts) {
    match block["type"].as_str().unwrap() {
        "text" => {
            facts.text.push_str(block["text"].as_str().unwrap());
            for citation in block["citations"].as_array().into_iter().flatten() {
                facts.citations.push(string(&citation["url"]));
            }
        }
        "thinking" => {
            facts.thinking.push_str(block["thinking"].as_str().unwrap());
            let signature = block["signature"].as_str().unwrap();
            facts.state.extend(Some(signature.to_owned()).filter(|signature| !signature.is_empty()));
        }
        "redacted_thinking" => facts.state.push(string(&block["data"])),
        "tool_use" => {
            assert!(block["input"].is_object(), "{block}");
            facts.calls.push((string(&block["id"]), string(&block["name"]), block["input"].clone()));
        }
        other => panic!("a block of type {other}"),
    }
}

/// The message that a stream makes, put together as Anthropic's own libraries do.
#[derive(Debug, Default)]
struct Message {
    body: Value,
    /// The arguments of the tool call that is open.
    input: String,
    open: bool,
    stopped: bool,
    ended: bool,
}

/// The message that a stream without an error makes.
pub(crate) fn message(stream: &[u8]) -> Value {
    gather(stream).unwrap().body
}

/// Reads a streamed answer.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    match gather(stream) {
        Ok(message) => read(&message.body),
        Err((error, model)) => Facts { model, ..read(&error) },
    }
}

/// The message of a stream, or its error and the model that failed.
fn gather(stream: &[u8]) -> Result<Message, (Value, String)> {
    let mut message = Message::default();
    for (name, data) in events(stream) {
        assert!(!message.ended, "something follows the end: {data}");
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["type"], name, "an event's name is its type: {data}");
        if name == "error" {
            return Err((event, string(&message.body["model"])));
        }
        message.event(&name, &event);
    }
    assert!(message.ended, "the stream has no end");
    Ok(message)
}

impl Message {
    fn event(&mut self, name: &str, event: &Value) {
        let begun = self.body.is_object();
        match name {
            "ping" => {}
            "message_start" => {
                assert!(!begun, "a second start: {event}");
                self.body = event["message"].clone();
                assert_eq!(self.body["content"], serde_json::json!([]));
                assert!(self.body["stop_reason"].is_null());
                let count = |name: &str| self.body["usage"][name].as_u64();
                assert!(count("input_tokens").is_some() && count("output_tokens").is_some(), "{event}");
            }
            _ if !begun => panic!("{name} before the start"),
            "content_block_start" => self.start(event),
            "content_block_delta" => self.delta(event),
            "content_block_stop" => self.stop(event),
            "message_delta" => self.message_delta(event),
            "message_stop" => {
                assert!(self.stopped, "the end before the reason");
                self.ended = true;
            }
            other => panic!("an event called {other}"),
        }
    }

    fn start(&mut self, event: &Value) {
        assert!(!self.open && !self.stopped, "a block within another or after the last: {event}");
        let content = self.body["content"].as_array_mut().unwrap();
        assert_eq!(event["index"].as_u64(), Some(content.len() as u64), "indexes are dense");
        let block = &event["content_block"];
        match block["type"].as_str().unwrap() {
            "text" => assert_eq!(block["text"], ""),
            "thinking" => assert_eq!((&block["thinking"], &block["signature"]), (&"".into(), &"".into())),
            "tool_use" => assert_eq!(block["input"], serde_json::json!({})),
            _ => {}
        }
        content.push(block.clone());
        self.open = true;
        self.input.clear();
    }

    /// The block that the event is about, which must be the one that is open.
    fn block(&mut self, event: &Value) -> &mut Value {
        assert!(self.open, "no block is open: {event}");
        let content = self.body["content"].as_array_mut().unwrap();
        assert_eq!(event["index"].as_u64(), Some(content.len() as u64 - 1), "{event}");
        content.last_mut().unwrap()
    }

    fn delta(&mut self, event: &Value) {
        let delta = &event["delta"];
        let block = self.block(event);
        let (of, member) = match delta["type"].as_str().unwrap() {
            "text_delta" => ("text", "text"),
            "thinking_delta" => ("thinking", "thinking"),
            "signature_delta" => ("thinking", "signature"),
            "citations_delta" => ("text", "citation"),
            "input_json_delta" => ("tool_use", "partial_json"),
            other => panic!("a delta of type {other}"),
        };
        assert_eq!(block["type"], of, "{event}");
        match member {
            "citation" => {
                if !block["citations"].is_array() {
                    block["citations"] = serde_json::json!([]);
                }
                block["citations"].as_array_mut().unwrap().push(delta["citation"].clone());
            }
            "partial_json" => self.input.push_str(delta[member].as_str().unwrap()),
            // The libraries take the last signature for the whole of it.
            "signature" => block[member] = delta[member].clone(),
            _ => {
                let all = string(&block[member]) + delta[member].as_str().unwrap();
                block[member] = all.into();
            }
        }
    }

    fn stop(&mut self, event: &Value) {
        let input = std::mem::take(&mut self.input);
        let block = self.block(event);
        if !input.is_empty() {
            block["input"] = arguments(&input);
        }
        self.open = false;
    }

    fn message_delta(&mut self, event: &Value) {
        assert!(!self.open, "a block was not stopped: {event}");
        self.stopped = true;
        for (name, value) in event["delta"].as_object().unwrap() {
            self.body[name] = value.clone();
        }
        // Cumulative: what is told replaces what the start said.
        assert!(event["usage"]["output_tokens"].is_u64(), "{event}");
        for (name, value) in event["usage"].as_object().unwrap() {
            if !value.is_null() {
                self.body["usage"][name] = value.clone();
            }
        }
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
