//! OpenAI's Responses behind the gateway: what is sent there, what comes of its answers, what passes.

use std::fmt::Write as _;

use llm::request::{Address, Peek, peek};
use llm::{
    Context, Dialect, Encoded, ErrorKind, FinishReason, ProviderKind, RequestError, ResponseError, StreamEnd,
    Target,
};
use serde_json::{Value, json};

use crate::facts::anthropic;
use crate::support::{Outcome, cases, context, read, translate};

const PROVIDER: ProviderKind = ProviderKind::OpenAiResponses;

fn look(dialect: Dialect, body: &[u8]) -> Peek {
    peek(dialect, body, Address::default()).unwrap()
}

fn encode(dialect: Dialect, model: &str, body: &[u8]) -> Result<Encoded, RequestError> {
    PROVIDER.encode_request(dialect, body, &look(dialect, body), &Target::new(model, None))
}

fn of(dialect: Dialect) -> Context {
    Context { dialect, ..context(true) }
}

/// What is sent for a request of Anthropic's Messages, and what is dropped.
fn sent(model: &str, body: Value) -> (Value, Vec<String>) {
    let mut body = body;
    body["model"] = json!("m");
    body["max_tokens"] = body.get("max_tokens").cloned().unwrap_or(json!(100));
    let encoded = encode(Dialect::Anthropic, model, body.to_string().as_bytes()).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

#[test]
fn models_get_what_they_take() {
    let ask = json!({"messages": [{"role": "user", "content": "x"}], "temperature": 0.5, "thinking": {"type": "enabled", "budget_tokens": 2000}});
    let (old, dropped) = sent("gpt-4.1", ask.clone());
    assert_eq!(
        (&old["include"], &old["reasoning"], &old["temperature"]),
        (&json!([]), &Value::Null, &json!(0.5))
    );
    assert_eq!(dropped, ["thinking"]);
    let (new, dropped) = sent("gpt-5.2", ask);
    assert_eq!(new["include"], json!(["reasoning.encrypted_content"]));
    assert_eq!(
        (&new["reasoning"]["effort"], &new["temperature"], &new["store"]),
        (&json!("medium"), &Value::Null, &json!(false))
    );
    assert_eq!(dropped, ["temperature"]);
    let (short, dropped) =
        sent("gpt-4.1", json!({"messages": [{"role": "user", "content": "x"}], "max_tokens": 5}));
    assert_eq!((short["max_output_tokens"].as_u64(), dropped), (Some(16), vec!["max_tokens".to_owned()]));
}

/// State is given back byte for byte, as items with their ids (litellm 16893, bifrost 6342).
#[test]
fn state_survives_the_way_through_another_dialect() {
    for case in ["reasoning_tool", "redacted", "reasoning"] {
        let body = read(&format!("answers/openai_responses/{case}.json"));
        let answered: Value = serde_json::from_slice(&body).unwrap();
        let got = PROVIDER.decode_response(&body, &of(Dialect::Anthropic)).unwrap();
        let got: Value = serde_json::from_slice(&got.body).unwrap();
        let mut messages = vec![
            json!({"role": "user", "content": "x"}),
            json!({"role": "assistant", "content": got["content"]}),
        ];
        for call in got["content"].as_array().unwrap().iter().filter(|block| block["type"] == "tool_use") {
            messages.push(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], "content": "ok"}]}));
        }
        let (again, dropped) = sent("gpt-5.2", json!({"messages": messages}));
        let (told, replayed) = (&answered["output"][0], &again["input"][1]);
        for member in ["id", "encrypted_content", "type"] {
            assert_eq!(told[member], replayed[member], "{case}");
        }
        let text = |item: &Value| -> Vec<String> {
            let parts = item["summary"].as_array().unwrap().iter();
            parts.map(|part| part["text"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(text(told).join("\n\n"), text(replayed).join("\n\n"), "{case}");
        assert_eq!(dropped, [""; 0], "{case}");
    }
}

/// Another vendor's signature is never sent (`UncommonRoute` 19).
#[test]
fn state_of_other_vendors_is_left_out() {
    let (got, dropped) = sent(
        "gpt-5.2",
        json!({"messages": [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "c2ln"}, {"type": "text", "text": "y"}]},
            {"role": "user", "content": "z"},
        ]}),
    );
    assert_eq!(
        got["input"],
        json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}, {"role": "user", "content": "z"}])
    );
    assert_eq!(dropped, ["messages[].content[].thinking"]);
}

#[test]
fn answers_are_told_in_whole() {
    let facts = |case: &str| {
        let body = read(&format!("answers/openai_responses/{case}.json"));
        let got = PROVIDER.decode_response(&body, &of(Dialect::Anthropic)).unwrap();
        (got.finish_reason.unwrap(), anthropic::whole(&got.body))
    };
    assert_eq!(facts("text_and_tool").0, FinishReason::ToolCalls);
    assert_eq!(facts("length").0, FinishReason::Length);
    assert_eq!(facts("filtered").0, FinishReason::ContentFilter);
    let (reason, refusal) = facts("refusal");
    assert_eq!((reason, refusal.refusal.as_str()), (FinishReason::ContentFilter, "I may not."));
    let (_, reasoning) = facts("reasoning");
    assert_eq!(reasoning.thinking, "First **part**.\n\nSecond part.");
    let (_, usage) = facts("cached_usage");
    assert_eq!((usage.input, usage.output, usage.cached), (Some(1200), Some(5), 1024));
    assert_eq!(facts("parallel_tools").1.calls.len(), 2);
    assert_eq!(facts("citations").1.text, "Sunny. Warm.");
}

/// A stream of these events, their names and numbers made.
fn stream(events: &[Value]) -> Vec<u8> {
    let mut all = String::new();
    for (number, event) in events.iter().enumerate() {
        let mut event = event.clone();
        event["sequence_number"] = json!(number);
        write!(all, "event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()).unwrap();
    }
    all.into_bytes()
}

fn to_messages(events: &[Value]) -> Outcome {
    translate(PROVIDER, of(Dialect::Anthropic), [stream(events).as_slice()])
}

fn created() -> Value {
    json!({"type": "response.created", "response": {"id": "resp_1", "model": "gpt", "status": "in_progress", "output": []}})
}

fn call(index: u64) -> Value {
    json!({"id": format!("fc_{index}"), "type": "function_call", "call_id": format!("call_{index}"), "name": "f", "arguments": format!("{{\"n\":{index}}}")})
}

fn completed(output: &Value) -> Value {
    json!({"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": output, "usage": {"input_tokens": 3, "output_tokens": 4}}})
}

/// Parallel calls stay apart, whatever the order of their events (bifrost 3441, portkey 1275).
#[test]
fn items_that_come_amid_each_other_are_told_one_after_the_other() {
    let begun = |index: u64| {
        let mut item = call(index);
        item["arguments"] = json!("");
        json!({"type": "response.output_item.added", "output_index": index, "item": item})
    };
    let delta = |index: u64| json!({"type": "response.function_call_arguments.delta", "output_index": index, "delta": call(index)["arguments"]});
    let done =
        |index: u64| json!({"type": "response.output_item.done", "output_index": index, "item": call(index)});
    let all = completed(&json!([call(0), call(1), call(2)]));
    for events in [
        vec![
            created(),
            begun(0),
            delta(0),
            done(0),
            begun(1),
            delta(1),
            done(1),
            begun(2),
            delta(2),
            done(2),
            all.clone(),
        ],
        vec![
            created(),
            begun(0),
            begun(1),
            begun(2),
            delta(2),
            delta(0),
            delta(1),
            done(2),
            done(1),
            done(0),
            all.clone(),
        ],
        // Without any delta, without beginnings, and all at the end.
        vec![created(), begun(0), done(0), begun(1), done(1), begun(2), done(2), all.clone()],
        vec![created(), done(0), done(1), done(1), done(2), all.clone()],
        vec![all.clone()],
    ] {
        let outcome = to_messages(&events);
        let facts = anthropic::streamed(&outcome.out);
        let calls: Vec<_> =
            facts.calls.iter().map(|(id, _, json)| (id.as_str(), json["n"].clone())).collect();
        assert_eq!(calls, [("call_0", json!(0)), ("call_1", json!(1)), ("call_2", json!(2))], "{events:?}");
        assert!(outcome.facts.contains("ToolCalls"));
    }
}

#[test]
fn errors_amid_a_stream_are_errors() {
    let failed = json!({"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "error": {"code": "rate_limit_exceeded", "message": "slow down, org-1234"}}});
    let flat = json!({"type": "error", "code": "server_error", "message": "broken", "param": null});
    let nested = json!({"type": "error", "error": {"type": "invalid_request_error", "code": "context_length_exceeded", "message": "too long", "param": "input"}});
    for (event, kind, message) in [
        (&failed, ErrorKind::RateLimited, "slow down, ***"),
        (&flat, ErrorKind::Server, "broken"),
        (&nested, ErrorKind::InvalidRequest, "too long"),
    ] {
        for dialect in [Dialect::Anthropic, Dialect::OpenAiResponses] {
            let body = stream(&[created(), event.clone()]);
            let mut translator = PROVIDER.stream(of(dialect));
            let mut out = Vec::new();
            translator.push(&body, &mut out);
            assert_eq!(translator.finish(&mut out), StreamEnd::Failed);
            let error = translator.error().unwrap();
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
            let out = String::from_utf8(out).unwrap();
            assert!(out.contains(message) && !out.contains("org-1234"), "{out}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_passed_over_and_a_cut_is_told() {
    let mut body = stream(&[created(), json!({"type": "response.something.new", "x": 1})]);
    body.extend_from_slice(b"data: {broken\n\n: comment\n\n");
    let whole =
        [body.clone(), stream(&[completed(&json!([call(0)]))]), b"data: [DONE]\n\n".to_vec()].concat();
    let outcome = translate(PROVIDER, of(Dialect::Anthropic), [whole.as_slice()]);
    assert_eq!(outcome.end, StreamEnd::Complete);
    assert!(outcome.facts.contains("skipped: 1"));
    for dialect in [Dialect::Anthropic, Dialect::OpenAiResponses] {
        let cut = translate(PROVIDER, of(dialect), [body.as_slice()]);
        assert_eq!(cut.end, StreamEnd::Truncated, "{dialect:?}");
    }
    // An answer that is no stream.
    let plain = translate(
        PROVIDER,
        of(Dialect::Anthropic),
        [&br#"{"error":{"message":"no","code":"invalid_api_key"}}"#[..]],
    );
    assert_eq!(plain.end, StreamEnd::Failed);
    let whole =
        translate(PROVIDER, of(Dialect::Anthropic), [read("answers/openai_responses/text.json").as_slice()]);
    assert_eq!(whole.end, StreamEnd::Truncated);
}

/// Every step of a hosted tool tells that the vendor lives; what only frames the text tells nothing.
#[test]
fn signs_of_life_are_those_of_tools() {
    let pings = |case: &str| {
        let body = read(&format!("answers/openai_responses/{case}.sse"));
        let out = translate(PROVIDER, of(Dialect::Anthropic), [body.as_slice()]).out;
        String::from_utf8(out).unwrap().matches("ping").count()
    };
    assert_eq!(["text", "text_and_tool", "reasoning"].map(pings), [0, 0, 0]);
    let searches = json!({"type": "response.web_search_call.searching", "output_index": 1});
    let begun = json!({"type": "response.output_item.added", "output_index": 0, "item": {"id": "msg_0", "type": "message", "content": []}});
    let says = json!({"type": "response.output_text.delta", "output_index": 0, "delta": "a"});
    let outcome = to_messages(&[created(), begun, says, searches.clone(), searches]);
    assert_eq!(String::from_utf8(outcome.out).unwrap().matches("event: ping").count(), 2);
}

#[test]
fn a_body_that_is_no_answer_is_an_error() {
    for dialect in [Dialect::Anthropic, Dialect::OpenAiResponses] {
        let decode = |body: &str| PROVIDER.decode_response(body.as_bytes(), &of(dialect));
        assert_eq!(decode("{").unwrap_err(), ResponseError::NotJson);
        assert!(matches!(decode("{}").unwrap_err(), ResponseError::Unexpected { .. }));
        let failed = r#"{"id":"resp_1","object":"response","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"},"output":[]}"#;
        let ResponseError::Failed(error) = decode(failed).unwrap_err() else { panic!("no error") };
        assert_eq!((error.kind, error.retryable()), (ErrorKind::RateLimited, true));
    }
}

#[test]
fn every_cut_gives_the_same() {
    for case in cases("answers/openai_responses", ".sse") {
        let body = read(&format!("answers/openai_responses/{case}.sse"));
        for dialect in [Dialect::Anthropic, Dialect::OpenAiResponses] {
            let whole = translate(PROVIDER, of(dialect), [body.as_slice()]);
            assert_eq!(translate(PROVIDER, of(dialect), body.chunks(1)), whole, "{case} byte by byte");
            for at in (0..=body.len()).step_by(61) {
                let (front, back) = body.split_at(at);
                assert_eq!(translate(PROVIDER, of(dialect), [front, back]), whole, "{case} cut at {at}");
            }
        }
    }
}

#[test]
fn streams_of_the_same_dialect_pass_byte_for_byte() {
    let mut streams = vec!["fixtures/openai_responses_stream.sse".to_owned()];
    streams.extend(
        cases("answers/openai_responses", ".sse")
            .iter()
            .map(|case| format!("answers/openai_responses/{case}.sse")),
    );
    for file in streams {
        let body = read(&file);
        let outcome = translate(PROVIDER, of(Dialect::OpenAiResponses), [body.as_slice()]);
        assert_eq!(outcome.end, StreamEnd::Complete);
        assert_eq!(outcome.out.trim_ascii_end(), body.trim_ascii_end(), "{file}");
    }
    let facts = translate(
        PROVIDER,
        of(Dialect::OpenAiResponses),
        [read("fixtures/openai_responses_stream.sse").as_slice()],
    )
    .facts;
    assert!(
        facts.contains("ToolCalls") && facts.contains("input: 82, output: 17, cache_read: 64"),
        "{facts}"
    );
}

#[test]
fn a_cut_stream_that_passes_ends_with_the_next_number() {
    let body = read("fixtures/openai_responses_stream.sse");
    let end = body.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
    let outcome = translate(PROVIDER, of(Dialect::OpenAiResponses), [&body[..end]]);
    let out = String::from_utf8(outcome.out).unwrap();
    let last = out.trim_end().rsplit("data: ").next().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(
        (&last["type"], &last["sequence_number"], &last["code"]),
        (&json!("error"), &json!(1), &json!("upstream_truncated"))
    );
}

#[test]
fn requests_of_the_same_dialect_keep_every_other_byte() {
    for case in cases("openai_responses", ".json") {
        let body = read(&format!("openai_responses/{case}.json"));
        let own = look(Dialect::OpenAiResponses, &body).model;
        let same = encode(Dialect::OpenAiResponses, &own, &body).unwrap();
        assert_eq!(same.path, "/responses");
        let sent = String::from_utf8(same.body).unwrap();
        let text = String::from_utf8(body.clone()).unwrap();
        if text.contains("weir") {
            assert_eq!(same.dropped, ["input[].encrypted_content"], "{case}");
            let sent: Value = serde_json::from_str(&sent).unwrap();
            let mut expect: Value = serde_json::from_str(&text).unwrap();
            let input = expect["input"].as_array_mut().unwrap();
            input.retain(|item| !item.to_string().contains("weir"));
            assert_eq!(sent, expect, "{case}");
        } else {
            assert_eq!((sent, same.dropped.len()), (text.clone(), 0), "{case}");
            let other = encode(Dialect::OpenAiResponses, "a\"b", &body).unwrap();
            let other = String::from_utf8(other.body).unwrap();
            assert_eq!(other.replacen("\"a\\\"b\"", &format!("\"{own}\""), 1), text, "{case}");
        }
    }
}

/// Items that are taken out leave valid JSON, wherever they stand.
#[test]
fn sealed_items_are_taken_out_with_one_comma() {
    let sealed = r#"{"type":"reasoning","id":"rs_9","summary":[],"encrypted_content":"weir.anthropic.x"}"#;
    let ours = r#"{"id":"rs_weir_1_0","type":"reasoning","summary":[]}"#;
    let (user, own) = (
        r#"{"role":"user","content":"weir."}"#,
        r#"{"type":"reasoning","id":"rs_1","encrypted_content":"gAAA"}"#,
    );
    for items in [
        vec![sealed],
        vec![sealed, ours],
        vec![sealed, user],
        vec![user, sealed],
        vec![ours, user, sealed, own, sealed, ours],
        vec![user, sealed, ours, own],
    ] {
        for gap in ["", " ", "\n "] {
            let list = items.join(&format!("{gap},{gap}"));
            let body = format!("{{\"model\":\"m\",\"input\":[{gap}{list}{gap}],\"stream\":false}}");
            let got = encode(Dialect::OpenAiResponses, "m", body.as_bytes()).unwrap();
            let got: Value =
                serde_json::from_slice(&got.body).unwrap_or_else(|error| panic!("{error}: {body}"));
            let kept: Vec<Value> = items
                .iter()
                .filter(|item| [user, own].contains(item))
                .map(|item| serde_json::from_str(item).unwrap())
                .collect();
            assert_eq!(got["input"], Value::Array(kept), "{body}");
        }
    }
}

#[test]
fn chats_go_to_the_same_vendor_as_they_are() {
    let body = read("openai_chat/text.json");
    let own = look(Dialect::OpenAiChat, &body).model;
    let same = encode(Dialect::OpenAiChat, &own, &body).unwrap();
    assert_eq!((same.path.as_ref(), same.body), ("/chat/completions", body));
    assert_eq!(
        encode(Dialect::Anthropic, "m", &read("anthropic_messages/text.json")).unwrap().path,
        "/responses"
    );
    assert_eq!(PROVIDER.auth_header("k"), ProviderKind::OpenAiCompatible.auth_header("k"));
}
