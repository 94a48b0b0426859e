//! Every request case of every dialect, written for every provider. One snapshot a case, in
//! `testdata/matrix/<dialect>`: the providers' parts follow each other, in the order of [`PROVIDERS`].

use std::fmt::Write as _;

use llm::catalogue::Catalogue;
use llm::request::{self, Address, Peek};
use llm::{Carry, Dialect, Encoded, ProviderKind, RequestError, Target, vendor};

use crate::support::{cases, golden_in, pretty, read};

/// What clients speak, and where their requests stand.
pub(crate) const DIALECTS: [(Dialect, &str); 9] = [
    (Dialect::OpenAiChat, "openai_chat"),
    (Dialect::OpenAiResponses, "openai_responses"),
    (Dialect::Anthropic, "anthropic_messages"),
    (Dialect::Gemini, "gemini"),
    (Dialect::GeminiInteractions, "gemini_interactions"),
    (Dialect::Bedrock, "bedrock_converse"),
    (Dialect::Cohere, "cohere_chat"),
    (Dialect::Ollama, "ollama_chat"),
    (Dialect::OllamaGenerate, "ollama_generate"),
];

/// A provider, its name in snapshots, its name in the catalogue, and a model there. Azure is written for as the first is.
pub(crate) type Behind = (ProviderKind, &'static str, &'static str, &'static str);

pub(crate) const PROVIDERS: [Behind; 9] = [
    (ProviderKind::OpenAiCompatible, "openai_compatible", "openai", "gpt-5.6"),
    (ProviderKind::OpenAiResponses, "openai_responses", "openai", "gpt-5.6"),
    (ProviderKind::Anthropic, "anthropic", "anthropic", "claude-sonnet-5"),
    (ProviderKind::Gemini, "gemini", "gemini", "gemini-3.1-pro-preview"),
    (ProviderKind::Vertex, "vertex", "vertex", "gemini-3.1-pro-preview"),
    (ProviderKind::Bedrock, "bedrock", "bedrock", "global.anthropic.claude-sonnet-5"),
    (ProviderKind::Mistral, "mistral", "mistral", "magistral-medium-latest"),
    (ProviderKind::Cohere, "cohere", "cohere", "command-a-reasoning-08-2025"),
    (ProviderKind::Ollama, "ollama", "ollama", "llama3.2"),
];

/// Words in the names of cases that are written for a Claude of before the fifth: one that thinks within a budget, is
/// sampled, and follows a schema by a tool.
const OLDER: [&str; 3] = ["_budget", "sampling", "_by_tool"];

fn peek(dialect: Dialect, case: &str, body: &[u8]) -> Peek {
    let address = match dialect {
        Dialect::Gemini | Dialect::Bedrock => {
            Address { model: Some("smart"), stream: Some(case == "stream"), array: false }
        }
        _ => Address::default(),
    };
    request::peek(dialect, body, address).unwrap()
}

/// The model that a provider is asked for.
fn target(case: &str, (provider, _, catalogue, model): Behind) -> Target<'static> {
    let older = OLDER.iter().any(|word| case.contains(word));
    let model = match provider {
        ProviderKind::Anthropic if older => "claude-sonnet-4-5",
        ProviderKind::Bedrock if older => "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        _ => model,
    };
    let target = Target::new(model, Catalogue::builtin().lookup(model, Some(catalogue)).as_ref());
    match provider {
        ProviderKind::Anthropic | ProviderKind::Bedrock => Target { native_json_schema: !older, ..target },
        ProviderKind::OpenAiCompatible | ProviderKind::OpenAiResponses => target.of(vendor::find("openai")),
        _ => target,
    }
}

/// A case as it is written for a provider.
pub(crate) fn encode(dialect: Dialect, case: &str, behind: Behind) -> Result<Encoded, RequestError> {
    let folder = DIALECTS.iter().find(|(known, _)| *known == dialect).unwrap().1;
    encode_body(dialect, case, &read(&format!("{folder}/{case}.json")), behind)
}

/// The same with another body.
pub(crate) fn encode_body(
    dialect: Dialect,
    case: &str,
    body: &[u8],
    behind: Behind,
) -> Result<Encoded, RequestError> {
    behind.0.encode_request(dialect, body, &peek(dialect, case, body), &target(case, behind))
}

/// One provider's part.
fn part(encoded: Result<Encoded, RequestError>, body: &[u8], peek: &Peek, model: &str) -> String {
    let encoded = match encoded {
        Ok(encoded) => encoded,
        Err(error) => {
            return format!("refused: {}: {}\n", error.param.as_deref().unwrap_or_default(), error.message);
        }
    };
    let mut got = format!("POST {}\n", encoded.path);
    for (name, value) in encoded.headers.iter().filter(|(name, _)| name != "content-type") {
        writeln!(got, "{name}: {value}").unwrap();
    }
    writeln!(got, "dropped: {:?}", encoded.dropped).unwrap();
    if encoded.carry != Carry::default() {
        writeln!(got, "{:?}", encoded.carry).unwrap();
    }
    // What passes has its model's name changed, and nothing else.
    let sent = String::from_utf8(encoded.body).unwrap();
    if sent == String::from_utf8_lossy(body).replacen(&peek.model, model, 1) {
        got + "passed\n"
    } else {
        got + &pretty(sent.as_bytes()) + "\n"
    }
}

/// maximhq/bifrost#3511: a release broke every request with tools for one provider.
#[test]
fn every_request_for_every_provider() {
    for (dialect, folder) in DIALECTS {
        for case in cases(folder, ".json") {
            let body = read(&format!("{folder}/{case}.json"));
            let peek = peek(dialect, &case, &body);
            let mut got = String::new();
            for behind in PROVIDERS {
                let target = target(&case, behind);
                let encode = || behind.0.encode_request(dialect, &body, &peek, &target);
                assert_eq!(encode(), encode());
                write!(got, "--- {}\n{}", behind.1, part(encode(), &body, &peek, target.model)).unwrap();
            }
            golden_in(&format!("matrix/{folder}"), &case, &got);
        }
    }
}
