//! What the fuzzer calls with any bytes (`fuzz/`), and what must hold then: answers of each provider for clients of
//! every dialect, requests of each dialect to every provider, and the small readers beside them.

use std::collections::BTreeSet;

use llm::passing::Asked;
use llm::request::{self, Address};
use llm::{Context, Dialect, EmbedFormat, Live, ProviderKind, Target, conversation, custody, fan};
use serde::de::IgnoredAny;

use crate::entry::{context, translate};

/// What clients speak.
pub(crate) const CLIENTS: [Dialect; 9] = [
    Dialect::Anthropic,
    Dialect::Bedrock,
    Dialect::Cohere,
    Dialect::Gemini,
    Dialect::Ollama,
    Dialect::OllamaGenerate,
    Dialect::OpenAiChat,
    Dialect::OpenAiResponses,
    Dialect::GeminiInteractions,
];

/// What stands behind the gateway, with a model that each has.
pub(crate) const BEHIND: [(ProviderKind, &str); 10] = [
    (ProviderKind::Anthropic, "claude-sonnet-5"),
    (ProviderKind::Azure, "gpt-5.2"),
    (ProviderKind::Bedrock, "amazon.nova-pro-v1:0"),
    (ProviderKind::Cohere, "command-a-03-2025"),
    (ProviderKind::Gemini, "gemini-3-flash"),
    (ProviderKind::Mistral, "mistral-large-latest"),
    (ProviderKind::Ollama, "qwen3"),
    (ProviderKind::OpenAiCompatible, "gpt-4o"),
    (ProviderKind::OpenAiResponses, "gpt-5.2"),
    (ProviderKind::Vertex, "gemini-3-pro"),
];

const EMBEDDINGS: [EmbedFormat; 5] = [
    EmbedFormat::OpenAi,
    EmbedFormat::Cohere,
    EmbedFormat::Gemini,
    EmbedFormat::GeminiBatch,
    EmbedFormat::Ollama,
];

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// An answer of a provider. The first byte says for whom and what it is (a stream, a whole answer, an error), the second
/// where a stream is cut.
pub(crate) fn answer(provider: ProviderKind, data: &[u8]) {
    let [which, cut, input @ ..] = data else { return };
    let dialect = CLIENTS[if which & 32 == 0 { usize::from(which & 7) } else { 8 }];
    let ctx = Context { dialect, array: which & 8 != 0, ..context(which & 16 == 0) };
    match which >> 6 {
        0 | 1 => cut_anywhere(provider, &ctx, input, usize::from(*cut)),
        2 => {
            if let Ok(translated) = provider.decode_response(input, &ctx) {
                assert!(translated.unchanged == translated.body.is_empty());
                assert!(translated.unchanged || is_json(&translated.body), "an answer that is no JSON");
                assert_eq!(translated.usage.consistent(), translated.usage);
            }
        }
        _ => {
            let error = provider.decode_error(dialect, 400 + u16::from(*cut), &|_| None, input);
            assert!((400..600).contains(&error.status));
            assert!(is_json(&error.body), "an error that is no JSON");
        }
    }
}

/// A stream comes to the same whole and in two pieces.
fn cut_anywhere(provider: ProviderKind, ctx: &Context, input: &[u8], cut: usize) {
    let (front, back) = input.split_at(cut * input.len() / 255);
    let whole = translate(provider, ctx.clone(), [input]);
    assert_eq!(translate(provider, ctx.clone(), [front, back]), whole);
}

/// A request of a dialect, to every provider: refused in words, or sent as JSON, the same each time.
pub(crate) fn request(dialect: Dialect, body: &[u8]) {
    let named = matches!(dialect, Dialect::Bedrock | Dialect::Gemini);
    let address = Address { model: named.then_some("smart"), ..Address::default() };
    let peek = match request::peek(dialect, body, address) {
        Ok(peek) => peek,
        Err(error) => return assert!(!error.message.is_empty()),
    };
    for (provider, model) in BEHIND {
        let send = || provider.encode_request(dialect, body, &peek, &Target::new(model, None));
        match send() {
            Err(error) => assert!(!error.message.is_empty()),
            Ok(encoded) => {
                assert!(is_json(&encoded.body), "{provider:?} is sent what is no JSON");
                let named: BTreeSet<_> = encoded.dropped.iter().collect();
                assert_eq!(named.len(), encoded.dropped.len(), "{provider:?}: {:?}", encoded.dropped);
                assert_eq!(send().as_ref(), Ok(&encoded), "{provider:?}");
            }
        }
    }
    let ids = custody::missing(dialect, body).unwrap_or_default();
    assert!(ids.iter().all(|id| !id.is_empty()));
}

/// The readers beside the chats: embeddings, forms, requests that only pass, conversations that are kept. The first byte
/// says which, the second is a length.
pub(crate) fn beside(data: &[u8]) {
    let [which, at, input @ ..] = data else { return };
    match which & 3 {
        0 => embeddings(EMBEDDINGS[usize::from(which >> 2) % EMBEDDINGS.len()], input),
        1 => {
            if let Ok(form) = request::peek_form(input, "multipart/form-data; boundary=X") {
                assert!(!form.rewrite(input, "up").is_empty());
            }
        }
        2 => {
            if let Ok(peek) = request::peek_passing(input, Address::default()) {
                let target = Target::new("up", None);
                let sent =
                    ProviderKind::OpenAiCompatible.encode_pass("/images/generations", input, &peek, &target);
                assert!(sent.is_ok_and(|sent| is_json(&sent.body)));
            }
        }
        _ => {
            let (front, back) = input.split_at(usize::from(*at) * input.len() / 255);
            if let Some((_, kept)) = conversation::kept(front, back) {
                assert!(conversation::answer(&kept).is_none_or(|answer| is_json(&answer)));
                assert!(conversation::input_items(&kept).is_none_or(|items| is_json(&items)));
            }
            if let Ok(joined) = conversation::joined(front, back) {
                assert!(is_json(&joined), "a joined conversation that is no JSON");
            }
            interactions(front, back);
        }
    }
}

fn interactions(front: &[u8], back: &[u8]) {
    if let Some((_, kept)) = conversation::interactions::kept(front, Some(back), back) {
        for with_input in [true, false] {
            let object = conversation::interactions::object(&kept, with_input).unwrap();
            assert!(is_json(&object), "an interaction that is no JSON");
            assert!(conversation::interactions::replay(&object, None).is_ok());
        }
        let joined = conversation::interactions::joined(front, &kept).unwrap();
        assert!(is_json(&joined), "a joined conversation that is no JSON");
    }
}

fn embeddings(asked: EmbedFormat, input: &[u8]) {
    let ctx = context(true);
    let asks: &[u8] = match asked {
        EmbedFormat::OpenAi | EmbedFormat::Ollama => br#"{"model":"m","input":"hi"}"#,
        EmbedFormat::Cohere => br#"{"model":"m","texts":["hi"],"input_type":"search_query"}"#,
        EmbedFormat::Gemini => br#"{"model":"m","content":{"parts":[{"text":"hi"}]}}"#,
        EmbedFormat::GeminiBatch => br#"{"requests":[{"model":"m","content":{"parts":[{"text":"hi"}]}}]}"#,
    };
    let address = Address { model: Some("m"), ..Address::default() };
    for (provider, model) in BEHIND {
        let target = Target::new(model, None);
        if let Ok(peek) = asked.peek(input, address)
            && let Ok((encoded, _)) = provider.encode_embed(asked, input, &peek, &target)
        {
            assert!(is_json(&encoded.body), "{provider:?}");
        }
        let peek = asked.peek(asks, address).unwrap();
        if let Ok((_, answers)) = provider.encode_embed(asked, asks, &peek, &target)
            && let Ok(answer) = answers.decode(input, &ctx)
        {
            assert!(answer.unchanged || is_json(&answer.body), "{provider:?}");
        }
    }
}

/// A message of a session over a `WebSocket`. The first byte says on which wire and of whom.
pub(crate) fn live(data: &[u8]) {
    let [which, message @ ..] = data else { return };
    let live = if which & 1 == 0 { Live::OpenAi } else { Live::Gemini };
    let heard = live.heard(message);
    assert!(heard.usage.is_none_or(|usage| usage.consistent() == usage), "usage that does not add up");
    let said = match live.said(message) {
        Ok(said) => said,
        Err(error) => return assert!(!error.message.is_empty()),
    };
    assert!(is_json(message), "what is no JSON was not refused");
    let names: Vec<String> = said.models.iter().map(|named| format!("up \"{}", named.name)).collect();
    let renamed = live.said(&said.renamed(message, &names)).unwrap();
    assert!(renamed.models.iter().map(|named| &named.name).eq(&names), "a model kept its name");
    assert_eq!((renamed.asks, renamed.id), (said.asks, said.id));
}

/// Streams that only pass, several answers joined to one, and requests whose files are fetched or whose beginnings are
/// marked for the vendor's cache. The first byte says which, the second where the input is cut.
pub(crate) fn passing(data: &[u8]) {
    const PATHS: [&str; 4] =
        ["/audio/speech", "/audio/transcriptions", "/images/generations", "/completions"];
    let [which, at, input @ ..] = data else { return };
    let (front, back) = input.split_at(usize::from(*at) * input.len() / 255);
    match which & 3 {
        0 => {
            let asked = || {
                let peek = request::peek_passing(br#"{"model":"m"}"#, Address::default()).unwrap();
                Asked::of_json(PATHS[usize::from(which >> 2) % PATHS.len()], br#"{"model":"m"}"#, &peek)
            };
            let translate = |pieces: &[&[u8]]| {
                let mut stream = ProviderKind::OpenAiCompatible.pass_stream(asked(), context(true));
                let mut out = Vec::new();
                for piece in pieces {
                    stream.push(piece, &mut out);
                }
                let end = stream.finish(&mut out);
                assert_eq!(stream.usage().consistent(), stream.usage());
                (out, end, format!("{:?}", stream.usage()))
            };
            assert_eq!(translate(&[front, back]), translate(&[input]));
        }
        1 => joined(front, back),
        2 => {
            assert!(fan::join(&[front, back]).is_none_or(|whole| is_json(&whole)));
            assert!(fan::split(input, 1).is_none_or(|one| is_json(&one)));
        }
        _ => prepared(CLIENTS[usize::from(which >> 2) % CLIENTS.len()], input),
    }
}

/// Two streamed answers become one, which ends once.
fn joined(front: &[u8], back: &[u8]) {
    let mut joiner = fan::Joiner::new(2, 1 << 20, true);
    let mut out = Vec::new();
    for (at, answer) in [front, back].into_iter().enumerate() {
        joiner.push(at, answer, &mut out).unwrap();
    }
    let ended = joiner.end(0, &mut out) || joiner.end(1, &mut out);
    assert!(ended, "all ended, and yet there is more to come");
    let mut events = 0;
    let mut parser = llm::sse::Parser::new(1 << 20);
    let each = |block: llm::sse::Block<'_>| {
        let Some(event) = block.event else { return };
        events += 1;
        assert!(event.data == b"[DONE]" || is_json(event.data), "an event that is no JSON");
    };
    parser.push(&out, each).unwrap();
    assert!(events > 0, "an answer that says nothing");
}

/// What is done to a request before it is sent.
fn prepared(dialect: Dialect, body: &[u8]) {
    let address = Address { model: Some("smart"), ..Address::default() };
    let Ok(peek) = request::peek(dialect, body, address) else { return };
    for (provider, model) in BEHIND {
        let target = Target { mark_cache: true, ..Target::new(model, None) };
        let files = provider.remotes(dialect, body, &target);
        assert!(files.iter().all(|file| !file.url.is_empty()));
        if let Ok(marked) = provider.encode_request(dialect, body, &peek, &target) {
            assert!(is_json(&marked.body), "{provider:?} is sent what is no JSON");
        }
    }
}
