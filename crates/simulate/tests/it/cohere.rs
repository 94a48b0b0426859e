//! Cohere's answers: chat whole and streamed, with tools, documents and thoughts; embeddings and reranking.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) fn hello() -> Value {
    json!({"model": "command-a-03-2025", "messages": [{"role": "user", "content": "What is a weir?"}]})
}

pub(crate) fn with(fields: &Value) -> Value {
    let mut body = hello();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

pub(crate) fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let usual = [("authorization", "Bearer key"), ("content-type", "application/json")];
    let usual = usual.iter().filter(|(name, _)| headers.iter().all(|(own, _)| own != name));
    let headers: Vec<_> = usual.chain(headers).copied().collect();
    server.send("POST", path, &headers, body.to_string().as_bytes())
}

pub(crate) fn chat(server: &Server, body: &Value) -> Answer {
    send(server, "/cohere/v2/chat", &[], body)
}

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}])
}

/// The events of a stream, whose names must be in their data too.
fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let mut events = answer.events();
    assert_eq!(events.pop().unwrap(), (None, "[DONE]".to_owned()));
    let parse = |(name, data): (Option<String>, String)| {
        let data: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(name.as_deref(), data["type"].as_str());
        data
    };
    events.into_iter().map(parse).collect()
}

/// Puts events together to what the whole answer would be; checks that all that starts ends.
fn joined(events: &[Value]) -> Value {
    let mut message = json!({"role": "assistant"});
    let mut open: Option<String> = None;
    let (mut content, mut calls, mut citations, mut plan) = (vec![], vec![], vec![], String::new());
    let add = |value: &mut Value, piece: &Value| {
        *value = format!("{}{}", value.as_str().unwrap(), piece.as_str().unwrap()).into();
    };
    for event in events {
        let told = &event["delta"]["message"];
        let kind = event["type"].as_str().unwrap();
        match kind {
            "content-start" => content.push(told["content"].clone()),
            "content-delta" => {
                let last: &mut Value = content.last_mut().unwrap();
                let name = last["type"].as_str().unwrap().to_owned();
                add(&mut last[&name], &told["content"][&name]);
            }
            "tool-plan-delta" => plan += told["tool_plan"].as_str().unwrap(),
            "tool-call-start" => calls.push(told["tool_calls"].clone()),
            "tool-call-delta" => {
                let last: &mut Value = calls.last_mut().unwrap();
                add(&mut last["function"]["arguments"], &told["tool_calls"]["function"]["arguments"]);
            }
            "citation-start" => citations.push(told["citations"].clone()),
            _ => {}
        }
        match kind.strip_suffix("-start") {
            Some("message" | "citation") | None => {}
            Some(started) => assert_eq!(open.replace(started.to_owned()), None),
        }
        match kind.strip_suffix("-end") {
            Some("message" | "citation") | None => {}
            Some(ended) => assert_eq!(open.take().as_deref(), Some(ended)),
        }
    }
    for (name, list) in [("content", content), ("tool_calls", calls), ("citations", citations)] {
        if !list.is_empty() {
            message[name] = list.into();
        }
    }
    if !plan.is_empty() {
        message["tool_plan"] = plan.into();
    }
    let end = &events.last().unwrap()["delta"];
    json!({"message": message, "finish_reason": end["finish_reason"], "usage": end["usage"]})
}

#[test]
fn a_whole_answer_has_the_vendors_shape() {
    let server = Server::start(quick());
    let answer = chat(&server, &hello());
    assert_eq!(answer.status, 200);
    let body = answer.json();
    let content = &body["message"]["content"][0];
    assert_eq!((&content["type"], &body["finish_reason"]), (&json!("text"), &json!("COMPLETE")));
    assert!(content["text"].as_str().unwrap().contains("What is a weir?"));
    let count = |path: &str| body["usage"].pointer(path).unwrap().as_u64().unwrap();
    assert!(count("/tokens/input_tokens") > count("/billed_units/input_tokens"));
    assert_eq!(count("/tokens/output_tokens"), count("/billed_units/output_tokens"));
    assert_eq!(body["id"].as_str().unwrap().len(), 36);
}

#[test]
fn a_stream_tells_the_same_as_the_whole() {
    let server = Server::start(quick());
    let documents =
        json!([{"id": "a", "data": {"title": "Weirs", "snippet": "A weir is a low dam."}}, "Dams hold."]);
    for fields in [
        json!({}),
        json!({"max_tokens": 3}),
        json!({"stop_sequences": [" weir"]}),
        json!({"tools": tools(), "tool_choice": "REQUIRED"}),
        json!({"documents": documents}),
        json!({"documents": documents, "citation_options": {"mode": "ACCURATE"}}),
        json!({"model": "command-a-reasoning-08-2025"}),
        json!({"response_format": {"type": "json_object"}}),
    ] {
        let mut whole = chat(&server, &with(&fields)).json();
        let mut streamed = with(&fields);
        streamed["stream"] = json!(true);
        let events = events(&chat(&server, &streamed));
        assert_eq!(events[0]["type"], "message-start");
        assert!(events[0]["id"].is_string());
        let mut told = joined(&events);
        whole.as_object_mut().unwrap().shift_remove("id");
        // Ids of calls are new each time.
        for answer in [&mut whole, &mut told] {
            for call in answer["message"]["tool_calls"].as_array_mut().into_iter().flatten() {
                assert!(call["id"].take().as_str().unwrap().starts_with("get_weather_"));
            }
            answer["message"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
        }
        assert_eq!(told, whole, "{fields}");
    }
}

#[test]
fn a_tool_is_called_once_and_its_result_is_cited() {
    let server = Server::start(quick());
    let mut body = with(&json!({"tools": tools()}));
    let first = chat(&server, &body).json();
    assert_eq!(
        (&first["finish_reason"], &first["message"]["tool_plan"]),
        (&json!("TOOL_CALL"), &json!("I will use get_weather."))
    );
    let call = &first["message"]["tool_calls"][0];
    assert_eq!(call["function"], json!({"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}));
    let content = json!([{"type": "document", "document": {"data": "{\"degrees\": 18}"}}]);
    let result = json!({"role": "tool", "tool_call_id": call["id"], "content": content});
    body["messages"].as_array_mut().unwrap().extend([first["message"].clone(), result]);
    let second = chat(&server, &body).json();
    assert_eq!(second["finish_reason"], "COMPLETE");
    let text = second["message"]["content"][0]["text"].as_str().unwrap();
    let citation = &second["message"]["citations"][0];
    let [start, end] =
        ["start", "end"].map(|name| usize::try_from(citation[name].as_u64().unwrap()).unwrap());
    assert_eq!(
        (text.get(start..end).unwrap(), citation["text"].as_str()),
        ("{\"degrees\": 18}", Some("{\"degrees\": 18}"))
    );
    assert_eq!(citation["sources"][0]["tool_output"], json!({"degrees": 18}));
    assert_eq!(citation["sources"][0]["id"], json!(format!("{}:0", call["id"].as_str().unwrap())));
    body["citation_options"] = json!({"mode": "OFF"});
    assert_eq!(chat(&server, &body).json()["message"].get("citations"), None);
    let several =
        send(&server, "/cohere/v2/chat", &[("x-simulate", "calls=3")], &with(&json!({"tools": tools()})));
    assert_eq!(several.json()["message"]["tool_calls"].as_array().unwrap().len(), 3);
    let none = chat(&server, &with(&json!({"tools": tools(), "tool_choice": "NONE"}))).json();
    assert_eq!(none["finish_reason"], "COMPLETE");
}

#[test]
fn documents_thoughts_schemas_and_chances() {
    let server = Server::start(quick());
    let cited = chat(&server, &with(&json!({"documents": [{"data": {"text": "Water."}}]}))).json();
    let source = &cited["message"]["citations"][0]["sources"][0];
    assert_eq!(
        source,
        &json!({"type": "document", "id": "doc:0", "document": {"id": "doc:0", "text": "Water."}})
    );
    let reasoning = json!({"model": "command-a-reasoning-08-2025"});
    let thought = chat(&server, &with(&reasoning)).json();
    assert_eq!(thought["message"]["content"][0]["type"], "thinking");
    let mut plain = with(&reasoning);
    plain["thinking"] = json!({"type": "disabled"});
    assert_eq!(chat(&server, &plain).json()["message"]["content"][0]["type"], "text");
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let made =
        chat(&server, &with(&json!({"response_format": {"type": "json_object", "json_schema": schema}})))
            .json();
    assert_eq!(made["message"]["content"][0]["text"], "{\"city\":\"Paris\"}");
    let told = chat(&server, &with(&json!({"logprobs": true}))).json();
    let tokens: String =
        told["logprobs"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect();
    assert_eq!(json!(tokens), told["message"]["content"][0]["text"]);
    let long = "word ".repeat(1_100);
    let body = with(&json!({"messages": [{"role": "user", "content": long}]}));
    let cached = [0, 1].map(|_| chat(&server, &body).json()["usage"]["cached_tokens"].clone());
    assert_eq!(cached, [json!(0), json!(1_024)]);
}

#[test]
fn texts_are_embedded() {
    let server = Server::start(quick());
    let types = ["float", "int8", "uint8", "binary", "ubinary", "base64"];
    let body = json!({"model": "embed-v4.0", "input_type": "search_query", "texts": ["a", "b", "a"],
        "embedding_types": types, "output_dimension": 256});
    let answer = send(&server, "/cohere/v2/embed", &[], &body).json();
    assert_eq!(answer["texts"], json!(["a", "b", "a"]));
    assert_eq!(answer["meta"]["billed_units"]["input_tokens"], 3);
    for (kind, length) in [("float", 256), ("int8", 256), ("uint8", 256), ("binary", 32), ("ubinary", 32)] {
        let vectors = answer["embeddings"][kind].as_array().unwrap();
        assert_eq!((vectors.len(), vectors[0].as_array().unwrap().len()), (3, length), "{kind}");
        assert_eq!(vectors[0], vectors[2]);
        assert_ne!(vectors[0], vectors[1]);
    }
    let squares: f64 = answer["embeddings"]["float"][0]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap().powi(2))
        .sum();
    assert!((squares - 1.0).abs() < 1e-3);
    assert_eq!(answer["embeddings"]["base64"][0].as_str().unwrap().len(), 1_368);
}

#[test]
fn documents_are_put_in_order() {
    let server = Server::start(quick());
    let body = json!({"model": "rerank-v3.5", "query": "What is a weir?", "top_n": 2,
        "documents": ["A bridge.", "A weir is what holds water.", "Nothing."]});
    let answer = send(&server, "/cohere/v2/rerank", &[], &body).json();
    let results = answer["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["index"]), (2, &json!(1)));
    assert!(results[0]["relevance_score"].as_f64() > results[1]["relevance_score"].as_f64());
    assert_eq!(answer["meta"]["billed_units"]["search_units"], 1);
}

#[test]
fn models_are_listed_by_what_they_do() {
    let server = Server::start(quick());
    let key = [("authorization", "Bearer key")];
    let all = server.send("GET", "/cohere/v1/models?page_size=5", &key, &[]).json();
    assert!(all["models"].as_array().unwrap().iter().any(|model| model["name"] == "command-a-03-2025"));
    let rerank = server.send("GET", "/cohere/v1/models?endpoint=rerank", &key, &[]).json();
    assert_eq!(rerank["models"].as_array().unwrap().len(), 1);
    let one = server.send("GET", "/cohere/v1/models/embed-v4.0", &key, &[]).json();
    assert_eq!(one["endpoints"], json!(["embed"]));
}
