//! Clients that speak OpenAI's Responses: what is sent on for them, what they get back.

use std::fmt::Write as _;

use llm::catalogue::Catalogue;
use llm::request::{Address, Peek, peek};
use llm::{
    Context, Dialect, Encoded, ErrorKind, FinishReason, ProviderKind, RequestError, StreamEnd, Target,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::facts::openai_responses::{streamed, whole};
use crate::support::{cases, context, golden, pretty, read, translate};

const DIALECT: Dialect = Dialect::OpenAiResponses;

fn look(body: &[u8]) -> Result<Peek, RequestError> {
    peek(DIALECT, body, Address::default())
}

/// What is sent to Anthropic for a request.
fn sent(body: &[u8]) -> Result<Encoded, RequestError> {
    let peek = look(body)?;
    let entry = Catalogue::builtin().lookup(&peek.model, Some("anthropic"));
    let target = Target::new(&peek.model, entry.as_ref());
    ProviderKind::Anthropic.encode_request(DIALECT, body, &peek, &target)
}

fn sent_json(body: &Value) -> Result<(Value, Vec<String>), RequestError> {
    let encoded = sent(body.to_string().as_bytes())?;
    Ok((serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped))
}

/// A client whose request was this.
fn client(request: &Value) -> Context {
    let request = request.to_string();
    let carry = sent(request.as_bytes()).unwrap().carry;
    Context { dialect: DIALECT, carry, ..context(true) }
}

/// A client that wants state.
fn stateful() -> Context {
    client(&json!({"model": "claude-sonnet-5", "input": "x", "include": ["reasoning.encrypted_content"]}))
}

#[test]
fn golden_answers_of_anthropic() {
    for case in cases("answers/anthropic", ".json") {
        let body = read(&format!("answers/anthropic/{case}.json"));
        let got = ProviderKind::Anthropic.decode_response(&body, &stateful()).unwrap();
        golden("answers/anthropic", &case, "openai_responses", &pretty(&got.body));
        let stream = read(&format!("answers/anthropic/{case}.sse"));
        let outcome = translate(ProviderKind::Anthropic, stateful(), [stream.as_slice()]);
        let text = format!("{}---\n{}", outcome.facts, String::from_utf8(outcome.out.clone()).unwrap());
        golden("answers/anthropic", &case, "openai_responses.stream", &text);
        // What the last event has is the whole answer, but for what a stream does not tell.
        let last = String::from_utf8(outcome.out).unwrap();
        let last = last.trim_end().rsplit("data: ").next().unwrap();
        let mut last: Value = serde_json::from_str(last).unwrap();
        let mut whole: Value = serde_json::from_slice(&got.body).unwrap();
        whole.as_object_mut().unwrap().shift_remove("service_tier");
        let last = &mut last["response"];
        // White space in arguments is the provider's.
        for item in
            [&mut whole, &mut *last].into_iter().flat_map(|body| body["output"].as_array_mut().unwrap())
        {
            if let Some(Ok(json)) = item["arguments"].as_str().map(serde_json::from_str::<Value>) {
                item["arguments"] = json;
            }
        }
        assert_eq!(*last, whole, "{case}");
    }
}

#[test]
fn what_a_request_says_is_repeated_in_its_answer() {
    let request = json!({
        "model": "claude-sonnet-5", "input": "x", "instructions": "i \"q\"", "temperature": 0.25, "metadata": {"a": "b"},
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": false}],
        "tool_choice": "required", "reasoning": {"effort": "low", "summary": null}, "text": {"verbosity": "low"},
        "previous_response_id": "resp_0", "store": false, "max_output_tokens": 9, "user": "u", "parallel_tool_calls": false,
    });
    let body = read("answers/anthropic/text.json");
    let got = ProviderKind::Anthropic.decode_response(&body, &client(&request)).unwrap();
    let got: Value = serde_json::from_slice(&got.body).unwrap();
    for (name, value) in request.as_object().unwrap() {
        match name.as_str() {
            "input" | "model" => {}
            "text" => assert_eq!(got["text"], json!({"format": {"type": "text"}, "verbosity": "low"})),
            name => assert_eq!(&got[name], value, "{name}"),
        }
    }
}

/// Every event is one line, however the client set out its request.
#[test]
fn a_request_over_several_lines_tears_no_event() {
    let body = read("openai_responses/codex.json");
    let carry = sent(&body).unwrap().carry;
    let ctx = Context { dialect: DIALECT, carry, ..context(true) };
    let stream = read("fixtures/anthropic_stream.sse");
    let outcome = translate(ProviderKind::Anthropic, ctx, [stream.as_slice()]);
    streamed(&outcome.out);
    let last = String::from_utf8(outcome.out).unwrap();
    let last: Value = serde_json::from_str(last.trim_end().rsplit("data: ").next().unwrap()).unwrap();
    let asked: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(last["response"]["tools"], asked["tools"]);
}

#[test]
fn the_answer_that_a_request_goes_on_from_is_told() {
    let body = read("openai_responses/dropped.json");
    assert_eq!(look(&body).unwrap().previous.as_deref(), Some("resp_0"));
    assert_eq!(look(br#"{"model":"m","input":"x","previous_response_id":null}"#).unwrap().previous, None);
    let wrong = look(br#"{"model":"m","previous_response_id":5}"#).unwrap_err();
    assert_eq!(wrong.param.as_deref(), Some("previous_response_id"));
}

#[test]
fn mistakes_are_named_by_the_clients_own_path() {
    let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    let answer = json!({"type": "function_call_output", "call_id": "c", "output": "x"});
    let user = json!({"role": "user", "content": "x"});
    for (input, path) in [
        (json!([user, answer]), "input[1].call_id"),
        (json!([user, call, answer, answer]), "input[3].call_id"),
        (json!([user, call, call]), "input[2].call_id"),
        (json!([user, call, user]), "input[1].call_id"),
        (json!([user, {"type": "function_call", "name": "f", "arguments": "{}"}]), "input[1].call_id"),
        (
            json!([user, {"type": "function_call", "call_id": "c", "name": "f", "arguments": "[1]"}]),
            "input[1].arguments",
        ),
        (json!([user, {"type": "item_reference", "id": "msg_1"}]), "input[1]"),
        (json!([user, {"type": "compaction", "encrypted_content": "x"}]), "input[1]"),
        (json!([user, {"role": "critic", "content": "x"}]), "input[1].role"),
        (json!([user, {"role": "user"}]), "input[1].content"),
        (json!([{"role": "user", "content": [{"type": "input_text"}]}]), "input[0].content[0].text"),
        (
            json!([{"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]}]),
            "input[0].content[0]",
        ),
        (
            json!([{"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]}]),
            "input[0].content[0]",
        ),
        (
            json!([{"role": "user", "content": [{"type": "input_image", "image_url": "ftp://x"}]}]),
            "input[0].content[0]",
        ),
        (
            json!([{"role": "developer", "content": [{"type": "input_image", "image_url": "https://x"}]}]),
            "input[0].content",
        ),
        (
            json!([{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}]}]),
            "input[0].content",
        ),
        (json!(["x"]), "input[0]"),
        (json!(5), "input"),
        (json!(null), "input"),
    ] {
        let refused = sent_json(&json!({"model": "claude-sonnet-5", "input": input})).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(path), "{input}: {}", refused.message);
        assert!(refused.message.contains(path), "{}", refused.message);
    }
    for (member, value, path) in [
        ("tool_choice", json!({"type": "file_search"}), "tool_choice.type"),
        ("tool_choice", json!({"type": "function", "name": "g"}), "tool_choice.name"),
        ("tool_choice", json!("required"), "tool_choice"),
        ("tools", json!([{"type": "function"}]), "tools[0].name"),
        ("text", json!({"format": {"type": "xml"}}), "text.format.type"),
        ("conversation", json!("conv_1"), "conversation"),
        ("prompt", json!({"id": "p"}), "prompt"),
        ("temperature", json!("hot"), "temperature"),
        ("include", json!([5]), "include[0]"),
    ] {
        let mut body = json!({"model": "claude-sonnet-5", "input": "x", "tools": [{"type": "web_search"}]});
        body[member] = value;
        assert_eq!(sent_json(&body).unwrap_err().param.as_deref(), Some(path), "{body}");
    }
}

#[test]
fn what_a_target_drops_is_named_by_the_clients_own_path() {
    let (_, dropped) = sent_json(&json!({
        "model": "claude-sonnet-5", "input": "x", "top_logprobs": 2, "text": {"verbosity": "low"},
        "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": true}],
    }))
    .unwrap();
    assert!(dropped.contains(&"top_logprobs".to_owned()), "{dropped:?}");
    assert!(dropped.contains(&"text.verbosity".to_owned()), "{dropped:?}");
    let old = json!({"model": "claude-3-haiku-20240307", "input": "x", "reasoning": {"effort": "high"}, "text": {"format": {"type": "json_object"}}});
    let (_, dropped) = sent_json(&old).unwrap();
    assert_eq!(dropped, ["reasoning.effort", "text.format"]);
}

/// A stream of Anthropic's with one tool call whose arguments come in these pieces.
fn call_stream(tool: &str, pieces: &[&str]) -> String {
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": "m", "model": "claude", "usage": {"input_tokens": 3, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}}}),
    ];
    events.extend(pieces.iter().map(|piece| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}})));
    events.push(json!({"type": "content_block_stop", "index": 0}));
    events.push(
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}}),
    );
    events.push(json!({"type": "message_stop"}));
    events.iter().fold(String::new(), |mut all, event| {
        write!(all, "data: {event}\n\n").unwrap();
        all
    })
}

fn tools() -> Value {
    let body = read("openai_responses/namespaces.json");
    let mut tools = serde_json::from_slice::<Value>(&body).unwrap()["tools"].clone();
    tools.as_array_mut().unwrap().push(json!({"type": "custom", "name": "apply_patch"}));
    json!({"model": "claude-sonnet-5", "input": "x", "tools": tools})
}

#[test]
fn a_custom_tool_gets_its_text_and_a_grouped_one_its_group() {
    let ctx = client(&tools());
    for (tool, pieces, name, group, kind, given) in [
        (
            "apply_patch",
            vec!["{\"inp", "ut\": \"*** B", "egin\\n\\u00", "e9\"", "}"],
            "apply_patch",
            None,
            "custom_tool_call",
            "*** Begin\n\u{e9}",
        ),
        (
            "mcp__calendar__raw_2",
            vec!["{\"input\":\"x\"}"],
            "raw",
            Some("mcp__calendar"),
            "custom_tool_call",
            "x",
        ),
        (
            "mcp__calendar__create_event",
            vec!["{\"title\":", "\"x\"}"],
            "_create_event",
            Some("mcp__calendar"),
            "function_call",
            "{\"title\":\"x\"}",
        ),
        ("mcp__calendar__raw", vec!["{}"], "mcp__calendar__raw", None, "function_call", "{}"),
        ("a__b__c", vec!["{}"], "b__c", Some("a"), "function_call", "{}"),
        ("a__b__c_2", vec!["{}"], "c", Some("a__b"), "function_call", "{}"),
    ] {
        let answer = json!({"id": "m", "model": "claude", "content": [{"type": "tool_use", "id": "toolu_1", "name": tool, "input": serde_json::from_str::<Value>(&pieces.concat()).unwrap()}], "stop_reason": "tool_use", "usage": {"input_tokens": 3, "output_tokens": 5}});
        let got = ProviderKind::Anthropic.decode_response(answer.to_string().as_bytes(), &ctx).unwrap();
        assert_eq!(got.finish_reason, Some(FinishReason::ToolCalls));
        let body: Value = serde_json::from_slice(&got.body).unwrap();
        let item = &body["output"][0];
        assert_eq!(
            (item["type"].as_str(), item["name"].as_str(), item["namespace"].as_str()),
            (Some(kind), Some(name), group)
        );
        assert_eq!(item["call_id"], "toolu_1");
        assert_eq!(item[if kind == "function_call" { "arguments" } else { "input" }], given);
        let outcome =
            translate(ProviderKind::Anthropic, ctx.clone(), [call_stream(tool, &pieces).as_bytes()]);
        assert_eq!(streamed(&outcome.out), whole(&got.body), "{tool}");
    }
}

/// A tool call's arguments are streamed as they come, not held back (bifrost 2048, 2786; litellm 25561).
#[test]
fn every_delta_is_flushed_as_it_comes() {
    for tool in ["apply_patch", "f"] {
        let mut stream = ProviderKind::Anthropic.stream(client(&tools()));
        let pieces = ["{\"input\":\"", "one ", "two ", "three", "\"}"];
        for event in call_stream(tool, &pieces).split_inclusive("\n\n") {
            let mut out = Vec::new();
            stream.push(event.as_bytes(), &mut out);
            let out = String::from_utf8(out).unwrap();
            for word in ["one ", "two ", "three"] {
                assert_eq!(event.contains(word), out.contains(&format!("\"delta\":\"{word}")), "{event}");
            }
        }
    }
}

/// Text and a call in one turn: both are there, and the turn waits for the call (bifrost 3638, 6123).
#[test]
fn text_and_a_tool_call_in_one_turn_are_both_told() {
    let body = read("fixtures/anthropic_stream.sse");
    let outcome = translate(ProviderKind::Anthropic, stateful(), [body.as_slice()]);
    let facts = streamed(&outcome.out);
    assert!(!facts.text.is_empty() && !facts.calls.is_empty());
    assert!(outcome.facts.contains("ToolCalls"));
}

/// State of Anthropic's comes back byte for byte, in its place and order (bifrost 6342).
#[test]
fn state_survives_the_way_through_the_client() {
    for case in ["reasoning_tool", "redacted"] {
        let body = read(&format!("answers/anthropic/{case}.json"));
        let got = ProviderKind::Anthropic.decode_response(&body, &stateful()).unwrap();
        let got: Value = serde_json::from_slice(&got.body).unwrap();
        let mut input = vec![json!({"role": "user", "content": "x"})];
        for item in got["output"].as_array().unwrap() {
            input.push(item.clone());
            if item["type"] == "function_call" {
                input.push(
                    json!({"type": "function_call_output", "call_id": item["call_id"], "output": "ok"}),
                );
            }
        }
        let (again, dropped) = sent_json(&json!({"model": "claude-sonnet-5", "input": input})).unwrap();
        let answered: Value = serde_json::from_slice(&body).unwrap();
        let said = answered["content"].as_array().unwrap();
        let replayed = again["messages"][1]["content"].as_array().unwrap();
        for (said, replayed) in said.iter().zip(replayed) {
            for (name, value) in replayed.as_object().unwrap() {
                assert_eq!(&said[name], value, "{case}");
            }
        }
        assert_eq!((said.len(), dropped.len()), (replayed.len(), 0), "{case}");
    }
}

/// Results find their turn however many there are and wherever they stand.
#[test]
fn many_results_far_from_their_calls_are_put_behind_them() {
    const MANY: usize = 20_000;
    let user = json!({"role": "user", "content": "x"});
    let call = |n: usize| json!({"type": "function_call", "call_id": format!("c{n}"), "name": "f", "arguments": "{}"});
    let output =
        |n: usize| json!({"type": "function_call_output", "call_id": format!("c{n}"), "output": "y"});
    let mut input = vec![user.clone()];
    input.extend((0..MANY).map(call));
    input.push(user);
    input.extend((0..MANY).rev().map(output));
    let group = |n: usize| json!({"type": "namespace", "name": format!("a{}", "_".repeat(n % 500)), "tools": [{"type": "function", "name": "f"}]});
    let tools: Vec<Value> = (0..500).map(group).collect();
    let (got, _) = sent_json(&json!({"model": "claude-sonnet-5", "input": input, "tools": tools})).unwrap();
    let results = got["messages"][2]["content"].as_array().unwrap();
    assert_eq!(
        (results.len(), &results[0]["tool_use_id"], &results[MANY]["text"]),
        (MANY + 1, &json!("c19999"), &json!("x"))
    );
    assert_eq!(got["tools"][499]["name"], "a__f_500");
}

/// Pictures and files are carried or refused by their path, to whatever provider (agentgateway 2312).
#[test]
fn no_picture_or_file_is_left_out_in_silence() {
    for (case, sign) in [
        ("image_base64", "iVBORw0KGgo"),
        ("image_url", "https://example.com/a.png"),
        ("file_pdf", "JVBERi0xLjQK"),
        ("file_text", "# Notes"),
        ("tool_image_result", "iVBORw0KGgo"),
    ] {
        let body = read(&format!("openai_responses/{case}.json"));
        let providers = [
            ProviderKind::Anthropic,
            ProviderKind::Bedrock,
            ProviderKind::Cohere,
            ProviderKind::Gemini,
            ProviderKind::Ollama,
            ProviderKind::OpenAiCompatible,
        ];
        for provider in providers {
            let target = Target::new("m", None);
            match provider.encode_request(DIALECT, &body, &look(&body).unwrap(), &target) {
                Ok(encoded) => {
                    let sent = String::from_utf8(encoded.body).unwrap();
                    // Some take text in base64 too.
                    let told = sent.contains(sign) || (case == "file_text" && sent.contains("IyBOb3Rlcwo="));
                    assert!(told, "{case} to {provider:?}: {sent}");
                }
                Err(error) => {
                    let path = error.param.unwrap_or_default();
                    assert!(path.starts_with("input["), "{case} to {provider:?}: {path}: {}", error.message);
                }
            }
        }
    }
}

/// Usage that the provider did not tell is marked (new-api 6212), and what it told is told exactly at the end
/// (new-api 6144, vercel/ai 17326).
#[test]
fn usage_is_exact_or_marked() {
    let body = read("anthropic/no_usage.json");
    let got = ProviderKind::Anthropic.decode_response(&body, &stateful()).unwrap();
    let got: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(got["usage"]["estimated"], true);
    let cached = read("anthropic/cache_usage.sse");
    let outcome = translate(ProviderKind::Anthropic, stateful(), [cached.as_slice()]);
    let whole_body = read("anthropic/cache_usage.json");
    let got = ProviderKind::Anthropic.decode_response(&whole_body, &stateful()).unwrap();
    let (streamed, whole) = (streamed(&outcome.out), whole(&got.body));
    assert!(whole.cached > 0);
    assert_eq!((streamed.input, streamed.output, streamed.cached), (whole.input, whole.output, whole.cached));
}

/// An error amid the stream is one event more, and the response has failed.
#[test]
fn a_stream_that_fails_tells_what_there_was() {
    let body = read("fixtures/anthropic_stream_error.sse");
    let outcome = translate(ProviderKind::Anthropic, stateful(), [body.as_slice()]);
    assert_eq!(outcome.end, StreamEnd::Failed);
    assert!(streamed(&outcome.out).error.is_some());
    let cut = read("anthropic/cut_in_text.sse");
    let outcome = translate(ProviderKind::Anthropic, stateful(), [cut.as_slice()]);
    assert_eq!(outcome.end, StreamEnd::Truncated);
    let facts = streamed(&outcome.out);
    assert_eq!((facts.error.unwrap().0.as_str(), facts.finish.as_str()), ("upstream_truncated", "failed"));
}

#[test]
fn every_single_cut_gives_the_same() {
    for file in
        ["fixtures/anthropic_stream.sse", "fixtures/anthropic_stream_error.sse", "anthropic/cut_in_text.sse"]
    {
        let body = read(file);
        let outcome = translate(ProviderKind::Anthropic, stateful(), [body.as_slice()]);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            assert_eq!(
                translate(ProviderKind::Anthropic, stateful(), [front, back]),
                outcome,
                "{file} cut at {at}"
            );
        }
        assert_eq!(
            translate(ProviderKind::Anthropic, stateful(), body.chunks(1)),
            outcome,
            "{file} byte by byte"
        );
    }
}

proptest! {
    #[test]
    fn damaged_requests_are_harmless(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'"'), Just(b'1')]), 0..4),
    ) {
        let cases = cases("openai_responses", ".json");
        let mut body = read(&format!("openai_responses/{}.json", cases[which.index(cases.len())]));
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Ok(encoded) = sent(&body) {
            prop_assert!(serde_json::from_slice::<Value>(&encoded.body).is_ok());
        }
    }
}

#[test]
fn errors_have_openais_shape() {
    let error = ProviderKind::Anthropic.decode_error(
        DIALECT,
        429,
        &|_| None,
        &read("fixtures/anthropic_error_429.json"),
    );
    let body: Value = serde_json::from_slice(&error.body).unwrap();
    assert_eq!(error.error.kind, ErrorKind::RateLimited);
    assert_eq!(
        (&body["error"]["type"], &body["error"]["code"], &body["error"]["param"]),
        (&json!("rate_limit_error"), &json!("rate_limit_exceeded"), &Value::Null)
    );
}
