//! Clients that speak Gemini, before providers that speak otherwise, and before Google itself.

mod refusals;

use std::time::Duration;

use llm::catalogue::Catalogue;
use llm::request::{self, Address, Peek};
use llm::{
    ApiError, Context, Dialect, Encoded, ErrorKind, ModelEntry, ProviderKind, RequestError, StreamEnd, Target,
};
use serde_json::{Value, json};

use crate::facts::{Facts, gemini as facts};
use crate::gemini;
use crate::support::{cases, context, golden, read, translate};

fn peek(body: &str, stream: bool) -> Result<Peek, RequestError> {
    let address = Address { model: Some("smart"), stream: Some(stream), array: false };
    request::peek(Dialect::Gemini, body.as_bytes(), address)
}

/// What a Gemini client's request becomes.
fn encode(provider: ProviderKind, model: &str, body: &str) -> Result<Encoded, RequestError> {
    let catalogue = Catalogue::builtin();
    let entry =
        ["anthropic", "openai"].into_iter().find_map(|provider| catalogue.lookup(model, Some(provider)));
    let peek = peek(body, false)?;
    provider.encode_request(Dialect::Gemini, body.as_bytes(), &peek, &Target::new(model, entry.as_ref()))
}

fn to_anthropic(body: &str) -> (Value, Vec<String>) {
    let encoded = encode(ProviderKind::Anthropic, "claude-sonnet-5", body).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

fn asking(members: &str) -> String {
    format!(r#"{{"contents":[{{"parts":[{{"text":"hi"}}]}}]{members}}}"#)
}

/// The context of a Gemini client, that wants to see thoughts or does not.
fn client(shown: bool, array: bool) -> Context {
    let config = format!(r#","generationConfig":{{"thinkingConfig":{{"includeThoughts":{shown}}}}}"#);
    let encoded = encode(ProviderKind::Anthropic, "claude-sonnet-5", &asking(&config)).unwrap();
    Context { dialect: Dialect::Gemini, array, carry: encoded.carry, ..context(true) }
}

#[test]
fn requests_for_google_itself_pass_byte_for_byte() {
    for case in cases("gemini", ".json") {
        let body = String::from_utf8(read(&format!("gemini/{case}.json"))).unwrap();
        let encoded = encode(ProviderKind::Gemini, "gemini-3-pro", &body).unwrap();
        assert_eq!(encoded.path, "/models/gemini-3-pro:generateContent");
        // State of another vendor is taken out.
        if body.contains("d2Vpci") {
            assert_ne!(encoded.body, body.as_bytes(), "{case}");
            continue;
        }
        assert_eq!(String::from_utf8(encoded.body).unwrap(), body, "{case}");
        assert!(encoded.dropped.is_empty());
        // Vertex AI refuses ids.
        let encoded = encode(ProviderKind::Vertex, "gemini-3-pro", &body).unwrap();
        let mut expect: Value = serde_json::from_str(&body).unwrap();
        let parts = expect["contents"].as_array_mut().unwrap().iter_mut();
        for part in parts.flat_map(|content| content["parts"].as_array_mut().unwrap()) {
            for kind in ["functionCall", "functionResponse"] {
                part.get_mut(kind).and_then(Value::as_object_mut).map(|call| call.shift_remove("id"));
            }
        }
        assert_eq!(serde_json::from_slice::<Value>(&encoded.body).unwrap(), expect, "{case}");
    }
}

/// CommonstackAI/UncommonRoute#19: the router changed the model, and every turn failed with `Invalid signature` for ever.
#[test]
fn state_of_other_vendors_is_not_sent_to_google() {
    let body = String::from_utf8(read("gemini/reasoning_three_turns.json")).unwrap();
    let encoded = encode(ProviderKind::Gemini, "gemini-3-pro", &body).unwrap();
    assert_eq!(encoded.dropped, ["contents[].parts[].thoughtSignature"]);
    let sent: Value = serde_json::from_slice(&encoded.body).unwrap();
    let mut expect: Value = serde_json::from_str(&body).unwrap();
    for (content, part) in [(1, 2), (3, 0)] {
        expect["contents"][content]["parts"][part].as_object_mut().unwrap().shift_remove("thoughtSignature");
    }
    assert_eq!(sent, expect);
    // A call that lost its state says so in Google's own word.
    let seal = json!(encode_base64("weir.openai.rs_1~abc"));
    let call = format!(r#"{{"thoughtSignature":{seal},"functionCall":{{"name":"f"}}}}"#);
    let body = format!(r#"{{"contents":[{{"role":"model","parts":[{call}]}}]}}"#);
    let sent: Value =
        serde_json::from_slice(&encode(ProviderKind::Gemini, "gemini-3-pro", &body).unwrap().body).unwrap();
    let part = &sent["contents"][0]["parts"][0];
    assert_eq!(part["thoughtSignature"], "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=");
}

fn encode_base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// What a client keeps of an answer: its parts, as Google's libraries write them again.
fn kept(answers: &[Value]) -> Vec<Value> {
    let mut contents: Vec<Value> =
        answers.iter().map(|answer| answer["candidates"][0]["content"].clone()).collect();
    for part in contents.iter_mut().flat_map(|content| content["parts"].as_array_mut().unwrap()) {
        if let Some(signature) = part["thoughtSignature"].as_str() {
            part["thoughtSignature"] = signature.replace('+', "-").replace('/', "_").into();
        }
        part.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    }
    contents
}

/// maximhq/bifrost#6342, BerriAI/litellm#16893: what a vendor gave out with its reasoning comes back byte for byte, in its
/// place, whether the client wants to see the reasoning or not, and whether it was streamed.
#[test]
fn reasoning_state_makes_the_round_trip() {
    let source: Value = serde_json::from_slice(&read("answers/anthropic/reasoning_tool.json")).unwrap();
    let expect = &source["content"];
    for shown in [true, false] {
        let body = read("answers/anthropic/reasoning_tool.json");
        let whole = ProviderKind::Anthropic.decode_response(&body, &client(shown, false)).unwrap().body;
        let whole: Value = serde_json::from_slice(&whole).unwrap();
        let stream = read("answers/anthropic/reasoning_tool.sse");
        let stream = translate(ProviderKind::Anthropic, client(shown, true), [stream.as_slice()]).out;
        let stream: Vec<Value> = serde_json::from_slice(&stream).unwrap();
        let thoughts = whole["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
        assert_eq!(thoughts.is_empty(), !shown);
        for answers in [&[whole][..], &stream] {
            let mut contents = vec![json!({"role": "user", "parts": [{"text": "hi"}]})];
            contents.extend(kept(answers));
            let calls: Vec<&Value> = contents
                .iter()
                .flat_map(|content| content["parts"].as_array().unwrap())
                .map(|part| &part["functionCall"])
                .filter(|call| call.is_object())
                .collect();
            let results: Vec<Value> = calls
                .iter()
                .map(|call| json!({"functionResponse": {"id": call["id"], "name": call["name"], "response": {"output": "1"}}}))
                .collect();
            contents.push(json!({"role": "user", "parts": results}));
            let (sent, dropped) = to_anthropic(&json!({"contents": contents}).to_string());
            assert_eq!(dropped, Vec::<String>::new());
            assert_eq!(&sent["messages"][1]["content"], expect, "shown: {shown}");
        }
    }
}

/// Facts of an answer, whole, streamed and as one array.
fn all_ways(provider: ProviderKind, folder: &str, case: &str, shown: bool) -> [Facts; 3] {
    let body = read(&format!("answers/{folder}/{case}.json"));
    let whole = provider.decode_response(&body, &client(shown, false)).unwrap();
    let whole = if whole.unchanged { body } else { whole.body };
    let stream = read(&format!("answers/{folder}/{case}.sse"));
    let events = translate(provider, client(shown, false), [stream.as_slice()]);
    let array = translate(provider, client(shown, true), [stream.as_slice()]);
    assert_eq!((events.end, array.end), (StreamEnd::Complete, StreamEnd::Complete));
    [facts::whole(&whole), facts::streamed(&events.out), facts::array(&array.out)]
}

#[test]
fn every_way_of_an_answer_carries_the_same_facts() {
    for (provider, folder) in [
        (ProviderKind::Anthropic, "anthropic"),
        (ProviderKind::Gemini, "gemini"),
        (ProviderKind::Vertex, "gemini"),
    ] {
        for case in cases(&format!("answers/{folder}"), ".sse") {
            for shown in [true, false] {
                let [whole, events, array] = all_ways(provider, folder, &case, shown);
                assert_eq!(events, whole, "{folder}/{case}");
                assert_eq!(array, whole, "{folder}/{case} as an array");
            }
        }
    }
}

/// BerriAI/litellm#25561: a tool call came without its arguments in streams to Gemini clients.
#[test]
fn a_streamed_call_is_whole() {
    let [whole, events, _] = all_ways(ProviderKind::Anthropic, "anthropic", "parallel_tools", true);
    assert_eq!(events.calls.len(), 2);
    assert!(
        events.calls.iter().all(|(id, name, args)| !id.is_empty() && !name.is_empty() && args.is_object())
    );
    assert_eq!((whole.finish.as_str(), events.finish.as_str()), ("STOP", "STOP"));
}

#[test]
fn thoughts_are_shown_to_who_asked_for_them() {
    let [shown, ..] = all_ways(ProviderKind::Anthropic, "anthropic", "reasoning", true);
    let [hidden, ..] = all_ways(ProviderKind::Anthropic, "anthropic", "reasoning", false);
    assert!(!shown.thinking.is_empty() && hidden.thinking.is_empty());
    assert_eq!((shown.text, shown.state.len()), (hidden.text, hidden.state.len()));
}

/// google-genai keeps a turn of a chat only if every piece of its answer has a part.
#[test]
fn every_piece_of_a_stream_has_a_part() {
    for case in cases("answers/anthropic", ".sse") {
        let stream = read(&format!("answers/anthropic/{case}.sse"));
        let out = translate(ProviderKind::Anthropic, client(false, true), [stream.as_slice()]).out;
        for piece in serde_json::from_slice::<Vec<Value>>(&out).unwrap() {
            assert!(
                !piece["candidates"][0]["content"]["parts"].as_array().unwrap().is_empty(),
                "{case}: {piece}"
            );
        }
    }
}

#[test]
fn golden_streams_to_gemini_clients() {
    for (folder, case) in [
        ("fixtures", "anthropic_stream"),
        ("fixtures", "anthropic_stream_error"),
        ("anthropic", "parallel_tools"),
    ] {
        let body = read(&format!("{folder}/{case}.sse"));
        let events = translate(ProviderKind::Anthropic, client(true, false), [body.as_slice()]);
        let array = translate(ProviderKind::Anthropic, client(true, true), [body.as_slice()]);
        assert_eq!(events.facts, array.facts);
        let text = |out: Vec<u8>| String::from_utf8(out).unwrap().replace('\r', "<CR>");
        let got = format!("{}--- events\n{}--- array\n{}", events.facts, text(events.out), text(array.out));
        golden(folder, case, "gemini_client", &got);
    }
}

/// Streams as events are cut with those of other dialects.
#[test]
fn every_cut_gives_the_same_array() {
    let google = read("answers/gemini/reasoning.sse");
    for (provider, body) in [
        (ProviderKind::Anthropic, read("answers/anthropic/tool_call.sse")),
        (ProviderKind::Gemini, gemini::array(&google)),
        (ProviderKind::Gemini, google),
        (ProviderKind::Gemini, read("gemini/bare_error_amid.sse")),
    ] {
        let whole = translate(provider, client(true, true), [body.as_slice()]);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            assert_eq!(translate(provider, client(true, true), [front, back]), whole, "cut at {at}");
        }
    }
}

#[test]
fn a_stream_of_google_passes_byte_for_byte() {
    let body = read("fixtures/gemini_stream.sse");
    let outcome = translate(ProviderKind::Gemini, client(true, false), [body.as_slice()]);
    assert_eq!(String::from_utf8(outcome.out).unwrap(), String::from_utf8(body).unwrap());
    assert!(outcome.facts.contains("input: 82, output: 17, cache_read: 64"), "{}", outcome.facts);
    assert!(outcome.facts.contains("finish: Some(ToolCalls)"), "{}", outcome.facts);
    for (file, end) in [
        ("cut", StreamEnd::Truncated),
        ("bare_error_amid", StreamEnd::Failed),
        ("html", StreamEnd::Truncated),
        ("error_without_stream", StreamEnd::Failed),
    ] {
        let body = read(&format!("gemini/{file}.sse"));
        for array in [true, false] {
            let outcome = translate(ProviderKind::Gemini, client(true, array), [body.as_slice()]);
            let read = if array { facts::array } else { facts::streamed };
            assert_eq!(outcome.end, end, "{file}");
            assert!(read(&outcome.out).error.is_some(), "{file}");
        }
    }
}

#[test]
fn the_gateway_can_end_either_kind_of_stream() {
    let error = ApiError::new(504, ErrorKind::Timeout, "no word for 30 s").with_code("upstream_idle");
    let json = r#"{"error":{"code":504,"message":"no word for 30 s","status":"DEADLINE_EXCEEDED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"UPSTREAM_IDLE","domain":"weir"}]}}"#;
    let ended = |provider: ProviderKind, array: bool, sent: &[u8]| {
        let mut stream = provider.stream(client(true, array));
        let mut out = Vec::new();
        stream.push(sent, &mut out);
        out.clear();
        stream.fail(&error, &mut out);
        assert_eq!(stream.finish(&mut out), StreamEnd::Failed);
        String::from_utf8(out).unwrap()
    };
    let anthropic = read("fixtures/anthropic_stream.sse");
    let google = read("fixtures/gemini_stream.sse");
    for (provider, body) in [(ProviderKind::Anthropic, anthropic), (ProviderKind::Gemini, google)] {
        let half = &body[..body.len() / 2];
        assert_eq!(ended(provider, false, half), format!("data: {json}\r\n\r\n"));
        assert_eq!(ended(provider, true, half), format!(",{json}\r\n]\r\n"));
        assert_eq!(ended(provider, true, b""), format!("[{json}\r\n]\r\n"));
    }
}

#[test]
fn signs_of_life_fit_into_either_kind_of_stream() {
    for (array, expect) in [(false, "\r\n\r\n"), (true, "\r\n")] {
        let mut stream = ProviderKind::Anthropic.stream(client(true, array));
        let mut out = Vec::new();
        let ping = b"event: ping\ndata: {\"type\":\"ping\"}\n\n";
        stream.push(ping, &mut out);
        assert!(out.is_empty());
        stream.push(b"data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\ndata: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"a\"}}\n\n", &mut out);
        out.clear();
        stream.push(ping, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }
    assert_eq!(client(true, true).stream_media_type(), "application/json; charset=UTF-8");
    assert_eq!(client(true, false).stream_media_type(), "text/event-stream");
}

#[test]
fn errors_have_googles_shape() {
    let mut error = ApiError::from(RequestError {
        message: "`contents` is empty".to_owned(),
        param: Some("contents".to_owned()),
        code: None,
    });
    let told =
        |error: &ApiError| serde_json::from_slice::<Value>(&Dialect::Gemini.encode_error(error)).unwrap();
    let expect = json!({"error": {"code": 400, "message": "`contents` is empty", "status": "INVALID_ARGUMENT", "details": [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "contents", "description": "`contents` is empty"}]}]}});
    assert_eq!(told(&error), expect);
    error = ApiError::new(429, ErrorKind::RateLimited, "slow down");
    error.retry_after = Some(Duration::from_millis(3500));
    assert_eq!(told(&error)["error"]["details"][0]["retryDelay"], "3.5s");
    for (kind, status, word) in [
        (ErrorKind::Authentication, 401, "UNAUTHENTICATED"),
        (ErrorKind::Permission, 403, "PERMISSION_DENIED"),
        (ErrorKind::NotFound, 404, "NOT_FOUND"),
        (ErrorKind::Overloaded, 503, "UNAVAILABLE"),
        (ErrorKind::Server, 500, "INTERNAL"),
    ] {
        let told = told(&ApiError::new(status, kind, "m"));
        assert_eq!(told, json!({"error": {"code": status, "message": "m", "status": word}}));
    }
    // An error of Google's comes back with its time to wait.
    let fixture = read("fixtures/gemini_error_429.json");
    let error = ProviderKind::Gemini.decode_error(Dialect::Gemini, 429, &|_| None, &fixture);
    assert_eq!(
        serde_json::from_slice::<Value>(&error.body).unwrap(),
        serde_json::from_slice::<Value>(&fixture).unwrap()
    );
}

#[test]
fn models_are_listed_as_google_lists_them() {
    let models = [ModelEntry { id: "smart", created: 5, owned_by: "weir" }];
    let got: Value = serde_json::from_slice(&Dialect::Gemini.encode_models(models)).unwrap();
    let expect = json!({"models": [{"name": "models/smart", "displayName": "smart",
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"]}]});
    assert_eq!(got, expect);
}

/// gravitee-io/issues#11601: what cannot be carried must not vanish with a 200.
#[test]
fn what_is_dropped_is_named_by_the_clients_path() {
    let (_, dropped) = to_anthropic(&asking(
        r#","tools":[{"googleSearch":{}},{"functionDeclarations":[{"name":"f","response":{"type":"STRING"},"behavior":"BLOCKING"}]}],
        "generationConfig":{"candidateCount":1,"mediaResolution":"MEDIA_RESOLUTION_LOW","responseModalities":["TEXT"],"audioTimestamp":false,
        "thinkingConfig":{"thinkingLevel":"COSMIC"}},"safetySettings":[],"labels":{},"somethingNew":{"a":1},"toolConfig":{"retrievalConfig":{"languageCode":"de"}}"#,
    ));
    let names = [
        "tools[0].googleSearch",
        "tools[1].functionDeclarations[0].response",
        "toolConfig.retrievalConfig",
        "generationConfig.mediaResolution",
        "generationConfig.thinkingConfig.thinkingLevel",
        "somethingNew",
    ];
    assert_eq!(dropped.len(), names.len(), "{dropped:?}");
    assert!(names.iter().all(|name| dropped.contains(&(*name).to_owned())), "{dropped:?}");
}

#[test]
fn many_calls_take_time_by_their_number_alone() {
    let list = |item: &dyn Fn(usize) -> String| (0..20_000).map(item).collect::<Vec<_>>().join(",");
    let calls = list(&|i| format!(r#"{{"functionCall":{{"name":"f{}"}}}}"#, i % 7));
    let results = list(&|i| format!(r#"{{"functionResponse":{{"name":"f{}","response":{{}}}}}}"#, i % 7));
    let body = format!(r#"{{"contents":[{{"role":"model","parts":[{calls}]}},{{"parts":[{results}]}}]}}"#);
    let (sent, _) = to_anthropic(&body);
    assert_eq!(sent["messages"][1]["content"].as_array().map(Vec::len), Some(20_000));
}

#[test]
fn the_address_names_model_and_stream() {
    let body = asking(r#","generationConfig":{"maxOutputTokens":7,"candidateCount":3}"#);
    let peek = peek(&body, true).unwrap();
    assert_eq!((peek.model.as_str(), peek.stream, peek.array), ("smart", true, false));
    assert_eq!((peek.max_tokens, peek.n, peek.prompt_bytes), (Some(7), 3, 2));
    let address = Address { model: None, ..Address::default() };
    let error = request::peek(Dialect::Gemini, body.as_bytes(), address).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("model"));
}
