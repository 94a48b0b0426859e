//! OpenAI's responses as they should be.

use base::{Clock, Micros};
use serde_json::{Value, json};
use simulate::{Config, Latency};

use crate::support::{Answer, Server, quick};

pub(crate) fn hello() -> Value {
    json!({"model": "gpt-5", "input": "What is a weir?"})
}

/// `hello` with other fields over it.
pub(crate) fn with(extra: &Value) -> Value {
    let mut body = hello();
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn create(server: &Server, headers: &[(&str, &str)], extra: &Value) -> Answer {
    server.openai("POST", "/responses", headers, &with(extra))
}

fn tools() -> Value {
    json!([
        {"type": "function", "name": "get_weather", "parameters": {"type": "object",
            "properties": {"city": {"type": "string"}}, "required": ["city"]}},
        {"type": "custom", "name": "shell"},
        {"type": "namespace", "name": "clock", "description": "Time", "tools": [
            {"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}}]},
        {"type": "web_search"},
    ])
}

/// Checks what all events have; gives them.
fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert!(answer.complete);
    let parsed = answer.events().into_iter().enumerate().map(|(number, (name, data))| {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["type"].as_str(), name.as_deref());
        assert_eq!(event["sequence_number"], number);
        event
    });
    parsed.collect()
}

/// The names of events, deltas of one kind that follow each other as one.
fn names(events: &[Value]) -> Vec<&str> {
    let mut names: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    names.dedup();
    names
}

/// The types of an answer's items.
fn kinds(response: &Value) -> Vec<&str> {
    response["output"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[test]
fn a_response_has_every_field() {
    let server = Server::start(quick());
    let answer = create(&server, &[], &json!({"metadata": {"team": "a"}, "instructions": "Be short."}));
    assert!(answer.header("x-request-id").is_some());
    assert!(answer.header("x-ratelimit-remaining-tokens").is_some());
    let body = answer.json();
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "background",
            "completed_at",
            "created_at",
            "error",
            "id",
            "incomplete_details",
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "metadata",
            "model",
            "object",
            "output",
            "parallel_tool_calls",
            "previous_response_id",
            "prompt_cache_key",
            "reasoning",
            "safety_identifier",
            "service_tier",
            "status",
            "store",
            "temperature",
            "text",
            "tool_choice",
            "tools",
            "top_logprobs",
            "top_p",
            "truncation",
            "usage",
            "user",
        ]
    );
    assert_eq!((&body["object"], &body["status"]), (&json!("response"), &json!("completed")));
    assert_eq!((&body["model"], &body["metadata"]), (&json!("gpt-5-2025-08-07"), &json!({"team": "a"})));
    assert_eq!(body["reasoning"], json!({"effort": "medium", "summary": null}));
    assert_eq!(body["created_at"], 1_800_000_000);
    assert_eq!(kinds(&body), ["reasoning", "message"]);
    assert_eq!(body["output"][0]["summary"], json!([]));
    assert!(body["output"][0].get("encrypted_content").is_none());
    let message = &body["output"][1];
    assert_eq!((&message["role"], &message["status"]), (&json!("assistant"), &json!("completed")));
    let part = &message["content"][0];
    assert_eq!((&part["type"], &part["annotations"]), (&json!("output_text"), &json!([])));
    assert!(part["text"].as_str().unwrap().contains("What is a weir?"));
    let usage = &body["usage"];
    // Four for the message, three for the prompt, four words and two of instructions.
    assert_eq!(usage["input_tokens"], 13);
    let output = usage["output_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], 13 + output);
    assert_eq!(usage["output_tokens_details"], json!({"reasoning_tokens": 8}));
    assert_eq!(usage["input_tokens_details"], json!({"cached_tokens": 0, "cache_write_tokens": 0}));
}

#[test]
fn a_stream_names_and_numbers_its_events() {
    let server = Server::start(quick());
    let extra = json!({"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"]});
    let whole = create(&server, &[], &extra).json();
    let mut streaming = extra;
    streaming["stream"] = json!(true);
    let events = events(&create(&server, &[], &streaming));
    assert_eq!(
        names(&events),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.reasoning_summary_part.added",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.done",
            "response.reasoning_summary_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let first = &events[0]["response"];
    assert_eq!(
        (&first["status"], &first["output"], &first["usage"]),
        (&json!("in_progress"), &json!([]), &Value::Null)
    );
    let last = &events[events.len() - 1]["response"];
    assert_eq!((&last["usage"], &last["status"]), (&whole["usage"], &whole["status"]));
    let (made, told) = (&last["output"][1]["content"], &whole["output"][1]["content"]);
    assert_eq!(made, told);
    let joined = |kind: &str| {
        let deltas = events.iter().filter(|event| event["type"] == kind);
        deltas.map(|event| event["delta"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(joined("response.output_text.delta"), told[0]["text"]);
    assert_eq!(joined("response.reasoning_summary_text.delta"), whole["output"][0]["summary"][0]["text"]);
    let items: Vec<_> = events.iter().filter(|event| event["type"] == "response.output_item.done").collect();
    assert_eq!(items[0]["item"], last["output"][0]);
    assert_eq!((&items[0]["output_index"], &items[1]["output_index"]), (&json!(0), &json!(1)));
    for event in &events {
        let kind = event["type"].as_str().unwrap();
        assert_eq!(event.get("obfuscation").is_some(), kind.rsplit('.').next() == Some("delta"), "{kind}");
        if kind.contains("output_text") {
            assert_eq!((&event["item_id"], &event["content_index"]), (&last["output"][1]["id"], &json!(0)));
        }
    }
    let plain = json!({"stream": true, "stream_options": {"include_obfuscation": false}});
    let answer = create(&server, &[], &plain);
    assert!(!answer.text().contains("obfuscation"));
}

#[test]
fn tools_are_called_and_their_results_told() {
    let server = Server::start(quick());
    let calls = [("x-simulate", "calls=3")];
    let first = create(&server, &calls, &json!({"tools": tools()})).json();
    assert_eq!(kinds(&first), ["reasoning", "function_call", "custom_tool_call", "function_call"]);
    let output = first["output"].as_array().unwrap();
    assert_eq!(
        (&output[1]["name"], &output[1]["arguments"]),
        (&json!("get_weather"), &json!("{\"city\":\"Paris\"}"))
    );
    assert_eq!(output[2]["input"], "simulated input");
    assert_eq!((&output[3]["name"], &output[3]["namespace"]), (&json!("now"), &json!("clock")));
    assert!(output[1]["id"].as_str().unwrap().starts_with("fc_"));
    assert!(output[2]["id"].as_str().unwrap().starts_with("ctc_"));
    assert_eq!(first["tools"][0]["strict"], true);
    let told = |at: usize, kind: &str, text: Value| json!({"type": kind, "call_id": output[at]["call_id"], "output": text});
    let results = json!([
        told(1, "function_call_output", json!("18 degrees")),
        told(2, "custom_tool_call_output", json!([{"type": "input_text", "text": "done"}])),
        told(3, "function_call_output", json!("noon")),
    ]);
    let asked = json!({"tools": tools(), "input": results, "previous_response_id": first["id"]});
    let second = create(&server, &[], &asked).json();
    let text = "The tool get_weather returned: 18 degrees\nThe tool shell returned: done\nThe tool now returned: noon";
    assert_eq!(second["output"][1]["content"][0]["text"], text, "{second}");
    assert_eq!(second["previous_response_id"], first["id"]);
    let one = create(&server, &calls, &json!({"tools": tools(), "parallel_tool_calls": false})).json();
    assert_eq!(kinds(&one), ["reasoning", "function_call"]);
}

#[test]
fn calls_stream_with_their_input() {
    let server = Server::start(quick());
    let extra = json!({"tools": tools(), "stream": true, "model": "gpt-4o"});
    let events = events(&create(&server, &[("x-simulate", "calls=2")], &extra));
    assert_eq!(
        names(&events),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let done = events.iter().find(|event| event["type"] == "response.function_call_arguments.done").unwrap();
    assert_eq!((&done["arguments"], &done["name"]), (&json!("{\"city\":\"Paris\"}"), &json!("get_weather")));
    let added = events.iter().find(|event| event["type"] == "response.output_item.added").unwrap();
    assert_eq!((&added["item"]["arguments"], &added["item"]["status"]), (&json!(""), &json!("in_progress")));
}

#[test]
fn what_was_thought_comes_back_sealed() {
    let server = Server::start(quick());
    let stateless = json!({"tools": tools(), "store": false, "include": ["reasoning.encrypted_content"]});
    let first = create(&server, &[], &stateless).json();
    let (thought, call) = (&first["output"][0], &first["output"][1]);
    assert!(thought["encrypted_content"].as_str().unwrap().starts_with("gAAAA"));
    let result = json!({"type": "function_call_output", "call_id": call["call_id"], "output": "18 degrees"});
    let mut next = stateless;
    next["input"] = json!([{"role": "user", "content": "Hi"}, thought, call, result]);
    let second = create(&server, &[], &next).json();
    assert_eq!(second["output"][1]["content"][0]["text"], "The tool get_weather returned: 18 degrees");
    // It was not stored, so that nothing is there to be found.
    let found =
        server.openai("GET", &format!("/responses/{}", first["id"].as_str().unwrap()), &[], &Value::Null);
    assert_eq!(found.status, 404);
}

#[test]
fn kept_responses_are_found_listed_and_deleted() {
    let server = Server::start(quick());
    let first = create(&server, &[], &json!({})).json();
    let path = format!("/responses/{}", first["id"].as_str().unwrap());
    assert_eq!(server.openai("GET", &path, &[], &Value::Null).json(), first);
    let second =
        create(&server, &[], &json!({"previous_response_id": first["id"], "input": "And now?"})).json();
    assert!(second["usage"]["input_tokens"].as_u64() > first["usage"]["input_tokens"].as_u64());
    let list = format!("/responses/{}/input_items", second["id"].as_str().unwrap());
    let page = |query: &str| server.openai("GET", &format!("{list}{query}"), &[], &Value::Null).json();
    let all = page("?order=asc");
    let roles: Vec<_> = all["data"].as_array().unwrap().iter().map(|item| item["role"].clone()).collect();
    assert_eq!(roles, [json!("user"), Value::Null, json!("assistant"), json!("user")]);
    assert_eq!((&all["object"], &all["has_more"]), (&json!("list"), &json!(false)));
    let last = page("?limit=1");
    assert_eq!(
        (&last["has_more"], &last["data"][0]["content"][0]["text"]),
        (&json!(true), &json!("And now?"))
    );
    let rest = page(&format!("?after={}", last["last_id"].as_str().unwrap()));
    assert_eq!(rest["data"].as_array().unwrap().len(), 3);
    // Nobody else finds it.
    let other = [("authorization", "Bearer sk-other")];
    assert_eq!(server.openai("GET", &path, &other, &Value::Null).status, 404);
    let deleted = server.openai("DELETE", &path, &[], &Value::Null).json();
    assert_eq!(deleted, json!({"id": first["id"], "object": "response", "deleted": true}));
    assert_eq!(server.openai("GET", &path, &[], &Value::Null).status, 404);
}

#[test]
fn the_background_is_polled_and_cancelled() {
    let clock = Clock::manual(Micros(0));
    let config = Config { latency: Latency::None, ..Config::default() };
    let server = Server::start_on(config, clock.clone());
    let slow = [("x-simulate", "ttft=5s")];
    let queued = create(&server, &slow, &json!({"background": true})).json();
    assert_eq!((&queued["status"], &queued["output"]), (&json!("queued"), &json!([])));
    let path = format!("/responses/{}", queued["id"].as_str().unwrap());
    let status = || server.openai("GET", &path, &[], &Value::Null).json()["status"].clone();
    assert_eq!(status(), "in_progress");
    clock.advance(std::time::Duration::from_secs(6));
    assert_eq!(status(), "completed");
    let cancel = |path: &str| server.openai("POST", &format!("{path}/cancel"), &[], &Value::Null);
    assert_eq!(cancel(&path).status, 400);
    let other = create(&server, &slow, &json!({"background": true})).json();
    let path = format!("/responses/{}", other["id"].as_str().unwrap());
    assert_eq!(cancel(&path).json()["status"], "cancelled");
    assert_eq!(cancel(&path).json()["status"], "cancelled");
    let direct = create(&server, &[], &json!({})).json();
    let refused = cancel(&format!("/responses/{}", direct["id"].as_str().unwrap()));
    assert_eq!(refused.json()["error"]["message"], "Cannot cancel a synchronous response.");
}

#[test]
fn a_stream_can_be_read_again_from_its_middle() {
    let server = Server::start(quick());
    let body = json!({"background": true, "stream": true});
    let first = events(&create(&server, &[], &body));
    assert_eq!(names(&first)[..3], ["response.created", "response.queued", "response.in_progress"]);
    let id = first[0]["response"]["id"].as_str().unwrap();
    let path = format!("/responses/{id}?stream=true&starting_after=2&include_obfuscation=false");
    let again = server.openai("GET", &path, &[], &Value::Null).events();
    let rest: Vec<Value> = again.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    assert_eq!(rest.len(), first.len() - 3);
    assert_eq!(rest[0]["sequence_number"], 3);
    assert_eq!(rest[rest.len() - 1], first[first.len() - 1]);
}

#[test]
fn ends_and_formats_are_kept() {
    let server = Server::start(quick());
    let extra = json!({"model": "gpt-4o", "max_output_tokens": 16, "temperature": 0.5});
    let short = create(&server, &[("x-simulate", "tokens=50")], &extra).json();
    assert_eq!(
        (&short["status"], &short["incomplete_details"]),
        (&json!("incomplete"), &json!({"reason": "max_output_tokens"}))
    );
    assert_eq!(short["usage"]["output_tokens"], 16);
    // All tokens go into thinking, and none is left for the answer.
    let lost =
        create(&server, &[], &json!({"max_output_tokens": 16, "reasoning": {"effort": "high"}})).json();
    assert_eq!((kinds(&lost), &lost["status"]), (vec!["reasoning"], &json!("incomplete")));
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let format = json!({"type": "json_schema", "name": "x", "schema": schema});
    let made = create(&server, &[], &json!({"text": {"format": format}})).json();
    assert_eq!(made["output"][1]["content"][0]["text"], "{\"n\":3}");
    assert_eq!(made["text"]["format"]["strict"], false);
    let refused = create(&server, &[("x-simulate", "finish=refusal")], &json!({"stream": true}));
    let events = events(&refused);
    assert!(names(&events).contains(&"response.refusal.delta"));
    let content = &events[events.len() - 1]["response"]["output"][1]["content"][0];
    assert_eq!(content["type"], "refusal");
    let filtered = create(&server, &[("x-simulate", "finish=filter")], &json!({})).json();
    assert_eq!(filtered["incomplete_details"], json!({"reason": "content_filter"}));
    let failed = create(&server, &[("x-simulate", "finish=failed")], &json!({"stream": true})).events();
    let last: Value = serde_json::from_str(&failed[failed.len() - 1].1).unwrap();
    assert_eq!(
        (&last["type"], &last["response"]["error"]["code"]),
        (&json!("response.failed"), &json!("server_error"))
    );
}

#[test]
fn chances_of_tokens_are_told() {
    let server = Server::start(quick());
    let extra = json!({"model": "gpt-4o", "include": ["message.output_text.logprobs"], "top_logprobs": 2});
    let whole = create(&server, &[], &extra).json();
    let chances = whole["output"][0]["content"][0]["logprobs"].as_array().unwrap().clone();
    assert!(chances.iter().all(|chance| chance["top_logprobs"].as_array().unwrap().len() == 2));
    let mut streaming = extra;
    streaming["stream"] = json!(true);
    let events = events(&create(&server, &[], &streaming));
    let deltas = events.iter().filter(|event| event["type"] == "response.output_text.delta");
    let told: Vec<_> = deltas.map(|event| event["logprobs"][0].clone()).collect();
    assert_eq!(told, chances);
}

#[test]
fn input_is_counted_and_compacted() {
    let server = Server::start(quick());
    let made = create(&server, &[], &json!({"tools": tools()})).json();
    let counted = server.openai("POST", "/responses/input_tokens", &[], &with(&json!({"tools": tools()})));
    let expected = json!({"object": "response.input_tokens", "input_tokens": made["usage"]["input_tokens"]});
    assert_eq!(counted.json(), expected);
    let input = json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]);
    let compacted = server.openai("POST", "/responses/compact", &[], &with(&json!({"input": input}))).json();
    assert_eq!(compacted["object"], "response.compaction");
    let output = compacted["output"].as_array().unwrap();
    assert_eq!((&output[0]["role"], &output[1]["type"]), (&json!("user"), &json!("compaction")));
    let again = create(&server, &[], &json!({"input": output}));
    assert_eq!(again.status, 200, "{}", again.text());
}

#[test]
fn pictures_and_files_are_taken() {
    let server = Server::start(quick());
    let content = json!([
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "low"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"},
    ]);
    let made = create(&server, &[], &json!({"input": [{"role": "user", "content": content}]}));
    assert_eq!(made.json()["usage"]["input_tokens"], 4 + 3 + 2 * 85 + 3);
}

#[test]
fn streams_break_as_they_are_asked_to() {
    let server = Server::start(quick());
    let streamed = |faults: &str| create(&server, &[("x-simulate", faults)], &json!({"stream": true}));
    let cut = streamed("cut-after=3");
    assert_eq!((cut.complete, cut.events().len()), (false, 3));
    let failed = streamed("error-after=4").events();
    let (name, data) = &failed[4];
    assert_eq!(name.as_deref(), Some("error"));
    let error: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        (&error["type"], &error["sequence_number"], &error["code"]),
        (&json!("error"), &json!(4), &json!("server_error"))
    );
    let garbage = streamed("garbage").events();
    assert_eq!(garbage.iter().filter(|(_, data)| serde_json::from_str::<Value>(data).is_err()).count(), 1);
    let by_name = create(&server, &[], &json!({"model": "gpt-5+status=429+retry-after=3"}));
    assert_eq!((by_name.status, by_name.header("retry-after")), (429, Some("3")));
}
