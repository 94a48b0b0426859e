//! Providers of chat completions: what is sent to them for clients that speak otherwise, how they are read, what their
//! vendors do their own way.

use llm::request::{self, Address};
use llm::{Context, Dialect, Encoded, ErrorKind, ProviderKind, RequestError, StreamEnd, Target, vendor};
use serde_json::Value;

use crate::facts;
use crate::support::{cases, context, golden, pretty, read, translate};

/// A request of a client for a model of a vendor.
fn encode(
    (dialect, body): (Dialect, &[u8]),
    provider: ProviderKind,
    of: &str,
    model: &str,
) -> Result<Encoded, RequestError> {
    let peek = request::peek(dialect, body, Address::default())?;
    let target = Target::new(model, None).of(vendor::find(of));
    provider.encode_request(dialect, body, &peek, &target)
}

/// Requests for OpenAI itself are in the matrix.
#[test]
fn golden_requests_to_deepseek() {
    let (folder, provider) = ("anthropic_messages", ProviderKind::OpenAiCompatible);
    for case in cases(folder, ".json") {
        let body = read(&format!("{folder}/{case}.json"));
        let encode = || encode((Dialect::Anthropic, &body), provider, "deepseek", "deepseek-v4-pro");
        assert_eq!(encode(), encode());
        let got = match encode() {
            Ok(encoded) => {
                format!("POST {}\ndropped: {:?}\n{}", encoded.path, encoded.dropped, pretty(&encoded.body))
            }
            Err(error) => format!("refused: {:?} {:?}: {}", error.param, error.code, error.message),
        };
        golden(folder, &case, "deepseek", &got);
    }
}

/// Kilo-Org/kilocode#13022: `prompt_cache_breakpoint is not supported on this model`.
#[test]
fn breakpoints_go_to_models_that_take_them() {
    let body = read("anthropic_messages/cache_markers.json");
    for (model, takes) in [
        ("gpt-4.1", false),
        ("gpt-5", false),
        ("gpt-5.2", false),
        ("o3", false),
        ("gpt-5.6", true),
        ("gpt-5.6-sol", true),
        ("gpt-5.6-terra", false),
        ("gpt-5.10-mini", true),
        ("gpt-6.1-terra", true),
    ] {
        let sent =
            encode((Dialect::Anthropic, &body), ProviderKind::OpenAiCompatible, "openai", model).unwrap();
        let written = String::from_utf8(sent.body).unwrap().contains("prompt_cache_breakpoint");
        let named = "messages[].content[].cache_control".to_owned();
        assert_eq!(written, takes, "{model}");
        assert!(takes || sent.dropped.contains(&named), "{model}: {:?}", sent.dropped);
    }
}

/// A stream of chunks, given the choices of each.
fn stream(choices: &[&str], rest: &str) -> Vec<u8> {
    let chunk = |choice: &&str| format!("data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{choice}]}}\n\n");
    let chunks: String = choices.iter().map(chunk).collect();
    format!("{chunks}{rest}").into_bytes()
}

const DONE: &str = "data: [DONE]\n\n";

fn to_messages(provider: ProviderKind, body: &[u8]) -> (facts::Facts, String) {
    let ctx = Context { dialect: Dialect::Anthropic, ..context(true) };
    let out = translate(provider, ctx, [body]).out;
    (facts::anthropic::streamed(&out), String::from_utf8(out).unwrap())
}

/// BerriAI/litellm#25561 and BerriAI/litellm#25605: a block of a tool call opened and closed without its arguments.
#[test]
fn a_tool_use_block_streams_its_arguments() {
    let body = read("fixtures/openai_chat_stream.sse");
    let (facts, out) = to_messages(ProviderKind::OpenAiCompatible, &body);
    assert!(out.contains("input_json_delta"), "{out}");
    assert_eq!(facts.calls.len(), 1);
    assert_eq!(facts.calls[0].2, serde_json::json!({"city": "Paris"}));
}

/// maximhq/bifrost#3638 and maximhq/bifrost#6123: text and a tool call in one turn ended with `end_turn`.
#[test]
fn text_and_a_tool_call_end_with_tool_use() {
    for reason in ["\"stop\"", "\"tool_calls\"", "\"\""] {
        let call = format!(
            r#"{{"delta":{{"tool_calls":[{{"index":0,"id":"a","function":{{"name":"f","arguments":"{{}}"}}}}]}},"finish_reason":{reason}}}"#
        );
        let body = stream(&[r#"{"index":0,"delta":{"content":"Let me look."}}"#, &call], DONE);
        let (facts, _) = to_messages(ProviderKind::OpenAiCompatible, &body);
        assert_eq!((facts.finish.as_str(), facts.text.as_str()), ("tool_use", "Let me look."), "{reason}");
        let whole = format!(
            r#"{{"id":"c","model":"m","choices":[{{"message":{{"content":"t","tool_calls":[{{"id":"a","function":{{"name":"f","arguments":"{{}}"}}}}]}},"finish_reason":{reason}}}]}}"#
        );
        let ctx = Context { dialect: Dialect::Anthropic, ..context(true) };
        let got = ProviderKind::OpenAiCompatible.decode_response(whole.as_bytes(), &ctx).unwrap();
        assert_eq!(facts::anthropic::whole(&got.body).finish, "tool_use", "{reason}");
    }
}

/// maximhq/bifrost#2048 and maximhq/bifrost#2786: arguments were held back.
#[test]
fn every_piece_of_arguments_is_told_as_it_comes() {
    let mut translator =
        ProviderKind::OpenAiCompatible.stream(Context { dialect: Dialect::Anthropic, ..context(true) });
    let mut push = |choice: &str| {
        let mut out = Vec::new();
        translator.push(&stream(&[choice], ""), &mut out);
        String::from_utf8(out).unwrap()
    };
    let call = |call: &str| format!(r#"{{"delta":{{"tool_calls":[{{"index":0,{call}}}]}}}}"#);
    push(&call(r#""id":"a","function":{"name":"f","arguments":""}"#));
    for piece in ["{", "1", "}"] {
        let out = push(&call(&format!(r#""function":{{"arguments":"{piece}"}}"#)));
        assert!(out.contains(&format!(r#""partial_json":"{piece}""#)), "{out}");
    }
}

/// theopenco/llmgateway#2777: reasoning was billed and not told.
#[test]
fn reasoning_of_every_name_is_a_thinking_block_before_the_text() {
    for member in [
        r#""reasoning_content":"Hm.""#,
        r#""reasoning":"Hm.""#,
        r#""reasoning":"Hm.","reasoning_content":"Hm.""#,
        r#""reasoning_details":[{"type":"reasoning.text","text":"Hm.","index":0}]"#,
        r#""content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]"#,
    ] {
        let thinks = format!(r#"{{"index":0,"delta":{{{member}}}}}"#);
        let body = stream(&[&thinks, r#"{"delta":{"content":"Yes."},"finish_reason":"stop"}"#], DONE);
        let (facts, out) = to_messages(ProviderKind::OpenAiCompatible, &body);
        assert_eq!((facts.thinking.as_str(), facts.text.as_str()), ("Hm.", "Yes."), "{member}");
        assert!(out.find("thinking_delta") < out.find("text_delta"));
    }
}

/// Portkey-AI/gateway#1259 and Portkey-AI/gateway#910: what a stream used was lost.
#[test]
fn usage_is_found_wherever_a_stream_tells_it() {
    let says = r#"{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}"#;
    let usage = r#"{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}"#;
    for rest in [
        format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n{DONE}"),
        format!("data: {{\"choices\":[{{\"delta\":{{}}}}],\"usage\":{usage}}}\n\n{DONE}"),
        format!("data: {{\"choices\":[],\"x_groq\":{{\"usage\":{usage}}}}}\n\n{DONE}"),
        format!("data: {{\"choices\":[{{\"delta\":{{}},\"usage\":{usage}}}]}}\n\n{DONE}"),
    ] {
        let (facts, _) = to_messages(ProviderKind::Azure, &stream(&[says], &rest));
        assert_eq!((facts.input, facts.output), (Some(5), Some(3)), "{rest}");
    }
}

#[test]
fn what_azure_says_of_its_filter_is_kept_from_clients() {
    let filter = "data: {\"id\":\"\",\"model\":\"\",\"choices\":[],\"prompt_filter_results\":[{}]}\n\n";
    let says = stream(&[r#"{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}"#], "");
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n";
    let body = [filter.as_bytes(), &says, filter.as_bytes(), usage.as_bytes(), DONE.as_bytes()].concat();
    let passed = translate(ProviderKind::Azure, context(true), [body.as_slice()]);
    assert_eq!(passed.out, [says.as_slice(), usage.as_bytes(), DONE.as_bytes()].concat());
    let (facts, _) = to_messages(ProviderKind::Azure, &body);
    assert_eq!((facts.model.as_str(), facts.text.as_str()), ("m", "a"));
    let blocked = br#"{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400}}"#;
    let error = ProviderKind::Azure.decode_error(Dialect::OpenAiChat, 400, &|_| None, blocked);
    assert_eq!(
        (error.error.kind, error.error.code.as_deref()),
        (ErrorKind::InvalidRequest, Some("content_filter"))
    );
}

#[test]
fn streams_end_as_their_provider_says() {
    let says = r#"{"index":0,"delta":{"content":"a"}}"#;
    let stops = r#"{"delta":{},"finish_reason":"stop"}"#;
    let end = |choices: &[&str], rest: &str| {
        let ctx = Context { dialect: Dialect::Anthropic, ..context(true) };
        translate(ProviderKind::OpenAiCompatible, ctx, [stream(choices, rest).as_slice()]).end
    };
    assert_eq!(end(&[says, stops], DONE), StreamEnd::Complete);
    assert_eq!(end(&[says, stops], ""), StreamEnd::Complete);
    assert_eq!(end(&[says], DONE), StreamEnd::Complete);
    assert_eq!(end(&[says], ""), StreamEnd::Truncated);
    assert_eq!(end(&[], DONE), StreamEnd::Truncated);
    // BerriAI/litellm#40404: one event that cannot be read ended the stream.
    assert_eq!(end(&[says, "{", stops], DONE), StreamEnd::Complete);
    for error in [
        r#"{"error":{"message":"why","code":429}}"#,
        r#"{"object":"error","message":"why","code":500}"#,
        r#"{"choices":[{"finish_reason":"error"}],"error":{"message":"why"}}"#,
        r#"{"choices":null,"base_resp":{"status_code":1008,"status_msg":"why"}}"#,
    ] {
        assert_eq!(end(&[says], &format!("data: {error}\n\n")), StreamEnd::Failed, "{error}");
    }
}

#[test]
fn rows_act_on_requests_that_pass_and_that_are_written() {
    let chat = br#"{"model":"x","stream":true,"seed":1,"messages":[{"role":"user","content":"hi"}],"logit_bias":{"1":2},"max_completion_tokens":5}"#;
    let passed =
        encode((Dialect::OpenAiChat, chat), ProviderKind::OpenAiCompatible, "deepseek", "d").unwrap();
    let expect = r#"{"model":"d","stream_options":{"include_usage":true},"stream":true,"messages":[{"role":"user","content":"hi"}],"max_tokens":5}"#;
    assert_eq!(String::from_utf8(passed.body).unwrap(), expect);
    assert_eq!(passed.dropped, ["seed", "logit_bias"]);
    let messages = br#"{"model":"x","max_tokens":5,"top_k":3,"messages":[{"role":"user","content":"hi"}]}"#;
    let asked = |of| {
        let got = encode((Dialect::Anthropic, messages), ProviderKind::OpenAiCompatible, of, "d").unwrap();
        (serde_json::from_slice::<Value>(&got.body).unwrap(), got.headers, got.dropped)
    };
    let (body, headers, dropped) = asked("openrouter");
    assert_eq!((body["top_k"].as_u64(), body["max_completion_tokens"].as_u64()), (Some(3), Some(5)));
    assert!(headers.contains(&("x-title".into(), "Weir".to_owned())) && dropped.is_empty());
    let (body, _, dropped) = asked("openai");
    assert!(body.get("top_k").is_none() && dropped == ["top_k"], "{dropped:?}");
}

/// A vendor's signature goes back to it alone, and calls keep their ids through any number of turns.
#[test]
fn mistral_gets_its_signatures_and_ids_back() {
    let ctx = context(true);
    let answer = read("answers/mistral/reasoning_tool.json");
    let got = ProviderKind::Mistral.decode_response(&answer, &ctx).unwrap();
    let message = serde_json::from_slice::<Value>(&got.body).unwrap()["choices"][0]["message"].clone();
    let turn = |id: &str, message: &Value| {
        let result = serde_json::json!({"role": "tool", "tool_call_id": id, "content": "18"});
        let user = serde_json::json!({"role": "user", "content": "hi"});
        serde_json::json!({"model": "m", "messages": [user, message, result]}).to_string()
    };
    let sent = |provider, of: &str, body: &str| {
        let got = encode((Dialect::OpenAiChat, body.as_bytes()), provider, of, "m").unwrap();
        (serde_json::from_slice::<Value>(&got.body).unwrap(), got.dropped)
    };
    let (body, dropped) = sent(ProviderKind::Mistral, "", &turn("D681PevKs", &message));
    let [_, back, result] = body["messages"].as_array().unwrap().as_slice() else { panic!("{body}") };
    assert_eq!(back["content"][0]["signature"], "dG9vbA==");
    assert_eq!(back["content"][0]["thinking"][0]["text"], "Need the weather.");
    assert_eq!(
        (&back["tool_calls"][0]["id"], &result["tool_call_id"]),
        (&"D681PevKs".into(), &"D681PevKs".into())
    );
    assert_eq!((result["name"].as_str(), dropped.len()), (Some("get_weather"), 0));
    // Another vendor's id is replaced, the same in call and result.
    let mut foreign = message.clone();
    foreign["tool_calls"][0]["id"] = "toolu_01ABCDEFGH".into();
    foreign["thinking_blocks"][0]["signature"] = "of another".into();
    let (body, dropped) = sent(ProviderKind::Mistral, "", &turn("toolu_01ABCDEFGH", &foreign));
    let id = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
    assert!(id.len() == 9 && body["messages"][2]["tool_call_id"] == id, "{id}");
    assert!(body["messages"][1]["content"].is_null() && dropped == ["messages[].reasoning"], "{body}");
}

#[test]
fn errors_of_every_shape_are_read() {
    let told = |of: &str, provider: ProviderKind, status, body: &str| {
        let target = Target::new("m", None).of(vendor::find(of));
        target.decode_error(provider, Dialect::OpenAiChat, (status, &|_| None), body.as_bytes()).error
    };
    for body in [
        r#"{"detail":[{"loc":["body","x"],"msg":"why","type":"extra_forbidden"}]}"#,
        r#"{"object":"error","message":{"detail":[{"msg":"why"}]},"type":"invalid_request_error"}"#,
        r#"{"object":"error","message":"why","type":"invalid_request_error","code":"3051"}"#,
    ] {
        let error = told("", ProviderKind::Mistral, 422, body);
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::InvalidRequest, "why"), "{body}");
    }
    let google = r#"[{"error":{"code":400,"message":"why","status":"INVALID_ARGUMENT"}}]"#;
    assert_eq!(told("google", ProviderKind::OpenAiCompatible, 400, google).message, "why");
    let minimax = r#"{"base_resp":{"status_code":1004,"status_msg":"why"}}"#;
    assert_eq!(told("minimax", ProviderKind::OpenAiCompatible, 401, minimax).message, "why");
}
