use super::*;
use crate::request::{Address, peek};

const URL: &str = "https://pictures.example/a.png";

fn target(fetched: Option<&Fetched>) -> Target<'_> {
    Target { fetched, ..Target::new("m", None) }
}

fn chat(url: &str) -> String {
    format!(
        r#"{{"model":"m","messages":[{{"role":"system","content":"s"}},{{"role":"user","content":[{{"type":"text","text":"what?"}},{{"type":"image_url","image_url":{{"url":"{url}"}}}},{{"type":"image_url","image_url":{{"url":"{url}"}}}}]}}]}}"#
    )
}

/// What the provider wants fetched of a request, by place.
fn wanted(kind: ProviderKind, dialect: Dialect, body: &str) -> Vec<(String, Medium)> {
    let all = kind.remotes(dialect, body.as_bytes(), &target(None));
    all.into_iter().map(|remote| (remote.param, remote.medium)).collect()
}

#[test]
fn who_takes_bytes_alone_wants_each_address_fetched_once() {
    let place = ("messages[1].content[1].image_url.url".to_owned(), Medium::Image);
    let (secure, plain) = (chat(URL), chat("http://pictures.example/a.png"));
    for (kind, wants_secure, wants_plain) in [
        (ProviderKind::Anthropic, false, true),
        (ProviderKind::Bedrock, true, true),
        (ProviderKind::Cohere, false, false),
        (ProviderKind::Gemini, false, false),
        (ProviderKind::Mistral, false, false),
        (ProviderKind::Ollama, true, true),
        (ProviderKind::OpenAiResponses, false, false),
        (ProviderKind::Vertex, true, true),
    ] {
        for (body, wants) in [(&secure, wants_secure), (&plain, wants_plain)] {
            let expect = if wants { vec![place.clone()] } else { Vec::new() };
            assert_eq!(wanted(kind, Dialect::OpenAiChat, body), expect, "{kind:?} {body}");
        }
    }
}

#[test]
fn places_are_told_in_the_clients_words() {
    let anthropic = format!(
        r#"{{"model":"m","max_tokens":5,"messages":[{{"role":"user","content":[{{"type":"document","source":{{"type":"url","url":"{URL}"}}}}]}}]}}"#
    );
    let place = ("messages.0.content.0.source.url".to_owned(), Medium::Document);
    assert_eq!(wanted(ProviderKind::OpenAiCompatible, Dialect::Anthropic, &anthropic), [place]);
    let gemini = format!(
        r#"{{"contents":[{{"parts":[{{"fileData":{{"mimeType":"image/png","fileUri":"{URL}"}}}}]}}]}}"#
    );
    let place = ("contents[0].parts[0].fileData.fileUri".to_owned(), Medium::Image);
    assert_eq!(wanted(ProviderKind::Ollama, Dialect::Gemini, &gemini), [place]);
    let responses = format!(
        r#"{{"model":"m","input":[{{"role":"user","content":[{{"type":"input_image","image_url":"{URL}"}}]}}]}}"#
    );
    let place = ("input[0].content[0].image_url".to_owned(), Medium::Image);
    assert_eq!(wanted(ProviderKind::Bedrock, Dialect::OpenAiResponses, &responses), [place]);
}

#[test]
fn of_too_many_files_enough_are_found_to_say_so() {
    let part = |at: usize| format!(r#"{{"type":"image_url","image_url":{{"url":"{URL}?{at}"}}}}"#);
    let parts: Vec<String> = (0..2_000).rev().map(part).collect();
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{}]}}]}}"#, parts.join(","));
    let found = wanted(ProviderKind::Ollama, Dialect::OpenAiChat, &body);
    let place = |at| (format!("messages[0].content[{at}].image_url.url"), Medium::Image);
    assert_eq!(found, (0..21).map(place).collect::<Vec<_>>());
}

#[test]
fn what_was_fetched_takes_the_place_of_its_address() {
    let body = chat(URL);
    let peek = peek(Dialect::OpenAiChat, body.as_bytes(), Address::default()).unwrap();
    let kind = ProviderKind::Ollama;
    let refused = kind.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target(None));
    assert_eq!(refused.unwrap_err().param.as_deref(), Some("messages[1].content"));
    let mut fetched = Fetched::default();
    assert!(fetched.insert(URL, "image/png", b"\x89PNG"));
    assert!(!fetched.insert("u", "text/plain", b"\xff"));
    let to = target(Some(&fetched));
    assert_eq!(kind.remotes(Dialect::OpenAiChat, body.as_bytes(), &to), []);
    let sent = kind.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &to).unwrap().body;
    let sent = String::from_utf8(sent).unwrap();
    assert!(sent.contains(r#""images":["iVBORw==","iVBORw=="]"#), "{sent}");
}

#[test]
fn a_file_of_text_becomes_text() {
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"fileData":{{"mimeType":"text/plain","fileUri":"{URL}"}}}}]}}]}}"#
    );
    let address = Address { model: Some("m"), ..Address::default() };
    let peek = peek(Dialect::Gemini, body.as_bytes(), address).unwrap();
    let mut fetched = Fetched::default();
    assert!(fetched.insert(URL, "text/plain", "\u{feff}a \"word\"".as_bytes()));
    let kind = ProviderKind::OpenAiCompatible;
    let encoded = kind.encode_request(Dialect::Gemini, body.as_bytes(), &peek, &target(Some(&fetched)));
    let sent = String::from_utf8(encoded.unwrap().body).unwrap();
    assert!(sent.contains(r#""a \"word\"""#), "{sent}");
}

#[test]
fn a_file_that_is_not_to_be_had_is_told_by_its_place() {
    let remote = Remote { url: URL.into(), param: "input[0].image_url".into(), medium: Medium::Image };
    let error = remote.refuse("its address is private");
    assert_eq!(error.message, "`input[0].image_url` cannot be fetched: its address is private");
    assert_eq!((error.param.as_deref(), error.code), (Some("input[0].image_url"), Some("invalid_image_url")));
}
