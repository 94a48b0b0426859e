//! Gemini as a provider: what it is sent, and what its answers come to for a chat client.

use std::time::Duration;

use llm::{Context, Dialect, ErrorKind, FinishReason, ProviderKind, ResponseError, Target};
use serde_json::{Value, json};

use crate::facts::openai_chat as facts;
use crate::support::{cases, chat_peek, context, read, translate};

/// The model of the golden requests.
const MODEL: &str = "gemini-3.1-pro-preview";

/// A stream as the service frames it for whoever does not ask for events: one array.
pub(crate) fn array(stream: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(stream).unwrap().replace('\r', "");
    let items: Vec<&str> = text.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
    format!("[{}\n]\n", items.join("\n,\r\n")).into_bytes()
}

/// What is sent for a chat request, its path, and what is dropped.
fn sent(provider: ProviderKind, model: &str, body: &str) -> (Value, String, Vec<String>) {
    let peek = chat_peek(body.as_bytes()).unwrap();
    let encoded = provider
        .encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &Target::new(model, None))
        .unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.path.into_owned(), encoded.dropped)
}

/// A chat request with these members besides its one message.
fn asking(members: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{members}}}"#)
}

/// A chat request with these messages.
fn conversation(messages: &str) -> String {
    format!(r#"{{"model":"m","messages":[{messages}]}}"#)
}

#[test]
fn each_service_has_its_path_and_its_key() {
    let plain = asking("");
    let streamed = asking(r#","stream":true"#);
    let path = |provider, model, body: &str| sent(provider, model, body).1;
    assert_eq!(path(ProviderKind::Gemini, MODEL, &plain), format!("/models/{MODEL}:generateContent"));
    assert_eq!(
        path(ProviderKind::Gemini, "models/gemini-2.5-pro", &streamed),
        "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    );
    assert_eq!(
        path(ProviderKind::Vertex, "gemini-2.5-pro", &streamed),
        "/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    );
    // A client's name for a model stays within its place.
    assert_eq!(
        path(ProviderKind::Gemini, "../x?key=#:y", &plain),
        "/models/..%2Fx%3Fkey%3D%23%3Ay:generateContent"
    );
    assert_eq!(ProviderKind::Gemini.auth_header("k"), ("x-goog-api-key", "k".to_owned()));
    assert_eq!(ProviderKind::Vertex.auth_header("k"), ("authorization", "Bearer k".to_owned()));
}

/// Three turns under way: a call without state, its result, a call with it, its result.
const STEPS: &str = r#"{"role":"user","content":"hi"},
    {"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{\"x\": 1.50}"}}]},
    {"role":"tool","tool_call_id":"b","content":"two"},{"role":"tool","tool_call_id":"a","content":"one"},
    {"role":"assistant","tool_calls":[{"id":"c","extra_content":{"google":{"thought_signature":"++++//4AAQIDBAUGBwgJCgsMDQ4PEBESEw=="}},"function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c","content":"three"}"#;

const SKIP: &str = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

/// BerriAI/litellm#16893, BerriAI/litellm#25322 and QuantumNous/new-api#5528: signatures lost, 400 on the next turn.
#[test]
fn thought_signatures_return_on_their_own_part() {
    let (body, ..) = sent(ProviderKind::Gemini, MODEL, &conversation(STEPS));
    let contents = &body["contents"];
    assert_eq!(contents[1]["parts"][0]["thoughtSignature"], SKIP);
    // A call beside it has none and must not get one.
    assert_eq!(contents[1]["parts"][1].get("thoughtSignature"), None);
    assert_eq!(contents[3]["parts"][0]["thoughtSignature"], "++++//4AAQIDBAUGBwgJCgsMDQ4PEBESEw==");
    // What the user has spoken after is not checked by the service.
    let later = format!(r#"{STEPS},{{"role":"user","content":"and?"}}"#);
    let (body, ..) = sent(ProviderKind::Gemini, MODEL, &conversation(&later));
    assert_eq!(body["contents"][1]["parts"][0].get("thoughtSignature"), None);
    assert_eq!(body["contents"][3]["parts"][0]["thoughtSignature"], "++++//4AAQIDBAUGBwgJCgsMDQ4PEBESEw==");
    // Models before Gemini 3 check nothing.
    let (body, ..) = sent(ProviderKind::Gemini, "gemini-2.5-pro", &conversation(STEPS));
    assert_eq!(body["contents"][1]["parts"][0].get("thoughtSignature"), None);
}

#[test]
fn results_stand_alone_in_the_order_of_the_calls() {
    let (body, ..) = sent(ProviderKind::Gemini, MODEL, &conversation(STEPS));
    let result = |id: &str, name: &str, output: &str| json!({"functionResponse": {"id": id, "name": name, "response": {"output": output}}});
    let expect = json!({"role": "user", "parts": [result("a", "f", "one"), result("b", "g", "two")]});
    assert_eq!(body["contents"][2], expect);
    let more = format!(
        r#"{STEPS},{{"role":"user","content":"and?"}},{{"role":"user","content":[{{"type":"text","text":"so?"}}]}}"#
    );
    let (body, ..) = sent(ProviderKind::Gemini, MODEL, &conversation(&more));
    assert_eq!(body["contents"][4]["parts"].as_array().unwrap().len(), 1);
    assert_eq!(body["contents"][5], json!({"role": "user", "parts": [{"text": "and?"}, {"text": "so?"}]}));
    let (body, ..) = sent(ProviderKind::Vertex, MODEL, &conversation(STEPS));
    assert!(!body.to_string().contains("\"id\""), "{body}");
}

/// agentgateway/agentgateway#907, agentgateway/agentgateway#1358: a client's mistake is a 400 that names the field.
#[test]
fn calls_and_results_must_belong_together() {
    let user = r#"{"role":"user","content":"hi"}"#;
    let calls = |ids: &[&str]| {
        let call = |id: &&str| format!(r#"{{"id":"{id}","function":{{"name":"f","arguments":"{{}}"}}}}"#);
        let calls: Vec<_> = ids.iter().map(call).collect();
        format!(r#"{{"role":"assistant","tool_calls":[{}]}}"#, calls.join(","))
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    for (messages, param) in [
        (vec![user.to_owned(), result("a")], "messages[1].tool_call_id"),
        (vec![user.to_owned(), calls(&["a"]), result("b")], "messages[2].tool_call_id"),
        (vec![user.to_owned(), calls(&["a"]), result("a"), result("a")], "messages[3].tool_call_id"),
        (vec![user.to_owned(), calls(&["a", "b"]), result("a")], "messages[1].tool_calls"),
        (vec![user.to_owned(), calls(&["a"]), user.to_owned()], "messages[1].tool_calls"),
        (vec![user.to_owned(), calls(&["a", "a"]), result("a")], "messages[1].tool_calls"),
    ] {
        let body = conversation(&messages.join(","));
        let peek = chat_peek(body.as_bytes()).unwrap();
        let target = Target::new(MODEL, None);
        let error = ProviderKind::Gemini
            .encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target)
            .unwrap_err();
        assert_eq!((error.param.as_deref(), error.code), (Some(param), Some("invalid_value")), "{body}");
    }
    // A call at the end waits for its result.
    sent(ProviderKind::Gemini, MODEL, &conversation(&format!("{user},{}", calls(&["a", "b"]))));
}

#[test]
fn many_calls_take_time_by_their_number_alone() {
    let list = |item: &dyn Fn(usize) -> String| (0..20_000).map(item).collect::<Vec<_>>().join(",");
    let call = |i: usize| format!(r#"{{"id":"c{i}","function":{{"name":"f{i}","arguments":"{{}}"}}}}"#);
    let result = |i: usize| format!(r#"{{"role":"tool","tool_call_id":"c{i}","content":"1"}}"#);
    let messages = format!(r#"{{"role":"assistant","tool_calls":[{}]}},{}"#, list(&call), list(&result));
    let (body, ..) = sent(ProviderKind::Gemini, MODEL, &conversation(&messages));
    assert_eq!(body["contents"][1]["parts"][19_999]["functionResponse"]["name"], "f19999");
}

#[test]
fn each_generation_is_told_to_think_in_its_way() {
    let thinking = |model: &str, effort: &str| {
        let (body, _, dropped) =
            sent(ProviderKind::Gemini, model, &asking(&format!(r#","reasoning_effort":"{effort}""#)));
        (body["generationConfig"]["thinkingConfig"].clone(), dropped.len())
    };
    let level = |level: &str| json!({"includeThoughts": true, "thinkingLevel": level});
    let budget = |budget: u64| json!({"includeThoughts": true, "thinkingBudget": budget});
    assert_eq!(thinking("gemini-3.1-pro", "minimal"), (level("LOW"), 0));
    assert_eq!(thinking("gemini-3-flash", "minimal"), (level("MINIMAL"), 0));
    assert_eq!(thinking("gemini-3.1-pro", "xhigh"), (level("HIGH"), 0));
    // It cannot do without: the least, and the wish is named.
    assert_eq!(thinking("gemini-3.1-pro", "none"), (json!({"thinkingLevel": "LOW"}), 1));
    assert_eq!(thinking("gemini-2.5-pro", "none"), (json!({"thinkingBudget": 128}), 1));
    assert_eq!(thinking("gemini-2.5-flash", "none"), (json!({"thinkingBudget": 0}), 0));
    assert_eq!(thinking("gemini-2.5-flash", "high"), (budget(4096), 0));
    assert_eq!(thinking("gemini-2.0-flash", "high"), (Value::Null, 1));
    assert_eq!(thinking("gemini-2.0-flash", "none"), (Value::Null, 0));
}

#[test]
fn a_shape_beside_tools_is_for_newer_models() {
    let body = asking(
        r#","response_format":{"type":"json_object"},"tools":[{"type":"function","function":{"name":"f","strict":true}}]"#,
    );
    let (new, _, dropped) = sent(ProviderKind::Gemini, MODEL, &body);
    assert_eq!(new["generationConfig"]["responseMimeType"], "application/json");
    assert_eq!(new["toolConfig"]["functionCallingConfig"]["mode"], "VALIDATED");
    assert!(dropped.is_empty(), "{dropped:?}");
    let (old, _, dropped) = sent(ProviderKind::Gemini, "gemini-2.0-flash", &body);
    assert_eq!((old.get("generationConfig"), old.get("toolConfig")), (None, None));
    assert_eq!(dropped, ["tools[0].function.strict", "response_format"]);
}

#[test]
fn what_is_dropped_is_named_and_defaults_are_not() {
    let members = r#","n":2,"parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"f"}}],"user":"u",
        "service_tier":"scale","stop":["1","2","3","4","5","6"],"prompt_cache_key":"k","verbosity":"low","logit_bias":{},
        "safety_settings":[{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_NONE"}],"labels":{"a":"b"},
        "modalities":["text","image"],"logprobs":true,"top_logprobs":3,"seed":7,"presence_penalty":0.5"#;
    let (body, _, dropped) = sent(ProviderKind::Gemini, MODEL, &asking(members));
    let names = [
        "parallel_tool_calls",
        "stop",
        "service_tier",
        "verbosity",
        "labels",
        "user",
        "prompt_cache_key",
        "n",
    ];
    assert_eq!(dropped, names);
    assert_eq!(body["safetySettings"][0]["threshold"], "BLOCK_NONE");
    let expect = json!({"stopSequences": ["1", "2", "3", "4", "5"], "seed": 7, "presencePenalty": 0.5,
        "responseLogprobs": true, "logprobs": 3, "responseModalities": ["TEXT", "IMAGE"]});
    assert_eq!(body["generationConfig"], expect);
    let (body, _, dropped) =
        sent(ProviderKind::Vertex, MODEL, &asking(r#","labels":{"a":"b"},"service_tier":"auto""#));
    assert_eq!((body["labels"]["a"].as_str(), dropped.len()), (Some("b"), 0));
}

/// agentgateway/agentgateway#2312: images dropped in silence.
#[test]
fn media_are_carried_or_refused() {
    let with = |part: &str| conversation(&format!(r#"{{"role":"user","content":[{part}]}}"#));
    let image = |url: &str| with(&format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#));
    let part = |body: &str| sent(ProviderKind::Gemini, MODEL, body).0["contents"][0]["parts"][0].clone();
    assert_eq!(
        part(&image("data:image/jpg;base64,AA==")),
        json!({"inlineData": {"mimeType": "image/jpeg", "data": "AA=="}})
    );
    assert_eq!(
        part(&image("https://a.example/cat.PNG?x=1")),
        json!({"fileData": {"mimeType": "image/png", "fileUri": "https://a.example/cat.PNG?x=1"}})
    );
    let audio = with(r#"{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}"#);
    assert_eq!(part(&audio), json!({"inlineData": {"mimeType": "audio/mp3", "data": "AA=="}}));
    let body = image("https://a.example/cat.png");
    let peek = chat_peek(body.as_bytes()).unwrap();
    let error = ProviderKind::Vertex
        .encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &Target::new(MODEL, None))
        .unwrap_err();
    assert_eq!(
        (error.param.as_deref(), error.code),
        (Some("messages[0].content"), Some("unsupported_value"))
    );
}

#[test]
fn pictures_in_results_stand_where_the_model_takes_them() {
    let messages = r#"{"role":"user","content":"hi"},
        {"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}"#;
    let picture = json!({"inlineData": {"mimeType": "image/png", "data": "AA=="}});
    let (new, ..) = sent(ProviderKind::Gemini, MODEL, &conversation(messages));
    let response = &new["contents"][2]["parts"][0]["functionResponse"];
    assert_eq!((&response["response"]["output"], &response["parts"][0]), (&json!("see"), &picture));
    let (old, ..) = sent(ProviderKind::Gemini, "gemini-2.5-pro", &conversation(messages));
    assert_eq!(old["contents"][2]["parts"].as_array().unwrap().len(), 1);
    assert_eq!(old["contents"][3], json!({"role": "user", "parts": [picture]}));
}

fn chat(case: &str) -> crate::facts::Facts {
    let body = read(&format!("answers/gemini/{case}.json"));
    facts::whole(&ProviderKind::Gemini.decode_response(&body, &context(true)).unwrap().body)
}

/// maximhq/bifrost#3638, maximhq/bifrost#6123: text and a call in one turn ended as if nothing was to be done.
#[test]
fn the_reason_to_stop_is_derived_from_what_was_done() {
    for (case, finish) in [
        ("text", "stop"),
        ("text_and_tool", "tool_calls"),
        ("parallel_tools", "tool_calls"),
        ("length", "length"),
        ("all_thoughts", "length"),
        ("refusal", "content_filter"),
        ("prompt_blocked", "content_filter"),
        ("failed_call", "error"),
        ("empty", "stop"),
    ] {
        assert_eq!(chat(case).finish, finish, "{case}");
    }
    assert_eq!(chat("refusal").refusal, "The answer was stopped by a safety filter.");
    assert_eq!(chat("prompt_blocked").refusal, "The prompt was blocked.");
}

/// BerriAI/litellm#25561, BerriAI/litellm#25605: calls opened and closed without arguments in streams.
#[test]
fn a_streamed_call_brings_its_arguments() {
    for case in ["tool_call", "parallel_tools", "tool_no_arguments", "tool_without_id"] {
        let stream = read(&format!("answers/gemini/{case}.sse"));
        let facts = facts::streamed(&translate(ProviderKind::Gemini, context(true), [stream.as_slice()]).out);
        assert_eq!(facts.calls, chat(case).calls, "{case}");
        assert!(facts.calls.iter().all(|(id, ..)| !id.is_empty()), "{case}");
    }
    assert_eq!(chat("tool_call").calls[0].2, json!({"city": "Paris", "days": 2}));
    let ids: Vec<_> = chat("tool_without_id").calls.into_iter().map(|(id, ..)| id).collect();
    assert_ne!(ids[0], ids[1]);
}

/// What belongs to a call is kept under its id, so that no other conversation's call may have it.
#[test]
fn calls_of_different_answers_have_different_ids() {
    let call =
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"},"thoughtSignature":"c2ln"}]}}]}"#;
    let kept = |id: &str| {
        let ctx = Context { request_id: id.to_owned(), ..context(true) };
        let whole = ProviderKind::Gemini.decode_response(call.as_bytes(), &ctx).unwrap();
        let mut stream = ProviderKind::Gemini.stream(ctx);
        stream.push(format!("data: {call}\n\n").as_bytes(), &mut Vec::new());
        assert_eq!(stream.kept(), &whole.kept, "streamed or not");
        whole.kept.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!((kept("01A").len(), kept("01A")), (1, kept("01A")));
    assert_ne!(kept("01A"), kept("01B"));
}

/// BerriAI/litellm#14849, BerriAI/litellm#9812: cached tokens charged twice; QuantumNous/new-api#6144: lost in streams.
#[test]
fn usage_is_inclusive_streamed_or_not() {
    for (case, input, output, cached) in [
        ("cached_usage", 5000, 2, 4096),
        ("reasoning_tool", 82, 17, 64),
        ("citations", 50, 8, 0),
        ("all_thoughts", 10, 50, 0),
    ] {
        let stream = read(&format!("answers/gemini/{case}.sse"));
        let streamed =
            facts::streamed(&translate(ProviderKind::Gemini, context(true), [stream.as_slice()]).out);
        for facts in [chat(case), streamed] {
            assert_eq!(
                (facts.input, facts.output, facts.cached),
                (Some(input), Some(output), cached),
                "{case}"
            );
        }
    }
}

#[test]
fn an_array_is_read_as_the_events_are() {
    for case in cases("answers/gemini", ".sse") {
        let events = read(&format!("answers/gemini/{case}.sse"));
        let expect = translate(ProviderKind::Gemini, context(true), [events.as_slice()]);
        let got = translate(ProviderKind::Gemini, context(true), [array(&events).as_slice()]);
        assert_eq!(got, expect, "{case}");
    }
}

#[test]
fn sources_are_told_in_characters() {
    let body = read("answers/gemini/citations.json");
    let body = ProviderKind::Gemini.decode_response(&body, &context(false)).unwrap().body;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let notes = body["choices"][0]["message"]["annotations"].as_array().unwrap();
    let told: Vec<_> = notes
        .iter()
        .map(|note| &note["url_citation"])
        .map(|note| {
            (
                note["start_index"].as_u64().unwrap(),
                note["end_index"].as_u64().unwrap(),
                note["title"].as_str().unwrap(),
            )
        })
        .collect();
    // "España won." is eleven characters and twelve bytes.
    assert_eq!(told, [(0, 11, "A"), (12, 28, "A"), (12, 28, "B")]);
}

#[test]
fn log_probabilities_take_the_shape_of_openai() {
    let body = read("answers/gemini/logprobs.json");
    let body = ProviderKind::Gemini.decode_response(&body, &context(false)).unwrap().body;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let content = &body["choices"][0]["logprobs"]["content"];
    assert_eq!((&content[0]["token"], &content[1]["logprob"]), (&json!("Hi"), &json!(-1e-5)));
    assert_eq!(content[0]["top_logprobs"][1], json!({"token": "Hello", "logprob": -1.5, "bytes": null}));
}

#[test]
fn errors_of_google_are_read() {
    let decode = |status, body: &[u8]| {
        ProviderKind::Gemini.decode_error(Dialect::OpenAiChat, status, &|_| None, body).error
    };
    let error = decode(429, &read("fixtures/gemini_error_429.json"));
    assert_eq!((error.status, error.kind), (429, ErrorKind::RateLimited));
    assert_eq!(error.retry_after, Some(Duration::from_secs(34)));
    for (status, word, expect, kind) in [
        (400, "INVALID_ARGUMENT", 400, ErrorKind::InvalidRequest),
        (400, "FAILED_PRECONDITION", 400, ErrorKind::InvalidRequest),
        (401, "UNAUTHENTICATED", 401, ErrorKind::Authentication),
        (403, "PERMISSION_DENIED", 403, ErrorKind::Permission),
        (404, "NOT_FOUND", 404, ErrorKind::NotFound),
        (413, "INVALID_ARGUMENT", 413, ErrorKind::TooLarge),
        (429, "RESOURCE_EXHAUSTED", 429, ErrorKind::RateLimited),
        (499, "CANCELLED", 504, ErrorKind::Timeout),
        (500, "INTERNAL", 500, ErrorKind::Server),
        (503, "UNAVAILABLE", 503, ErrorKind::Overloaded),
        (504, "DEADLINE_EXCEEDED", 504, ErrorKind::Timeout),
        // In a stream, or with a success: the body's own status counts.
        (200, "UNAVAILABLE", 503, ErrorKind::Overloaded),
    ] {
        let code = if status == 200 { 503 } else { status };
        let body = json!({"error": {"code": code, "message": "why", "status": word}}).to_string();
        let error = decode(status, body.as_bytes());
        assert_eq!((error.status, error.kind, error.message.as_str()), (expect, kind, "why"), "{word}");
        let error = decode(status, format!("[{body}]").as_bytes());
        assert_eq!((error.status, error.kind), (expect, kind), "{word} in an array");
    }
    let bad_key = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#;
    let error = decode(400, bad_key.as_bytes());
    assert_eq!((error.status, error.kind), (401, ErrorKind::Authentication));
    let html = decode(502, b"<html>secret</html>");
    assert_eq!(html.message, "the model's provider answered 502 without saying why");
}

#[test]
fn answers_of_no_use_are_told_apart() {
    let decode = |body: &[u8]| ProviderKind::Gemini.decode_response(body, &context(false)).unwrap_err();
    for broken in [&b"<html>"[..], b"", b"{\"candidates\":", b"\xff"] {
        assert_eq!(decode(broken), ResponseError::NotJson);
    }
    for strange in [&b"{}"[..], b"[]", b"null", br#"{"candidates":[]}"#, br#"{"choices":[]}"#] {
        assert!(matches!(decode(strange), ResponseError::Unexpected { .. }), "{strange:?}");
    }
    let error = decode(br#"{"error":{"code":503,"message":"why","status":"UNAVAILABLE"}}"#).api_error();
    assert_eq!((error.status, error.message.as_str()), (503, "why"));
    // A whole answer where a stream was asked for is no error of the provider's.
    let whole = read("fixtures/gemini_generate.json");
    let outcome = translate(ProviderKind::Gemini, context(false), [whole.as_slice()]);
    assert!(String::from_utf8(outcome.out).unwrap().contains("upstream_not_a_stream"));
}

#[test]
fn the_fixture_comes_to_a_chat_answer() {
    let got = ProviderKind::Gemini
        .decode_response(&read("fixtures/gemini_generate.json"), &context(false))
        .unwrap();
    assert_eq!(
        (got.finish_reason, got.model.as_deref()),
        (Some(FinishReason::ToolCalls), Some("gemini-3-pro"))
    );
    let facts = facts::whole(&got.body);
    assert_eq!((facts.thinking.as_str(), facts.state), ("Need weather.", vec!["Q2lRQg==".to_owned()]));
    assert_eq!(facts.calls, [("fc-1".to_owned(), "get_weather".to_owned(), json!({"city": "Paris"}))]);
}
