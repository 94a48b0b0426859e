//! Facts of Converse. A stream must keep its grammar to the letter: whole frames with right checksums, blocks numbered
//! without gaps, each stopped before the next begins, a start for calls and pictures alone, usage after the reason.

use serde_json::{Value, json};

use super::{Facts, arguments};

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    read(&serde_json::from_slice(body).unwrap())
}

fn read(body: &Value) -> Facts {
    let mut facts = Facts::default();
    let message = &body["output"]["message"];
    assert_eq!(message["role"], "assistant", "{body}");
    for block in message["content"].as_array().unwrap() {
        let members = block.as_object().unwrap();
        assert_eq!(members.len(), 1, "a union: {block}");
        let (kind, value) = members.iter().next().unwrap();
        said(kind, value, &mut facts);
    }
    facts.finish = string(&body["stopReason"]);
    facts.refusal = string(&body["additionalModelResponseFields"]["refusal"]);
    usage(&body["usage"], &mut facts);
    assert!(body["metrics"]["latencyMs"].is_u64(), "{body}");
    facts
}

fn said(kind: &str, value: &Value, facts: &mut Facts) {
    match kind {
        "text" => {
            assert_ne!(value, "", "an empty text");
            facts.text.push_str(value.as_str().unwrap());
        }
        "citationsContent" => {
            for piece in value["content"].as_array().unwrap() {
                facts.text.push_str(piece["text"].as_str().unwrap());
            }
            for citation in value["citations"].as_array().unwrap() {
                facts.citations.push(string(&citation["location"]["web"]["url"]));
            }
        }
        "reasoningContent" if value["redactedContent"].is_string() => {
            facts.state.push(string(&value["redactedContent"]));
        }
        "reasoningContent" => {
            facts.thinking.push_str(value["reasoningText"]["text"].as_str().unwrap());
            facts.state.extend(value["reasoningText"]["signature"].as_str().map(str::to_owned));
        }
        "toolUse" => {
            assert!(value["input"].is_object(), "{value}");
            let call = (string(&value["toolUseId"]), string(&value["name"]), value["input"].clone());
            facts.calls.push(call);
        }
        "image" => assert!(value["format"].is_string() && value["source"]["bytes"].is_string(), "{value}"),
        other => panic!("a block called {other}"),
    }
}

fn usage(usage: &Value, facts: &mut Facts) {
    let count = |name: &str| usage[name].as_u64().unwrap();
    let cached = |name: &str| usage[name].as_u64().unwrap_or(0);
    let (fresh, output) = (count("inputTokens"), count("outputTokens"));
    facts.cached = cached("cacheReadInputTokens");
    // Some of Bedrock's own answers, which pass, have cached tokens within the input.
    let apart = fresh + facts.cached + cached("cacheWriteInputTokens");
    let input = count("totalTokens") - output;
    assert!(input == apart || input == fresh, "{usage}");
    (facts.input, facts.output) = (Some(input), Some(output));
}

/// The frames of a stream: the headers by name, and the payload.
pub(crate) fn frames(mut stream: &[u8]) -> Vec<(Vec<(String, String)>, Value)> {
    let mut frames = Vec::new();
    while !stream.is_empty() {
        let number = |at: usize| u32::from_be_bytes(stream[at..at + 4].try_into().unwrap());
        let (length, headers) = (number(0) as usize, number(4) as usize);
        assert_eq!(number(8), checksum(&stream[..8]), "the checksum of the lengths");
        assert_eq!(number(length - 4), checksum(&stream[..length - 4]), "the checksum of the frame");
        let (mut rest, mut named) = (&stream[12..12 + headers], Vec::new());
        while let [len, tail @ ..] = rest {
            let (name, tail) = tail.split_at(usize::from(*len));
            assert_eq!(tail[0], 7, "headers are strings");
            let (value, tail) = tail[3..].split_at(usize::from(u16::from_be_bytes([tail[1], tail[2]])));
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            named.push((text(name), text(value)));
            rest = tail;
        }
        frames.push((named, serde_json::from_slice(&stream[12 + headers..length - 4]).unwrap()));
        stream = &stream[length..];
    }
    frames
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |rest, byte| {
        (0..8).fold(rest ^ u32::from(*byte), |rest, _| {
            (rest >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(rest & 1))
        })
    })
}

/// The answer that a stream makes.
#[derive(Default)]
struct Answer {
    begun: bool,
    blocks: Vec<Value>,
    /// The block that is open: its kind, the arguments of a call so far.
    open: Option<(&'static str, String)>,
    stop: Option<Value>,
    metadata: Option<Value>,
}

/// Reads a streamed answer.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let mut answer = Answer::default();
    let mut frames = frames(stream).into_iter();
    for (headers, payload) in &mut frames {
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        assert_eq!(header(":content-type"), "application/json");
        if header(":message-type") == "exception" {
            assert!(frames.next().is_none(), "something follows the exception");
            let error = (header(":exception-type").to_owned(), string(&payload["message"]));
            return Facts { error: Some(error), ..Facts::default() };
        }
        assert_eq!(header(":message-type"), "event");
        assert!(answer.metadata.is_none(), "something follows the end: {payload}");
        answer.event(header(":event-type"), &payload);
    }
    let metadata = answer.metadata.unwrap();
    let stop = answer.stop.unwrap();
    read(&json!({
        "output": {"message": {"role": "assistant", "content": answer.blocks}},
        "stopReason": stop["stopReason"],
        "additionalModelResponseFields": stop["additionalModelResponseFields"],
        "usage": metadata["usage"],
        "metrics": metadata["metrics"],
    }))
}

impl Answer {
    fn event(&mut self, name: &str, payload: &Value) {
        assert_eq!(self.begun, name != "messageStart", "{name}");
        let index = payload["contentBlockIndex"].as_u64();
        match name {
            "messageStart" => {
                assert_eq!(payload["role"], "assistant");
                self.begun = true;
            }
            "contentBlockStart" => {
                assert_eq!((self.open.is_none(), index), (true, Some(self.blocks.len() as u64)), "{payload}");
                let call = &payload["start"]["toolUse"];
                if call.is_object() {
                    self.begin("toolUse", json!({"toolUse": call}));
                } else {
                    let format = &payload["start"]["image"]["format"];
                    self.begin("image", json!({"image": {"format": format}}));
                }
            }
            "contentBlockDelta" => {
                if self.open.is_none() {
                    assert_eq!(index, Some(self.blocks.len() as u64), "{payload}");
                }
                self.delta(&payload["delta"]);
                assert_eq!(index, Some(self.blocks.len() as u64 - 1), "{payload}");
            }
            "contentBlockStop" => {
                let (kind, json) = self.open.take().unwrap();
                assert_eq!(index, Some(self.blocks.len() as u64 - 1), "{payload}");
                if kind == "toolUse" {
                    self.blocks.last_mut().unwrap()["toolUse"]["input"] =
                        // As Bedrock's own streams have it.
                        if json.is_empty() { json!({}) } else { arguments(&json) };
                }
            }
            "messageStop" => {
                assert!(self.open.is_none() && self.stop.is_none(), "{payload}");
                self.stop = Some(payload.clone());
            }
            "metadata" => {
                assert!(self.stop.is_some(), "usage before the reason");
                self.metadata = Some(payload.clone());
            }
            other => panic!("an event called {other}"),
        }
    }

    fn begin(&mut self, kind: &'static str, block: Value) {
        self.open = Some((kind, String::new()));
        self.blocks.push(block);
    }

    /// The open block, which a delta of text or reasoning may open.
    fn block(&mut self, kind: &'static str, block: Value) -> &mut Value {
        if self.open.is_none() {
            self.begin(kind, block);
        }
        assert_eq!(self.open.as_ref().unwrap().0, kind, "a delta of another kind");
        self.blocks.last_mut().unwrap()
    }

    fn delta(&mut self, delta: &Value) {
        let members = delta.as_object().unwrap();
        assert_eq!(members.len(), 1, "a union: {delta}");
        let (kind, value) = members.iter().next().unwrap();
        match kind.as_str() {
            "text" => {
                let block = self
                    .block("text", json!({"citationsContent": {"content": [{"text": ""}], "citations": []}}));
                append(&mut block["citationsContent"]["content"][0]["text"], value);
            }
            "citation" => {
                let block = self
                    .block("text", json!({"citationsContent": {"content": [{"text": ""}], "citations": []}}));
                block["citationsContent"]["citations"].as_array_mut().unwrap().push(value.clone());
            }
            "toolUse" => {
                let (kind, json) = self.open.as_mut().unwrap();
                assert_eq!(*kind, "toolUse");
                json.push_str(value["input"].as_str().unwrap());
            }
            "reasoningContent" if value["redactedContent"].is_string() => {
                self.block("redacted", json!({"reasoningContent": value}));
            }
            "reasoningContent" => {
                let block =
                    self.block("reasoning", json!({"reasoningContent": {"reasoningText": {"text": ""}}}));
                let told = &mut block["reasoningContent"]["reasoningText"];
                // The last signature counts.
                if value["signature"].is_string() {
                    told["signature"] = value["signature"].clone();
                } else {
                    append(&mut told["text"], &value["text"]);
                }
            }
            "image" => {
                let block = self.block("image", Value::Null);
                block["image"]["source"] = value["source"].clone();
            }
            other => panic!("a delta called {other}"),
        }
    }
}

fn append(text: &mut Value, more: &Value) {
    let more = more.as_str().unwrap();
    assert!(!more.is_empty(), "an empty delta");
    *text = (string(text) + more).into();
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
