//! What vendors want to see again: on its own part, byte for byte, and in nobody else's hands.

use llm::catalogue::Catalogue;
use llm::{Context, Dialect, Encoded, Held, ProviderKind, Target, request, vendor};
use serde_json::Value;

use super::next_turn;
use crate::same_facts::answers;
use crate::support::{context, read};

/// Providers that give state to their answers with tools, the folder of their answers, how its streams end, and a model.
const STATEFUL: [(ProviderKind, &str, &str, &str); 6] = [
    (ProviderKind::Anthropic, "anthropic", ".sse", "claude-sonnet-5"),
    (ProviderKind::Bedrock, "bedrock", ".bin", "global.anthropic.claude-sonnet-5"),
    (ProviderKind::Gemini, "gemini", ".sse", "gemini-3.1-pro-preview"),
    (ProviderKind::Mistral, "mistral", ".sse", "magistral-medium-latest"),
    (ProviderKind::OpenAiResponses, "openai_responses", ".sse", "gpt-5.6"),
    (ProviderKind::Vertex, "gemini", ".sse", "gemini-3.1-pro-preview"),
];

/// The ids of calls in the answers, and such as vendors make.
const IDS: [(&str, &str); 4] = [
    ("\"toolu_01\"", "\"toolu_01A09q90qw90lq917835lq9\""),
    ("\"tooluse_1\"", "\"tooluse_kZJMlvQmRJ6eAyJE5GIl7Q\""),
    ("\"fc-1\"", "\"function-call-1838474836284\""),
    ("\"call_1\"", "\"call_abc123DEF456ghi789JKL0mn\""),
];

const DIALECTS: [Dialect; 8] = [
    Dialect::Anthropic,
    Dialect::Bedrock,
    Dialect::Cohere,
    Dialect::Gemini,
    Dialect::GeminiInteractions,
    Dialect::Ollama,
    Dialect::OpenAiChat,
    Dialect::OpenAiResponses,
];

/// The state in a body of a provider's, in the order in which it stands there.
fn states(body: &[u8]) -> Vec<String> {
    fn gather(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let state =
                        ["signature", "thoughtSignature", "encrypted_content", "data", "redactedContent"];
                    match member.as_str().filter(|text| !text.is_empty()) {
                        Some(text) if state.contains(&name.as_str()) => found.push(text.to_owned()),
                        _ => gather(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(&serde_json::from_slice(body).unwrap(), &mut found);
    found
}

/// A client's next request to a provider, with what the gateway holds for it.
fn next(
    dialect: Dialect,
    answer: &[u8],
    (provider, model): (ProviderKind, &str),
    held: Option<&Held>,
) -> Encoded {
    let body = next_turn::request(dialect, answer);
    let peek = request::peek(dialect, &body, next_turn::address(dialect)).unwrap();
    let known = Catalogue::builtin().lookup(model, None);
    let target = Target { held, ..Target::new(model, known.as_ref()) };
    let openai = matches!(provider, ProviderKind::OpenAiCompatible | ProviderKind::OpenAiResponses);
    let target = if openai { target.of(vendor::find("openai")) } else { target };
    provider.encode_request(dialect, &body, &peek, &target).unwrap()
}

/// A provider's answer to a client, whole, and what is kept of it.
fn told(provider: ProviderKind, dialect: Dialect, folder: &str, case: &str) -> (Vec<u8>, Held) {
    let ctx = Context { dialect, ..context(true) };
    let body = String::from_utf8(read(&format!("answers/{folder}/{case}.json"))).unwrap();
    // Only an id that no other conversation has is good enough to keep something under it.
    let body = IDS.iter().fold(body, |body, (short, long)| body.replace(short, long)).into_bytes();
    let answer = provider.decode_response(&body, &ctx).unwrap();
    let mut held = Held::default();
    for (id, kept) in answer.kept {
        held.insert(id, &kept);
    }
    (if answer.unchanged { body } else { answer.body }, held)
}

/// Complaint: BerriAI/litellm#16893, BerriAI/litellm#25322, QuantumNous/new-api#5528, maximhq/bifrost#6342.
#[test]
fn state_comes_back_to_its_vendor_byte_for_byte() {
    let mut through_custody = 0;
    for (provider, folder, _, model) in STATEFUL {
        let expected = states(&read(&format!("answers/{folder}/reasoning_tool.json")));
        assert!(!expected.is_empty(), "{provider:?} gives no state");
        for dialect in DIALECTS {
            if !answers(provider, dialect) {
                continue;
            }
            let (answer, held) = told(provider, dialect, folder, "reasoning_tool");
            let sent = next(dialect, &answer, (provider, model), None);
            let mut found = states(&sent.body);
            if found != expected {
                // The dialect has no place for it: it was kept under the call's id.
                found = states(&next(dialect, &answer, (provider, model), Some(&held)).body);
                through_custody += 1;
            }
            assert_eq!(found, expected, "{provider:?} through {dialect:?}");
        }
    }
    assert!(through_custody > 0);
}

/// Complaint: CommonstackAI/UncommonRoute#19, OpenRouterTeam/ai-sdk-provider#439, BerriAI/litellm#38954. What was said is told again,
/// what only its vendor can read is not.
#[test]
fn a_conversation_that_changes_its_vendor_keeps_what_was_said_and_no_foreign_state() {
    for (provider, folder, _, _) in STATEFUL {
        let own = states(&read(&format!("answers/{folder}/reasoning_tool.json")));
        for dialect in DIALECTS {
            if !answers(provider, dialect) {
                continue;
            }
            let (answer, held) = told(provider, dialect, folder, "reasoning_tool");
            for (other, _, _, model) in STATEFUL {
                if native(other) == native(provider) {
                    continue;
                }
                let sent = next(dialect, &answer, (other, model), Some(&held));
                let body = String::from_utf8(sent.body).unwrap();
                let name = format!("{provider:?}'s answer through {dialect:?} to {other:?}: {body}");
                assert!(own.iter().all(|state| !body.contains(state)) && !body.contains("weir."), "{name}");
                assert!(
                    body.contains("get_weather") && body.contains("Paris") && body.contains("18C"),
                    "{name}"
                );
            }
        }
    }
}

/// Whose state a provider reads.
fn native(provider: ProviderKind) -> &'static str {
    match provider {
        ProviderKind::Gemini | ProviderKind::Vertex => "google",
        // Claude's signatures hold wherever it runs.
        ProviderKind::Anthropic | ProviderKind::Bedrock => "anthropic",
        ProviderKind::Mistral => "mistral",
        _ => "openai",
    }
}
