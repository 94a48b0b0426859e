//! Facts of responses. The reader of streams also holds them to their grammar.

use serde_json::{Value, json};

use super::{Facts, arguments, events};

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    let body: Value = serde_json::from_slice(body).unwrap();
    if body["object"] != "response" {
        let error = Some((string(&body["error"]["code"]), string(&body["error"]["message"])));
        return Facts { error, ..Facts::default() };
    }
    response(&body)
}

/// Reads the facts of a response object.
fn response(body: &Value) -> Facts {
    let mut facts =
        Facts { model: string(&body["model"]), finish: string(&body["status"]), ..Facts::default() };
    if let Some(reason) = body["incomplete_details"]["reason"].as_str() {
        facts.finish = format!("incomplete: {reason}");
    }
    if body["error"].is_object() {
        facts.error = Some((string(&body["error"]["code"]), string(&body["error"]["message"])));
    }
    let usage = &body["usage"];
    if usage.is_object() {
        (facts.input, facts.output) = (usage["input_tokens"].as_u64(), usage["output_tokens"].as_u64());
        facts.cached = usage["input_tokens_details"]["cached_tokens"].as_u64().unwrap();
        assert_eq!(
            usage["total_tokens"].as_u64(),
            facts.input.zip(facts.output).map(|(input, output)| input + output)
        );
    }
    let items = body["output"].as_array().unwrap();
    let mut ids: Vec<_> = items.iter().map(|item| string(&item["id"])).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), items.len(), "ids of items differ");
    for item in items {
        said(item, &mut facts);
    }
    facts
}

fn said(item: &Value, facts: &mut Facts) {
    facts.state.extend(item["encrypted_content"].as_str().map(str::to_owned));
    match item["type"].as_str().unwrap() {
        "message" => {
            for part in item["content"].as_array().unwrap() {
                facts.text.push_str(part["text"].as_str().unwrap_or_default());
                facts.refusal.push_str(part["refusal"].as_str().unwrap_or_default());
                for note in part["annotations"].as_array().into_iter().flatten() {
                    facts.citations.push(string(&note["url"]));
                    let (start, end) =
                        (note["start_index"].as_u64().unwrap(), note["end_index"].as_u64().unwrap());
                    assert!(start <= end && end <= part["text"].as_str().unwrap().chars().count() as u64);
                }
            }
        }
        "reasoning" => {
            for part in item["summary"].as_array().unwrap() {
                facts.thinking.push_str(part["text"].as_str().unwrap());
            }
        }
        "function_call" => {
            let json = item["arguments"].as_str().unwrap();
            // A call that was cut short has what came of it.
            let given = if item["status"] == "incomplete" { json!(json) } else { arguments(json) };
            facts.calls.push((string(&item["call_id"]), string(&item["name"]), given));
        }
        "custom_tool_call" => {
            let given = json!({ "input": item["input"] });
            facts.calls.push((string(&item["call_id"]), string(&item["name"]), given));
        }
        "image_generation_call" => assert!(item["result"].is_string()),
        "web_search_call" => {}
        other => panic!("an item of type {other}"),
    }
}

/// An item as its events tell of it.
struct Open {
    added: Value,
    /// The parts of its content or summary, as the events made them.
    parts: Vec<Value>,
    /// Whether the last part has been told whole.
    part_done: bool,
    /// What its deltas said, for a call.
    given: String,
    given_done: bool,
}

/// Reads a streamed answer: numbers without gaps, one item after the other, one part within it after the other, and
/// every whole equal to the sum of its pieces.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let (mut done, mut open, mut facts): (Vec<Value>, Option<Open>, Option<Facts>) = (Vec::new(), None, None);
    let mut error: Option<Value> = None;
    let mut id = Value::Null;
    for (number, (name, data)) in events(stream).into_iter().enumerate() {
        let event: Value = serde_json::from_str(&data).unwrap();
        let kind = event["type"].as_str().unwrap();
        assert_eq!(kind, name);
        assert_eq!(event["sequence_number"], number, "numbers have a gap at {data}");
        assert!(facts.is_none(), "something follows the end: {data}");
        assert!(error.is_none() || kind == "response.failed", "something follows an error: {data}");
        assert_eq!(number == 0 && kind != "error", kind == "response.created", "{data}");
        assert_eq!(number == 1 && kind != "error", kind == "response.in_progress", "{data}");
        match kind {
            "response.created" | "response.in_progress" => {
                assert_eq!(
                    (&event["response"]["status"], &event["response"]["output"]),
                    (&json!("in_progress"), &json!([]))
                );
                if number == 0 {
                    id = event["response"]["id"].clone();
                }
                assert_eq!(event["response"]["id"], id);
            }
            "error" => {
                error = Some(event.clone());
                if number == 0 {
                    facts = Some(Facts::default());
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                let body = &event["response"];
                assert_eq!(format!("response.{}", body["status"].as_str().unwrap()), kind);
                assert_eq!(body["id"], id);
                assert_eq!(
                    body["output"],
                    Value::Array(done.clone()),
                    "the response has the items that were told"
                );
                assert!(open.is_none() || kind == "response.failed", "an item is open at the end");
                facts = Some(response(body));
            }
            "response.output_item.added" => {
                assert!(open.is_none(), "an item within an item: {data}");
                assert_eq!(event["output_index"], done.len());
                open = Some(Open {
                    added: event["item"].clone(),
                    parts: vec![],
                    part_done: true,
                    given: String::new(),
                    given_done: false,
                });
            }
            "response.output_item.done" => {
                assert_eq!(event["output_index"], done.len());
                open.take().unwrap().check(&event["item"]);
                done.push(event["item"].clone());
            }
            _ => {
                assert_eq!(event["output_index"], done.len());
                open.as_mut().unwrap().event(kind, &event);
            }
        }
    }
    let mut facts = facts.unwrap();
    if let Some(error) = error {
        facts.error = Some((string(&error["code"]), string(&error["message"])));
    }
    facts
}

impl Open {
    /// An event within the item.
    fn event(&mut self, kind: &str, event: &Value) {
        assert_eq!(event["item_id"], self.added["id"]);
        let index = event["content_index"].as_u64().or(event["summary_index"].as_u64());
        match kind {
            "response.content_part.added" | "response.reasoning_summary_part.added" => {
                assert!(self.part_done, "a part within a part");
                assert_eq!(index, Some(self.parts.len() as u64));
                self.parts.push(event["part"].clone());
                self.part_done = false;
            }
            "response.content_part.done" | "response.reasoning_summary_part.done" => {
                assert_eq!(index, Some(self.parts.len() as u64 - 1));
                assert_eq!(Some(&event["part"]), self.parts.last());
                self.part_done = true;
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                assert!(!self.given_done);
                self.given.push_str(event["delta"].as_str().unwrap());
            }
            "response.function_call_arguments.done" => {
                assert_eq!(event["arguments"], self.given);
                assert_eq!(event["name"], self.added["name"]);
                self.given_done = true;
            }
            "response.custom_tool_call_input.done" => {
                assert_eq!(event["input"], self.given);
                self.given_done = true;
            }
            _ if kind.contains("_generation_call.") || kind.contains("_search_call.") => {}
            _ => {
                assert!(!self.part_done, "{kind} without a part");
                assert_eq!(index, Some(self.parts.len() as u64 - 1));
                piece(kind, event, self.parts.last_mut().unwrap());
            }
        }
    }

    /// The item is whole: it has all that its events told.
    fn check(&self, item: &Value) {
        assert!(self.part_done, "a part is open at the end of its item");
        assert_eq!((&item["id"], &item["type"]), (&self.added["id"], &self.added["type"]));
        match item["type"].as_str().unwrap() {
            "message" => assert_eq!(item["content"], Value::Array(self.parts.clone())),
            "reasoning" => assert_eq!(item["summary"], Value::Array(self.parts.clone())),
            "function_call" => assert!(item["arguments"] == self.given && self.given_done),
            "custom_tool_call" => assert!(item["input"] == self.given && self.given_done),
            _ => {}
        }
    }
}

/// An event within a part.
fn piece(kind: &str, event: &Value, part: &mut Value) {
    let add = |place: &mut Value| {
        *place = json!(format!("{}{}", place.as_str().unwrap(), event["delta"].as_str().unwrap()));
    };
    match kind {
        "response.output_text.delta" => {
            add(&mut part["text"]);
            let told = event["logprobs"].as_array().unwrap().clone();
            part["logprobs"].as_array_mut().unwrap().extend(told);
        }
        "response.reasoning_summary_text.delta" => add(&mut part["text"]),
        "response.refusal.delta" => add(&mut part["refusal"]),
        "response.output_text.done" => {
            assert_eq!((&event["text"], &event["logprobs"]), (&part["text"], &part["logprobs"]));
        }
        "response.reasoning_summary_text.done" => assert_eq!(event["text"], part["text"]),
        "response.refusal.done" => assert_eq!(event["refusal"], part["refusal"]),
        "response.output_text.annotation.added" => {
            let list = part["annotations"].as_array_mut().unwrap();
            assert_eq!(event["annotation_index"], list.len());
            list.push(event["annotation"].clone());
        }
        other => panic!("an event of type {other}"),
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
