//! Bedrock's Converse: what is sent to it, what it answers.

use std::fmt::Write as _;

use llm::{Context, Dialect, ErrorKind, FinishReason, KeyError, ProviderKind, StreamEnd, Target, Unsigned};
use serde_json::{Value, json};

use crate::facts::openai_chat;
use crate::support::{cases, chat_peek, context, golden, pretty, read, translate};

const OLD: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NEW: &str = "global.anthropic.claude-sonnet-5-v1:0";

fn target(model: &str) -> Target<'_> {
    Target { max_output: Some(64_000), native_json_schema: model == NEW, ..Target::new(model, None) }
}

/// What is sent for a chat request, or why nothing is.
fn asked(body: &[u8], target: &Target<'_>) -> String {
    let peek = chat_peek(body).unwrap();
    let encode = || ProviderKind::Bedrock.encode_request(Dialect::OpenAiChat, body, &peek, target);
    assert_eq!(encode(), encode());
    match encode() {
        Ok(encoded) => {
            let (path, dropped, carry) = (encoded.path, encoded.dropped, encoded.carry);
            format!("POST {path}\ndropped: {dropped:?}\n{carry:?}\n{}", pretty(&encoded.body))
        }
        Err(error) => format!("refused: {:?} {:?}: {}", error.param, error.code, error.message),
    }
}

#[test]
fn golden_answers() {
    for case in cases("bedrock", ".json") {
        let body = read(&format!("bedrock/{case}.json"));
        let got = ProviderKind::Bedrock.decode_response(&body, &context(false)).unwrap();
        let text = format!("{:?} {:?}\n{:?}\n{}", got.finish_reason, got.model, got.usage, pretty(&got.body));
        golden("bedrock", &case, "openai_chat", &text);
    }
}

#[test]
fn golden_streams() {
    let mut streams: Vec<_> = cases("bedrock", ".bin").into_iter().map(|case| ("bedrock", case)).collect();
    streams.extend(
        ["bedrock_converse_stream", "bedrock_stream_exception"].map(|case| ("fixtures", case.to_owned())),
    );
    for (folder, case) in streams {
        let body = read(&format!("{folder}/{case}.bin"));
        let mut got = String::new();
        for usage in [true, false] {
            let outcome = translate(ProviderKind::Bedrock, context(usage), [body.as_slice()]);
            if usage {
                got.push_str(&outcome.facts);
            }
            let asked = if usage { "asked for" } else { "not asked for" };
            write!(got, "--- usage {asked}\n{}", String::from_utf8(outcome.out).unwrap()).unwrap();
        }
        golden(folder, &case, "stream", &got);
    }
}

fn stream(case: &str) -> (StreamEnd, crate::facts::Facts) {
    let outcome =
        translate(ProviderKind::Bedrock, context(true), [read(&format!("bedrock/{case}.bin")).as_slice()]);
    (outcome.end, openai_chat::streamed(&outcome.out))
}

#[test]
fn a_stream_ends_as_it_should() {
    for (case, end, text, code) in [
        ("after_the_end", StreamEnd::Complete, "Hello", None),
        ("bad_json", StreamEnd::Complete, "Hello", None),
        ("hidden_calls", StreamEnd::Complete, "Hello", None),
        ("no_block_stop", StreamEnd::Complete, "Hello", None),
        ("no_usage", StreamEnd::Complete, "Hello", None),
        ("unknown_events", StreamEnd::Complete, "Hello", None),
        ("cut", StreamEnd::Truncated, "Hel", Some("upstream_truncated")),
        ("cut_after_frame", StreamEnd::Truncated, "Hel", Some("upstream_truncated")),
        ("html", StreamEnd::Truncated, "", Some("upstream_not_a_stream")),
        ("nothing", StreamEnd::Truncated, "", Some("upstream_truncated")),
        ("exception_amid", StreamEnd::Failed, "Hel", Some("server_error")),
        ("json_error", StreamEnd::Failed, "", Some("server_error")),
        ("throttled_at_once", StreamEnd::Failed, "", Some("rate_limit_exceeded")),
        ("wrong_checksum", StreamEnd::Failed, "Hel", Some("upstream_damaged")),
    ] {
        let (got, facts) = stream(case);
        assert_eq!((got, facts.text.as_str()), (end, text), "{case}");
        assert_eq!(facts.error.map(|(code, _)| code).as_deref(), code, "{case}");
    }
}

/// Usage comes after the reason: the client's last chunk waits for it, and is there without it too.
#[test]
fn usage_comes_after_the_reason() {
    let body = read("fixtures/bedrock_converse_stream.bin");
    let outcome = translate(ProviderKind::Bedrock, context(true), [body.as_slice()]);
    let facts = openai_chat::streamed(&outcome.out);
    assert_eq!((facts.input, facts.output, facts.cached), (Some(82), Some(17), 64));
    let whole = read("fixtures/bedrock_converse.json");
    let got = ProviderKind::Bedrock.decode_response(&whole, &context(true)).unwrap();
    assert_eq!(openai_chat::whole(&got.body), facts);
    assert!(stream("no_usage").1.input.is_some());
}

#[test]
fn an_event_without_end_is_an_error() {
    let mut frame = 2_000_000_u32.to_be_bytes().to_vec();
    frame.extend_from_slice(&[0, 0, 0, 0]);
    for front in [frame, b"{".to_vec()] {
        let piece = "x".repeat(60_000);
        let pieces = std::iter::once(front.as_slice()).chain(std::iter::repeat_n(piece.as_bytes(), 30));
        let outcome =
            translate(ProviderKind::Bedrock, Context { max_event: 1 << 20, ..context(true) }, pieces);
        assert_eq!(outcome.end, StreamEnd::Truncated);
    }
}

/// maximhq/bifrost#2048: no delta is held back.
#[test]
fn every_frame_is_flushed_as_it_comes() {
    let mut rest = read("fixtures/bedrock_converse_stream.bin");
    let mut stream = ProviderKind::Bedrock.stream(context(true));
    while !rest.is_empty() {
        let length = u32::from_be_bytes(*rest.first_chunk::<4>().unwrap()) as usize;
        let tail = rest.split_off(length);
        let mut out = Vec::new();
        stream.push(&rest, &mut out);
        let says = rest.windows(6).any(|word| word == b"\"text\"" || word == b"\"input");
        assert!(!says || (!out.is_empty() && stream.first_content_seen()));
        rest = tail;
    }
    assert!(stream.is_done());
}

/// maximhq/bifrost#3638: text and a tool call in one turn must not look like a turn that is over.
#[test]
fn an_answer_with_tool_calls_waits_for_tools() {
    for case in ["tool_call", "parallel_tools", "text_and_tool", "reasoning_tool", "tools_with_end_turn"] {
        let body = read(&format!("answers/bedrock/{case}.json"));
        let got = ProviderKind::Bedrock.decode_response(&body, &context(false)).unwrap();
        assert_eq!(got.finish_reason, Some(FinishReason::ToolCalls), "{case}");
    }
}

/// The body that is sent for a chat request to a model, and what is dropped.
fn sent(model: &str, rest: &str) -> (Value, Vec<String>) {
    let body = if rest.contains("\"messages\"") {
        format!(r#"{{"model":"x"{rest}}}"#)
    } else {
        format!(r#"{{"model":"x","messages":[{{"role":"user","content":"hi"}}]{rest}}}"#)
    };
    let peek = chat_peek(body.as_bytes()).unwrap();
    let encoded =
        ProviderKind::Bedrock.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target(model));
    let encoded = encoded.unwrap_or_else(|error| panic!("{error}: {body}"));
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

fn refused(messages: &str) -> (Option<String>, Option<&'static str>) {
    let body = format!(r#"{{"model":"x","messages":[{messages}]}}"#);
    let peek = chat_peek(body.as_bytes()).unwrap();
    let error = ProviderKind::Bedrock
        .encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target(OLD))
        .unwrap_err();
    (error.param, error.code)
}

#[test]
fn the_model_is_one_segment_of_the_path() {
    let path = |model: &str, stream: bool| {
        let body =
            format!(r#"{{"model":"x","stream":{stream},"messages":[{{"role":"user","content":"hi"}}]}}"#);
        let peek = chat_peek(body.as_bytes()).unwrap();
        ProviderKind::Bedrock
            .encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target(model))
            .unwrap()
            .path
            .into_owned()
    };
    assert_eq!(path("amazon.nova-lite-v1:0", false), "/model/amazon.nova-lite-v1%3A0/converse");
    assert_eq!(
        path("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama4", true),
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.meta.llama4/converse-stream"
    );
}

const TOOL: &str = r#","tools":[{"type":"function","function":{"name":"f"}}]"#;

#[test]
fn no_choice_of_tools_is_no_tools_unless_the_history_has_calls() {
    let (body, dropped) = sent(OLD, &format!(r#"{TOOL},"tool_choice":"none""#));
    assert!(body.get("toolConfig").is_none() && dropped.is_empty());
    let history = r#","messages":[{"role":"user","content":"hi"},
        {"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":""}]"#;
    for rest in [history.to_owned(), format!(r#"{history}{TOOL},"tool_choice":"none""#)] {
        let (body, _) = sent(OLD, &rest);
        let tools = body["toolConfig"]["tools"].as_array().unwrap();
        assert_eq!((tools.len(), &tools[0]["toolSpec"]["name"]), (1, &json!("no_tool_available")));
        assert!(body["toolConfig"].get("toolChoice").is_none());
        assert_eq!(body["messages"][2]["content"][0]["toolResult"]["content"], json!([]));
    }
}

fn check_thinking(model: &str, rest: &str, fields: &Value, effort: Option<&str>, dropped: &[&str]) {
    let (body, got) = sent(model, rest);
    let got_fields = body.get("additionalModelRequestFields").cloned().unwrap_or_default();
    assert_eq!(&got_fields, fields, "{model} {rest}");
    assert_eq!(body["outputConfig"]["effort"].as_str(), effort, "{model} {rest}");
    assert_eq!(got, dropped, "{model} {rest}");
}

#[test]
fn thinking_goes_in_the_words_of_the_models_family() {
    let adaptive = json!({"thinking": {"type": "adaptive", "display": "summarized"}});
    let budget = |tokens: u64| json!({"thinking": {"type": "enabled", "budget_tokens": tokens}});
    check_thinking(OLD, r#","reasoning_effort":"high""#, &budget(4096), None, &[]);
    assert_eq!(sent(OLD, r#","reasoning_effort":"high""#).0["inferenceConfig"]["maxTokens"], 8192);
    check_thinking(OLD, r#","reasoning_effort":"high","max_tokens":2000"#, &budget(1999), None, &[]);
    check_thinking(
        OLD,
        r#","reasoning_effort":"high","max_tokens":1000"#,
        &Value::Null,
        None,
        &["reasoning_effort"],
    );
    check_thinking(NEW, r#","reasoning_effort":"high""#, &adaptive, Some("high"), &[]);
    check_thinking(
        NEW,
        r#","reasoning_effort":"none""#,
        &json!({"thinking": {"type": "disabled"}}),
        None,
        &[],
    );
    let forced = format!(r#"{TOOL},"tool_choice":"required","reasoning_effort":"low""#);
    check_thinking(NEW, &forced, &Value::Null, Some("low"), &[]);
    let gpt = "openai.gpt-oss-120b-1:0";
    check_thinking(gpt, r#","reasoning_effort":"xhigh""#, &json!({"reasoning_effort": "high"}), None, &[]);
    check_thinking("meta.llama4", r#","reasoning_effort":"low""#, &Value::Null, None, &["reasoning_effort"]);
    // Anthropic's own parameter passes as it is, to its models.
    let own = r#","thinking":{"type":"enabled","budget_tokens":2000}"#;
    check_thinking(OLD, own, &budget(2000), None, &[]);
    check_thinking("meta.llama4", own, &Value::Null, None, &["thinking"]);
}

#[test]
fn sampling_goes_only_where_the_model_takes_it() {
    let (body, dropped) = sent(OLD, r#","temperature":1.5,"top_k":4"#);
    assert_eq!(body["inferenceConfig"], json!({"temperature": 1}));
    assert_eq!(body["additionalModelRequestFields"], json!({"top_k": 4}));
    assert_eq!(dropped, ["temperature"]);
    let (body, dropped) = sent(NEW, r#","temperature":0.5,"top_p":0.9,"top_k":4"#);
    assert!(body.get("inferenceConfig").is_none());
    assert_eq!(dropped, ["temperature", "top_p", "top_k"]);
    let (body, dropped) = sent("amazon.nova-lite-v1:0", r#","temperature":0.5,"top_p":0.9,"top_k":4"#);
    assert_eq!(body["inferenceConfig"], json!({"temperature": 0.5, "topP": 0.9}));
    assert_eq!(dropped, ["top_k"]);
    let (_, dropped) = sent(OLD, r#","temperature":0.5,"reasoning_effort":"low""#);
    assert_eq!(dropped, ["temperature"]);
}

/// agentgateway/agentgateway#2628: markers of the cache go where the vendor has them, or are named.
#[test]
fn cache_markers_become_cache_points() {
    let rest = r#","messages":[
        {"role":"system","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
        {"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}},{"type":"text","text":"you"}]}],
        "tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}]"#;
    let (body, dropped) = sent(OLD, rest);
    assert_eq!(body["system"][1], json!({"cachePoint": {"type": "default", "ttl": "1h"}}));
    assert_eq!(body["messages"][0]["content"][1], json!({"cachePoint": {"type": "default"}}));
    assert_eq!(body["toolConfig"]["tools"][1], json!({"cachePoint": {"type": "default"}}));
    assert!(dropped.is_empty());
    assert_eq!(sent("meta.llama4", rest).1, ["tools[0].cache_control", "messages[].cache_control"]);
}

/// agentgateway/agentgateway#2312: nothing that cannot be carried is left out in silence.
#[test]
fn pictures_and_files_are_bytes_or_refused_by_their_path() {
    let unsupported = |path: &str| (Some(path.to_owned()), Some("unsupported_value"));
    let image = r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b.png"}}]}"#;
    assert_eq!(refused(image), unsupported("messages[0].content"));
    let audio =
        r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]}"#;
    assert_eq!(refused(audio), unsupported("messages[0].content"));
    let file = |name: &str| {
        format!(
            r#"{{"type":"file","file":{{"filename":"{name}","file_data":"data:application/pdf;base64,AA=="}}}}"#
        )
    };
    let names = ["a  b_c.pdf", "a b-c.pdf", "日本", "", "a b-c.pdf"];
    let files = names.map(file).join(",");
    let (body, _) = sent(OLD, &format!(r#","messages":[{{"role":"user","content":[{files}]}}]"#));
    let content = body["messages"][0]["content"].as_array().unwrap();
    let got: Vec<_> = content.iter().filter_map(|block| block["document"]["name"].as_str()).collect();
    assert_eq!(got, ["a b-c-pdf", "a b-c-pdf 1", "--", "document", "a b-c-pdf 2"]);
    // Converse refuses a file without a word beside it.
    assert_eq!(content.last().unwrap(), &json!({"text": "A file is attached."}));
}

/// CommonstackAI/UncommonRoute#19: reasoning goes back only with its own vendor's signature.
#[test]
fn reasoning_without_its_own_signature_is_left_out_and_named() {
    let messages = |signature: &str| {
        format!(
            r#","messages":[{{"role":"user","content":"hi"}},
            {{"role":"assistant","content":"a","thinking_blocks":[{{"type":"thinking","thinking":"t","signature":"{signature}"}}]}},
            {{"role":"user","content":"on"}}]"#
        )
    };
    let (body, dropped) = sent(OLD, &messages("weir.bedrock.c2ln"));
    let reasoning = json!({"reasoningContent": {"reasoningText": {"text": "t", "signature": "c2ln"}}});
    assert_eq!((&body["messages"][1]["content"][0], dropped.len()), (&reasoning, 0));
    for foreign in ["c2ln", "weir.gemini.c2ln", "weir.bedrock.", ""] {
        let (body, dropped) = sent(OLD, &messages(foreign));
        assert_eq!(body["messages"][1]["content"], json!([{"text": "a"}]));
        assert_eq!(dropped, ["messages[].reasoning"], "{foreign}");
    }
    // A turn of which nothing is left is none, and those around it are one.
    let (body, _) = sent(OLD, &messages("x").replace(r#""content":"a","#, ""));
    assert_eq!(body["messages"], json!([{"role": "user", "content": [{"text": "hi"}, {"text": "on"}]}]));
}

#[test]
fn names_and_ids_are_made_acceptable_and_given_back() {
    let long = "x".repeat(90);
    let rest = format!(
        r#","tools":[{{"type":"function","function":{{"name":"1.b"}}}},{{"type":"function","function":{{"name":"{long}"}}}}],
        "messages":[{{"role":"user","content":"hi"}},
        {{"role":"assistant","tool_calls":[{{"id":"{long}","type":"function","function":{{"name":"{long}","arguments":""}}}}]}},
        {{"role":"tool","tool_call_id":"{long}","content":"1"}}]"#
    );
    let (body, _) = sent(OLD, &rest);
    let name = |i: usize| body["toolConfig"]["tools"][i]["toolSpec"]["name"].as_str().unwrap();
    assert_eq!((name(0), name(1)), ("_1_b", &*"x".repeat(64)));
    let id = body["messages"][1]["content"][0]["toolUse"]["toolUseId"].as_str().unwrap();
    assert!(id.len() <= 64);
    assert_eq!(body["messages"][2]["content"][0]["toolResult"]["toolUseId"], id);
}

#[test]
fn an_answer_by_schema_is_native_or_by_a_tool() {
    let rest = r#","response_format":{"type":"json_schema","json_schema":{"name":"person","schema":{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}}}"#;
    let (body, _) = sent(NEW, rest);
    let format = &body["outputConfig"]["textFormat"];
    assert_eq!(
        (&format["type"], &format["structure"]["jsonSchema"]["name"]),
        (&json!("json_schema"), &json!("person"))
    );
    let schema: Value =
        serde_json::from_str(format["structure"]["jsonSchema"]["schema"].as_str().unwrap()).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let (body, _) = sent(OLD, rest);
    assert_eq!(body["toolConfig"]["toolChoice"], json!({"tool": {"name": "answer_as_json"}}));
}

#[test]
fn exceptions_become_the_clients_errors() {
    let headers = |name: &str| match name {
        "x-amzn-errortype" => Some("ThrottlingException:http://internal.amazon.com/coral/".to_owned()),
        "retry-after" => Some("3".to_owned()),
        _ => None,
    };
    let body = br#"{"message":"Too many tokens, please wait before trying again."}"#;
    let error = ProviderKind::Bedrock.decode_error(Dialect::OpenAiChat, 429, &headers, body);
    assert_eq!((error.status, error.error.kind), (429, ErrorKind::RateLimited));
    assert!(error.error.retryable() && error.error.retry_after.is_some());
}

#[test]
fn a_key_is_sent_or_signs() {
    let headers = [("content-type".into(), "application/json".to_owned())];
    let ask = |key: &str, authority: &str| {
        let path = "/model/m/converse";
        let request = Unsigned { method: "POST", authority, path, headers: &headers, body: b"{}" };
        ProviderKind::Bedrock.authenticate(key, &request, 1_795_176_000)
    };
    let own = "bedrock-runtime.eu-central-1.amazonaws.com";
    assert_eq!(ask("ABSKkey==", own).unwrap(), [("authorization", "Bearer ABSKkey==".to_owned())]);
    let names =
        |added: Vec<(&'static str, String)>| added.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let signed = ask("AKID:secret:token", own).unwrap();
    assert!(signed[2].1.contains("/20261120/eu-central-1/bedrock/aws4_request"));
    assert_eq!(names(signed), ["x-amz-date", "x-amz-security-token", "authorization"]);
    assert_eq!(ask("AKID:secret", "proxy.example.com"), Err(KeyError::NoRegion));
    assert!(ask("AKID:secret@us-east-1", "proxy.example.com").unwrap()[1].1.contains("/us-east-1/"));
    assert!(matches!(ask("AKID:", own), Err(KeyError::Malformed { .. })));
}

/// BerriAI/litellm#35908: prompt caches are matched from the front, tools before system before messages.
#[test]
fn members_stand_in_the_order_of_the_cache() {
    let body = read("openai_chat/tools.json");
    let text = asked(&body, &target(OLD));
    let body = read("openai_chat/system.json");
    let with_system = asked(&body, &target(OLD));
    let at = |text: &str, name: &str| text.find(&format!("\n  \"{name}\"")).unwrap();
    assert!(at(&text, "toolConfig") < at(&text, "messages"));
    assert!(at(&with_system, "system") < at(&with_system, "messages"));
}

/// agentgateway/agentgateway#907, agentgateway/agentgateway#2403, agentgateway/agentgateway#1358: results of tools are
/// no text, those of one turn are one message, and a mistake is the client's.
#[test]
fn results_of_tools_are_one_message_of_tool_results() {
    let call = |id: &str| {
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    let user = r#"{"role":"user","content":"hi"}"#;
    let calls = format!(r#"{{"role":"assistant","tool_calls":[{},{}]}}"#, call("a"), call("b"));
    let rest = format!(r#","messages":[{user},{calls},{},{},{user}]"#, result("b"), result("a"));
    let (body, _) = sent(OLD, &rest);
    let last = &body["messages"][2]["content"];
    let ids: Vec<_> = (0..2).map(|i| last[i]["toolResult"]["toolUseId"].as_str().unwrap()).collect();
    assert_eq!(
        (ids, &last[2]["text"], body["messages"].as_array().unwrap().len()),
        (vec!["b", "a"], &json!("hi"), 3)
    );
    let orphan = format!("{user},{calls},{},{}", result("a"), result("c"));
    assert_eq!(refused(&orphan), (Some("messages[3].tool_call_id".to_owned()), Some("invalid_value")));
}

#[test]
fn parameters_of_converses_own_pass() {
    let own = r#","guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},"requestMetadata":{"team":"a"},
        "additionalModelRequestFields":{"anthropic_beta":["x"],"thinking":{"type":"disabled"}},"reasoning_effort":"low","metadata":{"a":"b"}"#;
    let (body, dropped) = sent(OLD, own);
    assert_eq!(body["guardrailConfig"]["guardrailIdentifier"], "g");
    assert_eq!(body["requestMetadata"], json!({"team": "a"}));
    let thinking = json!({"type": "enabled", "budget_tokens": 1024});
    assert_eq!(body["additionalModelRequestFields"], json!({"thinking": thinking, "anthropic_beta": ["x"]}));
    assert_eq!(dropped, ["metadata"]);
}
