//! Streams come to the same however they are cut, and nothing panics.

use llm::{Dialect, ProviderKind, Target};
use proptest::prelude::*;

use crate::entry;
use crate::gemini;
use crate::support::{cases, chat_peek, context, read, translate};

const PROVIDERS: &[ProviderKind] = &[
    ProviderKind::Anthropic,
    ProviderKind::Bedrock,
    ProviderKind::Cohere,
    ProviderKind::Gemini,
    ProviderKind::Ollama,
    ProviderKind::OpenAiCompatible,
];

/// Folders of streams, and how the files in them end.
const FOLDERS: &[(ProviderKind, &str, &str)] = &[
    (ProviderKind::Anthropic, "anthropic", ".sse"),
    (ProviderKind::Bedrock, "answers/bedrock", ".bin"),
    (ProviderKind::Bedrock, "bedrock", ".bin"),
    (ProviderKind::Cohere, "answers/cohere", ".sse"),
    (ProviderKind::Cohere, "cohere", ".sse"),
    (ProviderKind::Gemini, "gemini", ".sse"),
    (ProviderKind::Ollama, "answers/ollama", ".ndjson"),
    (ProviderKind::Ollama, "ollama", ".ndjson"),
    (ProviderKind::OpenAiCompatible, "openai_compatible", ".sse"),
];

fn streams() -> Vec<(ProviderKind, Vec<u8>)> {
    let mut streams = Vec::new();
    for (provider, folder, ending) in FOLDERS {
        for case in cases(folder, ending) {
            streams.push((*provider, read(&format!("{folder}/{case}{ending}"))));
        }
    }
    for file in ["anthropic_stream", "anthropic_stream_error"] {
        streams.push((ProviderKind::Anthropic, read(&format!("fixtures/{file}.sse"))));
    }
    for case in cases("answers/gemini", ".sse") {
        streams.push((ProviderKind::Gemini, gemini::array(&read(&format!("answers/gemini/{case}.sse")))));
    }
    streams.push((ProviderKind::Gemini, read("fixtures/gemini_stream.sse")));
    for file in ["openai_chat_stream", "mistral_stream"] {
        streams.push((ProviderKind::OpenAiCompatible, read(&format!("fixtures/{file}.sse"))));
    }
    for file in ["bedrock_converse_stream", "bedrock_stream_exception"] {
        streams.push((ProviderKind::Bedrock, read(&format!("fixtures/{file}.bin"))));
    }
    streams.push((ProviderKind::Cohere, read("fixtures/cohere_stream.sse")));
    streams.push((ProviderKind::Ollama, read("fixtures/ollama_chat_stream.ndjson")));
    // The same with other line ends.
    let crlf =
        |body: &[u8]| String::from_utf8_lossy(body).replace('\r', "").replace('\n', "\r\n").into_bytes();
    let with_crlf: Vec<_> = streams.iter().map(|(provider, body)| (*provider, crlf(body))).collect();
    streams.extend(with_crlf);
    streams
}

#[test]
fn every_single_cut_gives_the_same() {
    for (provider, body) in streams() {
        for usage in [true, false] {
            let whole = translate(provider, context(usage), [body.as_slice()]);
            for at in 0..=body.len() {
                let (front, back) = body.split_at(at);
                assert_eq!(translate(provider, context(usage), [front, back]), whole, "cut at {at}");
            }
            assert_eq!(translate(provider, context(usage), body.chunks(1)), whole, "byte by byte");
        }
    }
}

proptest! {
    #[test]
    fn any_cuts_give_the_same(
        which in any::<prop::sample::Index>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let streams = streams();
        let (provider, body) = &streams[which.index(streams.len())];
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        at.extend([0, body.len()]);
        at.sort_unstable();
        let whole = translate(*provider, context(true), [body.as_slice()]);
        let pieces = at.windows(2).map(|pair| &body[pair[0]..pair[1]]);
        prop_assert_eq!(translate(*provider, context(true), pieces), whole);
    }

    #[test]
    fn damaged_streams_are_harmless(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let streams = streams();
        let (provider, body) = &streams[which.index(streams.len())];
        let mut body = body.clone();
        for (at, byte) in damage {
            let at = at.index(body.len().max(1));
            if let Some(place) = body.get_mut(at) {
                *place = byte;
            }
        }
        let whole = translate(*provider, context(true), [body.as_slice()]);
        let (front, back) = body.split_at(cut.index(body.len() + 1));
        prop_assert_eq!(translate(*provider, context(true), [front, back]), whole);
    }

    #[test]
    fn arbitrary_bytes_are_harmless(bytes in any::<Vec<u8>>(), status in any::<u16>()) {
        entry::stream(&bytes);
        for &provider in PROVIDERS {
            translate(provider, context(true), [bytes.as_slice()]);
            if let Ok(translated) = provider.decode_response(&bytes, &context(true)) {
                prop_assert!(translated.unchanged == translated.body.is_empty());
            }
            let error = provider.decode_error(Dialect::OpenAiChat, status, &|_| None, &bytes);
            prop_assert!((400..600).contains(&error.status));
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&error.body).is_ok());
        }
    }

    #[test]
    fn damaged_requests_are_harmless(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'"'), Just(b'1')]), 0..4),
    ) {
        let cases = cases("openai_chat", ".json");
        let mut body = read(&format!("openai_chat/{}.json", cases[which.index(cases.len())]));
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Ok(peek) = chat_peek(&body) {
            let target = Target { model: "claude-sonnet-5", max_output: None, native_json_schema: true, ..Target::new("", None) };
            for &provider in PROVIDERS {
                if let Ok(encoded) = provider.encode_request(Dialect::OpenAiChat, &body, &peek, &target) {
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&encoded.body).is_ok());
                }
            }
        }
    }
}
