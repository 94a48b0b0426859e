//! OpenAI's chat as it should be.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) fn hello() -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "What is a weir?"}]})
}

/// `hello` with other fields over it.
pub(crate) fn with(extra: &Value) -> Value {
    let mut body = hello();
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn tools() -> Value {
    json!([
        {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object",
            "properties": {"city": {"type": "string"}}, "required": ["city"]}}},
        {"type": "function", "function": {"name": "now"}},
        {"type": "custom", "custom": {"name": "shell"}},
    ])
}

/// Checks a stream's grammar; gives its chunks without `[DONE]`.
fn chunks(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert!(answer.complete);
    let mut events = answer.events();
    let (name, done) = events.pop().unwrap();
    assert_eq!((name, done.as_str()), (None, "[DONE]"));
    assert!(events.iter().all(|(name, _)| name.is_none()));
    let chunks: Vec<Value> = events.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    for chunk in &chunks {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!((&chunk["id"], &chunk["created"]), (&chunks[0]["id"], &chunks[0]["created"]));
    }
    chunks
}

#[test]
fn an_answer_has_every_field() {
    let server = Server::start(quick());
    let answer = server.chat(&[], &with(&json!({"model": "gpt-5"})));
    assert_eq!(answer.status, 200);
    for name in ["requests", "tokens"] {
        for part in ["limit", "remaining", "reset"] {
            assert!(answer.header(&format!("x-ratelimit-{part}-{name}")).is_some());
        }
    }
    assert!(answer.header("x-request-id").unwrap().starts_with("req_"));
    assert_eq!(answer.header("openai-processing-ms"), Some("0"));
    let body = answer.json();
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!("gpt-5-2025-08-07")));
    assert_eq!((&body["created"], &body["service_tier"]), (&json!(1_800_000_000), &json!("default")));
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-"));
    let choice = &body["choices"][0];
    assert_eq!(
        (&choice["index"], &choice["logprobs"], &choice["finish_reason"]),
        (&json!(0), &Value::Null, &json!("stop"))
    );
    let message = choice["message"].as_object().unwrap();
    let mut names: Vec<_> = message.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["annotations", "content", "refusal", "role"]);
    assert!(message["content"].as_str().unwrap().contains("What is a weir?"));
    let usage = &body["usage"];
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(
        number(&usage["total_tokens"]),
        number(&usage["prompt_tokens"]) + number(&usage["completion_tokens"])
    );
    // Four for the message, three for the prompt, four words.
    assert_eq!(usage["prompt_tokens"], 11);
    assert_eq!(usage["prompt_tokens_details"], json!({"cached_tokens": 0, "audio_tokens": 0}));
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 8);
}

#[test]
fn a_stream_begins_with_the_role_and_joins_to_the_whole() {
    let server = Server::start(quick());
    let whole = server.chat(&[], &hello()).json();
    let chunks = chunks(&server.chat(&[], &with(&json!({"stream": true}))));
    let first = &chunks[0]["choices"][0];
    assert_eq!(first["delta"], json!({"role": "assistant", "content": "", "refusal": null}));
    let last = &chunks[chunks.len() - 1]["choices"][0];
    assert_eq!((&last["delta"], &last["finish_reason"]), (&json!({}), &json!("stop")));
    let text: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, whole["choices"][0]["message"]["content"]);
    for chunk in &chunks {
        assert!(chunk["obfuscation"].is_string());
        assert!(chunk.get("usage").is_none());
        assert_eq!(chunk["choices"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn stream_options_are_heard() {
    let server = Server::start(quick());
    let whole = server.chat(&[], &hello()).json();
    let options =
        json!({"stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false}});
    let chunks = chunks(&server.chat(&[], &with(&options)));
    let (last, rest) = chunks.split_last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]), (&json!([]), &whole["usage"]));
    for chunk in rest {
        assert_eq!(chunk.get("usage"), Some(&Value::Null));
    }
    assert!(chunks.iter().all(|chunk| chunk.get("obfuscation").is_none()));
}

#[test]
fn tools_are_called_and_their_results_told() {
    let server = Server::start(quick());
    let body = server.chat(&[], &with(&json!({"tools": tools()}))).json();
    let choice = &body["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["function"], json!({"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}));
    assert!(call.get("index").is_none());
    let id = &call["id"];
    let messages = json!([{"role": "user", "content": "Hi"}, choice["message"],
        {"role": "tool", "tool_call_id": id, "content": [{"type": "text", "text": "18 degrees"}]}]);
    let answer = server.chat(&[], &with(&json!({"tools": tools(), "messages": messages}))).json();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(text, "The tool get_weather returned: 18 degrees");
}

#[test]
fn calls_stream_in_fragments_keyed_by_index() {
    let server = Server::start(quick());
    let body = with(&json!({"tools": tools(), "stream": true}));
    let chunks = chunks(&server.chat(&[("x-simulate", "calls=3")], &body));
    assert_eq!(chunks[0]["choices"][0]["delta"]["content"], Value::Null);
    let mut calls: Vec<(Value, String)> = Vec::new();
    for chunk in &chunks {
        let fragment = &chunk["choices"][0]["delta"]["tool_calls"][0];
        let Some(index) = fragment["index"].as_u64().and_then(|index| usize::try_from(index).ok()) else {
            continue;
        };
        let input =
            fragment["function"]["arguments"].as_str().or(fragment["custom"]["input"].as_str()).unwrap();
        if index == calls.len() {
            assert_eq!(input, "");
            assert!(fragment["id"].as_str().unwrap().starts_with("call_"));
            calls.push((fragment.clone(), String::new()));
        } else {
            assert!(fragment.get("id").is_none() && fragment.get("type").is_none());
            calls[index].1.push_str(input);
        }
    }
    let told: Vec<_> =
        calls.iter().map(|(first, input)| (first["type"].as_str().unwrap(), input.as_str())).collect();
    assert_eq!(
        told,
        [("function", "{\"city\":\"Paris\"}"), ("function", "{}"), ("custom", "simulated input")]
    );
    assert_eq!(calls[1].0["function"]["name"], "now");
}

#[test]
fn calls_are_one_at_a_time_where_that_is_asked_for() {
    let server = Server::start(quick());
    let calls = |extra: Value| {
        let body = server.chat(&[("x-simulate", "calls=2")], &with(&extra)).json();
        let of = |choice: &Value| {
            let calls = choice["message"]["tool_calls"].as_array().unwrap().clone();
            calls.into_iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        body["choices"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(calls(json!({"tools": tools(), "parallel_tool_calls": false}))[0].len(), 1);
    assert_eq!(calls(json!({"tools": tools(), "parallel_tool_calls": true}))[0].len(), 2);
    // No two calls of an answer have the same id, in whichever choice.
    let mut ids = calls(json!({"tools": tools(), "n": 3})).concat();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn chances_of_tokens_are_told_with_as_many_others() {
    let server = Server::start(quick());
    let check = |logprobs: &Value, others: usize| {
        let entries = logprobs["content"].as_array().unwrap();
        assert!(!entries.is_empty());
        for entry in entries {
            let top = entry["top_logprobs"].as_array().unwrap();
            assert_eq!(top.len(), others, "{entry}");
            let chances: Vec<f64> = top.iter().map(|other| other["logprob"].as_f64().unwrap()).collect();
            assert!(chances.is_sorted_by(|one, next| one > next), "{entry}");
            if let Some(first) = top.first() {
                assert_eq!(
                    (&first["token"], &first["logprob"], &first["bytes"]),
                    (&entry["token"], &entry["logprob"], &entry["bytes"])
                );
            }
        }
    };
    for others in [0, 1, 5, 20] {
        let asked = json!({"logprobs": true, "top_logprobs": others});
        check(&server.chat(&[], &with(&asked)).json()["choices"][0]["logprobs"], others);
    }
    check(&server.chat(&[], &with(&json!({"logprobs": true}))).json()["choices"][0]["logprobs"], 0);
    let asked = json!({"logprobs": true, "top_logprobs": 5, "stream": true});
    for chunk in chunks(&server.chat(&[], &with(&asked))) {
        let choice = &chunk["choices"][0];
        if choice["delta"]["content"].as_str().is_some_and(|text| !text.is_empty()) {
            check(&choice["logprobs"], 5);
        }
    }
}

#[test]
fn a_choice_of_tools_is_heard() {
    let server = Server::start(quick());
    let called = |choice: Value| {
        let body = server.chat(&[], &with(&json!({"tools": tools(), "tool_choice": choice}))).json();
        body["choices"][0]["message"]["tool_calls"][0]["function"]["name"].as_str().map(str::to_owned)
    };
    assert_eq!(called(json!("none")), None);
    assert_eq!(called(json!("required")).as_deref(), Some("get_weather"));
    assert_eq!(called(json!({"type": "function", "function": {"name": "now"}})).as_deref(), Some("now"));
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto",
        "tools": [{"type": "function", "function": {"name": "now"}}]}});
    assert_eq!(called(allowed).as_deref(), Some("now"));
}

#[test]
fn lengths_stops_and_formats_are_kept() {
    let server = Server::start(quick());
    let ask = |extra: Value| server.chat(&[], &with(&extra)).json()["choices"][0].clone();
    let short = ask(json!({"max_tokens": 3}));
    assert_eq!(
        (&short["finish_reason"], &short["message"]["content"]),
        (&json!("length"), &json!("You said: \"What"))
    );
    let stopped = ask(json!({"stop": ["is", "zzz"]}));
    assert_eq!(
        (&stopped["finish_reason"], &stopped["message"]["content"]),
        (&json!("stop"), &json!("You said: \"What "))
    );
    // All tokens go into thinking, and none is left for the answer.
    let lost = ask(json!({"model": "o3", "max_completion_tokens": 5}));
    assert_eq!((&lost["finish_reason"], &lost["message"]["content"]), (&json!("length"), &json!("")));
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let made = ask(
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}}),
    );
    assert_eq!(made["message"]["content"], "{\"n\":3}");
    let object = ask(json!({"messages": [{"role": "user", "content": "as json"}],
        "response_format": {"type": "json_object"}}));
    let value: Value = serde_json::from_str(object["message"]["content"].as_str().unwrap()).unwrap();
    assert!(value.is_object());
    let many = server.chat(&[("x-simulate", "tokens=50")], &with(&json!({"n": 2}))).json();
    assert_eq!((&many["choices"][1]["index"], &many["usage"]["completion_tokens"]), (&json!(1), &json!(100)));
}

#[test]
fn a_long_prompt_is_cached() {
    let server = Server::start(quick());
    let body = with(&json!({"messages": [{"role": "user", "content": "weir ".repeat(1_100)}]}));
    let cached = || server.chat(&[], &body).json()["usage"]["prompt_tokens_details"]["cached_tokens"].clone();
    assert_eq!([cached(), cached()], [json!(0), json!(1_024)]);
}

#[test]
fn models_are_listed() {
    let server = Server::start(quick());
    let key = [("authorization", "Bearer sk-test")];
    let list = server.send("GET", "/openai/v1/models", &key, &[]).json();
    assert_eq!(list["object"], "list");
    assert!(
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|model| model["object"] == "model" && model["created"].is_i64())
    );
    let one = server.send("GET", "/openai/v1/models/gpt-9", &key, &[]).json();
    assert_eq!(one["id"], "gpt-9");
    assert_eq!(server.send("GET", "/openai/v1/models/llama", &key, &[]).status, 404);
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let run = || {
        let server = Server::start(quick());
        let bodies = [hello(), with(&json!({"stream": true})), with(&json!({"tools": tools()}))];
        bodies.map(|body| {
            let answer = server.chat(&[], &body);
            (answer.body, answer.headers.into_iter().filter(|(name, _)| name != "date").collect::<Vec<_>>())
        })
    };
    assert_eq!(run(), run());
    let server = Server::start(quick());
    let (one, two) = (server.chat(&[], &hello()).json(), server.chat(&[], &hello()).json());
    assert_ne!(one["id"], two["id"]);
    assert_eq!(one["choices"], two["choices"]);
}

#[test]
fn an_answer_ends_as_it_is_asked_to() {
    let server = Server::start(quick());
    let ask = |finish: &str, extra: Value| server.chat(&[("x-simulate", finish)], &with(&extra));
    let refused = ask("finish=refusal", json!({})).json()["choices"][0].clone();
    let refusal = refused["message"]["refusal"].as_str().unwrap();
    assert_eq!((&refused["message"]["content"], &refused["finish_reason"]), (&Value::Null, &json!("stop")));
    let streamed = chunks(&ask("finish=refusal", json!({"stream": true})));
    let joined: String =
        streamed.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["refusal"].as_str()).collect();
    assert_eq!(joined, refusal);
    let filtered = ask("finish=filter", json!({})).json()["choices"][0].clone();
    assert_eq!(filtered["finish_reason"], "content_filter");
    let blocked = ask("finish=blocked", json!({}));
    assert_eq!((blocked.status, &blocked.json()["error"]["code"]), (400, &json!("invalid_prompt")));
    assert_eq!(ask("finish=failed", json!({})).status, 500);
}
