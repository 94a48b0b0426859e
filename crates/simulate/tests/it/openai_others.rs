//! OpenAI's smaller endpoints as they should be: embeddings, moderations, images, audio.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

/// A form: texts, and one file.
pub(crate) fn form(texts: &[(&str, &str)], file: Option<(&str, &str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in texts {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, filename, bytes)) = file {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    body
}

pub(crate) fn send_form(server: &Server, path: &str, body: &[u8]) -> Answer {
    let headers = [("authorization", "Bearer sk-test"), ("content-type", "multipart/form-data; boundary=x")];
    server.send("POST", &format!("/openai/v1{path}"), &headers, body)
}

fn data(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.events().iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn texts_become_vectors() {
    let server = Server::start(quick());
    let embed = |extra: Value| {
        let mut body = json!({"model": "text-embedding-3-small", "input": "a weir"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        server.openai("POST", "/embeddings", &[], &body).json()
    };
    let one = embed(json!({}));
    assert_eq!((&one["object"], &one["model"]), (&json!("list"), &json!("text-embedding-3-small")));
    assert_eq!(one["usage"], json!({"prompt_tokens": 2, "total_tokens": 2}));
    let vector: Vec<f64> = serde_json::from_value(one["data"][0]["embedding"].clone()).unwrap();
    assert_eq!(vector.len(), 1_536);
    let length: f64 = vector.iter().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 1e-4);
    let packed = embed(json!({"encoding_format": "base64", "dimensions": 4}));
    let bytes = STANDARD.decode(packed["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let plain = embed(json!({"dimensions": 4}));
    let numbers: Vec<f32> = serde_json::from_value(plain["data"][0]["embedding"].clone()).unwrap();
    let unpacked: Vec<f32> =
        bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(unpacked, numbers);
    for (input, count, tokens) in
        [(json!(["a weir", "a bridge"]), 2, 4), (json!([1, 2, 3]), 1, 3), (json!([[1, 2], [3]]), 2, 3)]
    {
        let made = embed(json!({"input": input, "dimensions": 2}));
        assert_eq!(
            (made["data"].as_array().unwrap().len(), &made["usage"]["total_tokens"]),
            (count, &json!(tokens))
        );
        assert_eq!(made["data"][count - 1]["index"], count - 1);
    }
}

#[test]
fn texts_are_flagged_for_their_words() {
    let server = Server::start(quick());
    let moderate = |input: Value| server.openai("POST", "/moderations", &[], &json!({"input": input})).json();
    let made = moderate(json!(["What is a weir?", "I will kill the process."]));
    assert!(made["id"].as_str().unwrap().starts_with("modr-"));
    assert_eq!(made["model"], "omni-moderation-latest");
    let (mild, wild) = (&made["results"][0], &made["results"][1]);
    assert_eq!((&mild["flagged"], &wild["flagged"]), (&json!(false), &json!(true)));
    assert_eq!(
        (&wild["categories"]["violence"], &wild["categories"]["hate/threatening"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(wild["categories"].as_object().unwrap().len(), 13);
    let picture = json!([{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]);
    let looked = &moderate(picture)["results"][0]["category_applied_input_types"];
    assert_eq!((&looked["violence"], &looked["hate"]), (&json!(["text", "image"]), &json!(["text"])));
}

#[test]
fn images_are_made_and_edited() {
    let server = Server::start(quick());
    let generate = |body: Value| server.openai("POST", "/images/generations", &[], &body);
    let made = generate(json!({"model": "gpt-image-1", "prompt": "A weir", "n": 2, "size": "auto"})).json();
    assert_eq!(
        (&made["size"], &made["output_format"], &made["created"]),
        (&json!("1024x1024"), &json!("png"), &json!(1_800_000_000))
    );
    assert_eq!(made["data"].as_array().unwrap().len(), 2);
    let png = STANDARD.decode(made["data"][0]["b64_json"].as_str().unwrap()).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(b"IEND\xaeB`\x82"));
    assert_eq!(made["usage"]["total_tokens"], 2 + 2 * 1_056);
    let older = generate(json!({"model": "dall-e-3", "prompt": "A weir"})).json();
    assert!(older["data"][0]["url"].is_string() && older["data"][0]["revised_prompt"].is_string());
    assert!(older.get("usage").is_none());
    let events = generate(json!({"prompt": "A weir", "stream": true, "partial_images": 2})).events();
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_deref().unwrap()).collect();
    assert_eq!(
        names,
        ["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"]
    );
    let last: Value = serde_json::from_str(&events[2].1).unwrap();
    assert_eq!(
        (&last["type"], &last["usage"]["output_tokens"]),
        (&json!("image_generation.completed"), &json!(1_056))
    );
    let body =
        form(&[("prompt", "Bluer"), ("model", "gpt-image-1"), ("n", "1")], Some(("image[]", "a.png", &png)));
    let edited = send_form(&server, "/images/edits", &body).json();
    assert_eq!(edited["usage"]["input_tokens_details"], json!({"text_tokens": 1, "image_tokens": 1_056}));
}

#[test]
fn texts_are_read_out() {
    let server = Server::start(quick());
    let speak = |extra: Value| {
        let mut body = json!({"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "What is a weir?"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        server.openai("POST", "/audio/speech", &[], &body)
    };
    let wav = speak(json!({"response_format": "wav"}));
    assert_eq!((wav.status, wav.header("content-type")), (200, Some("audio/wav")));
    assert!(wav.body.starts_with(b"RIFF") && wav.body[8..].starts_with(b"WAVEfmt "));
    // Four tokens, a twentieth of a second each, at 24,000 samples of two bytes.
    assert_eq!(wav.body.len(), 44 + 4 * 1_200 * 2);
    assert_eq!(wav.body[40..44], 9_600_u32.to_le_bytes());
    let mp3 = speak(json!({}));
    assert_eq!(mp3.header("content-type"), Some("audio/mpeg"));
    assert!(mp3.body.chunks(417).all(|frame| frame.len() == 417 && frame.starts_with(&[0xff, 0xfb])));
    let events = data(&speak(json!({"response_format": "wav", "stream_format": "sse"})));
    let sound: Vec<u8> = events
        .iter()
        .filter_map(|event| event["audio"].as_str())
        .flat_map(|half| STANDARD.decode(half).unwrap())
        .collect();
    assert_eq!(sound, wav.body);
    assert_eq!(
        events[2],
        json!({"type": "speech.audio.done", "usage": {"input_tokens": 4, "output_tokens": 8, "total_tokens": 12}})
    );
}

#[test]
fn sounds_are_written_down() {
    let server = Server::start(quick());
    let sound = vec![0_u8; 48_000];
    let hear = |path: &str, texts: &[(&str, &str)]| {
        send_form(&server, path, &form(texts, Some(("file", "a.wav", &sound))))
    };
    let text = "The file a.wav has 48000 bytes.";
    let json = hear("/audio/transcriptions", &[("model", "gpt-4o-transcribe")]).json();
    assert_eq!((&json["text"], &json["usage"]["type"]), (&json!(text), &json!("tokens")));
    let verbose = hear(
        "/audio/transcriptions",
        &[
            ("model", "whisper-1"),
            ("response_format", "verbose_json"),
            ("language", "de"),
            ("timestamp_granularities[]", "segment"),
        ],
    )
    .json();
    assert_eq!(
        (&verbose["duration"], &verbose["language"], &verbose["segments"][0]["text"]),
        (&json!(1.0), &json!("de"), &json!(text))
    );
    let srt = hear("/audio/translations", &[("model", "whisper-1"), ("response_format", "srt")]);
    assert_eq!(srt.text(), format!("1\n00:00:00,000 --> 00:00:01,000\n{text}\n\n"));
    let events = data(&hear("/audio/transcriptions", &[("model", "gpt-4o-transcribe"), ("stream", "true")]));
    let joined: String = events.iter().filter_map(|event| event["delta"].as_str()).collect();
    let last = events.last().unwrap();
    assert_eq!(
        (joined.as_str(), &last["type"], &last["text"]),
        (text, &json!("transcript.text.done"), &json!(text))
    );
}
