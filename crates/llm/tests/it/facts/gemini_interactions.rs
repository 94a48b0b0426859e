//! Facts of interactions. The reader of streams also holds them to their grammar.

use serde_json::{Value, json};

use super::{Facts, events};

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut facts = Facts::default();
    if body["error"].is_object() {
        error(&body["error"], &mut facts);
        return facts;
    }
    assert_eq!(body["object"], "interaction");
    standing(&body, &mut facts);
    for each in body["steps"].as_array().unwrap() {
        step(each, &mut facts);
    }
    facts
}

/// What an interaction says of itself.
fn standing(body: &Value, facts: &mut Facts) {
    assert!(body["id"].as_str().unwrap().starts_with("v1_"), "{body}");
    for time in ["created", "updated"] {
        let time = body[time].as_str().unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{body}");
    }
    facts.model = string(&body["model"]);
    facts.finish = string(&body["status"]);
    let count = |name: &str| body["usage"][name].as_u64();
    facts.input =
        count("total_input_tokens").map(|input| input + count("total_tool_use_tokens").unwrap_or(0));
    facts.output =
        count("total_output_tokens").map(|output| output + count("total_thought_tokens").unwrap_or(0));
    facts.cached = count("total_cached_tokens").unwrap_or(0);
    assert_eq!(count("total_tokens"), facts.input.zip(facts.output).map(|(input, output)| input + output));
}

fn error(told: &Value, facts: &mut Facts) {
    facts.error =
        Some((told["code"].as_str().unwrap().to_owned(), told["message"].as_str().unwrap().to_owned()));
}

fn step(step: &Value, facts: &mut Facts) {
    match step["type"].as_str().unwrap() {
        "model_output" => {
            facts.refusal.push_str(step["error"]["message"].as_str().unwrap_or_default());
            assert!(step["content"].is_array() != step["error"].is_object(), "{step}");
            for content in step["content"].as_array().into_iter().flatten() {
                said(content, facts);
            }
        }
        "thought" => {
            for content in step["summary"].as_array().into_iter().flatten() {
                facts.thinking.push_str(content["text"].as_str().unwrap());
            }
            facts.state.extend(step["signature"].as_str().map(str::to_owned));
        }
        "function_call" => {
            assert!(step["arguments"].is_object(), "{step}");
            let call = (string(&step["id"]), string(&step["name"]), step["arguments"].clone());
            assert!(!call.0.is_empty() && !call.1.is_empty(), "{step}");
            facts.calls.push(call);
        }
        // What Google does by itself.
        other => assert!(other.ends_with("_call") || other.ends_with("_result"), "a step of type {other}"),
    }
}

fn said(content: &Value, facts: &mut Facts) {
    if content["type"] != "text" {
        assert!(content["type"] == "image" && content["data"].is_string(), "{content}");
        return;
    }
    let text = content["text"].as_str().unwrap();
    facts.text.push_str(text);
    for note in content["annotations"].as_array().into_iter().flatten() {
        facts.citations.push(string(&note["url"]));
        if let (Some(start), Some(end)) = (note["start_index"].as_u64(), note["end_index"].as_u64()) {
            let place = |at: u64| usize::try_from(at).unwrap();
            assert!(text.get(place(start)..place(end)).is_some(), "no piece of the text: {note}");
        }
    }
}

/// Reads a streamed answer: the interaction first, what it does, its steps one after the other without gaps, the
/// interaction again, and a word that it is done. An error ends all of it.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let (mut facts, mut open, mut steps) = (Facts::default(), None::<Value>, 0);
    let (mut id, mut ended, mut done) = (Value::Null, false, false);
    for (number, (name, data)) in events(stream).into_iter().enumerate() {
        assert!(facts.error.is_none() && !done, "something follows the end: {data}");
        if name == "done" {
            assert!(ended && data == "[DONE]", "{data}");
            done = true;
            continue;
        }
        assert!(!ended, "something follows the interaction: {data}");
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["event_type"], name);
        assert_eq!(number == 0 && name != "error", name == "interaction.created", "{data}");
        match name.as_str() {
            "interaction.created" => {
                let told = &event["interaction"];
                assert_eq!(
                    (&told["status"], &told["object"]),
                    (&json!("in_progress"), &json!("interaction"))
                );
                id = told["id"].clone();
                assert!(id.as_str().unwrap().starts_with("v1_"));
            }
            "interaction.status_update" => {
                assert_eq!((&event["interaction_id"], &event["status"]), (&id, &json!("in_progress")));
            }
            "step.start" => {
                assert!(open.is_none() && event["index"] == steps, "{data}");
                open = Some(event["step"].clone());
            }
            "step.delta" => {
                assert_eq!(event["index"], steps);
                piece(&event["delta"], open.as_mut().unwrap());
            }
            "step.stop" => {
                assert_eq!(event["index"], steps);
                steps += 1;
                step(&close(open.take().unwrap()), &mut facts);
            }
            "interaction.completed" => {
                assert!(open.is_none() && event["interaction"]["id"] == id, "{data}");
                standing(&event["interaction"], &mut facts);
                ended = true;
            }
            "error" => error(&event["error"], &mut facts),
            other => panic!("an event of type {other}"),
        }
    }
    assert!(done || facts.error.is_some(), "the stream has no end");
    facts
}

/// Adds a piece to the step that is open.
fn piece(delta: &Value, step: &mut Value) {
    let kind = step["type"].as_str().unwrap().to_owned();
    let add = |list: &mut Value, item: &Value| match list.as_array_mut() {
        Some(list) => list.push(item.clone()),
        None => *list = json!([item]),
    };
    match (delta["type"].as_str().unwrap(), kind.as_str()) {
        ("text", "model_output") => {
            assert!(!delta["text"].as_str().unwrap().is_empty());
            match step["content"].as_array_mut().and_then(|list| list.last_mut()) {
                Some(last) if last["type"] == "text" => {
                    last["text"] = json!(string(&last["text"]) + delta["text"].as_str().unwrap());
                }
                _ => add(&mut step["content"], delta),
            }
        }
        ("image", "model_output") => add(&mut step["content"], delta),
        ("text_annotation_delta", "model_output") => {
            let last = step["content"].as_array_mut().unwrap().last_mut().unwrap();
            assert!(last["annotations"].is_null());
            last["annotations"] = delta["annotations"].clone();
        }
        ("thought_summary", "thought") => {
            assert!(step["signature"].as_str().unwrap_or_default().is_empty(), "the signature is last");
            add(&mut step["summary"], &delta["content"]);
        }
        ("thought_signature", "thought") => step["signature"] = delta["signature"].clone(),
        ("arguments_delta", "function_call") => {
            assert!(delta["arguments"].is_string());
            step["pieces"] = json!(string(&step["pieces"]) + delta["arguments"].as_str().unwrap());
        }
        (delta, step) => {
            assert!(
                delta == step && (step.ends_with("_call") || step.ends_with("_result")),
                "{delta} in {step}"
            );
        }
    }
}

/// The step as it is whole: a call has the arguments that its pieces are.
fn close(mut step: Value) -> Value {
    if step["type"] == "function_call" {
        assert_eq!(step["arguments"], json!({}), "arguments come in pieces");
        step["arguments"] = match serde_json::from_str(step["pieces"].as_str().unwrap()) {
            Ok(object @ Value::Object(_)) => object,
            // A call that was cut short has what came of it.
            _ => json!({ "arguments": step["pieces"] }),
        };
    }
    step
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
