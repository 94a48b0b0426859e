//! Requests and streams with a byte that is wrong, in the dialects of Cohere and Ollama: nothing panics, what is sent is
//! JSON, and a stream comes to the same however it is cut.

use llm::request::{self, Address};
use llm::{Context, Dialect, ProviderKind, Target};

use crate::support::{cases, context, read, translate};

const WRONG: [u8; 5] = [b'"', b'1', b'}', b',', 0xff];

/// Bodies with one byte of them wrong: each byte that `step` meets, beginning with another one each time.
fn damaged(body: &[u8], step: usize) -> impl Iterator<Item = Vec<u8>> {
    WRONG.into_iter().enumerate().flat_map(move |(first, wrong)| {
        (first..body.len()).step_by(step).map(move |at| {
            let mut body = body.to_vec();
            body[at] = wrong;
            body
        })
    })
}

#[test]
fn damaged_requests_are_harmless() {
    let providers =
        [ProviderKind::Anthropic, ProviderKind::Cohere, ProviderKind::Ollama, ProviderKind::OpenAiCompatible];
    for (dialect, folder) in [
        (Dialect::Cohere, "cohere_chat"),
        (Dialect::Ollama, "ollama_chat"),
        (Dialect::OllamaGenerate, "ollama_generate"),
    ] {
        let mut sent = 0;
        for case in cases(folder, ".json") {
            for body in damaged(&read(&format!("{folder}/{case}.json")), 11) {
                let Ok(peek) = request::peek(dialect, &body, Address::default()) else { continue };
                let target = Target::new("claude-sonnet-5", None);
                let encode =
                    |provider: ProviderKind| provider.encode_request(dialect, &body, &peek, &target).ok();
                for encoded in providers.into_iter().filter_map(encode) {
                    serde_json::from_slice::<serde_json::Value>(&encoded.body).unwrap();
                    sent += 1;
                }
            }
        }
        assert!(sent > 100, "{folder}: only {sent} were sent");
    }
}

#[test]
fn damaged_streams_are_harmless() {
    for (provider, folder, ending) in [
        (ProviderKind::Cohere, "answers/cohere", ".sse"),
        (ProviderKind::Ollama, "answers/ollama", ".ndjson"),
    ] {
        for case in ["citations", "logprobs", "parallel_tools", "reasoning_tool"] {
            if !cases(folder, ending).iter().any(|there| there == case) {
                continue;
            }
            for body in damaged(&read(&format!("{folder}/{case}{ending}")), 17) {
                for dialect in [Dialect::Cohere, Dialect::Ollama, Dialect::OllamaGenerate] {
                    let asked = || Context { dialect, ..context(true) };
                    let whole = translate(provider, asked(), [body.as_slice()]);
                    let (front, back) = body.split_at(body.len() / 2);
                    assert_eq!(
                        translate(provider, asked(), [front, back]),
                        whole,
                        "{folder}/{case} to {dialect:?}"
                    );
                }
            }
        }
    }
}
