use serde_json::{Value as Json, json};

use super::*;

fn parsed(bytes: &[u8]) -> Json {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn each_call_asks_for_one_answer_with_a_seed_of_its_own() {
    let body = br#"{"model":"m","n":3,"seed":7,"messages":[]}"#;
    assert_eq!(split(body, 0).unwrap(), br#"{"model":"m","seed":7,"messages":[]}"#);
    assert_eq!(split(body, 2).unwrap(), br#"{"model":"m","seed":9,"messages":[]}"#);
    for (given, expect) in [
        (r#"{"n":2,"stream":true}"#, json!({"stream": true, "stream_options": {"include_usage": true}})),
        (
            r#"{"stream":true,"stream_options":null}"#,
            json!({"stream": true, "stream_options": {"include_usage": true}}),
        ),
        (
            r#"{"stream":true,"stream_options":{"include_usage":false}}"#,
            json!({"stream": true, "stream_options": {"include_usage": true}}),
        ),
        (
            r#"{"stream":true,"stream_options":{"a":1}}"#,
            json!({"stream": true, "stream_options": {"include_usage": true, "a": 1}}),
        ),
    ] {
        assert_eq!(parsed(&split(given.as_bytes(), 0).unwrap()), expect, "{given}");
    }
    assert_eq!(split(b"[]", 0), None);
}

fn answer(text: &str, tokens: u64) -> String {
    json!({"id": format!("id-{text}"), "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens,
            "prompt_tokens_details": {"cached_tokens": 4}}})
    .to_string()
}

#[test]
fn whole_answers_are_joined_and_their_usage_added_up() {
    let (a, b) = (answer("a", 1), answer("b", 2));
    let joined = parsed(&join(&[a.as_bytes(), b.as_bytes()]).unwrap());
    assert_eq!(joined["id"], "id-a");
    let choices = joined["choices"].as_array().unwrap();
    let said: Vec<_> =
        choices.iter().map(|c| (c["index"].as_u64(), c["message"]["content"].as_str())).collect();
    assert_eq!(said, [(Some(0), Some("a")), (Some(1), Some("b"))]);
    let usage = json!({"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23,
        "prompt_tokens_details": {"cached_tokens": 8}});
    assert_eq!(joined["usage"], usage);
    assert_eq!(join(&[a.as_bytes(), b"{}"]), None);
    let used = |usage: &str| format!(r#"{{"choices":[{{}}]{usage}}}"#);
    let sum =
        |a: &str, b: &str| parsed(&join(&[used(a).as_bytes(), used(b).as_bytes()]).unwrap())["usage"].clone();
    let (a, b) = (r#","usage":{"x":18446744073709551615}"#, r#","usage":{"x":1,"y":{"z":2}}"#);
    assert_eq!(sum(a, b), json!({"x": u64::MAX, "y": {"z": 2}}));
    assert_eq!(sum("", b), json!({"x": 1, "y": {"z": 2}}));
    let (a, b) = (r#","usage":{"x":1.7e308}"#, r#","usage":{"x":1.7e308}"#);
    assert_eq!(sum(a, b), json!({"x": f64::MAX}));
}

fn stream(text: &str) -> String {
    let chunk = |choices: Json, usage: Json| {
        let chunk = json!({"id": format!("id-{text}"), "object": "chat.completion.chunk", "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let delta = json!([{"index": 0, "delta": {"content": text}, "finish_reason": null}]);
    let stop = json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]);
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4});
    let events = [chunk(delta, Json::Null), chunk(stop, Json::Null), chunk(json!([]), usage)];
    format!("{}data: [DONE]\n\n", events.concat())
}

/// What the client gets when pieces of this size come from either in turn.
fn joined(size: usize, include_usage: bool) -> Vec<Json> {
    let mut joiner = Joiner::new(2, 1 << 20, include_usage);
    let streams = [stream("a"), stream("b")];
    let mut out = Vec::new();
    let mut pieces = streams.each_ref().map(|stream| stream.as_bytes().chunks(size));
    let mut over = false;
    while !over {
        for (at, pieces) in pieces.iter_mut().enumerate() {
            match pieces.next() {
                Some(piece) => joiner.push(at, piece, &mut out).unwrap(),
                None if over => {}
                None => over = joiner.end(at, &mut out),
            }
        }
    }
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    assert_eq!(text.matches("[DONE]").count(), 1, "{text}");
    let data = text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn streams_are_interleaved_by_their_indexes() {
    for size in [1, 7, 50, 10_000] {
        let events = joined(size, true);
        assert!(events.iter().all(|event| event["id"] == "id-a"), "{events:?}");
        for (at, text) in ["a", "b"].into_iter().enumerate() {
            let own = events.iter().filter(|event| event["choices"][0]["index"] == at);
            let own: Vec<_> =
                own.map(|event| (&event["choices"][0]["delta"]["content"], &event["usage"])).collect();
            assert_eq!(own, [(&json!(text), &Json::Null), (&Json::Null, &Json::Null)], "{size}");
        }
        let last = events.last().unwrap();
        let usage = json!({"prompt_tokens": 6, "completion_tokens": 2, "total_tokens": 8});
        assert_eq!((&last["choices"], &last["usage"]), (&json!([]), &usage));
        assert_eq!(events.len(), 5);
        let without = joined(size, false);
        assert_eq!(without.len(), 4);
        assert!(without.iter().all(|event| event.get("usage").is_none()), "{without:?}");
    }
}

#[test]
fn an_error_of_one_ends_all() {
    let mut joiner = Joiner::new(2, 1 << 20, false);
    let mut out = Vec::new();
    joiner.push(1, b"data: {\"error\":{\"message\":\"no\"}}\n\n", &mut out).unwrap();
    assert!(joiner.end(1, &mut out));
    joiner.push(0, stream("a").as_bytes(), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "data: {\"error\":{\"message\":\"no\"}}\n\n");
}

#[test]
fn an_empty_chunk_and_one_of_several_lines_are_events_still() {
    let mut joiner = Joiner::new(1, 1 << 20, true);
    let mut out = Vec::new();
    let stream = "data: {}\n\ndata: {\ndata: \"id\":\"a\",\"choices\":[],\ndata: \"usage\":{\"total_tokens\":4}}\n\ndata: {}\n\n";
    joiner.push(0, stream.as_bytes(), &mut out).unwrap();
    assert!(joiner.end(0, &mut out));
    let text = String::from_utf8(out).unwrap();
    let events: Vec<&str> =
        text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap()).collect();
    let [last, "[DONE]"] = events[..] else { panic!("{text}") };
    let last: Json = serde_json::from_str(last).unwrap();
    assert_eq!(last["usage"]["total_tokens"], 4);
}
