//! Google's Interactions: a conversation in steps, whole and streamed, and what is refused.

use serde_json::{Value, json};

use crate::gemini::PRO;
use crate::support::{Answer, Server, quick};

fn create(server: &Server, headers: &[(&str, &str)], extra: &Value) -> Answer {
    let mut body = json!({"model": PRO, "input": "What is a weir?"});
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    let mut all = vec![("x-goog-api-key", "test"), ("content-type", "application/json")];
    all.extend(headers);
    server.send("POST", "/gemini/v1beta/interactions", &all, body.to_string().as_bytes())
}

fn tools() -> Value {
    json!([{"type": "function", "name": "get_weather", "description": "The weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}])
}

/// The events of a stream, and that its last says that it is done.
fn events(answer: &Answer) -> Vec<Value> {
    let mut all = answer.events();
    assert_eq!(all.pop().unwrap(), (Some("done".to_owned()), "[DONE]".to_owned()));
    let told = all.into_iter().map(|(name, data)| {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["event_type"], name.unwrap());
        event
    });
    told.collect()
}

#[test]
fn an_answer_is_steps_whole_and_streamed() {
    let server = Server::start(quick());
    let whole = create(&server, &[], &json!({})).json();
    assert_eq!((&whole["object"], &whole["status"]), (&json!("interaction"), &json!("completed")));
    assert_eq!(whole["steps"][0]["type"], "thought");
    let said = whole["steps"][1]["content"][0]["text"].as_str().unwrap();
    assert!(whole["usage"]["total_output_tokens"].as_u64().unwrap() > 0, "{whole}");
    let streamed = events(&create(&server, &[], &json!({"stream": true})));
    assert_eq!(streamed[0]["interaction"]["status"], "in_progress");
    assert_eq!(streamed[1]["event_type"], "interaction.status_update");
    let text: String = streamed.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(text, said);
    let last = streamed.last().unwrap();
    assert_eq!(
        (&last["interaction"]["status"], &last["interaction"]["usage"]),
        (&json!("completed"), &whole["usage"])
    );
    let summary = create(&server, &[], &json!({"generation_config": {"thinking_summaries": "auto"}})).json();
    assert!(summary["steps"][0]["summary"][0]["text"].is_string(), "{summary}");
}

#[test]
fn a_call_comes_back_with_what_was_thought_before_it() {
    let server = Server::start(quick());
    let asked = json!([{"type": "user_input", "content": [{"type": "text", "text": "What is the weather in Paris?"}]}]);
    let first = create(&server, &[], &json!({"input": asked, "tools": tools()})).json();
    assert_eq!(first["status"], "requires_action");
    let [thought, call] = first["steps"].as_array().unwrap().as_slice() else { panic!("{first}") };
    assert_eq!((&thought["type"], &call["type"]), (&json!("thought"), &json!("function_call")));
    let streamed = events(&create(&server, &[], &json!({"input": asked, "tools": tools(), "stream": true})));
    let arguments: String =
        streamed.iter().filter_map(|event| event["delta"]["arguments"].as_str()).collect();
    assert_eq!(serde_json::from_str::<Value>(&arguments).unwrap(), call["arguments"]);
    let result =
        json!({"type": "function_result", "call_id": call["id"], "name": "get_weather", "result": "18C"});
    let next = |steps: &[&Value]| {
        let input: Vec<&Value> = asked.as_array().unwrap().iter().chain(steps.iter().copied()).collect();
        create(&server, &[], &json!({"input": input, "tools": tools()}))
    };
    let last = next(&[thought, call, &result]).json();
    assert!(
        last["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["content"][0]["text"].as_str().is_some_and(|text| text.contains("18C"))),
        "{last}"
    );
    // Without it, with another's, without its result, with a result of nothing.
    let mut forged = thought.clone();
    forged["signature"] = json!("Zm9yZ2Vk");
    for steps in [&[call, &result][..], &[&forged, call, &result], &[thought, call], &[&result]] {
        let refused = next(steps);
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("invalid_request")));
    }
}

#[test]
fn what_google_does_not_know_is_refused_in_words() {
    let server = Server::start(quick());
    for (extra, status, code) in [
        (json!({"contents": []}), 400, "invalid_request"),
        (json!({"generationConfig": {}}), 400, "invalid_request"),
        (json!({"generation_config": {"topP": 1}}), 400, "invalid_request"),
        (json!({"generation_config": {"tool_choice": "sometimes"}}), 400, "invalid_request"),
        (json!({"input": [{"type": "nonsense"}]}), 400, "invalid_request"),
        (json!({"input": [{"type": "text"}]}), 400, "invalid_request"),
        (json!({"input": 7}), 400, "invalid_request"),
        (json!({"tools": [{"type": "hammer"}]}), 400, "invalid_request"),
        (json!({"agent": "deep-research-pro-preview-12-2025"}), 400, "invalid_request"),
        (json!({"model": "no-such-model"}), 404, "not_found"),
        (json!({"previous_interaction_id": "v1_a"}), 404, "not_found"),
    ] {
        let refused = create(&server, &[], &extra);
        let body = refused.json();
        assert_eq!((refused.status, &body["error"]["code"]), (status, &json!(code)), "{extra}: {body}");
        assert!(body["error"]["message"].is_string());
    }
    let late = create(&server, &[("x-simulate", "error-after=3")], &json!({"stream": true}));
    let (name, data) = late.events().pop().unwrap();
    assert_eq!(name.as_deref(), Some("error"));
    assert_eq!(serde_json::from_str::<Value>(&data).unwrap()["error"]["code"], "unavailable");
    let busy = create(&server, &[("x-simulate", "status=429")], &json!({}));
    assert_eq!((busy.status, &busy.json()["error"]["code"]), (429, &json!("too_many_requests")));
    let gone = server.send("GET", "/gemini/v1beta/interactions/v1_a", &[("x-goog-api-key", "test")], b"");
    assert_eq!((gone.status, &gone.json()["error"]["code"]), (404, &json!("not_found")));
}
