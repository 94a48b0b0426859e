//! Bedrock's answers: whole and as event streams, with tools, thoughts and cache points.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const USUAL: [(&str, &str); 2] = [("authorization", "Bearer key"), ("content-type", "application/json")];

/// A frame of an event stream: its headers and its payload.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: Vec<u8>,
}

// === impl Frame ===

impl Frame {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap()
    }
}

pub(crate) fn hello() -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": "What is a weir?"}]}]})
}

pub(crate) fn with(fields: &Value) -> Value {
    let mut body = hello();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// Sends a body to an operation of a model.
pub(crate) fn call(
    server: &Server,
    operation: &str,
    model: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let path = format!("/bedrock/model/{model}/{operation}");
    let usual = USUAL.iter().filter(|(name, _)| headers.iter().all(|(own, _)| own != name));
    let headers: Vec<_> = usual.chain(headers).copied().collect();
    server.send("POST", &path, &headers, body.to_string().as_bytes())
}

pub(crate) fn converse(server: &Server, body: &Value) -> Answer {
    call(server, "converse", SONNET, &[], body)
}

/// Takes a stream apart; checks lengths and both checksums.
pub(crate) fn frames(mut rest: &[u8]) -> Vec<Frame> {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (whole, head) = (number(&rest[..4]) as usize, number(&rest[4..8]) as usize);
        let (frame, after) = rest.split_at(whole);
        assert_eq!(number(&frame[8..12]), crc32(&frame[..8]));
        assert_eq!(number(&frame[whole - 4..]), crc32(&frame[..whole - 4]));
        let mut headers = Vec::new();
        let mut part = &frame[12..12 + head];
        while !part.is_empty() {
            let name = usize::from(part[0]);
            let value = usize::from(u16::from_be_bytes([part[name + 2], part[name + 3]]));
            assert_eq!(part[name + 1], 7);
            let text = |from: usize, to: usize| String::from_utf8(part[from..to].to_vec()).unwrap();
            headers.push((text(1, name + 1), text(name + 4, name + 4 + value)));
            part = &part[name + 4 + value..];
        }
        frames.push(Frame { headers, payload: frame[12 + head..whole - 4].to_vec() });
        rest = after;
    }
    frames
}

/// By the usual table, unlike the simulator.
fn crc32(bytes: &[u8]) -> u32 {
    let entry = |n: u32| (0..8).fold(n, |n, _| if n & 1 == 1 { 0xedb8_8320 ^ (n >> 1) } else { n >> 1 });
    let table: Vec<u32> = (0..256).map(entry).collect();
    !bytes.iter().fold(!0, |state, byte| table[((state ^ u32::from(*byte)) & 0xff) as usize] ^ (state >> 8))
}

/// Puts the events of a stream together to what the whole answer would be.
fn joined(frames: &[Frame]) -> Value {
    let mut content: Vec<Value> = Vec::new();
    let mut whole = json!({});
    let mut open = None;
    for frame in frames {
        assert_eq!(
            (frame.header(":message-type"), frame.header(":content-type")),
            ("event", "application/json")
        );
        let data = frame.json();
        assert!(!data["p"].as_str().unwrap().is_empty());
        let index = data["contentBlockIndex"].as_u64();
        match frame.header(":event-type") {
            "messageStart" => assert_eq!(data["role"], "assistant"),
            "contentBlockStart" => {
                let tool = &data["start"]["toolUse"];
                content.push(
                    json!({"toolUse": {"toolUseId": tool["toolUseId"], "name": tool["name"], "input": ""}}),
                );
                open = index;
            }
            "contentBlockDelta" => {
                if open != index {
                    content.push(json!({}));
                    open = index;
                }
                assert_eq!(Some(content.len() as u64 - 1), index);
                let block = content.last_mut().unwrap();
                let delta = &data["delta"];
                for (pointer, piece) in [
                    ("text", &delta["text"]),
                    ("toolUse.input", &delta["toolUse"]["input"]),
                    ("reasoningContent.reasoningText.text", &delta["reasoningContent"]["text"]),
                    ("reasoningContent.reasoningText.signature", &delta["reasoningContent"]["signature"]),
                ] {
                    let Some(piece) = piece.as_str() else { continue };
                    let place = pointer.split('.').fold(&mut *block, |place, name| &mut place[name]);
                    *place = format!("{}{piece}", place.as_str().unwrap_or_default()).into();
                }
            }
            "contentBlockStop" => assert_eq!(open.take(), index),
            "messageStop" => whole["stopReason"] = data["stopReason"].clone(),
            "metadata" => {
                assert!(whole["stopReason"].is_string(), "the metadata comes last");
                whole["usage"] = data["usage"].clone();
            }
            other => panic!("{other}"),
        }
    }
    for block in &mut content {
        if let Some(input) = block["toolUse"]["input"].as_str() {
            block["toolUse"]["input"] = serde_json::from_str(input).unwrap();
        } else {
            block.as_object_mut().unwrap().shift_remove("toolUse");
        }
    }
    whole["content"] = content.into();
    whole
}

fn tools() -> Value {
    json!({"tools": [{"toolSpec": {"name": "get_weather", "description": "Weather", "inputSchema": {"json": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}}]})
}

#[test]
fn a_whole_answer_has_the_vendors_shape() {
    let server = Server::start(quick());
    let answer = converse(&server, &hello());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("x-amzn-requestid").unwrap().len(), 36);
    let body = answer.json();
    let text = body["output"]["message"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("What is a weir?"), "{text}");
    assert_eq!(
        (&body["output"]["message"]["role"], &body["stopReason"]),
        (&json!("assistant"), &json!("end_turn"))
    );
    let usage = &body["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert!(count("inputTokens") > 0 && count("outputTokens") > 0);
    assert_eq!(count("totalTokens"), count("inputTokens") + count("outputTokens"));
    assert!(body["metrics"]["latencyMs"].as_u64().unwrap() > 0);
}

#[test]
fn a_stream_tells_the_same_as_the_whole() {
    let server = Server::start(quick());
    let thinking = json!({"thinking": {"type": "enabled", "budget_tokens": 1_024}});
    let inference = json!({"maxTokens": 4_000});
    for fields in [
        json!({}),
        json!({"inferenceConfig": {"maxTokens": 3}}),
        json!({"toolConfig": tools()}),
        json!({"toolConfig": tools(), "additionalModelRequestFields": thinking, "inferenceConfig": inference}),
    ] {
        let whole = converse(&server, &with(&fields)).json();
        let stream = call(&server, "converse-stream", SONNET, &[], &with(&fields));
        assert_eq!(stream.header("content-type"), Some("application/vnd.amazon.eventstream"));
        let mut told = joined(&frames(&stream.body));
        // Ids are new each time.
        let mut content = whole["output"]["message"]["content"].clone();
        for block in content.as_array_mut().unwrap().iter_mut().chain(told["content"].as_array_mut().unwrap())
        {
            if block["toolUse"].is_object() {
                let id = block["toolUse"]["toolUseId"].take();
                assert!(id.as_str().unwrap().starts_with("tooluse_"));
            } else {
                block.as_object_mut().unwrap().shift_remove("toolUse");
            }
        }
        assert_eq!(told["content"], content);
        assert_eq!((&told["stopReason"], &told["usage"]), (&whole["stopReason"], &whole["usage"]));
    }
}

#[test]
fn a_tool_is_called_once_and_its_result_is_told() {
    let server = Server::start(quick());
    let mut body = with(&json!({"toolConfig": tools()}));
    let first = converse(&server, &body).json();
    assert_eq!(first["stopReason"], "tool_use");
    let content = &first["output"]["message"]["content"];
    assert_eq!(content[0], json!({"text": "I will use get_weather."}));
    let call = &content[1]["toolUse"];
    assert_eq!((&call["name"], &call["input"]), (&json!("get_weather"), &json!({"city": "Paris"})));
    let result =
        json!({"toolResult": {"toolUseId": call["toolUseId"], "content": [{"json": {"degrees": 18}}]}});
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(first["output"]["message"].clone());
    messages.push(json!({"role": "user", "content": [result]}));
    let second = converse(&server, &body).json();
    let text = second["output"]["message"]["content"][0]["text"].as_str().unwrap();
    assert_eq!((text.contains("{\"degrees\":18}"), &second["stopReason"]), (true, &json!("end_turn")));
    let config = json!({"tools": tools()["tools"], "toolChoice": {"any": {}}});
    let several = call_of(&server, &[("x-simulate", "calls=3")], &json!({"toolConfig": config}));
    assert_eq!(several["output"]["message"]["content"].as_array().unwrap().len(), 3);
}

fn call_of(server: &Server, headers: &[(&str, &str)], fields: &Value) -> Value {
    call(server, "converse", SONNET, headers, &with(fields)).json()
}

#[test]
fn thoughts_are_signed_and_can_be_given_back() {
    let server = Server::start(quick());
    let thinking = json!({"thinking": {"type": "enabled", "budget_tokens": 1_024}});
    let fields = json!({"toolConfig": tools(), "additionalModelRequestFields": thinking});
    let mut body = with(&fields);
    let first = converse(&server, &body).json()["output"]["message"].clone();
    let thought = &first["content"][0]["reasoningContent"]["reasoningText"];
    assert!(!thought["signature"].as_str().unwrap().is_empty());
    let id = &first["content"][2]["toolUse"]["toolUseId"];
    let result =
        json!({"role": "user", "content": [{"toolResult": {"toolUseId": id, "content": [{"text": "18"}]}}]});
    body["messages"].as_array_mut().unwrap().extend([first.clone(), result]);
    assert_eq!(converse(&server, &body).status, 200);
    body["messages"][1]["content"][0]["reasoningContent"]["reasoningText"]["text"] = json!("Something else.");
    let refused = converse(&server, &body);
    assert!(refused.json()["message"].as_str().unwrap().contains("Invalid `signature` in `thinking` block"));
    body["messages"][1]["content"].as_array_mut().unwrap().remove(0);
    let refused = converse(&server, &body);
    assert!(
        refused.json()["message"].as_str().unwrap().contains("Expected `thinking` or `redacted_thinking`")
    );
    let magic = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";
    let mut body = with(&fields);
    body["messages"][0]["content"][0]["text"] = json!(magic);
    let hidden = converse(&server, &body).json()["output"]["message"]["content"][0].clone();
    assert!(STANDARD.decode(hidden["reasoningContent"]["redactedContent"].as_str().unwrap()).is_ok());
}

#[test]
fn cache_points_are_written_once_and_then_read() {
    let server = Server::start(quick());
    let system = json!([{"text": "You keep a weir."}, {"cachePoint": {"type": "default", "ttl": "1h"}}]);
    let body = with(&json!({"system": system}));
    let [first, second] = [0, 1].map(|_| converse(&server, &body).json()["usage"].clone());
    let written = first["cacheWriteInputTokens"].as_u64().unwrap();
    assert!(written > 0 && first["cacheReadInputTokens"] == 0);
    assert_eq!(first["cacheDetails"], json!([{"ttl": "1h", "inputTokens": written}]));
    assert_eq!(
        (&second["cacheReadInputTokens"], &second["cacheWriteInputTokens"]),
        (&json!(written), &json!(0))
    );
    assert_eq!(
        (&second["inputTokens"], &second["totalTokens"]),
        (&first["inputTokens"], &first["totalTokens"])
    );
}

#[test]
fn lengths_stops_schemas_and_what_is_repeated() {
    let server = Server::start(quick());
    let stop = converse(
        &server,
        &with(&json!({"inferenceConfig": {"stopSequences": [" weir"]}, "serviceTier": {"type": "priority"},
            "additionalModelResponseFieldPaths": ["/stop_sequence"]})),
    );
    let stop = stop.json();
    assert_eq!(stop["stopReason"], "stop_sequence");
    assert_eq!(stop["additionalModelResponseFields"], json!({"stop_sequence": " weir"}));
    assert_eq!(stop["serviceTier"], json!({"type": "priority"}));
    assert_eq!(
        converse(&server, &with(&json!({"inferenceConfig": {"maxTokens": 2}}))).json()["stopReason"],
        "max_tokens"
    );
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}"#;
    let format = json!({"type": "json_schema", "structure": {"jsonSchema": {"schema": schema, "name": "w"}}});
    let made = converse(&server, &with(&json!({"outputConfig": {"textFormat": format}}))).json();
    assert_eq!(made["output"]["message"]["content"][0]["text"], r#"{"city":"Paris"}"#);
}

#[test]
fn claude_speaks_its_own_dialect_too() {
    let server = Server::start(quick());
    let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}]});
    let answer = call(&server, "invoke", SONNET, &[], &body);
    let whole = answer.json();
    assert_eq!((&whole["type"], &whole["model"]), (&json!("message"), &json!("claude-sonnet-4-5-20250929")));
    let input = whole["usage"]["input_tokens"].to_string();
    assert_eq!(answer.header("x-amzn-bedrock-input-token-count"), Some(input.as_str()));
    let stream = call(&server, "invoke-with-response-stream", SONNET, &[], &body);
    let events: Vec<Value> = frames(&stream.body)
        .iter()
        .map(|frame| {
            assert_eq!(frame.header(":event-type"), "chunk");
            let bytes = STANDARD.decode(frame.json()["bytes"].as_str().unwrap()).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        })
        .collect();
    let text: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(json!(text), whole["content"][0]["text"]);
    let last = events.last().unwrap();
    assert_eq!(last["type"], "message_stop");
    assert_eq!(last["amazon-bedrock-invocationMetrics"]["inputTokenCount"], whole["usage"]["input_tokens"]);
    let counted = json!({"input": {"invokeModel": {"body": STANDARD.encode(body.to_string())}}});
    let counted = call(&server, "count-tokens", SONNET, &[], &counted).json();
    assert_eq!(counted["inputTokens"], whole["usage"]["input_tokens"]);
    let counted = call(&server, "count-tokens", SONNET, &[], &json!({"input": {"converse": hello()}})).json();
    assert_eq!(counted["inputTokens"], converse(&server, &hello()).json()["usage"]["inputTokens"]);
}

#[test]
fn texts_are_embedded_in_their_makers_forms() {
    let server = Server::start(quick());
    let titan = "amazon.titan-embed-text-v2%3A0";
    let body = json!({"inputText": "two words", "dimensions": 256, "embeddingTypes": ["float", "binary"]});
    let answer = call(&server, "invoke", titan, &[], &body);
    assert_eq!(answer.header("x-amzn-bedrock-input-token-count"), Some("2"));
    let told = answer.json();
    assert_eq!((told["embedding"].as_array().unwrap().len(), &told["inputTextTokenCount"]), (256, &json!(2)));
    assert_eq!(told["embeddingsByType"]["binary"].as_array().unwrap().len(), 256);
    let old = call(&server, "invoke", "amazon.titan-embed-text-v1", &[], &json!({"inputText": "a"})).json();
    assert_eq!((old["embedding"].as_array().unwrap().len(), old.get("embeddingsByType")), (1_536, None));
    let body = json!({"texts": ["a", "b"], "input_type": "search_query"});
    let told = call(&server, "invoke", "cohere.embed-english-v3", &[], &body).json();
    assert_eq!(told["response_type"], "embeddings_floats");
    assert_eq!((told["embeddings"].as_array().unwrap().len(), &told["texts"]), (2, &body["texts"]));
}

#[test]
fn a_guardrail_intervenes_and_tells_why() {
    let server = Server::start(quick());
    let config = json!({"guardrailConfig": {"guardrailIdentifier": "gr1", "guardrailVersion": "1", "trace": "enabled"}});
    let passed = converse(&server, &with(&config)).json();
    assert_eq!(passed["trace"]["guardrail"]["actionReason"], "No action.");
    let faults = [("x-simulate", "finish=blocked")];
    let blocked = call(&server, "converse", SONNET, &faults, &with(&config)).json();
    assert_eq!(blocked["stopReason"], "guardrail_intervened");
    let found = &blocked["trace"]["guardrail"]["inputAssessment"]["gr1"]["contentPolicy"]["filters"][0];
    assert_eq!(found["action"], "BLOCKED");
    let stream = call(&server, "converse-stream", SONNET, &faults, &with(&config));
    let last = frames(&stream.body).pop().unwrap().json();
    assert_eq!(last["trace"], blocked["trace"]);
    let filtered = call(&server, "converse", SONNET, &[("x-simulate", "finish=filter")], &hello()).json();
    assert_eq!(filtered["stopReason"], "content_filtered");
}
