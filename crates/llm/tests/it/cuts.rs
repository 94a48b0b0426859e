//! Streams come to the same however they are cut, and nothing panics.

use llm::request::{self, Address};
use llm::{Context, Dialect, ProviderKind, Target};
use proptest::prelude::*;

use crate::fuzzed::{self, BEHIND, CLIENTS};
use crate::gemini;
use crate::support::{cases, context, read, translate};

const PROVIDERS: &[ProviderKind] = &[
    ProviderKind::Anthropic,
    ProviderKind::Bedrock,
    ProviderKind::Cohere,
    ProviderKind::Gemini,
    ProviderKind::Mistral,
    ProviderKind::Ollama,
    ProviderKind::OpenAiCompatible,
    ProviderKind::OpenAiResponses,
];

/// Every dialect, and the folder of its requests.
const DIALECTS: &[(Dialect, &str)] = &[
    (Dialect::Anthropic, "anthropic_messages"),
    (Dialect::Bedrock, "bedrock_converse"),
    (Dialect::Gemini, "gemini"),
    (Dialect::GeminiInteractions, "gemini_interactions"),
    (Dialect::OpenAiChat, "openai_chat"),
];

/// Folders of streams, and how the files in them end.
const FOLDERS: &[(ProviderKind, &str, &str)] = &[
    (ProviderKind::Anthropic, "anthropic", ".sse"),
    (ProviderKind::Bedrock, "bedrock", ".bin"),
    (ProviderKind::Cohere, "answers/cohere", ".sse"),
    (ProviderKind::Cohere, "cohere", ".sse"),
    (ProviderKind::Gemini, "gemini", ".sse"),
    (ProviderKind::Mistral, "answers/mistral", ".sse"),
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
    streams.push((ProviderKind::OpenAiResponses, read("fixtures/openai_responses_stream.sse")));
    for file in [
        "answers/bedrock/citations",
        "answers/bedrock/redacted",
        "fixtures/bedrock_converse_stream",
        "fixtures/bedrock_stream_exception",
    ] {
        streams.push((ProviderKind::Bedrock, read(&format!("{file}.bin"))));
    }
    streams.push((ProviderKind::Cohere, read("fixtures/cohere_stream.sse")));
    streams.push((ProviderKind::Ollama, read("fixtures/ollama_chat_stream.ndjson")));
    // The same with other line ends, where there are lines.
    let crlf =
        |body: &[u8]| String::from_utf8_lossy(body).replace('\r', "").replace('\n', "\r\n").into_bytes();
    let lines = streams.iter().filter(|(provider, _)| *provider != ProviderKind::Bedrock);
    let with_crlf: Vec<_> = lines.map(|(provider, body)| (*provider, crlf(body))).collect();
    streams.extend(with_crlf);
    streams
}

/// A context of every dialect, and of a chat client that did not ask for usage.
fn contexts() -> Vec<Context> {
    let of = |&(dialect, _): &(Dialect, &str)| Context { dialect, ..context(true) };
    DIALECTS.iter().map(of).chain([context(false)]).collect()
}

/// The dialect whose bytes pass from this provider.
fn native(provider: ProviderKind) -> Dialect {
    match provider {
        ProviderKind::Anthropic => Dialect::Anthropic,
        ProviderKind::Bedrock => Dialect::Bedrock,
        ProviderKind::Gemini | ProviderKind::Vertex => Dialect::Gemini,
        ProviderKind::Ollama => Dialect::Ollama,
        _ => Dialect::OpenAiChat,
    }
}

/// Where bytes are converted, what reads them does not know for whom: one dialect tells for all.
#[test]
fn every_single_cut_gives_the_same() {
    for (provider, body) in streams() {
        for ctx in contexts() {
            let whole = translate(provider, ctx.clone(), [body.as_slice()]);
            let tells =
                ctx.dialect == Dialect::OpenAiChat && ctx.include_usage || ctx.dialect == native(provider);
            for at in (0..=body.len()).filter(|_| tells) {
                let (front, back) = body.split_at(at);
                assert_eq!(translate(provider, ctx.clone(), [front, back]), whole, "cut at {at}");
            }
            assert_eq!(translate(provider, ctx, body.chunks(1)), whole, "byte by byte");
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
        for ctx in contexts() {
            let whole = translate(*provider, ctx.clone(), [body.as_slice()]);
            let pieces = at.windows(2).map(|pair| &body[pair[0]..pair[1]]);
            prop_assert_eq!(translate(*provider, ctx, pieces), whole);
        }
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
        for ctx in contexts() {
            let whole = translate(*provider, ctx.clone(), [body.as_slice()]);
            let (front, back) = body.split_at(cut.index(body.len() + 1));
            prop_assert_eq!(translate(*provider, ctx, [front, back]), whole);
        }
    }

    #[test]
    fn arbitrary_bytes_are_harmless(bytes in any::<Vec<u8>>(), status in any::<u16>()) {
        for (provider, _) in BEHIND {
            fuzzed::answer(provider, &bytes);
        }
        for dialect in CLIENTS {
            fuzzed::request(dialect, &bytes);
        }
        fuzzed::beside(&bytes);
        fuzzed::live(&bytes);
        fuzzed::passing(&bytes);
        for (&provider, ctx) in PROVIDERS.iter().flat_map(|provider| contexts().into_iter().map(move |ctx| (provider, ctx))) {
            translate(provider, ctx.clone(), [bytes.as_slice()]);
            if let Ok(translated) = provider.decode_response(&bytes, &ctx) {
                prop_assert!(translated.unchanged == translated.body.is_empty());
            }
            let error = provider.decode_error(ctx.dialect, status, &|_| None, &bytes);
            prop_assert!((400..600).contains(&error.status));
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&error.body).is_ok());
        }
    }

    #[test]
    fn damaged_requests_are_harmless(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'"'), Just(b'1')]), 0..4),
    ) {
        for &(dialect, folder) in DIALECTS {
            let cases = cases(folder, ".json");
            let mut body = read(&format!("{folder}/{}.json", cases[which.index(cases.len())]));
            for (at, byte) in &damage {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            // Where the body has no model, its address has one.
            let address = Address { model: (dialect == Dialect::Bedrock).then_some("m"), ..Address::default() };
            let Ok(peek) = request::peek(dialect, &body, address) else { continue };
            let target = Target { native_json_schema: true, ..Target::new("claude-sonnet-5", None) };
            for &provider in PROVIDERS {
                if let Ok(encoded) = provider.encode_request(dialect, &body, &peek, &target) {
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&encoded.body).is_ok());
                }
            }
        }
    }
}
