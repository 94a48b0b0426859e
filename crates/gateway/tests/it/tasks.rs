//! What models do besides answering: embeddings, and what only passes.

use message::Reason;
use serde_json::{Value, json};

use crate::chat::gate;
use crate::upstream::Upstream;

fn post(path: &str, content_type: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Answers each request with what `answer` makes of its head and body: a body and its media type.
fn says(answer: impl Fn(&str, &str) -> (String, &'static str) + Send + Sync + 'static) -> Upstream {
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = crate::client::field_lines(&head, "content-length").next().unwrap();
            let body = conn.text(length.trim().parse().unwrap());
            let (body, media_type) = answer(&head, &body);
            conn.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        }
    })
}

#[test]
fn embeddings_reach_the_provider_and_their_usage_the_record() {
    let up = says(|head, body| {
        assert!(head.starts_with("POST /v1/embeddings "), "{head}");
        let asked: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&asked["model"], &asked["input"]), (&json!("up-0"), &json!("hi")));
        let answer = json!({"object": "list", "model": "up-0", "usage": {"prompt_tokens": 7, "total_tokens": 7},
            "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]});
        (answer.to_string(), "application/json")
    });
    let gate = gate(&[up.addr], "");
    let body = json!({"model": "m", "input": "hi"}).to_string();
    let (answer, record) = gate.call(post("/v1/embeddings", "application/json", &body));
    assert_eq!(answer.json()["data"][0]["embedding"], json!([0.5]));
    let ai = record.ai.unwrap();
    assert_eq!((ai.usage.input, ai.usage.output, ai.estimated), (7, 0, false));
    gate.end();
}

#[test]
fn what_passes_passes_as_it_is() {
    let up = says(|head, body| {
        assert!(head.starts_with("POST /v1/audio/speech "), "{head}");
        assert_eq!(body, r#"{"voice":"x","model":"up-0"}"#);
        ("not really sound".into(), "audio/mpeg")
    });
    let gate = gate(&[up.addr], "");
    let body = r#"{"voice":"x","model":"m"}"#;
    let (answer, _) = gate.call(post("/v1/audio/speech", "application/json", body));
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("audio/mpeg")));
    assert_eq!(answer.text(), "not really sound");
    gate.end();
}

#[test]
fn forms_pass_with_the_targets_model() {
    let form = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nsound\r\n--b\r\n\
                content-disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b--\r\n";
    let expect = form.replace("\r\nm\r\n", "\r\nup-0\r\n");
    let up = says(move |head, body| {
        assert!(head.starts_with("POST /v1/audio/transcriptions "), "{head}");
        assert_eq!(body, expect);
        let usage = json!({"input_tokens": 5, "output_tokens": 2});
        (json!({"text": "sound", "usage": usage}).to_string(), "application/json")
    });
    let gate = gate(&[up.addr], "");
    let request = post("/v1/audio/transcriptions", "multipart/form-data; boundary=b", form);
    let (answer, record) = gate.call(request);
    assert_eq!(answer.json()["text"], "sound");
    assert_eq!(record.ai.unwrap().usage.input, 5);
    let (answer, record) = gate.call(post("/v1/audio/transcriptions", "application/json", "{}"));
    assert_eq!((answer.status, record.reason.as_deref()), (400, Some(Reason::InvalidAiRequest.code())));
    gate.end();
}
