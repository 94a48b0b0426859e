//! Calls of tools in answers.

use llm::Dialect;
use serde_json::json;

use super::reached;

/// The word with which a dialect ends an answer that waits for its tools.
fn waiting(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic | Dialect::Bedrock => "tool_use",
        Dialect::Cohere => "TOOL_CALL",
        // It has no word for it: the calls themselves say so.
        Dialect::Gemini => "STOP",
        Dialect::GeminiInteractions => "requires_action",
        Dialect::Ollama | Dialect::OllamaGenerate => "stop",
        Dialect::OpenAiChat => "tool_calls",
        Dialect::OpenAiResponses => "completed",
        other => panic!("{other:?} has no word here"),
    }
}

/// Whether the dialect can call tools at all: completions of a prompt cannot.
fn calls(dialect: Dialect) -> bool {
    dialect != Dialect::OllamaGenerate
}

/// Complaint: BerriAI/litellm#25561, BerriAI/litellm#25605.
#[test]
fn a_streamed_tool_call_has_the_arguments_that_the_whole_one_has() {
    for answer in reached("tool_call").into_iter().filter(|answer| calls(answer.dialect)) {
        let [(id, name, arguments)] = answer.facts.calls.as_slice() else {
            panic!("{}: {:?}", answer.name, answer.facts)
        };
        assert_eq!((name.as_str(), &arguments["city"]), ("get_weather", &json!("Paris")), "{}", answer.name);
        // These two know calls by their place.
        let nameless = matches!(answer.dialect, Dialect::Gemini | Dialect::Ollama);
        assert!(nameless || !id.is_empty(), "{}", answer.name);
    }
}

/// Complaint: maximhq/bifrost#3638, maximhq/bifrost#6123.
#[test]
fn text_and_a_tool_call_in_one_turn_end_waiting_for_the_tool() {
    for case in ["text_and_tool", "tool_call", "parallel_tools"] {
        for answer in reached(case).into_iter().filter(|answer| calls(answer.dialect)) {
            assert_eq!(answer.facts.finish, waiting(answer.dialect), "{}", answer.name);
            assert!(case != "text_and_tool" || !answer.facts.text.is_empty(), "{}", answer.name);
            assert!(!answer.facts.calls.is_empty(), "{}", answer.name);
        }
    }
}

/// Complaint: maximhq/bifrost#3441, Portkey-AI/gateway#1537. The readers of facts refuse blocks that overlap, are not stopped or not
/// numbered one after the other.
#[test]
fn every_one_of_several_tool_calls_arrives_in_a_block_of_its_own() {
    for answer in reached("parallel_tools").into_iter().filter(|answer| calls(answer.dialect)) {
        let calls = &answer.facts.calls;
        assert!(calls.len() >= 2, "{}: {calls:?}", answer.name);
        let (first, second) = (&calls[0], &calls[1]);
        assert_eq!(first.2["city"], "Paris", "{}", answer.name);
        assert_ne!((&first.1, &first.2), (&second.1, &second.2), "{}", answer.name);
        assert!(first.0 != second.0 || first.0.is_empty(), "{}", answer.name);
    }
}

/// Complaint: gravitee-io/issues#11601, api7/aisix#170.
#[test]
fn no_call_is_lost_on_the_way_to_a_client_of_another_vendor() {
    for case in ["tool_call", "tool_no_arguments", "parallel_tools", "text_and_tool", "reasoning_tool"] {
        for answer in reached(case).into_iter().filter(|answer| calls(answer.dialect)) {
            let expected = if case == "parallel_tools" { 2..=3 } else { 1..=1 };
            assert!(expected.contains(&answer.facts.calls.len()), "{}", answer.name);
            assert!(
                answer
                    .facts
                    .calls
                    .iter()
                    .all(|(_, name, arguments)| !name.is_empty() && arguments.is_object())
            );
        }
    }
}

/// Complaint: theopenco/llmgateway#2777.
#[test]
fn reasoning_that_is_paid_for_is_seen() {
    // Google's clients see thoughts if they asked for them, which has tests beside its dialects' others.
    let google = |dialect| matches!(dialect, Dialect::Gemini | Dialect::GeminiInteractions);
    for answer in reached("reasoning").into_iter().filter(|answer| !google(answer.dialect)) {
        assert!(!answer.facts.thinking.is_empty(), "{}: {:?}", answer.name, answer.facts);
        assert!(!answer.facts.text.is_empty(), "{}", answer.name);
        if answer.dialect == Dialect::Anthropic {
            let text = String::from_utf8_lossy(&answer.bytes);
            let at = |kind: &str| {
                text.find(&format!("\"type\":\"{kind}\"")).or(text.find(&format!("\"type\": \"{kind}\"")))
            };
            assert!(at("thinking").unwrap() < at("text").unwrap(), "{}", answer.name);
        }
    }
}

/// Complaint: su-kaka/gcli2api#285. Mistral's ids have nine characters, the longest that a vendor makes some sixty.
#[test]
fn ids_of_calls_stay_short_whatever_state_belongs_to_them() {
    for answer in reached("reasoning_tool") {
        for (id, ..) in &answer.facts.calls {
            assert!(id.len() <= 64 && !id.contains("thought"), "{}: {id}", answer.name);
        }
    }
}
