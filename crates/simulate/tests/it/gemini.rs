//! Gemini and Vertex AI as they should be.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) const PRO: &str = "gemini-3-pro-preview";

pub(crate) fn hello() -> Value {
    json!({"contents": [{"role": "user", "parts": [{"text": "What is a weir?"}]}]})
}

/// `hello` with other fields over it.
pub(crate) fn with(extra: &Value) -> Value {
    let mut body = hello();
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn tools() -> Value {
    json!([{"functionDeclarations": [
        {"name": "get_weather", "parameters": {"type": "OBJECT",
            "properties": {"city": {"type": "STRING"}}, "required": ["city"]}},
        {"name": "now", "parametersJsonSchema": {"type": "object", "properties": {}, "additionalProperties": false}},
    ]}])
}

pub(crate) fn generate(server: &Server, headers: &[(&str, &str)], extra: &Value) -> Answer {
    server.gemini(&format!("{PRO}:generateContent"), headers, &with(extra))
}

/// The claim of a service account as a form.
pub(crate) fn claim(changed: &Value) -> String {
    let now = 1_800_000_000;
    let mut claim = json!({"iss": "weir@test.iam", "scope": "cloud-platform", "aud": "token", "iat": now, "exp": now + 3_600});
    for (name, value) in changed.as_object().unwrap() {
        claim[name] = value.clone();
    }
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let head = json!({"alg": "RS256", "typ": "JWT"}).to_string();
    let assertion = [part(head.as_bytes()), part(claim.to_string().as_bytes()), part(&[7; 256])].join(".");
    format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}")
}

pub(crate) fn grant(server: &Server, form: &str) -> Answer {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    server.send("POST", "/google/token", &kind, form.as_bytes())
}

pub(crate) fn vertex(server: &Server, token: &str, call: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let path = format!("/vertex/v1/projects/p/locations/global/publishers/google/models/{call}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    server.send("POST", &path, &headers, body.to_string().as_bytes())
}

/// The events of a stream: data alone, with the line ends that Google writes.
fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = answer.text();
    assert!(text.ends_with("\r\n\r\n"));
    let data = |event: &str| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
    text.trim_end().split("\r\n\r\n").map(data).collect()
}

fn parts(response: &Value) -> &[Value] {
    response["candidates"][0]["content"]["parts"].as_array().unwrap()
}

#[test]
fn an_answer_has_every_field() {
    let server = Server::start(quick());
    let answer = generate(&server, &[], &json!({"systemInstruction": {"parts": [{"text": "Be short."}]}}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
    let body = answer.json();
    assert_eq!(body["modelVersion"], PRO);
    assert_eq!(body["responseId"].as_str().unwrap().len(), 22);
    let candidate = &body["candidates"][0];
    assert_eq!((&candidate["finishReason"], &candidate["index"]), (&json!("STOP"), &json!(0)));
    assert_eq!(candidate["content"]["role"], "model");
    let [part] = parts(&body) else { panic!("one part: {body}") };
    assert!(part["text"].as_str().unwrap().contains("What is a weir?"));
    assert!(part["thoughtSignature"].is_string());
    let usage = &body["usageMetadata"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    // One for the turn, four words and two of the system's.
    assert_eq!((count("promptTokenCount"), count("thoughtsTokenCount")), (7, 8));
    assert_eq!(count("totalTokenCount"), 7 + 8 + count("candidatesTokenCount"));
    assert_eq!(usage["promptTokensDetails"], json!([{"modality": "TEXT", "tokenCount": 7}]));
    assert!(usage.get("cachedContentTokenCount").is_none());
}

#[test]
fn a_stream_joins_to_the_whole() {
    let server = Server::start(quick());
    let thoughts =
        json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true, "thinkingLevel": "LOW"}}});
    let whole = generate(&server, &[], &thoughts).json();
    let call = format!("{PRO}:streamGenerateContent?alt=sse");
    let streamed = events(&server.gemini(&call, &[], &with(&thoughts)));
    let joined = |thought: bool| {
        let all = streamed.iter().flat_map(parts);
        let wanted = all.filter(|part| part.get("thought").is_some() == thought);
        wanted.map(|part| part["text"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(joined(true), parts(&whole)[0]["text"]);
    assert_eq!(joined(false), parts(&whole)[1]["text"]);
    let (last, rest) = streamed.split_last().unwrap();
    assert_eq!(last["usageMetadata"], whole["usageMetadata"]);
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    // What was thought comes last, on an empty text.
    assert_eq!(parts(last)[0], json!({"text": "", "thoughtSignature": parts(&whole)[1]["thoughtSignature"]}));
    for chunk in rest {
        assert!(chunk["candidates"][0].get("finishReason").is_none());
        assert_eq!(chunk["responseId"], last["responseId"]);
        assert_eq!(chunk["usageMetadata"]["thoughtsTokenCount"], 4);
    }
}

#[test]
fn without_alt_a_stream_is_one_array() {
    let server = Server::start(quick());
    let call = format!("{PRO}:streamGenerateContent");
    let answer = server.gemini(&call, &[], &hello());
    assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
    let list = answer.json();
    let list = list.as_array().unwrap();
    assert!(list.len() > 2);
    assert_eq!(list[list.len() - 1]["candidates"][0]["finishReason"], "STOP");
    let refused = server.gemini(&call, &[], &json!({"contents": []})).json();
    assert_eq!(refused[0]["error"]["code"], 400);
    let failed = server.gemini(&call, &[("x-simulate", "error-after=2")], &hello()).json();
    assert_eq!(failed[2]["error"]["status"], "UNAVAILABLE");
    let at_once = server.gemini(&call, &[("x-simulate", "error-after=0")], &hello()).json();
    assert_eq!(at_once[0]["error"]["status"], "UNAVAILABLE");
}

#[test]
fn functions_are_called_and_their_responses_told() {
    let server = Server::start(quick());
    let calls = [("x-simulate", "calls=2")];
    let first = generate(&server, &calls, &json!({"tools": tools()})).json();
    assert_eq!(first["candidates"][0]["finishReason"], "STOP");
    let [one, two] = parts(&first) else { panic!("two calls: {first}") };
    assert_eq!(
        (&one["functionCall"]["name"], &one["functionCall"]["args"]),
        (&json!("get_weather"), &json!({"city": "Paris"}))
    );
    assert_eq!((&two["functionCall"]["name"], &two["functionCall"]["args"]), (&json!("now"), &json!({})));
    // Only the first of a step carries what was thought.
    assert!(one["thoughtSignature"].is_string() && two.get("thoughtSignature").is_none());
    let returned = |part: &Value, text: &str| {
        json!({"functionResponse": {"id": part["functionCall"]["id"], "name": part["functionCall"]["name"],
            "response": {"output": text}}})
    };
    let contents = json!([
        hello()["contents"][0],
        first["candidates"][0]["content"],
        {"role": "user", "parts": [returned(one, "18 degrees"), returned(two, "noon")]},
    ]);
    let second = generate(&server, &[], &json!({"tools": tools(), "contents": contents})).json();
    let text = "The tool get_weather returned: 18 degrees\nThe tool now returned: noon";
    assert_eq!(parts(&second)[0]["text"], text);
    let call = format!("{PRO}:streamGenerateContent?alt=sse");
    let streamed = events(&server.gemini(&call, &calls, &with(&json!({"tools": tools()}))));
    assert_eq!(streamed.len(), 2);
    assert_eq!(parts(&streamed[0])[0]["functionCall"]["args"], json!({"city": "Paris"}));
    assert!(parts(&streamed[0])[0]["thoughtSignature"].is_string());
}

#[test]
fn a_choice_of_functions_is_heard() {
    let server = Server::start(quick());
    let called = |config: Value| {
        let extra = json!({"tools": tools(), "toolConfig": {"functionCallingConfig": config}});
        parts(&generate(&server, &[], &extra).json())[0]["functionCall"]["name"].clone()
    };
    assert_eq!(called(json!({"mode": "NONE"})), Value::Null);
    assert_eq!(called(json!({"mode": "any"})), "get_weather");
    assert_eq!(called(json!({"mode": "ANY", "allowed_function_names": ["now"]})), "now");
}

#[test]
fn history_of_another_model_can_skip_the_signature() {
    let server = Server::start(quick());
    let skip = STANDARD.encode("skip_thought_signature_validator");
    let history = |part: Value| {
        json!({"tools": tools(), "contents": [hello()["contents"][0], {"role": "model", "parts": [part]},
            {"role": "user", "parts": [{"functionResponse": {"name": "now", "response": {"output": "5"}}}]}]})
    };
    let call = json!({"name": "now", "args": {}});
    let skipped = generate(&server, &[], &history(json!({"functionCall": call, "thoughtSignature": skip})));
    assert_eq!(skipped.status, 200, "{}", skipped.text());
    // Older models sign nothing that must come back.
    let plain = history(json!({"functionCall": call}));
    let older = server.gemini("gemini-2.5-flash:generateContent", &[], &with(&plain));
    assert_eq!(older.status, 200, "{}", older.text());
    // Nor must what was called before the user spoke again.
    let mut later = plain;
    later["contents"].as_array_mut().unwrap().extend([
        json!({"role": "model", "parts": [{"text": "It is five."}]}),
        json!({"role": "user", "parts": [{"text": "Thanks."}]}),
    ]);
    assert_eq!(generate(&server, &[], &later).status, 200);
}

#[test]
fn ends_and_formats_are_kept() {
    let server = Server::start(quick());
    let ask = |faults: &str, config: Value| {
        let answer = generate(&server, &[("x-simulate", faults)], &json!({"generationConfig": config}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let short = ask("tokens=50", json!({"maxOutputTokens": 12}));
    assert_eq!(
        (&short["candidates"][0]["finishReason"], &short["usageMetadata"]["candidatesTokenCount"]),
        (&json!("MAX_TOKENS"), &json!(4))
    );
    // All tokens go into thinking, and there is no part at all.
    let lost = ask("", json!({"maxOutputTokens": 8}));
    assert_eq!(lost["candidates"][0]["content"], json!({"role": "model"}));
    assert!(lost["usageMetadata"].get("candidatesTokenCount").is_none());
    let stopped = ask("", json!({"stopSequences": ["is"]}));
    assert_eq!(parts(&stopped)[0]["text"], "You said: \"What ");
    let schema = json!({"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}, "unit": {"type": "STRING", "enum": ["C"]}}});
    let made = ask("", json!({"responseMimeType": "application/json", "responseSchema": schema}));
    assert_eq!(parts(&made)[0]["text"], "{\"n\":3,\"unit\":\"C\"}");
    let made = ask(
        "",
        json!({"responseMimeType": "application/json", "responseJsonSchema": {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}}}),
    );
    assert_eq!(parts(&made)[0]["text"], "{\"n\":3}");
    let many = ask("tokens=10", json!({"candidateCount": 2, "thinkingConfig": {"thinkingLevel": "LOW"}}));
    assert_eq!(
        (&many["candidates"][1]["index"], &many["usageMetadata"]["candidatesTokenCount"]),
        (&json!(1), &json!(20))
    );
    let chances =
        ask("tokens=5", json!({"responseLogprobs": true, "logprobs": 2}))["candidates"][0]["logprobsResult"]
            .clone();
    assert_eq!(chances["chosenCandidates"].as_array().unwrap().len(), 5);
    assert_eq!(chances["topCandidates"][4]["candidates"].as_array().unwrap().len(), 2);
    let safety = ask("finish=filter", json!({}));
    assert_eq!(safety["candidates"][0]["finishReason"], "SAFETY");
    assert!(
        safety["candidates"][0]["safetyRatings"].as_array().unwrap().iter().any(|one| one["blocked"] == true)
    );
    assert_eq!(ask("finish=RECITATION", json!({}))["candidates"][0]["finishReason"], "RECITATION");
    let malformed = ask("finish=MALFORMED_FUNCTION_CALL", json!({}));
    assert_eq!(malformed["candidates"][0]["content"], json!({"role": "model"}));
    let blocked = ask("finish=blocked", json!({}));
    assert!(blocked.get("candidates").is_none());
    assert_eq!(blocked["promptFeedback"]["blockReason"], "PROHIBITED_CONTENT");
    assert!(blocked["usageMetadata"].get("thoughtsTokenCount").is_none());
}

#[test]
fn a_long_prompt_is_cached_and_pictures_are_counted_apart() {
    let server = Server::start(quick());
    let long = json!({"contents": [{"parts": [{"text": "weir ".repeat(1_100)}]}]});
    let cached = || generate(&server, &[], &long).json()["usageMetadata"]["cachedContentTokenCount"].clone();
    assert_eq!([cached(), cached()], [Value::Null, json!(1_024)]);
    let picture = json!({"contents": [{"role": "user", "parts": [
        {"text": "What is this?"}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}]});
    let usage = generate(&server, &[], &picture).json()["usageMetadata"].clone();
    let details = json!([{"modality": "TEXT", "tokenCount": 4}, {"modality": "IMAGE", "tokenCount": 258}]);
    assert_eq!((&usage["promptTokenCount"], &usage["promptTokensDetails"]), (&json!(262), &details));
    let counted = server.gemini(&format!("{PRO}:countTokens"), &[], &picture).json();
    assert_eq!(counted, json!({"totalTokens": 262, "promptTokensDetails": details}));
    let inner = json!({"generateContentRequest": {"model": format!("models/{PRO}"), "contents": picture["contents"]}});
    assert_eq!(server.gemini(&format!("{PRO}:countTokens"), &[], &inner).json()["totalTokens"], 262);
}

#[test]
fn texts_become_vectors() {
    let server = Server::start(quick());
    let content = json!({"parts": [{"text": "a weir"}]});
    let one = server
        .gemini(
            "gemini-embedding-001:embedContent",
            &[],
            &json!({"content": content, "outputDimensionality": 8}),
        )
        .json();
    assert_eq!(one["embedding"]["values"].as_array().unwrap().len(), 8);
    let request = json!({"model": "models/gemini-embedding-001", "content": content});
    let batch = server
        .gemini("gemini-embedding-001:batchEmbedContents", &[], &json!({"requests": [request, request]}))
        .json();
    assert_eq!(batch["embeddings"].as_array().unwrap().len(), 2);
    assert_eq!(batch["embeddings"][0]["values"].as_array().unwrap().len(), 3_072);
}

#[test]
fn vertex_takes_tokens_that_were_given_out() {
    let server = Server::start(quick());
    let granted = grant(&server, &claim(&json!({}))).json();
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(3_599)));
    let token = granted["access_token"].as_str().unwrap();
    let call = format!("{PRO}:generateContent");
    let body =
        vertex(&server, token, &call, &with(&json!({"tools": tools(), "labels": {"team": "a"}}))).json();
    let call_part = &parts(&body)[0];
    assert!(call_part["functionCall"].get("id").is_none());
    assert_eq!(
        (&body["createTime"], &body["usageMetadata"]["trafficType"]),
        (&json!("2027-01-15T08:00:00Z"), &json!("ON_DEMAND"))
    );
    let streamed = vertex(&server, token, &format!("{PRO}:streamGenerateContent?alt=sse"), &hello());
    assert_eq!(events(&streamed).last().unwrap()["candidates"][0]["finishReason"], "STOP");
    let predicted =
        vertex(&server, token, "text-embedding-005:predict", &json!({"instances": [{"content": "a weir"}]}))
            .json();
    assert_eq!(predicted["predictions"][0]["embeddings"]["values"].as_array().unwrap().len(), 768);
    assert_eq!(predicted["predictions"][0]["embeddings"]["statistics"]["token_count"], 2);
}

#[test]
fn vertex_tells_calls_bit_by_bit_where_that_is_asked_for() {
    let server = Server::start(quick());
    let token = grant(&server, &claim(&json!({}))).json()["access_token"].as_str().unwrap().to_owned();
    let extra = json!({"tools": tools(), "toolConfig": {"functionCallingConfig": {"streamFunctionCallArguments": true}}});
    let call = format!("{PRO}:streamGenerateContent?alt=sse");
    let streamed = events(&vertex(&server, &token, &call, &with(&extra)));
    let calls: Vec<Value> = streamed.iter().map(|chunk| parts(chunk)[0]["functionCall"].clone()).collect();
    assert_eq!(
        calls,
        [
            json!({"name": "get_weather", "willContinue": true}),
            json!({"partialArgs": [{"jsonPath": "$.city", "stringValue": "Paris"}], "willContinue": true}),
            json!({}),
        ]
    );
    assert!(parts(&streamed[0])[0]["thoughtSignature"].is_string());
    assert_eq!(streamed[2]["candidates"][0]["finishReason"], "STOP");
    // The Gemini API does not know the field.
    assert_eq!(generate(&server, &[], &extra).status, 400);
}

#[test]
fn models_are_listed() {
    let server = Server::start(quick());
    let get = |path: &str| server.send("GET", path, &[], &[]).json();
    let list = get("/gemini/v1beta/models?key=test&pageSize=2");
    assert_eq!(list["models"][0]["name"], format!("models/{PRO}"));
    assert_eq!((list["models"].as_array().unwrap().len(), &list["nextPageToken"]), (2, &json!("2")));
    let rest = get("/gemini/v1/models?key=test&pageToken=2");
    assert!(rest.get("nextPageToken").is_none());
    assert_eq!(get("/gemini/v1/models/gemini-2.5-pro?key=test")["thinking"], true);
    // What is remembered of a request tells no key, wherever it stood.
    get("/gemini/v1/models?alt=json&key=AIzaSyDoNotTellAnybody");
    let seen = server.stats()["recent"].to_string();
    assert!(seen.contains("alt=json&key=AIzaSyDoNotT…") && !seen.contains("TellAnybody"), "{seen}");
}

#[test]
fn streams_break_as_they_are_asked_to() {
    let server = Server::start(quick());
    let call = format!("{PRO}:streamGenerateContent?alt=sse");
    let cut = server.gemini(&call, &[("x-simulate", "cut-after=2")], &hello());
    assert_eq!((cut.complete, cut.text().matches("data: ").count()), (false, 2));
    let failed = events(&server.gemini(&call, &[("x-simulate", "error-after=2")], &hello()));
    assert_eq!(failed[2]["error"]["code"], 503);
    let garbage = server.gemini(&call, &[("x-simulate", "garbage")], &hello()).text();
    let broken = garbage
        .trim_end()
        .split("\r\n\r\n")
        .filter(|event| serde_json::from_str::<Value>(event.trim_start_matches("data: ")).is_err());
    assert_eq!(broken.count(), 1);
    let by_name = server.gemini("gemini-2.5-pro+status=503:generateContent", &[], &hello());
    assert_eq!((by_name.status, &by_name.json()["error"]["status"]), (503, &json!("UNAVAILABLE")));
}
