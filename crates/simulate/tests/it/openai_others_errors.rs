//! What OpenAI's smaller endpoints refuse, and in which words.

use serde_json::{Value, json};

use crate::openai_others::{form, send_form};
use crate::support::{Answer, Server, quick};

/// Checks the status; gives the parameter, the code and the message.
fn told(answer: &Answer, status: u16) -> (String, String, String) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let error = answer.json()["error"].clone();
    assert_eq!(error.as_object().unwrap().len(), 4);
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("param"), text("code"), text("message"))
}

#[test]
fn embeddings_take_only_what_they_take() {
    let server = Server::start(quick());
    for (extra, status, param) in [
        (json!({"input": ""}), 400, "input"),
        (json!({"input": []}), 400, "input"),
        (json!({"input": [["a"]]}), 400, "input[0]"),
        (json!({"input": {"text": "a"}}), 400, "input"),
        (json!({"encoding_format": "int8"}), 400, "encoding_format"),
        (json!({"dimensions": 0}), 400, "dimensions"),
        (json!({"dimensions": 2_000}), 400, "dimensions"),
        (json!({"colour": 1}), 400, ""),
        (json!({"model": "gpt-4o"}), 403, ""),
        (json!({"model": "text-embedding-ada-002", "dimensions": 5}), 400, ""),
        (json!({"model": "llama"}), 404, ""),
    ] {
        let mut body = json!({"model": "text-embedding-3-small", "input": "a weir"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(told(&server.openai("POST", "/embeddings", &[], &body), status).0, param, "{extra}");
    }
    let chat = json!({"model": "text-embedding-3-small", "messages": [{"role": "user", "content": "Hi"}]});
    let (param, _, message) = told(&server.openai("POST", "/chat/completions", &[], &chat), 404);
    assert_eq!(param, "model");
    assert!(message.starts_with("This is not a chat model"), "{message}");
    let response = json!({"model": "text-embedding-3-small", "input": "Hi"});
    assert_eq!(told(&server.openai("POST", "/responses", &[], &response), 400).1, "unsupported_model");
}

#[test]
fn moderations_and_images_take_only_what_they_take() {
    let server = Server::start(quick());
    let post = |path: &str, body: Value| server.openai("POST", path, &[], &body);
    assert_eq!(told(&post("/moderations", json!({})), 400).0, "input");
    assert_eq!(told(&post("/moderations", json!({"input": [{"type": "audio"}]})), 400).0, "input[0].type");
    assert!(told(&post("/moderations", json!({"input": "a", "model": "gpt-4o"})), 400).2.contains("gpt-4o"));
    for (body, param) in [
        (json!({}), "prompt"),
        (json!({"prompt": "a", "n": 11}), "n"),
        (json!({"prompt": "a", "size": "1x1"}), "size"),
        (json!({"prompt": "a", "model": "gpt-4o"}), "model"),
        (json!({"prompt": "a", "response_format": "url"}), "response_format"),
        (json!({"prompt": "a", "model": "dall-e-3", "n": 2}), "n"),
        (json!({"prompt": "a", "model": "dall-e-2", "stream": true}), "stream"),
    ] {
        assert_eq!(told(&post("/images/generations", body.clone()), 400).0, param, "{body}");
    }
    assert_eq!(told(&send_form(&server, "/images/edits", &form(&[("prompt", "a")], None)), 400).0, "image");
    let json = post("/images/edits", json!({"prompt": "a"}));
    assert_eq!(told(&json, 400).1, "unsupported_content_type");
}

#[test]
fn audio_takes_only_what_it_takes() {
    let server = Server::start(quick());
    for (extra, status, param) in [
        (json!({"voice": "nobody"}), 400, "voice"),
        (json!({"input": ""}), 400, "input"),
        (json!({"input": "a".repeat(4_097)}), 400, "input"),
        (json!({"speed": 5}), 400, "speed"),
        (json!({"response_format": "ogg"}), 400, "response_format"),
        (json!({"model": "gpt-4o"}), 404, ""),
        (json!({"model": "tts-1", "stream_format": "sse"}), 400, "stream_format"),
    ] {
        let mut body = json!({"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hi"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(told(&server.openai("POST", "/audio/speech", &[], &body), status).0, param, "{extra}");
    }
    let sound: Option<(&str, &str, &[u8])> = Some(("file", "a.wav", b"RIFF"));
    let path = "/audio/transcriptions";
    let cases = [
        (form(&[("model", "whisper-1")], None), 400, "file"),
        (form(&[], sound), 400, "model"),
        (form(&[("model", "gpt-4o")], sound), 404, ""),
        (form(&[("model", "whisper-1"), ("temperature", "3")], sound), 400, "temperature"),
        (form(&[("model", "gpt-4o-transcribe"), ("response_format", "srt")], sound), 400, "response_format"),
        (form(&[("model", "whisper-1")], Some(("file", "a.txt", b"Hi"))), 400, "file"),
        (form(&[("model", "whisper-1")], Some(("file", "a.wav", b""))), 400, "file"),
        (b"--y--".to_vec(), 400, ""),
    ];
    for (body, status, param) in cases {
        let answer = send_form(&server, path, &body);
        assert_eq!(told(&answer, status).0, param, "{}", String::from_utf8_lossy(&body));
    }
    let failed = form(&[("model", "whisper-1+status=503")], sound);
    assert_eq!(
        told(&send_form(&server, path, &failed), 503).2,
        "The server is overloaded. Please try again later."
    );
}
