//! A provider's whole answer and its streamed one carry the same facts to every client.

use llm::{Dialect, ProviderKind};

use crate::facts::{self, Facts};
use crate::support::{context, read, translate};

/// A reader of facts: of whole answers, of streamed ones.
pub(crate) type Reader = (fn(&[u8]) -> Facts, fn(&[u8]) -> Facts);

/// Every dialect and its reader of facts.
pub(crate) const DIALECTS: &[(Dialect, Reader)] = &[
    (Dialect::Anthropic, (facts::anthropic::whole, facts::anthropic::streamed)),
    (Dialect::Bedrock, (facts::bedrock::whole, facts::bedrock::streamed)),
    (Dialect::Gemini, (facts::gemini::whole, facts::gemini::streamed)),
    (Dialect::GeminiInteractions, (facts::gemini_interactions::whole, facts::gemini_interactions::streamed)),
    (Dialect::Cohere, (facts::cohere::whole, facts::cohere::streamed)),
    (Dialect::Ollama, (facts::ollama::whole, facts::ollama::streamed)),
    (Dialect::OllamaGenerate, (facts::ollama::whole, facts::ollama::streamed)),
    (Dialect::OpenAiChat, (facts::openai_chat::whole, facts::openai_chat::streamed)),
    (Dialect::OpenAiResponses, (facts::openai_responses::whole, facts::openai_responses::streamed)),
];

/// Every provider whose answers stand in a folder of `testdata/answers`, whole (`<case>.json`) and streamed (`<case>` with this
/// ending).
pub(crate) const PROVIDERS: &[(ProviderKind, &str, &str)] = &[
    (ProviderKind::Anthropic, "anthropic", ".sse"),
    (ProviderKind::Azure, "openai_compatible", ".sse"),
    (ProviderKind::Bedrock, "bedrock", ".bin"),
    (ProviderKind::Cohere, "cohere", ".sse"),
    (ProviderKind::Gemini, "gemini", ".sse"),
    (ProviderKind::Mistral, "mistral", ".sse"),
    (ProviderKind::Ollama, "ollama", ".ndjson"),
    (ProviderKind::OpenAiCompatible, "openai_compatible", ".sse"),
    (ProviderKind::OpenAiResponses, "openai_responses", ".sse"),
    (ProviderKind::Vertex, "gemini", ".sse"),
];

/// Whether these answers are a provider's to a dialect: OpenAI answers chats in their own words, and Gemini interactions.
pub(crate) fn answers(provider: ProviderKind, dialect: Dialect) -> bool {
    !matches!(
        (provider, dialect),
        (ProviderKind::OpenAiResponses, Dialect::OpenAiChat)
            | (ProviderKind::Gemini, Dialect::GeminiInteractions)
    )
}

/// Cases that stand there in both ways.
fn cases(folder: &str, ending: &str) -> Vec<String> {
    let folder = &format!("answers/{folder}");
    let all = crate::support::cases(folder, ".json");
    let streamed = crate::support::cases(folder, ending);
    let both: Vec<String> = all.into_iter().filter(|case| streamed.contains(case)).collect();
    assert!(both.len() >= 10, "{folder} has only {both:?}");
    both
}

#[test]
fn streamed_and_whole_answers_carry_the_same_facts() {
    for &(provider, folder, ending) in PROVIDERS {
        for case in cases(folder, ending) {
            for &(dialect, (whole, streamed)) in DIALECTS {
                if !answers(provider, dialect) {
                    continue;
                }
                let ctx = || llm::Context { dialect, ..context(true) };
                let body = read(&format!("answers/{folder}/{case}.json"));
                let answer = provider.decode_response(&body, &ctx()).unwrap();
                let body = if answer.unchanged { body } else { answer.body };
                let stream = translate(
                    provider,
                    ctx(),
                    [read(&format!("answers/{folder}/{case}{ending}")).as_slice()],
                );
                assert_eq!(streamed(&stream.out), whole(&body), "{folder}/{case} to {dialect:?}");
            }
        }
    }
}
